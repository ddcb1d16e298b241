"""The bill of materials names every package and file that a release is made of, in a form that others can read."""

import copy
import hashlib
import json
import re

import pytest

from tests.programs import ROOT
from tools import sbom


@pytest.fixture(scope="module")
def bill():
    return sbom.bill()


def packages(bill):
    return {(one["name"], one["version"]): one for one in bill["components"] if one["type"] == "library"}


def files(components):
    for one in components:
        if one["type"] == "file":
            yield one
        yield from files(one.get("components", []))


def test_every_locked_package_is_named_with_its_version_and_its_digests(bill):
    lock = "".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements-watch.txt"))
    lines = re.findall(r"^(\S+)==(\S+).*?((?:\n    --hash=sha256:.*)+)", lock, re.MULTILINE)
    assert len(lines) > 80
    found = packages(bill)
    for name, version, hashes in lines:
        one = found[name.partition("[")[0], version]
        told = {each["content"] for each in one["externalReferences"][0]["hashes"]}
        assert told == set(re.findall(r"sha256:([0-9a-f]{64})", hashes))
    assert found.keys() == sbom.locked("requirements.txt") | sbom.locked("requirements-watch.txt")


def test_what_serving_needs_is_required_and_what_only_trains_is_optional(bill):
    needed = {key for key, one in packages(bill).items() if one["scope"] == "required"}
    assert needed == sbom.locked("requirements-serve.txt")
    assert {"tensorflow", "sentry-sdk"}.isdisjoint(name for name, _version in needed)


def test_every_file_of_others_and_every_model_is_named_with_its_digest(bill):
    told = {one["name"]: one["hashes"][0]["content"] for one in files(bill["components"])}
    lying = [path for folder in ("static/vendor", "ml/models", "ml/trust") for path in (ROOT / folder).rglob("*")]
    lying = {path.relative_to(ROOT).as_posix(): path for path in lying if path.is_file() and path.name != "README.md"}
    assert told == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in lying.items()}


def test_it_is_what_the_standard_says_and_a_damaged_one_is_found(bill):
    assert sbom.faults(json.dumps(bill)) == ""
    damaged = copy.deepcopy(bill)
    damaged["components"][0]["type"] = "thing"
    assert "thing" in sbom.faults(json.dumps(damaged))


def test_nothing_in_it_is_named_twice(bill):
    names = [one["bom-ref"] for one in (*bill["components"], *files(bill["components"])) if one["type"] != "file"]
    assert len(names) == len(set(names))
    assert bill["dependencies"][0]["dependsOn"] == sorted(one["bom-ref"] for one in bill["components"])
