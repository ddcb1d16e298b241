"""The rules of the house, kept with `ast` and with a fresh interpreter."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import environment

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("accounts", "detector", "fakedetect_site", "ml")
SERVING = (
    "serve", "images", "containers", "registry", "decide", "findings", "heatmap", "evidence", "look", "views",
    "runtime", "quality", "familiar", "promotion", "cards", "jpeg", "fingerprint",
)  # fmt: skip
MODELS = {"models", "queries"}
SERVICES = {
    "accounts": {"audit", "people", "roles", "tokens", "throttle"},
    "detector": {
        "analysis", "background", "compare", "dossier", "dossier_pictures", "errors", "examination", "files",
        "fingerprints", "intake",
        "integrity", "leases", "ledger_rows", "model_figures", "models_in_use", "names", "offline", "originals",
        "paging", "pictures", "processor", "report", "report_pdf", "report_words", "samples", "signing",
        "similar",
    },
}  # fmt: skip
DOORS = {
    "views", "api", "forms", "admin", "urls", "api_urls", "tasks", "pages", "middleware", "report_views", "report_api",
    "compare_views",
}  # fmt: skip
SAVING = {"save", "create", "bulk_create", "get_or_create", "update_or_create", "bulk_update"}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def imports(path: Path) -> set[str]:
    """Every module that a file imports, `from a import b` as both a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def reaches(path: Path, *packages: str) -> set[str]:
    return {name for name in imports(path) for package in packages if f"{name}.".startswith(f"{package}.")}


def test_ml_knows_nothing_of_the_site():
    for path in sources("ml"):
        if "management" not in path.parts and path.name != "apps.py":
            assert not reaches(path, "django", "detector", "accounts", "fakedetect_site"), path


def test_what_serves_never_names_a_training_framework():
    for path in sources("ml"):
        part = path.relative_to(ROOT / "ml").parts[0].removesuffix(".py")
        if part in SERVING:
            assert not reaches(path, "tensorflow", "keras", "torch", "jax"), path
            assert part == "evidence" or not reaches(path, "cv2"), path  # a second resizer must not reach the model


@pytest.mark.parametrize("module", ["ml.serve", "ml.registry", "fakedetect_site.wsgi"])
def test_a_serving_process_loads_no_training_framework(module):
    code = f"import {module}, sys; print([m for m in ('tensorflow', 'keras', 'torch', 'jax') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_the_detector_knows_of_ml_only_what_serves():
    for path in sources("detector"):
        for name in reaches(path, "ml"):
            assert name in ("ml", "ml.serve") or name.startswith("ml.serve."), f"{path}: {name}"


def test_accounts_know_neither_detector_nor_ml():
    for path in sources("accounts"):
        assert not reaches(path, "detector", "ml"), path


def test_services_do_not_import_doors():
    for app, services in SERVICES.items():
        for name in services | MODELS:
            path = ROOT / app / f"{name}.py"
            if path.exists():
                doors = {f"{app}.{door}" for door in DOORS if door != "tasks"}
                assert not reaches(path, *doors), path


def test_every_service_module_named_here_exists():
    for app, services in SERVICES.items():
        for name in services:
            assert (ROOT / app / f"{name}.py").exists(), f"{app}/{name}.py"


def test_a_door_never_saves():
    for app in SERVICES:
        for path in sources(app):
            if path.stem in DOORS or "commands" in path.parts:
                assert not list(_saves(path)), f"{path} saves at line {next(_saves(path))}"


def _saves(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SAVING:
            yield node.lineno


def test_every_function_is_annotated_and_none_is_long():
    for path in sources(*PACKAGES):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.returns is not None, f"{path}:{node.lineno} {node.name} has no return type"
                assert node.end_lineno - node.lineno < 60, f"{path}:{node.lineno} {node.name} is too long"


def test_no_file_is_longer_than_one_idea():
    for path in sources(*PACKAGES):
        assert path.read_text().count("\n") <= 300, path


def test_every_module_says_what_it_is():
    for path in sources(*PACKAGES):
        if path.read_text().strip():
            assert ast.get_docstring(ast.parse(path.read_text())), path


def test_templates_carry_no_inline_script_or_style():
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = path.read_text()
        for forbidden in (" style=", "<style", " onclick=", "javascript:"):
            assert forbidden not in text, f"{path}: {forbidden}"
        for tag in text.split("<script")[1:]:
            assert " src=" in tag.split(">")[0] or "application/json" in tag.split(">")[0], path
