"""Refused tokens and refused acts in the history: who tried what, from where.

Once in ten minutes of the same kind: whoever tries in a loop fills no history.
"""

import logging

from django.db import DatabaseError

from accounts import audit, counting, rates, tokens
from accounts.audit import Actor
from accounts.counting import Ask, Full

log = logging.getLogger(__name__)
_EVERY = "600s"


def of_token(actor: Actor, *, key: str, origin: str) -> None:
    """A token that is unknown, expired or revoked. Whose it was is told where the key is genuine."""
    token = tokens.genuine(key)
    if _first(rates.subject_of(f"{origin} {token.pk if token else ''}"), "token_refused"):
        target = f"token:{token.pk}" if token else ""
        _record(actor, "token.refused", target=target, details={"state": token.status if token else "unknown"})


def of_permission(actor: Actor, *, view: str, method: str) -> None:
    """Somebody who is logged in asked for what they may not."""
    if _first(rates.subject_of(f"{actor.reference} {method} {view}"), "access_refused"):
        _record(actor, "access.refused", target=actor.reference, details={"view": view, "method": method})


def _first(subject: str, measure: str) -> bool:
    try:
        counting.add([Ask(subject, measure, counting.window(_EVERY), 1, 1)])
    except Full:
        return False
    except DatabaseError:
        log.exception("a refusal was not counted")
        return False
    return True


def _record(actor: Actor, action: str, *, target: str, details: dict[str, str]) -> None:
    """The refusal stands whether or not it can be written down."""
    try:
        audit.record(actor, action, target=target, details=details)
    except DatabaseError:
        log.exception("a refusal was not written down")
