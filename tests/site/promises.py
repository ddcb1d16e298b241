"""What a schema promises to programs, and what it asks of them, one line each: the text that api_v1.txt holds.

`python -m tests.site.promises` writes it anew: do so with a change of the API, and read in the difference whether it
breaks what docs/api.md promises.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("api_v1.txt")
Schema = dict[str, Any]


def lines(schema: Schema) -> list[str]:
    return sorted({*_of_operations(schema), *_of_shapes(schema)})


def is_demand(line: str) -> bool:
    return " wants " in line


def broken(before: list[str], now: list[str]) -> list[str]:
    """Promises that are gone, and demands on what was there before that are new."""
    known = {_subject(line) for line in before}
    gone = [line for line in before if not is_demand(line) and line not in now]
    new = [line for line in now if is_demand(line) and line not in before and _subject(line) in known]
    return gone + new


def _subject(line: str) -> str:
    """The operation or the shape that a line is about."""
    first, second, *_ = line.split(" ")
    return f"{first} {second}" if second.startswith("/") else first


def _of_operations(schema: Schema) -> Iterator[str]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path.removeprefix('/api/v1')}"
            yield name
            for parameter in operation.get("parameters", []):
                yield f"{name} takes {parameter['in']} {parameter['name']}"
                if parameter.get("required") and parameter["in"] != "path":
                    yield f"{name} wants {parameter['in']} {parameter['name']}"
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                yield f"{name} takes {kind} {_type(content['schema'])}"
            for status, answer in operation["responses"].items():
                if status < "400":
                    told = [f"{kind} {_type(one['schema'])}" for kind, one in answer.get("content", {}).items()]
                    yield f"{name} answers {status} {' '.join(told)}".rstrip()


def _of_shapes(schema: Schema) -> Iterator[str]:
    for shape, told in schema["components"]["schemas"].items():
        for value in told.get("enum", []):
            yield f"{shape} knows {json.dumps(value)}"
        for field, inner in told.get("properties", {}).items():
            yield f"{shape} has {field}: {_type(inner)}"
        for field in told.get("required", []):
            yield f"{shape} {'wants' if shape.endswith('Request') else 'always has'} {field}"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    variants = schema.get("allOf") or schema.get("oneOf")
    if variants:
        return "|".join(_type(one) for one in variants)
    kind = schema.get("type", "anything")
    name = kind if isinstance(kind, str) else "|".join(kind)
    return f"{name} of {_type(schema['items'])}" if name == "array" else f"{name} {schema.get('format', '')}".rstrip()


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from drf_spectacular.generators import SchemaGenerator

    KEPT.write_text("\n".join(lines(SchemaGenerator().get_schema(public=True))) + "\n")
