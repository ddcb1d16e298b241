"""Codes of a second factor: six digits by the clock (TOTP, RFC 6238), and recovery codes, which are drawn.

A recovery code has 24 letters of 32, 120 random bits: there is nothing to guess, so that plain SHA-256 is enough.
"""

import base64
import hashlib
import hmac
import secrets
import string

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECONDS, DIGITS, RECOVERY_CODES = 30, 6, 10
_SKEW = 1  # steps by which the clock of a phone may differ
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH, _GROUP = 24, 4


def new_secret() -> bytes:
    return secrets.token_bytes(20)


def readable(secret: bytes) -> str:
    """The secret as apps take it, in Base32, by four letters for who types it."""
    return _by_four(base64.b32encode(secret).decode())


def address_of(secret: bytes, name: str) -> str:
    """What the QR code says."""
    return _totp(secret).get_provisioning_uri(name, "FakeDetect")


def picture_of(address: str) -> str:
    """The QR code as an address of its own (data:), black on white in every colour scheme: cameras want that.

    A screen wears nothing off, so it carries little against errors and has fewer, larger squares.
    """
    drawn: str = segno.make(address, error="l").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
    return drawn


def plain(code: str) -> str:
    """A code as it is compared, whatever stands between its parts."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


def is_by_clock(code: str) -> bool:
    return len(code) == DIGITS and all(letter in string.digits for letter in code)


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The stretch of 30 seconds that this code is of, if it is of this one or of one beside it."""
    present, totp = int(now) // SECONDS, _totp(secret)
    steps = range(present - _SKEW, present + _SKEW + 1)
    right = [step for step in steps if hmac.compare_digest(totp.generate(step * SECONDS), code.encode())]
    return max(right, default=None)


def new_recovery_codes() -> list[str]:
    return [_by_four("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))) for _ in range(RECOVERY_CODES)]


def digest_of(recovery_code: str) -> str:
    return hashlib.sha256(plain(recovery_code).encode()).hexdigest()


def _by_four(text: str) -> str:
    return " ".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), SECONDS)  # noqa: S303 (an HMAC; what every app on a phone computes)
