"""The Ed25519 key of this site (RFC 8032): it signs reports and the head of the audit history.

It is made at its first use, for the owner's eyes only. Who signs another kind of thing puts a line before it that no
other kind has (accounts/audit_seals.py), so that one can never be passed off as the other.
"""

import base64
import hashlib
import logging
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

log = logging.getLogger(__name__)


class KeyUnusable(Exception):
    """The key cannot be made or read; the log says why."""


def public_key() -> Ed25519PublicKey:
    """The public half of the key, which is made at its first use.

    Raises:
        KeyUnusable: it cannot be made or read.
    """
    return _private_key().public_key()


def known_public_key() -> Ed25519PublicKey | None:
    """The public half where there is a key already: whoever only checks makes none.

    Raises:
        KeyUnusable: it cannot be read.
    """
    return public_key() if Path(settings.REPORT_KEY).exists() else None


def sign(plain: bytes) -> tuple[str, bytes]:
    """The number of the key and the signature in Base64.

    Raises:
        KeyUnusable: the key cannot be made or read.
    """
    private = _private_key()
    return key_id(private.public_key()), base64.b64encode(private.sign(plain))


def holds(key: Ed25519PublicKey, signed: bytes, value: bytes) -> bool:
    """Strictly: Base64 can write one signature in 16 ways, and only one of them is what we wrote."""
    try:
        signature = base64.b64decode(value, validate=True)
        key.verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return base64.b64encode(signature) == value


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


def _private_key() -> Ed25519PrivateKey:
    path = Path(settings.REPORT_KEY)
    try:
        if not path.exists():
            _make(path)
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        log.exception("report key %s", path)
        raise KeyUnusable from error
    if not isinstance(key, Ed25519PrivateKey):
        log.error("report key %s is not of Ed25519", path)
        raise KeyUnusable
    return key


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
