"""What the address of the history may say, always written in one way: two addresses of one state are the same text.

It is written as `quote` writes, which is how the search of an erasure spells what it looks for (privacy/needles.py).
"""

from urllib.parse import quote, urlencode

from django.http import QueryDict

LONGEST = 2_000
FILTERS = (
    "q", "verdict", "status", "after", "before", "name", "sha256", "case", "model", "external_id", "tag", "sort",
    "like",
)  # fmt: skip
_ONLY = {"sort": "oldest", "view": "gallery", "all": "1"}  # anything else is how the list is without it
NAMES = (*FILTERS, "view", "all")


def cleaned(query: str) -> str:
    """The query with what the history knows, each once; a page of the list, and what says nothing, is left out."""
    given = QueryDict(query.removeprefix("?"))
    kept = {name: str(given[name]) for name in NAMES if given.get(name)}
    return urlencode({name: value for name, value in kept.items() if _ONLY.get(name, value) == value}, quote_via=quote)


def without(query: str, name: str) -> str:
    """The same without one of its parts."""
    values = QueryDict(query, mutable=True)
    values.pop(name, None)
    return cleaned(values.urlencode())
