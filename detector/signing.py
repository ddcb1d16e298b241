"""Reports are signed with Ed25519 (RFC 8032): a reader can tell that not a byte was changed since this site made one.

The signature stands at the end of the file, and covers every byte before it:

    JSON   {…,"signature":{"algorithm":"Ed25519","key_id":"…","value":"…"}}    signed: the same object without it
    PDF    …%%EOF⏎%FakeDetect-Ed25519 KEY_ID BASE64⏎                            signed: everything up to %%EOF⏎

The JSON that is signed is canonical: keys sorted, no spaces, UTF-8. What is written anew in any other way, were it by a
space, is no longer what was signed.
"""

import base64
import hashlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from detector.errors import Refused

log = logging.getLogger(__name__)

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
    "no_report": "This file is neither a PDF nor a JSON report of FakeDetect.",
    "no_signature": "This file does not end with a signature of FakeDetect. Either it was never signed, or it was cut "
    "off, added to, or saved anew by another program.",
    "other_key": "The report names the key {theirs}; this check was made with the key {ours}. Ask the site that made "
    "the report for its public key.",
    "changed": "The file is not what was signed: at least one byte was changed after the report was made.",
    "holds": "The report was signed with the key {ours}, and not a byte was changed since.",
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
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    key_id, value = _sign(plain)
    member = b',"signature":{"algorithm":"Ed25519","key_id":"%s","value":"%s"}}'
    return plain[:-1] + member % (key_id.encode(), value)


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
    kind = next((name for name, (start, _, _) in _KINDS.items() if data.startswith(start)), "")
    if not kind:
        return Checked(False, SENTENCES["no_report"])
    _, tail, end = _KINDS[kind]
    found = tail.search(data, max(len(data) - 300, 0))  # a tail is shorter
    if not found:
        return Checked(False, SENTENCES["no_signature"], kind)
    ours, theirs = key_id(key), found[1].decode()
    if theirs != ours:
        return Checked(False, SENTENCES["other_key"].format(theirs=theirs, ours=ours), kind, theirs)
    holds = _holds(key, data[: found.start()] + end, found[2])
    return Checked(holds, SENTENCES["holds" if holds else "changed"].format(ours=ours), kind, theirs)


def public_key() -> Ed25519PublicKey:
    """The public half of this site's key, which is made at its first use.

    Raises:
        Refused: no_report_key, when it cannot be made or read; the log says why.
    """
    return _private_key().public_key()


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the 32 bytes of a public key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def pem(key: Ed25519PublicKey) -> bytes:
    """A public key in the form that other programs read."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def read_public_key(text: bytes) -> Ed25519PublicKey:
    """A public key from its PEM.

    Raises:
        ValueError: it is none, or of another algorithm.
    """
    try:
        key = serialization.load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("This is no public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("This is a public key of another algorithm; reports are signed with Ed25519.")
    return key


def _sign(plain: bytes) -> tuple[str, bytes]:
    private = _private_key()
    return key_id(private.public_key()), base64.b64encode(private.sign(plain))


def _holds(key: Ed25519PublicKey, signed: bytes, value: bytes) -> bool:
    """Strictly: Base64 can write one signature in 16 ways, and only one of them is what we wrote."""
    signature = base64.b64decode(value)
    try:
        key.verify(signature, signed)
    except InvalidSignature:
        return False
    return base64.b64encode(signature) == value


def _private_key() -> Ed25519PrivateKey:
    path = Path(settings.REPORT_KEY)
    try:
        if not path.exists():
            _make(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        log.exception("report key %s", path)
        raise _no_key() from error
    if not isinstance(key, Ed25519PrivateKey):
        log.error("report key %s is not of Ed25519", path)
        raise _no_key()
    return key


def _no_key() -> Refused:
    return Refused("no_report_key", "The key that signs reports cannot be used. The log of this site says why.")


def _make(path: Path) -> None:
    """Write a fresh key for the owner's eyes only; of two processes that start at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    descriptor, beside = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(Ed25519PrivateKey.generate().private_bytes(*form))
            stream.flush()
            os.fsync(descriptor)
        os.link(beside, path)  # whole or not at all, and never over another
    except FileExistsError:
        return
    finally:
        os.unlink(beside)
