"""The PDF of a report, typeset by typst with the fonts that it carries: no system package, no network."""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from detector import report_words

Layout = Callable[[Mapping[str, str]], dict[str, Any]]

_PROGRAM = Path(__file__).with_name("typesetter.py")
_TEMPLATE = settings.BASE_DIR / "templates" / "report" / "report.typ"
_SECONDS = 120  # one upload takes less than one, a case of 500 some
# The typesetter takes 62 MB while it runs, so the threads of a process take turns at it.
_turn = threading.BoundedSemaphore(1)


def render(content: Mapping[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """Typeset the content of a report on one upload (dossier.py) with its pictures, JPEG or PNG by name."""
    return typeset(_TEMPLATE, content["made"]["at"], partial(report_words.layout, content), pictures)


def typeset(template: Path, made_at: str, layout: Layout, pictures: Mapping[str, bytes]) -> bytes:
    """Typeset a report: `layout` says all that is on it, given the file names of its pictures.

    All text goes in as JSON, which the template shows as text: no name can become markup. The template sees one
    temporary folder and nothing else of the machine.
    """
    with tempfile.TemporaryDirectory(prefix="fakedetect-report-") as folder:
        files = _written(Path(folder), pictures)
        data = json.dumps(layout(files))
        for part in template.parent.glob("*.typ"):  # templates share their parts
            shutil.copy(part, folder)
        seconds = f"{datetime.fromisoformat(made_at).timestamp():.0f}"
        with _turn:
            return _typeset(str(Path(folder) / template.name), folder, seconds, data)


def _typeset(template: str, root: str, seconds: str, data: str) -> bytes:
    command = [sys.executable, "-I", str(_PROGRAM), template, root, seconds]  # nothing in it comes from a request
    done = subprocess.run(command, input=data.encode(), capture_output=True, timeout=_SECONDS)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"The typesetter failed: {done.stderr.decode(errors='replace')}")
    return done.stdout


def _written(folder: Path, pictures: Mapping[str, bytes]) -> dict[str, str]:
    """Each picture as a file of the folder; its name there by its name in the report."""
    names = {name: f"{place}.{_ending(data)}" for place, (name, data) in enumerate(pictures.items())}
    for name, data in pictures.items():
        (folder / names[name]).write_bytes(data)
    return names


def _ending(data: bytes) -> str:
    return "png" if data.startswith(b"\x89PNG") else "jpg"
