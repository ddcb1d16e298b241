"""How results are written: a table for people, JSON (whole or one object a line) and CSV for programs."""

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from fakedetect_client.cli.words import many, painted, percent, printable, verdict
from fakedetect_client.errors import AnalysisFailed, ApiError, FakeDetectError
from fakedetect_client.results import Result

_COLUMNS = ("path", "verdict", "fake_probability", "reviewed", "id", "sha256", "page", "error")
_FORMULA = re.compile(r"^[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20|]|^[\t\r\n]")


class Writer(Protocol):
    """Takes one outcome after the other, and ends."""

    def result(self, name: str, result: Result) -> None: ...

    def failure(self, name: str, error: FakeDetectError) -> None: ...

    def end(self) -> None: ...


class Table:
    """One line each, as soon as it is known; the verdict stands first, since names can be long."""

    def __init__(self) -> None:
        self.began = False

    def result(self, name: str, result: Result) -> None:
        self._line(verdict(result), percent(result.fake_probability), name, result.label)

    def failure(self, name: str, error: FakeDetectError) -> None:
        self._line("Failed", "–", f"{printable(name)}: {error}", "error")

    def end(self) -> None:
        """Nothing is left to write."""

    def _line(self, said: str, share: str, name: str, label: str | None) -> None:
        if not self.began:
            print(f"{'VERDICT':<26} {'FAKE':>7}  FILE")
            self.began = True
        print(f"{painted(f'{printable(said):<26}', label, sys.stdout)} {share:>7}  {printable(name)}", flush=True)


class JsonLines:
    """What the API answers, with `path`; the same as `manage.py analyze --json` writes."""

    def result(self, name: str, result: Result) -> None:
        self.write({"path": name, **result.raw})

    def failure(self, name: str, error: FakeDetectError) -> None:
        self.write({"path": name, "status": "failed", "verdict": None, "error": told(error)})

    def end(self) -> None:
        """Nothing is left to write."""

    def write(self, row: Mapping[str, Any]) -> None:
        print(json.dumps(row, ensure_ascii=False), flush=True)


class Json(JsonLines):
    """The same, as one array."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, Any]] = []

    def write(self, row: Mapping[str, Any]) -> None:
        self.rows.append(row)

    def end(self) -> None:
        print(json.dumps(self.rows, ensure_ascii=False, indent=2))


class Csv:
    """A cell that a spreadsheet would take for a formula, and run, becomes text."""

    def __init__(self) -> None:
        self.lines = csv.writer(sys.stdout)
        self.lines.writerow(_COLUMNS)

    def result(self, name: str, result: Result) -> None:
        page, reviewed = result.links.get("page", ""), "yes" if result.review else "no"
        self._line(
            name,
            result.label or result.status,
            result.fake_probability,
            reviewed,
            result.id,
            result.file.sha256,
            page,
            "",
        )

    def failure(self, name: str, error: FakeDetectError) -> None:
        self._line(name, "failed", None, "", "", "", "", str(error))

    def end(self) -> None:
        sys.stdout.flush()

    def _line(self, *cells: Any) -> None:
        self.lines.writerow([f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell for cell in cells])


WRITERS: dict[str, type[Table | JsonLines | Json | Csv]] = {
    "table": Table,
    "json": Json,
    "jsonl": JsonLines,
    "csv": Csv,
}


def told(error: FakeDetectError) -> dict[str, Any]:
    """An error as an object, shaped as the API's own."""
    code = error.code if isinstance(error, ApiError | AnalysisFailed) else ""
    more = {"request_id": error.request_id} if isinstance(error, ApiError) and error.request_id else {}
    return {"code": code or "not_checked", "detail": str(error)} | more


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """A small table whose columns are as wide as they need to be."""
    lines = [head, *(tuple(map(printable, row)) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def summary(checked: int, found: int, failed: int) -> str:
    return f"{many(checked, 'image')} checked, {found} found, {failed} failed."
