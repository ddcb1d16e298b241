"""An example in the OpenAPI schema for each request, answer and error, told as one story in api_examples.json.

`words` are values by the name of a field, `of` those that only one shape has (`Shape.field`), or the whole of what an
operation answers (by its id). An error says which operations (all that have its status, where it names none) refuse it.
"""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

UNTOLD = "…"  # where a field has no value in the story yet; tests/site/test_api_examples.py finds it
_FORMATS = {
    "uuid": "5d1c2f0e-8f64-4b0a-9a53-7d0f6a1c9e21",
    "date-time": "2026-11-28T11:00:00Z",
    "date": "2026-11-23",
    "uri": "https://fakedetect.example/",
    "binary": "(the bytes of the file)",
}
_JSON = ("application/json", "multipart/form-data")


def tell_examples(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A hook of the schema: it comes last, when the others have told what there is."""
    shapes = result["components"]["schemas"]
    for operations in result["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                parameter["example"] = _parameter(parameter, operation["operationId"])
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["examples"] = {"request": {"value": _value(content["schema"], "", "", shapes)}}
            for status, answer in operation["responses"].items():
                operation["responses"][status] = _with_examples(answer, status, operation["operationId"], shapes)
    return result


@cache
def story() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(Path(__file__).with_name("api_examples.json").read_text())
    return told


def _with_examples(answer: dict[str, Any], status: str, operation: str, shapes: dict[str, Any]) -> dict[str, Any]:
    answer = copy.deepcopy(answer)  # one that several operations share
    for media_type, content in answer.get("content", {}).items():
        if status[0] in "45":
            content["examples"] = _errors(int(status), operation)
        elif operation in story()["of"]:
            content["examples"] = {"answer": {"value": story()["of"][operation]}}
        elif media_type in _JSON:
            content["examples"] = {"answer": {"value": _value(content["schema"], "", "", shapes)}}
    return answer


def _errors(status: int, operation: str) -> dict[str, Any]:
    return {
        code: {"summary": told["detail"], "value": {"error": _error(code, told)}}
        for code, told in story()["errors"].items()
        if told["status"] == status and operation in told.get("of", [operation])
    }


def _error(code: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "detail": told["detail"], "fields": told.get("fields", {})}


def _parameter(parameter: dict[str, Any], operation: str) -> Any:
    special = f"{operation}.{parameter['name']}"
    if special in story()["parameters"]:
        return story()["parameters"][special]
    return _named("parameters", parameter["name"], parameter["schema"])


def _named(table: str, name: str, schema: dict[str, Any]) -> Any:
    """A value by name, or by `name:type` where one name means several things."""
    told = story()[table]
    value = told.get(f"{name}:{schema.get('type')}", told.get(name, UNTOLD))
    if "enum" in schema:
        return value if value in schema["enum"] else schema["enum"][0]
    return _plain(schema) if value == UNTOLD else value


def _value(schema: dict[str, Any], owner: str, name: str, shapes: dict[str, Any]) -> Any:
    """The example of a field of its owner; of a whole shape where it has no owner."""
    if "$ref" in schema:
        found = schema["$ref"].rpartition("/")[2]
        inner = shapes[found]
        return _value(inner, owner, name, shapes) if "enum" in inner else _told(inner, owner, name, found, shapes)
    if variants := schema.get("allOf") or schema.get("oneOf"):
        return _told(variants[0], owner, name, "", shapes)
    return _told(schema, owner, name, "", shapes)


def _told(schema: dict[str, Any], owner: str, name: str, shape: str, shapes: dict[str, Any]) -> Any:
    special = f"{owner.removesuffix('Request').removesuffix('Shape')}.{name}"
    if special in story()["of"]:
        return story()["of"][special]
    if "$ref" in schema:
        return _value(schema, owner, name, shapes)
    if "properties" in schema:
        return {field: _value(inner, shape, field, shapes) for field, inner in schema["properties"].items()}
    if schema.get("type") == "array" and name not in story()["words"]:
        return [_value(schema["items"], owner, name, shapes)]
    return _named("words", name, schema)


def _plain(schema: dict[str, Any]) -> Any:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    return {"boolean": False}.get(str(schema.get("type")), UNTOLD)
