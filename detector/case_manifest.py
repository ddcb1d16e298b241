"""The papers of an exported case: the table of its uploads, its notes, what it is, and how to read all that."""

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from detector import case_notes, case_reading, report
from detector.models import Case, CaseUpload
from detector.templatetags import verdicts
from fakedetect_site import spreadsheets

Row = dict[str, Any]

_COLUMNS = (
    "number", "name", "sha256", "format", "width", "height", "bytes", "uploaded_by", "uploaded_at", "added_at",
    "status", "shown_as", "verdict", "fake_probability", "model", "decision", "decided_by", "decided_at",
    "file", "report", "remark",
)  # fmt: skip
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')  # in a file name, on any system
_LONGEST = 100

README = """This is the export of a case of FakeDetect.

manifest.csv   one row an upload: verdicts, decisions of people, digests, and the names of its files here
files/         the files as they were uploaded; other people's than who asked for the export with their place blanked,
               so that their digest is not the one in the table
thumbnails/    small pictures of them
reports/       a signed report of each upload, to be checked at /verify/ or with manage.py verify_report
notes.txt      the notes of the case
case.json      title, description and members of the case

A verdict is a probability, not a proof. A cell that begins with ' would have been read as a formula by a spreadsheet.
"""


def row(item: CaseUpload, number: int) -> Row:
    """What the table says of an upload; `stem` begins the names of its files."""
    told, name = report.of_upload(item.upload), f"{number:04}-{safe(item.upload.name)}"
    stem = name.rpartition(".")[0] or name
    verdict, review = told["verdict"] or {}, told["review"] or {}
    return {
        **{name: told["file"][name] for name in ("name", "sha256", "format", "width", "height", "bytes")},
        "number": number,
        "uploaded_by": item.upload.owner.get_username(),
        "uploaded_at": told["created_at"],
        "added_at": item.added_at.isoformat(),
        "status": told["status"],
        "shown_as": verdicts.outcome(told),
        "verdict": verdict.get("label"),
        "fake_probability": verdict.get("fake_probability"),
        "model": verdict.get("model", {}).get("version"),
        "decision": review.get("decision"),
        "decided_by": review.get("by"),
        "decided_at": review.get("at"),
        "stem": stem,
        "file": f"files/{name}",
        "report": f"reports/{stem}.json",
        "remark": "",
    }


def table(rows: Iterable[Row]) -> bytes:
    """CSV as spreadsheets read it, in UTF-8 with its mark; what they would take for a formula begins with '."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    writer.writerows([spreadsheets.cell(one[name]) for name in _COLUMNS] for one in rows)
    return stream.getvalue().encode("utf-8-sig")


def safe(name: str) -> str:
    """A file name that no system takes for anything else."""
    kept = _UNSAFE.sub("_", name).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    return f"{(stem or kept)[: _LONGEST - 10]}{dot}{ending[:9]}" if dot else kept[:_LONGEST]


def notes(case: Case) -> bytes:
    """The notes, oldest first."""
    return "\n".join(_note(one) for one in reversed(case_reading.notes_of(case, at_most=case_notes.MOST))).encode()


def about(case: Case) -> bytes:
    told = {
        "id": str(case.pk),
        "title": case.title,
        "description": case.description,
        "created_at": case.created_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "members": [{"username": one.user.get_username(), "role": one.role} for one in case_reading.members_of(case)],
    }
    return json.dumps(told, indent=2, ensure_ascii=False).encode()


def _note(note: Any) -> str:
    who = note.author.get_username() if note.author else "someone whose account is gone"
    about_what = f", about {note.upload.name}" if note.still_here else ""
    return f"{note.created_at:%Y-%m-%d %H:%M} UTC, {who}{about_what}:\n{note.text}\n"
