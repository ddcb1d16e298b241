"""The second factor of a person: offered, turned on, proved with a code, renewed, turned off, forgotten.

The secret is shared with a phone, so it cannot be kept as a digest; it is sealed for this site (secret_box.py).
"""

import logging
from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import audit, codes, counting, people, security_mail, sessions, spent
from accounts.audit import Actor
from accounts.counting import Ask, Full, State
from accounts.errors import Refused
from accounts.models import RecoveryCode, SecondFactor, User
from fakedetect_site.secret_box import box

log = logging.getLogger(__name__)

KEPT, _OFFERED = "second factor", "offer of a second factor"  # two boxes: what is kept is no offer
_OFFER_LASTS = 3600
_MOST, _WINDOW = 10, "3600s"  # guesses of a person in so many seconds, from wherever they come


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret that is nobody's yet; `sealed` is how a page carries it until the first code proves it."""

    secret: bytes
    sealed: str


def offer(sealed: str = "") -> Offer:
    """The same as before, where it is still good; else a new one."""
    secret = _opened(sealed)
    if secret is None:
        secret = codes.new_secret()
        sealed = box(_OFFERED).encrypt(secret).decode()
    return Offer(secret, sealed)


@sensitive_variables()
def turn_on(actor: Actor, *, user: User, sealed: str, code: str, session: str | None = None) -> list[str]:
    """Take the secret of an offer, proved by its first code; the recovery codes, which are never shown again.

    Every session of the person ends but the one with the key `session`.

    Raises:
        Refused: offer_over, wrong_code, too_many_codes, second_factor_there.
    """
    secret = _opened(sealed)
    if secret is None:
        raise Refused("offer_over", _("This QR code is too old. Scan the new one."), 409)
    guesses = _counted(user)
    step = codes.step_of(secret, codes.plain(code), timezone.now().timestamp())
    if step is None:
        raise _missed(actor, user, guesses)
    counting.clear(guesses.ask)
    made = _keep(actor, user, box(KEPT).encrypt(secret).decode(), step)
    sessions.of(user, but=session).delete()
    return made


@sensitive_variables()
def prove(actor: Actor, *, user: User, code: str) -> bool:
    """Use up a code of the phone, or a recovery code: true if it was one of these.

    A guess is counted before it is tried: many at once are many.

    Raises:
        Refused: wrong_code, too_many_codes, second_factor_unreadable.
    """
    guesses, code = _counted(user), codes.plain(code)
    by_clock = codes.is_by_clock(code)
    if not (_clock_used(user, code) if by_clock else _recovery_used(actor, user, code)):
        raise _missed(actor, user, guesses)
    counting.clear(guesses.ask)
    return not by_clock


def renew(actor: Actor, *, user: User, session: str | None = None) -> list[str]:
    """Ten new recovery codes in the place of the old ones; sessions end as they do when it is turned on."""
    with transaction.atomic():
        made = _drawn(user)
        audit.record(actor, "second_factor.codes", target=_name(user))
    sessions.of(user, but=session).delete()
    return made


def turn_off(actor: Actor, *, user: User, session: str | None = None) -> None:
    """The password is enough again, and sessions end as they do when it is turned on. Who has none changes nothing."""
    if _remove(actor, user, "off"):
        sessions.of(user, but=session).delete()


def forget(actor: Actor, *, user: User) -> bool:
    """For a person who lost the phone and the recovery codes: the password lets them in, and every session ends.

    Raises:
        PermissionDenied: the actor is no administrator (nor the system).
        Refused: own_second_factor.
    """
    people.only_administrators(actor)
    if actor.user and actor.user.pk == user.pk:
        raise Refused("own_second_factor", _("Turn your own off in your profile, with a code."), 409)
    removed = _remove(actor, user, "forgotten")
    if removed:
        sessions.of(user).delete()
    return removed


def codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(person=user, used_at=None).count()


@transaction.atomic
def _keep(actor: Actor, user: User, sealed: str, step: int) -> list[str]:
    try:
        with transaction.atomic():
            SecondFactor.objects.create(person=user, sealed=sealed, last_step=step)
    except IntegrityError:
        raise Refused("second_factor_there", _("You have a second factor already."), 409) from None
    made = _drawn(user)
    _set(actor, user, "on")
    return made


@transaction.atomic
def _remove(actor: Actor, user: User, act: str) -> bool:
    gone, _rows = SecondFactor.objects.filter(person=user).delete()
    if gone:
        RecoveryCode.objects.filter(person=user).delete()
        _set(actor, user, act)
    return bool(gone)


def _set(actor: Actor, user: User, act: str) -> None:
    User.objects.filter(pk=user.pk).update(factor_since=timezone.now() if act == "on" else None)
    user.refresh_from_db(fields=["factor_since"])
    audit.record(actor, f"second_factor.{act}", target=_name(user))
    security_mail.second_factor(user, act)


def _drawn(user: User) -> list[str]:
    made = codes.new_recovery_codes()
    RecoveryCode.objects.filter(person=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(person=user, digest=codes.digest_of(code)) for code in made)
    return made


def _clock_used(user: User, code: str) -> bool:
    """Of two who send one code at once, one is let in: the step is written down only where it is a later one."""
    factor = SecondFactor.objects.filter(person=user).first()
    step = codes.step_of(_secret_of(factor), code, timezone.now().timestamp()) if factor else None
    return step is not None and bool(
        SecondFactor.objects.filter(person=user, last_step__lt=step).update(last_step=step)
    )


@transaction.atomic
def _recovery_used(actor: Actor, user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(person=user, digest=codes.digest_of(code), used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    audit.record(actor, "second_factor.recovered", target=_name(user), details={"left": codes_left(user)})
    return True


def _secret_of(factor: SecondFactor) -> bytes:
    try:
        return box(KEPT).decrypt(factor.sealed.encode())
    except InvalidToken:
        log.error("the second factor of user %s was sealed under another SECRET_KEY", factor.person_id)
        sentence = _(
            "The codes of your phone cannot be checked any more. Use a recovery code, or ask an administrator."
        )
        raise Refused("second_factor_unreadable", sentence, 409) from None


def _opened(sealed: str) -> bytes | None:
    try:
        return box(_OFFERED).decrypt(sealed.encode(), ttl=_OFFER_LASTS)
    except InvalidToken:
        return None


def _counted(user: User) -> State:
    """Beside the lock of the log-in, which knows addresses: who has the password may have many of them."""
    guess = Ask(f"user:{user.pk}", "code", counting.window(_WINDOW), 1, _MOST, user.pk)
    try:
        [guesses] = counting.add([guess])
    except Full as full:
        raise _too_many(full.ask.window.left or 1) from None
    return guesses


def _missed(actor: Actor, user: User, guesses: State) -> Refused:
    """The guess after which no other is looked at is written down; what follows fills no history."""
    if not guesses.left:
        audit.record(actor, "second_factor.locked", target=_name(user))
    return Refused("wrong_code", _("This code is wrong, too old, or was used already. Take the next one."), 403)


def _too_many(seconds: int) -> Refused:
    sentence = _("The code was wrong very often. Try again %(when)s.") % {"when": spent.wait_words(seconds)}
    return Refused("too_many_codes", sentence, 429, retry_after=seconds)


def _name(user: User) -> str:
    return f"user:{user.pk}"
