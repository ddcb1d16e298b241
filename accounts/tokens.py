"""API tokens: issued once in clear, kept as prefix and digest, looked up, used, revoked.

A key is `fd_` + 8 characters of prefix + `_` + 40 of secret. The secret has 200 random bits, so that plain
SHA-256 is enough: there is nothing to guess, and a slow hash would be paid on every request.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import allowances, audit, roles
from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import ApiToken, Scope, User

_USE_IS_NOTED_EVERY = timedelta(minutes=1)  # one write a minute, not one a request
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class InvalidToken(Exception):
    """Unknown, expired or revoked: the caller is told no more than that."""


@transaction.atomic
def issue(
    actor: Actor,
    *,
    user: User,
    name: str,
    scope: str = Scope.READ,
    expires_in: timedelta | None = None,
    limits: Mapping[str, int] | None = None,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its key, which is never shown again. `limits` narrow those of its person.

    Raises:
        Refused: unknown_limit, invalid_limit, second_factor_needed.
    """
    if roles.lacks_second_factor(user):
        raise Refused("second_factor_needed", _(roles.LACKS_FACTOR), 403)
    narrow = {name: most for name, most in allowances.checked(limits or {}, allowances.OF_TOKENS).items() if most}
    prefix, secret = _random(8), _random(40)
    key = f"fd_{prefix}_{secret}"
    token = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=prefix,
        digest=_digest(key),
        scope=scope,
        expires_at=timezone.now() + expires_in if expires_in else None,
        limits=narrow,
    )
    details = {"scope": scope} | ({"limits": narrow} if narrow else {})
    audit.record(actor, "token.issued", target=f"token:{token.pk}", details=details)
    return token, key


@transaction.atomic
def revoke(actor: Actor, *, token: ApiToken) -> None:
    """Revoke for good; a second call changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(actor, "token.revoked", target=f"token:{token.pk}")
    token.refresh_from_db()


def find(key: str) -> ApiToken:
    """Return the active token of this key, with its user.

    Raises:
        InvalidToken: whatever is wrong with it.
    """
    token = genuine(key)
    if not token or token.status != "active" or not token.user.is_active:
        raise InvalidToken
    return token


def genuine(key: str) -> ApiToken | None:
    """The token of this key, whether or not it still opens anything."""
    token = ApiToken.objects.select_related("user").filter(prefix=_prefix(key)).first()
    # Compared in constant time, and compared even when there is no such prefix.
    return token if hmac.compare_digest(token.digest if token else "0" * 64, _digest(key)) else None


def note_use(actor: Actor, *, token: ApiToken) -> None:
    """Write down the use, at most once a minute; of several at once, one writes."""
    now = timezone.now()
    if token.last_used_at and token.last_used_at > now - _USE_IS_NOTED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - _USE_IS_NOTED_EVERY)
    with transaction.atomic():
        if ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now):
            audit.record(actor, "token.used", target=f"token:{token.pk}")


def _prefix(key: str) -> str:
    parts = key.split("_")
    return parts[1] if len(parts) == 3 and parts[0] == "fd" else ""


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
