"""docs/permissions.md, made from the table: pages, the API, and the admin with its many alike rows folded."""

from collections import defaultdict
from itertools import groupby
from pathlib import Path

from tests.security.endpoints import Endpoint, admin_models
from tests.security.roles import KEYS, ROLES, SESSIONS
from tests.security.table import Row, Table, area_of, place

KEPT = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
_HEAD = """\
# Who may what

Every address of the site and every method, and what each role is answered. This page is made from
`tests/security/permissions.txt`, which the test suite holds against the site itself: a new address without a row fails,
and so does an answer that differs. Where permissions are decided: `accounts/roles.py`. How the table is kept:
[decision 0067](decisions/0067-permissions-are-a-table.md).

The addresses name things of the **owner**: an upload with its verdict, report, link, appeal and batch, a case in which
the upload lies, webhooks, tokens, notices. **Viewer** and **editor** are members of that case. A **stranger** has an
account and nothing to do with it. Moderator and administrator are no members of the case.

| word | means |
|---|---|
| yes | allowed |
| login | led to the log-in |
| 401 | neither a valid token nor a session |
| 403 | refused, of something that one may know of |
| 404 | said not to be there: strangers learn nothing from the difference |

Files under `/static/` are public and have no view. What people hand in is never
served by its place in the storage.
"""
_PAGES = """\
## Pages

Tokens count for nothing here: who sends one is treated as anonymous.
"""
_API = """\
## API

The last three are tokens of the owner: one that may only read, one that has expired, one that was revoked. A token that
may write is answered as its owner is.
"""
_ADMIN = """\
## Admin

For moderators to read, for administrators to act where something can be done. Models whose rows are alike share one.
"""


def of(table: Table) -> str:
    """Deterministic: a test holds the file against it."""
    api = {one: row for one, row in table.items() if one.route.startswith("/api/v1/")}
    admin = {one: row for one, row in table.items() if one.route.startswith("/admin/")}
    pages = {one: row for one, row in table.items() if one not in api and one not in admin}
    _check({**pages, **admin})
    parts = [_HEAD, _PAGES, *_areas(pages, SESSIONS), _API, *_areas(api, ROLES), _ADMIN, _folded(admin)]
    return "\n".join(parts)


def _check(pages: Table) -> None:
    """What the page says of tokens is so."""
    wrong = [str(one) for one, row in pages.items() if {row[key] for key in KEYS} != {row["anonymous"]}]
    if wrong:
        raise ValueError(f"pages heed tokens: {wrong}")


def _areas(rows: Table, roles: tuple[str, ...]) -> list[str]:
    areas = groupby(sorted(rows, key=place), key=lambda one: area_of(one.route))
    return [f"### `{area}`\n\n{_table([(_name(one), rows[one]) for one in found], roles)}" for area, found in areas]


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} `{endpoint.route}`"


def _table(rows: list[tuple[str, Row]], roles: tuple[str, ...]) -> str:
    lines = [["address", *roles], ["---"] * (1 + len(roles))]
    lines += [[name, *(row[role] for role in roles)] for name, row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _folded(rows: Table) -> str:
    """`/admin/MODEL/add/` with the same answers for several models is one row that names them."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for one in sorted(rows, key=place):
        model = next((name for name in admin_models() if one.route.startswith(f"/admin/{name}/")), "")
        kind = one.route.replace(f"/{model}/", "/MODEL/", 1) if model else one.route.replace("|", "\\|")
        alike[f"{one.method} `{kind}`", tuple(rows[one][role] for role in SESSIONS)].append(model)
    told = [(kind + _of_which(models), words) for (kind, words), models in alike.items()]
    return _table([(name, dict(zip(SESSIONS, words, strict=True))) for name, words in told], SESSIONS)


def _of_which(models: list[str]) -> str:
    others = sorted(set(admin_models()) - set(models))
    if models == [""]:
        return ""
    if len(others) < len(models):
        return f" of every model but {', '.join(others)}" if others else " of every model"
    return f" of {', '.join(models)}"
