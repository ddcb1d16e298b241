"""The schema shows what it means: each request, answer and error has examples, and each example is what it says."""

import ast
import re
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from fakedetect_site.api_examples import UNTOLD, story
from tests.test_docs import OURS, ROOT

ELSEWHERE = {  # refused by pages, commands and the files of a batch alone
    "serves_already", "no_such_model", "model_broken", "already_shadowing", "already_rescoring", "not_serving",
    "invalid_pace", "invalid_label", "invalid_share", "invalid_number", "too_many", "place_remains",
    "bad_member", "encrypted", "nested_archive", "suspicious_ratio", "unsupported_compression", "not_a_file",
    "invalid_limit", "unknown_limit", "link_unknown", "link_ended",
    "wrong_code", "too_many_codes", "offer_over", "second_factor_there", "second_factor_unreadable",
    "own_second_factor",
}  # fmt: skip

OF_THE_FRAMEWORK = {"invalid", "not_found"}


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(public=True)


def operations(schema):
    for methods in schema["paths"].values():
        yield from methods.values()


def contents(schema):
    """Everything that is sent or told: where, its shape, its examples."""
    for operation in operations(schema):
        name = operation["operationId"]
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} {kind}", content
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                yield f"{name} {status} {kind}", content


def is_a_file(content) -> bool:
    return content["schema"].get("format") == "binary"


def test_everything_that_is_sent_or_told_has_an_example(schema):
    assert len(list(operations(schema))) > 90
    assert [
        where for where, content in contents(schema) if not is_a_file(content) and not content.get("examples")
    ] == []
    bare = [
        f"{operation['operationId']}.{parameter['name']}"
        for operation in operations(schema)
        for parameter in operation.get("parameters", [])
        if parameter.get("example", UNTOLD) == UNTOLD
    ]
    assert bare == []


def test_every_field_has_a_value_of_its_own(schema):
    """Give a new field its value in fakedetect_site/api_examples.json."""
    untold = {
        path
        for where, content in contents(schema)
        for example in content.get("examples", {}).values()
        for path in _untold(example["value"], where)
    }
    assert untold == set()


def _untold(value, path):
    if value == UNTOLD:
        yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        yield from _untold(inner, f"{path}.{name}")


def test_every_example_is_what_its_schema_says(schema):
    wrong = []
    for where, content in contents(schema):
        checked = Draft202012Validator({**content["schema"], "components": schema["components"]})
        for example in content.get("examples", {}).values():
            wrong += [
                f"{where}: {error.json_path} {error.message[:80]}" for error in checked.iter_errors(example["value"])
            ]
    for operation in operations(schema):
        for parameter in operation.get("parameters", []):
            errors = Draft202012Validator(parameter["schema"]).iter_errors(parameter["example"])
            wrong += [f"{operation['operationId']}.{parameter['name']}: {error.message[:80]}" for error in errors]
    assert wrong == []


def test_what_the_schema_refers_to_is_there(schema):
    found = set(_references(schema))
    there = {f"#/components/{kind}/{name}" for kind, names in schema["components"].items() for name in names}
    assert found - there == set()


def _references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _references(inner)


def test_every_error_is_shown_where_it_is_refused(schema):
    """An operation that an error names has its status, or the answer would be an undocumented one."""
    statuses = {operation["operationId"]: set(operation["responses"]) for operation in operations(schema)}
    for code, told in story()["errors"].items():
        for name in told.get("of", []):
            assert str(told["status"]) in statuses[name], f"{name} may refuse {code} with {told['status']}"


def test_every_code_that_the_site_knows_is_shown():
    known = {code for folder in OURS for path in (ROOT / folder).rglob("*.py") for code, _ in _refusals(path)}
    assert known - ELSEWHERE - story()["errors"].keys() == set()


def test_the_sentence_of_an_error_is_the_one_that_is_said():
    """Where that is written out, without figures; what DRF says itself is not."""
    said = {}
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            for code, sentence in _refusals(path):
                said.setdefault(code, set()).add(sentence)
    sure = {code: sentences for code, sentences in said.items() if None not in sentences}
    told = {
        code: one["detail"] for code, one in story()["errors"].items() if code in sure and code not in OF_THE_FRAMEWORK
    }
    assert len(told) > 20
    assert {code: text for code, text in told.items() if text not in sure[code]} == {}


def _refusals(path: Path):
    """Codes, each with its sentence where that is written out, marked for translation or not."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and re.search(r"(Refused|InvalidImage)$", ast.unparse(node.func)):
            code, *rest = node.args
            if isinstance(code, ast.Constant) and re.fullmatch(r"[a-z_]+", str(code.value)):
                said = rest[0] if rest else None
                said = (
                    said.args[0] if isinstance(said, ast.Call) and len(said.args) == 1 and not said.keywords else said
                )
                yield code.value, said.value if isinstance(said, ast.Constant) else None
