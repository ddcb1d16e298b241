"""The rules of the house, kept with `ast` and with a fresh interpreter."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import environment

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("accounts", "desk", "detector", "fakedetect_site", "learning", "ml", "notices", "overview", "privacy")
SERVING = (
    "serve", "images", "containers", "place", "registry", "decide", "findings", "heatmap", "evidence", "look", "views",
    "runtime", "quality", "familiar", "promotion", "cards", "jpeg", "fingerprint", "sentences", "decoder",
    "decoder_child", "locking", "refusals", "syscalls", "wire", "apart", "apart_child",
)  # fmt: skip
MODELS = {"models", "queries", "case_queries"}
SERVICES = {
    "accounts": {
        "audit", "audit_chain", "audit_check", "audit_export", "audit_file", "audit_guard", "audit_heads",
        "audit_seals", "audit_search", "allowances", "codes", "confirming", "consent", "counting",
        "devices", "errors", "people", "place_words",
        "preferences", "quotas", "rates", "refusals", "roles", "second_factor", "security_mail",
        "session_life", "sessions", "spent", "tokens", "throttle", "usage",
    },
    "detector": {
        "again", "bulk", "list_state", "listing", "moments", "saved", "search_words", "shown",
        "analysis", "batch_bells", "batch_steps", "batches",
        "case_dossier", "case_export", "case_items", "case_manifest", "case_members", "case_notes",
        "case_reading", "case_words", "cases",
        "compare", "direct", "direct_store", "dossier", "dossier_pictures", "errors", "examination", "fetching",
        "files", "fingerprints", "intake",
        "integrity", "known", "leases", "ledger_rows", "limits", "model_figures", "models_in_use", "names", "offline",
        "picture_search",
        "once", "originals", "paging", "particulars", "patience", "pictures", "processor", "report", "report_pdf",
        "report_titles", "redacted", "report_words", "review", "samples", "sentences", "shares", "signing",
        "similar", "tags", "tidying", "timeline", "unpacking", "upload_notes",
    },
    "notices": {
        "callbacks", "deliveries", "endpoints", "health", "inbox", "kinds", "letters", "preferences", "ringing",
        "sending", "signatures", "telling",
    },
    "learning": {
        "bells", "changed_verdicts", "comparison", "counting", "dataset", "drift", "drift_plots", "errors",
        "families", "folders", "history", "measures", "mistakes", "opinions", "rescoring", "rescoring_steps",
        "shadow", "telling", "weighing",
        "curves", "launching", "readiness", "retraining", "runs",
    },
    "desk": {
        "appeals", "attachments", "callbacks", "case_notices", "charts", "deciding", "figures", "habits", "measures",
        "queue",
        "sampling", "showing", "tags", "telling",
    },
    "overview": {"counting", "plots", "reading"},
    "privacy": {
        "archive", "certificates", "compacting", "erasing", "exporting", "forgetting", "keeping",
        "needles", "periods", "proof", "purging", "records", "sealing", "traces",
    },
}  # fmt: skip
# What an app may import: itself, `ml.serve` in the detector, and what stands here. Nobody below knows who is above.
BELOW = {
    "accounts": set(),
    "notices": {"accounts"},
    "detector": {"accounts"},
    "desk": {"accounts", "detector", "notices"},
    "learning": {"accounts", "detector", "notices", "desk"},
    "overview": {"accounts", "detector", "notices", "desk"},
    "privacy": {"accounts", "detector", "notices", "desk", "learning"},
}
DOORS = {
    "admin_history", "timeline_views",
    "session_views",
    "run_views", "preference_views", "preference_forms", "factor_views", "factor_forms", "factor_middleware",
    "views", "api", "forms", "admin", "urls", "api_urls", "tasks", "pages", "middleware", "report_views", "report_api",
    "compare_views", "webhook_views", "webhook_api",
    "case_api", "case_part_api", "case_views", "case_part_views", "case_file_views", "case_forms",
    "label_forms", "label_views", "history_views", "bulk_views", "picked", "saved_views", "saved_api",
    "picture_views", "picture_api", "bulk_api", "direct_api",
    "handing_in", "batch_api", "conditional", "parts_api", "sparse", "usage_views", "usage_api",
    "share_views", "shared_views", "share_forms", "share_api",
    "appeal_api", "appeal_views", "appeal_urls", "password_views", "trial_admin",
    "figure_views", "filters", "list_views", "erasure_views", "drift_views", "rescoring_views", "shadow_views",
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
            assert not reaches(path, "django", "fakedetect_site", *BELOW), path


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


@pytest.mark.parametrize("app", BELOW)
def test_an_app_knows_only_those_below_it(app):
    above = BELOW.keys() - BELOW[app] - {app}
    for path in sources(app):
        assert not reaches(path, *above), path


@pytest.mark.parametrize("app", sorted(BELOW.keys() - {"detector", "learning"}))
def test_only_detector_and_learning_know_of_ml(app):
    """Its sentences are words alone: whoever stores one for a reader makes it so."""
    for path in sources(app):
        assert not [name for name in reaches(path, "ml") if not name.startswith("ml.sentences")], path


def test_services_do_not_import_doors():
    for app, services in SERVICES.items():
        doors = {f"{app}.{door}" for door in DOORS if door != "tasks"}
        for path in sources(app):
            if path.stem in services | MODELS or path.parent.name == "models":
                assert not reaches(path, *doors), path


def test_every_service_module_named_here_exists():
    for app, services in SERVICES.items():
        for name in services:
            assert (ROOT / app / f"{name}.py").exists(), f"{app}/{name}.py"


def test_every_door_is_named_here():
    for path in sources(*SERVICES):
        assert not re.search(r"(?:^|_)(?:api|views|urls|admin)$", path.stem) or path.stem in DOORS, path


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
