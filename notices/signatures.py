"""How a delivery is signed: Standard Webhooks, for which libraries exist in most languages (docs/decisions/0042).

A secret is derived from the site's own key and the seed of the endpoint. So it can be shown once and signed with for
ever, and neither the data base nor a copy of it holds anything to forge with.
"""

import base64
import hmac
import secrets
from datetime import datetime

from django.utils.crypto import salted_hmac

from notices.models import Endpoint

PREFIX = "whsec_"
_SALT = "notices.webhooks"


def new_seed() -> str:
    return secrets.token_hex(16)


def secret_of(seed: str) -> str:
    """What the receiver keeps: `whsec_` and the key in base64."""
    return PREFIX + base64.b64encode(_key(seed)).decode()


def headers(endpoint: Endpoint, delivery_id: str, body: str, now: datetime) -> dict[str, str]:
    """Id, time and signatures; for a while after a rotation there are two, so that no delivery fails meanwhile."""
    signer = endpoint.signed_by or endpoint
    seeds = [signer.seed]
    if signer.old_until and now < signer.old_until:
        seeds.append(signer.old_seed)
    stamp = str(int(now.timestamp()))
    signed = f"{delivery_id}.{stamp}.{body}".encode()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{_sign(seed, signed)}" for seed in seeds),
    }


def _sign(seed: str, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(_key(seed), signed, "sha256")).decode()


def _key(seed: str) -> bytes:
    return salted_hmac(_SALT, seed, algorithm="sha256").digest()
