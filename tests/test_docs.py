"""A setting, a command, an endpoint or an error code that is not documented fails the suite."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLResolver, get_resolver, resolve

from notices import kinds

ROOT = Path(__file__).resolve().parent.parent
OPERATE = (ROOT / "docs" / "operate.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()
OURS = ("accounts", "desk", "detector", "learning", "ml", "notices", "overview", "privacy", "fakedetect_site")


def test_every_setting_of_the_environment_is_documented():
    files = [*(ROOT / "fakedetect_site").glob("*settings.py"), ROOT / "fakedetect_site/bounds.py"]
    source = "".join(file.read_text() for file in files)
    names = set(re.findall(r'env\.\w+\("(\w+)"', source)) | set(re.findall(r'Env\(\)\.\w+\("(\w+)"', source))
    assert len(names) > 15
    assert {name for name in names if f"`{name}`" not in OPERATE} == set()


def test_every_command_is_documented():
    commands = {name for name, app in get_commands().items() if app in OURS}
    assert len(commands) >= 9
    text = OPERATE + (ROOT / "docs" / "train.md").read_text()
    told = set(re.findall(r"`(\w+)`|manage\.py (\w+)", text))
    assert commands - {name for pair in told for name in pair} == set()


def test_every_kind_of_delivery_is_documented():
    text = (ROOT / "docs" / "webhooks.md").read_text()
    assert {kind for kind in kinds.KINDS if f"| `{kind}` |" not in text} == set()


def test_every_make_target_has_a_line_of_help():
    text = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", text, re.M).group(1).split()
    assert {name for name in targets if not re.search(rf"^{name}:.*## ", text, re.M)} == set()


def test_every_endpoint_of_the_api_is_documented():
    prefix = "/api/v1/"
    addresses = [path for path in _paths(get_resolver()) if path.startswith(prefix) and "schema" not in path]
    assert len(addresses) > 20
    for path in addresses:
        assert path.removeprefix(prefix) in API, path


def _paths(resolver, before="/"):
    """Every address of the site, its parameters as the documentation writes them."""
    for pattern in resolver.url_patterns:
        name = re.sub(r"<\w+:pk>|\(\?P<pk>[^)]*\)", "{id}", str(pattern.pattern)).strip("^$").replace("\\Z", "")
        name = before + re.sub(r"<\w+:(\w+)>", r"{\1}", name)
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern, name)
        else:
            yield name


EXAMPLES = (API, (ROOT / "docs" / "webhooks.md").read_text(), (ROOT / "clients" / "python" / "README.md").read_text())


def test_the_examples_in_python_compile():
    blocks = [block for text in EXAMPLES for block in re.findall(r"```python\n(.*?)```", text, re.S)]
    assert len(blocks) > 5
    for block in blocks:
        compile(block, "example", "exec")


def test_the_examples_ask_what_there_is():
    asked = re.findall(r"/api/v1/[\w/.-]*", "".join(re.findall(r"```(?:sh|python|javascript)\n(.*?)```", API, re.S)))
    assert len(asked) >= 4
    for path in set(asked) - {"/api/v1/"}:
        assert resolve(path), path


@pytest.mark.parametrize("folder", OURS)
def test_every_error_code_is_documented(folder):
    codes = set()
    for path in (ROOT / folder).rglob("*.py"):
        codes |= set(re.findall(r'(?:Refused|InvalidImage)\(\s*"(\w+)"', path.read_text()))
    assert {code for code in codes if f"`{code}`" not in API + OPERATE and code != "not_a_file"} == set()


def test_every_note_on_a_decision_has_its_three_parts():
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        for part in ("**Context.**", "**Choice.**", "**Consequence.**"):
            assert part in path.read_text(), f"{path.name} lacks {part}"


def test_the_documents_link_to_files_that_exist():
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
