"""Tables for spreadsheets: a cell that one would take for a formula, and run, becomes text."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

# Also behind spaces and in the wide signs of East Asian keyboards.
_FORMULA = re.compile(r"^[\s\x00]*[=+\-@\uff1d\uff0b\uff0d\uff20|]|^[\t\r\n]")


def cell(value: Any) -> Any:
    """A value as it may stand in a table: an apostrophe before what looks like a formula; numbers stay numbers."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return "" if value is None else value


def line(cells: Iterable[Any]) -> str:
    """One line of a CSV file, for files that are sent while they are made."""
    stream = io.StringIO()
    csv.writer(stream).writerow(cells)
    return stream.getvalue()
