"""The package as a whole: it stands alone, what it says of itself is true, and it can be built."""

import ast
import re
import sys
import tomllib

import fakedetect_client
import pytest
from fakedetect_client.cli import exits

from tests.programs import ROOT
from tests.test_architecture import PACKAGES, reaches

PACKAGE = ROOT / "clients" / "python"
README = (PACKAGE / "README.md").read_text()
MODULES = sorted((PACKAGE / "src").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_knows_nothing_of_the_site_and_is_of_one_idea(path):
    assert not reaches(path, "django", *PACKAGES)
    assert path.read_text().count("\n") <= 300
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.returns is not None, node.name
            assert node.end_lineno - node.lineno < 60, node.name


def test_it_needs_only_what_it_names():
    described = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert [re.split(r"[<>=]", one)[0] for one in described["dependencies"]] == ["httpx"]
    roots = {name.partition(".")[0] for path in MODULES for name in reaches(path, *_roots(path))}
    assert roots - sys.stdlib_module_names == {"httpx", "fakedetect_client"}


def _roots(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_everything_that_it_offers_is_there():
    assert [name for name in fakedetect_client.__all__ if not hasattr(fakedetect_client, name)] == []
    assert (PACKAGE / "src" / "fakedetect_client" / "py.typed").exists()
    assert f"## {fakedetect_client.__version__}\n" in (PACKAGE / "CHANGELOG.md").read_text()


def test_the_readme_names_every_method_error_and_exit_code():
    public = {name for name in vars(fakedetect_client.Client) if not name.startswith("_")} - {"close"}
    assert {name for name in public if f"`{name}(" not in README and f"{name}(" not in README} == set()
    errors = {
        name
        for name in fakedetect_client.__all__
        if isinstance(kind := getattr(fakedetect_client, name), type) and issubclass(kind, Exception)
    }
    assert {name for name in errors if name not in README} == set()
    codes = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert {code for code in codes if f"\n| {code} |" not in README} == set()


def test_the_python_of_the_readme_runs(live_server, scorer, token, picture, monkeypatch, capsys):
    monkeypatch.setenv("FAKEDETECT_URL", live_server.url)
    monkeypatch.setenv("FAKEDETECT_TOKEN", token)
    monkeypatch.chdir(picture.parent)
    (picture.parent / "pictures").mkdir()
    (picture.parent / "pictures" / "one.jpg").write_bytes(picture.read_bytes())
    picture.rename("photo.jpg")
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, {})
    out = capsys.readouterr().out
    assert "ai_generated 0.93\n- The model finds traces of AI generation." in out
    assert "pictures/one.jpg ai_generated" in out
    assert out.splitlines()[-3:] == ["photo.jpg", "one.jpg", "photo.jpg"]
