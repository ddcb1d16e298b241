"""From the bytes of a file to its C2PA manifest store, checked against the trust list, without a network.

The library is loaded when the first file that can hold a manifest comes, and never for those that cannot.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from ml.apart import ELSEWHERE, Unsafe
from ml.evidence import c2pa_apart, c2pa_library
from ml.evidence.c2pa_library import Refused
from ml.evidence.subject import NotApplicable
from ml.sentences import say
from ml.trust_list import SIGNERS, TIME_STAMPS, blocks, trust_list

Store = dict[str, Any]

SIGNER_LIST = "signers"  # how the library names the list that it found a certificate in
_WITHOUT = ("BMP",)  # formats for which the standard knows no place
_MARKS = (b"c2pa", b"provenance")  # every manifest store bears the first, every address of a remote one the second
_BOX = b"jumb"  # the box type of a manifest store


class Damaged(Exception):
    """There is a manifest store, and it cannot be read."""


class Elsewhere(Exception):
    """The file has no manifest store but the address of one; the text is the name of that host, if any."""


def read_store(data: bytes, image_format: str, mime: str, *, apart: bool = False) -> Store | None:
    """The manifest store with the library's validation results, None where the file has none.

    `apart` has the library look at it in a process of its own: for bytes that nobody vouches for.

    Raises:
        NotApplicable: the format cannot hold one, or the file could not be searched.
        Damaged, Elsewhere: see there.
        CannotStart: the process of its own does not come up.
    """
    if image_format in _WITHOUT:
        raise NotApplicable(say("A {format} file cannot hold Content Credentials.", format=image_format))
    if not any(mark in data for mark in _MARKS):
        return None
    try:
        return (c2pa_apart.opened if apart and ELSEWHERE else _opened_here)(data, mime, _settings())
    except Refused as refusal:
        raise _refusal(str(refusal), data) from refusal
    except Unsafe:
        raise NotApplicable(say("The Content Credentials of this file cannot be read safely.")) from None


def _opened_here(data: bytes, mime: str, settings: dict[str, Any]) -> Store | None:
    text = c2pa_library.opened(data, mime, settings)
    return None if text is None else dict(json.loads(text))


def _settings() -> dict[str, Any]:
    return {
        "version": 1,
        "verify": {
            "verify_trust": True,
            "verify_timestamp_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "trust": {"anchors": _anchors()},
    }


def _anchors() -> list[dict[str, str]]:
    """The library trusts a signer whom it finds in any list, so the lists must not overlap: it names the later one."""
    signers = blocks(trust_list(SIGNERS))
    stampers = [block for block in blocks(trust_list(TIME_STAMPS)) if block not in signers]
    lists = ((SIGNER_LIST, "manifest", signers), ("time stamps", "tsa", stampers))
    return [
        {"trust_uri": name, "trust_kind": kind, "trust_anchors": "\n".join(found)}
        for name, kind, found in lists
        if found
    ]


def _refusal(message: str, data: bytes) -> Exception:
    if message.startswith("Remote"):
        return Elsewhere(urlsplit(message.rsplit(" ", 1)[-1]).hostname or "")
    if _BOX in data:
        return Damaged(message)
    return NotApplicable(say("The file is built in a way that could not be searched for Content Credentials."))
