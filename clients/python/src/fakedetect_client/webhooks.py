"""Whether a delivery is genuine: Standard Webhooks, HMAC-SHA256 over `id.timestamp.body`."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fakedetect_client.errors import FakeDetectError

TOLERANCE = 300.0  # seconds between the sender's clock and ours


class InvalidSignature(FakeDetectError):
    """Do nothing of what this delivery says."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One genuine delivery. It may come again: keep `id` for a few days, and do nothing the second time."""

    id: str
    type: str
    sent_at: datetime
    data: Mapping[str, Any]


def verify(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None, tolerance: float = TOLERANCE
) -> Delivery:
    """Read a delivery that the site has signed within the last minutes. `body` is the raw body, byte for byte.

    Raises:
        InvalidSignature: it is forged, changed, too old, or no delivery at all.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        id_, stamp, given = (lower[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        sent = int(stamp)
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise InvalidSignature("The headers of a webhook are missing, or the secret is none.") from None
    if abs((time.time() if now is None else now) - sent) > tolerance:
        raise InvalidSignature("The delivery is too old, or a clock is wrong.")
    expected = base64.b64encode(hmac.digest(key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256))
    if not any(hmac.compare_digest(f"v1,{expected.decode()}".encode(), one.encode()) for one in given.split()):
        raise InvalidSignature("The signature does not fit: not from this site, or changed on the way.")
    return _read(id_, sent, body)


def _read(id_: str, sent: int, body: bytes) -> Delivery:
    try:
        told = json.loads(body)
        return Delivery(id_, told["type"], datetime.fromtimestamp(sent, UTC), told.get("data", {}))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidSignature("The delivery is signed and holds no event.") from None
