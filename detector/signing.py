"""Reports are signed with Ed25519 (RFC 8032): a reader can tell that not a byte was changed since this site made one.

The signature stands at the end of the file, and covers every byte before it:

    JSON   {…,"signature":{"algorithm":"Ed25519","key_id":"…","value":"…"}}    signed: the same object without it
    PDF    …%%EOF⏎%FakeDetect-Ed25519 KEY_ID BASE64⏎                            signed: everything up to %%EOF⏎

The JSON that is signed is canonical: keys sorted, no spaces, UTF-8. What is written anew in any other way, were it by a
space, is no longer what was signed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from detector.errors import Refused
from fakedetect_site import site_key
from fakedetect_site.site_key import KeyUnusable, key_id, pem, read_public_key

__all__ = [
    "SENTENCES",
    "Checked",
    "check",
    "key_id",
    "pem",
    "public_key",
    "read_public_key",
    "signed_json",
    "signed_pdf",
]

MAX_BYTES = 25_000_000  # of a report; ours have one or two megabytes

# kind: (how such a file begins, what stands at its end, what the signed bytes end with in its place)
_KINDS = {
    "json": (
        b"{",
        re.compile(
            rb',"signature":\{"algorithm":"Ed25519","key_id":"([0-9a-f]{16})","value":"([A-Za-z0-9+/]{86}==)"\}\}\Z'
        ),
        b"}",
    ),
    "pdf": (b"%PDF-", re.compile(rb"%FakeDetect-Ed25519 ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)\n\Z"), b""),
}
SENTENCES = {  # the page's script says the same ones
    "no_report": gettext_lazy("This file is neither a PDF nor a JSON report of FakeDetect."),
    "no_signature": gettext_lazy(
        "This file does not end with a signature of FakeDetect. Either it was never signed, or it was cut "
        "off, added to, or saved anew by another program."
    ),
    "other_key": gettext_lazy(
        "The report names the key {theirs}; this check was made with the key {ours}. Ask the site that made "
        "the report for its public key."
    ),
    "changed": gettext_lazy(
        "The file is not what was signed: at least one byte was changed after the report was made."
    ),
    "holds": gettext_lazy("The report was signed with the key {ours}, and not a byte was changed since."),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a report is as it was signed, and one sentence that says so or says why not.

    `kind` is "pdf", "json" or "" for neither; `key_id` is the key that the file names, "" where it names none.
    """

    valid: bool
    reason: str
    kind: str = ""
    key_id: str = ""


def signed_json(content: Mapping[str, Any]) -> bytes:
    """The canonical JSON of a report, with its signature as the last member.

    Raises:
        Refused: no_report_key.
        ValueError: a value that JSON does not know, or a key "signature".
    """
    if "signature" in content:
        raise ValueError("A report is signed once.")
    plain = canonical(content)
    key_id, value = _sign(plain)
    member = b',"signature":{"algorithm":"Ed25519","key_id":"%s","value":"%s"}}'
    return plain[:-1] + member % (key_id.encode(), value)


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way in which this JSON is written."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def signed_pdf(plain: bytes) -> bytes:
    """A PDF with its signature in a comment behind the end, which readers pass over.

    Raises:
        Refused: no_report_key.
    """
    whole = plain if plain.endswith(b"\n") else plain + b"\n"
    key_id, value = _sign(whole)
    return whole + b"%%FakeDetect-Ed25519 %s %s\n" % (key_id.encode(), value)


def check(data: bytes, key: Ed25519PublicKey | None = None) -> Checked:
    """Is this report as it was signed with `key`, by default the key of this site? Raises Refused: no_report_key."""
    key = key or public_key()
    kind = next((name for name, (start, _tail, _end) in _KINDS.items() if data.startswith(start)), "")
    if not kind:
        return Checked(False, str(SENTENCES["no_report"]))
    _start, tail, end = _KINDS[kind]
    found = tail.search(data, max(len(data) - 300, 0))  # a tail is shorter
    if not found:
        return Checked(False, str(SENTENCES["no_signature"]), kind)
    ours, theirs = key_id(key), found[1].decode()
    if theirs != ours:
        return Checked(False, str(SENTENCES["other_key"]).format(theirs=theirs, ours=ours), kind, theirs)
    holds = site_key.holds(key, data[: found.start()] + end, found[2])
    return Checked(holds, str(SENTENCES["holds" if holds else "changed"]).format(ours=ours), kind, theirs)


def public_key() -> Ed25519PublicKey:
    """The public half of this site's key, which is made at its first use.

    Raises:
        Refused: no_report_key, when it cannot be made or read; the log says why.
    """
    try:
        return site_key.public_key()
    except KeyUnusable as error:
        raise _no_key() from error


def _sign(plain: bytes) -> tuple[str, bytes]:
    try:
        return site_key.sign(plain)
    except KeyUnusable as error:
        raise _no_key() from error


def _no_key() -> Refused:
    return Refused("no_report_key", _("The key that signs reports cannot be used. The log of this site says why."))
