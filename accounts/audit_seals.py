"""Signed statements about the history, one JSON object a line: its head at some moment, or what an export holds.

What is signed is the kind of the statement, a line feed, and the canonical JSON without `signature`; so no statement
passes for one of another kind, nor for a report, which the same key signs.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fakedetect_site import site_key

HEAD = "fakedetect-audit-head/1"
EXPORT = "fakedetect-audit-export/1"

Seal = dict[str, Any]


class NotSealed(ValueError):
    """A statement that nobody of ours made, with one sentence."""


def sealed(kind: str, facts: Mapping[str, Any]) -> str:
    """The facts as one signed line, without its line feed.

    Raises:
        KeyUnusable: the site's key cannot be used.
    """
    whole = {**facts, "format": kind, "key_id": site_key.key_id(site_key.public_key())}
    _, value = site_key.sign(_signed(whole))
    return _canonical(whole | {"signature": value.decode()})


def opened(line: str, keys: Iterable[Ed25519PublicKey]) -> Seal:
    """The facts of a line that one of these keys signed.

    Raises:
        NotSealed: it is damaged, changed, or signed with another key.
    """
    seal = unproved(line)
    named = {site_key.key_id(key): key for key in keys}
    key = named.get(str(seal.get("key_id")))
    if key is None:
        raise NotSealed(f"it is signed with the key {seal.get('key_id')}, which is not known here")
    if not site_key.holds(key, _signed(seal), str(seal.get("signature", "")).encode()):
        raise NotSealed("its signature does not hold: it was changed")
    return seal


def unproved(line: str) -> Seal:
    """The facts of a line, whose signature nobody has checked.

    Raises:
        NotSealed: it cannot be read.
    """
    try:
        seal = json.loads(line)
    except ValueError:
        raise NotSealed("it cannot be read") from None
    if not isinstance(seal, dict):
        raise NotSealed("it cannot be read")
    return seal


def _signed(seal: Seal) -> bytes:
    plain = {name: value for name, value in seal.items() if name != "signature"}
    return f"{plain.get('format')}\n{_canonical(plain)}".encode()


def _canonical(value: Seal) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
