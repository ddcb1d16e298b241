"""A plug-in of the suite (see conftest.py): an eye on every event that any test records.

Nothing personal may stand in its chain, where it stays for good: names, addresses, file names and whatever a person
wrote go into `private`. And the act has words, for people.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from accounts import audit
from fakedetect_site import history_words

_FORBIDDEN = {
    "an e-mail address": re.compile(r"\S@\S"),
    "a file name": re.compile(r"\.(jpe?g|png|webp|gif|tiff?|bmp|avif|heic|pdf|zip)\b", re.I),
}
_KEYS = {"name", "username", "email", "address", "file", "filename", "note", "text", "title", "reason_given"}
_SENTENCES = {"objections"}  # made by the site from figures, and by nobody's hand


def faults(target: str, details: dict[str, Any]) -> Iterator[str]:
    for key, text in [("target", target), *_texts("", details)]:
        if key in _KEYS:
            yield f"{key} is what a person calls something"
        if " " in text and key not in _SENTENCES:
            yield f"{key} is a sentence"
        for what, pattern in _FORBIDDEN.items():
            if key not in _SENTENCES and pattern.search(text):
                yield f"{key} holds {what}"
        if _is_address(text):
            yield f"{key} is an internet address"


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(str(name), part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(key, part)
    elif isinstance(value, str):
        yield key, value


@pytest.fixture(autouse=True)
def nothing_personal_is_chained(monkeypatch):
    made = audit._event

    def checked(actor, action, target, details, personal):
        found = list(faults(target, details)) if not action.startswith("test.") else []
        assert action in history_words.WORDS or action.startswith("test."), (
            f"{action} has no words in history_words.py."
        )
        assert not found, f"{action}: {found}. Put it into `private` of audit.record: what is chained stays for good."
        return made(actor, action, target, details, personal)

    monkeypatch.setattr(audit, "_event", checked)
