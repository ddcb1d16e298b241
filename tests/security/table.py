"""The table: one row an endpoint, one column a role, and a word for what the role is answered.

permissions.txt is written by hand, by whoever adds an endpoint: a test that fails prints the row as it was measured, to
be judged and pasted. `python -m tests.security.write` puts the file in order and writes docs/permissions.md from it.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tests.security.endpoints import Endpoint
from tests.security.roles import ROLES

KEPT = Path(__file__).with_name("permissions.txt")
Row = dict[str, str]
Table = dict[Endpoint, Row]
_HEAD = """\
# Who may what. One row for each method of each address; test_permissions.py asks each of them as each role, of things
# that are the owner's. Viewer and editor are members of the case that the upload lies in. The last three are tokens of
# the owner. What the words mean stands in asking.py, and for people in docs/permissions.md, which is made from this.
"""
_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")


def read() -> Table:
    """Lines that begin with # and empty ones are for people."""
    lines = [line for line in KEPT.read_text().splitlines() if line and not line.startswith("#")]
    return dict(_row(line) for line in lines)


def _row(line: str) -> tuple[Endpoint, Row]:
    method, route, *answers = line.split()
    return Endpoint(method, route), dict(zip(ROLES, answers, strict=True))


def row(endpoint: Endpoint, answers: Row) -> str:
    """As it stands in the file."""
    return _line(endpoint.method, endpoint.route, [answers[role] for role in ROLES])


def _line(method: str, route: str, words: Iterable[str]) -> str:
    return f"{method:6} {route:66} " + "".join(word.ljust(14) for word in words).rstrip()


def written(table: Table) -> str:
    """The file: by area, by address, by method."""
    parts = [_HEAD + _line("#", "", ROLES)]
    for area, endpoints in groupby(sorted(table, key=place), key=lambda one: area_of(one.route)):
        parts.append(f"# {area}\n" + "\n".join(row(one, table[one]) for one in endpoints))
    return "\n\n".join(parts) + "\n"


def place(endpoint: Endpoint) -> tuple[str, str, int]:
    return area_of(endpoint.route), endpoint.route, _ORDER.index(endpoint.method)


def area_of(route: str) -> str:
    """`/`, `/uploads`, `/api/v1/uploads` …: the folder that an address lies in."""
    folders = route.strip("/").split("/")
    depth = 3 if folders[:2] == ["api", "v1"] else 1
    return "/" + "/".join(folder.partition(".")[0] for folder in folders[:depth] if "(?P" not in folder)
