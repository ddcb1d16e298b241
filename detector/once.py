"""A request with an `Idempotency-Key` is done once: sent again, it is answered with what the first one made.

After draft-ietf-httpapi-idempotency-key-header. The key is settled in the very transaction that makes the thing, so a
process that dies in between leaves both or neither. What was refused frees its key: nothing was done.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.audit import Actor
from accounts.models import User
from detector.errors import Refused
from detector.models import OnceKey

KEPT = timedelta(hours=24)
_TAKES = timedelta(minutes=2)  # after that a request without an end is taken for dead
_KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')
_SALT = "detector.once"


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to do the act of a key, once: whoever makes the thing calls `settle` in the same transaction."""

    pk: int
    attempts: int

    def settle(self, **made: Any) -> None:
        """Write down what was made.

        Raises:
            Refused: idempotency_key_in_use: it took so long that another request has the turn.
        """
        mine = OnceKey.objects.filter(pk=self.pk, attempts=self.attempts, done=False)
        if mine.update(done=True, **made) != 1:
            raise _in_use()

    def free(self) -> None:
        """Nothing was made: the key may be used again, also with another content."""
        OnceKey.objects.filter(pk=self.pk, attempts=self.attempts, done=False).delete()


def key_of(header: str) -> str:
    """The key in the header, as the draft writes it (in quotation marks) or bare.

    Raises:
        Refused: invalid_idempotency_key.
    """
    found = _KEY.fullmatch(header.strip())
    if not found:
        raise Refused(
            "invalid_idempotency_key",
            "An Idempotency-Key has 1 to 255 visible signs of ASCII, such as a UUID in quotation marks.",
        )
    return found[1] or found[2]


def fingerprint(told: Mapping[str, Any]) -> str:
    """What two requests have in common if they ask for the same. Under a key: nobody learns a digest from it."""
    return salted_hmac(_SALT, json.dumps(told, sort_keys=True, default=str), algorithm="sha256").hexdigest()


def begin(actor: Actor, *, person: User, key: str, fingerprint: str) -> Turn | OnceKey:
    """The turn to do the act; or the key of the request that did it.

    Raises:
        Refused: idempotency_key_in_use, idempotency_key_reused.
    """
    OnceKey.objects.filter(actor=actor.reference, key=key, created_at__lt=timezone.now() - KEPT).delete()
    until = timezone.now() + _TAKES
    values = {"person": person, "fingerprint": fingerprint, "lease_until": until}
    try:
        with transaction.atomic():
            made = OnceKey.objects.create(actor=actor.reference, key=key, **values)
    except IntegrityError:
        return _again(actor, key, fingerprint)
    return Turn(made.pk, made.attempts)


def _again(actor: Actor, key: str, fingerprint: str) -> Turn | OnceKey:
    found = OnceKey.objects.select_related("upload", "batch").filter(actor=actor.reference, key=key).first()
    if found is None:  # freed this moment
        raise _in_use()
    if found.fingerprint != fingerprint:
        raise Refused("idempotency_key_reused", "This key was used for another request. Take a new one for each.")
    return found if found.done else _taken_over(found)


def _taken_over(found: OnceKey) -> Turn:
    now = timezone.now()
    dead = OnceKey.objects.filter(pk=found.pk, done=False, attempts=found.attempts, lease_until__lt=now)
    if not dead.update(attempts=F("attempts") + 1, lease_until=now + _TAKES):
        raise _in_use()
    return Turn(found.pk, found.attempts + 1)


def _in_use() -> Refused:
    return Refused(
        "idempotency_key_in_use", "The first request with this key is still being done. Wait a moment.", retry_after=1
    )


def forget_old() -> str:
    """The round: keys that nobody needs any more."""
    gone, _ = OnceKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return f"{gone} forgotten"
