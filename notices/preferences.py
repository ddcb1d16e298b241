"""How a person wants to be told, and the link in every mail that ends the mails."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from notices.models import DeliveryState, Letter, Mailing, Preferences

_SALT = "notices.unsubscribe"
_DIGEST_HOUR = 7  # of TIME_ZONE: on the desk when the day begins


def mailing_of(person: User) -> str:
    """When this person is told by e-mail: never, unless they chose otherwise."""
    row = Preferences.objects.filter(person=person).first()
    return row.mailing if row else Mailing.OFF


@transaction.atomic
def set_mailing(actor: Actor, *, person: User, mailing: str) -> None:
    """Choose; what waits to be mailed follows the choice. The same choice again changes nothing."""
    row, _ = Preferences.objects.select_for_update().get_or_create(person=person)
    if row.mailing == mailing:
        return
    Preferences.objects.filter(pk=row.pk).update(mailing=mailing)
    waiting = Letter.objects.filter(person=person, state=DeliveryState.WAITING)
    if mailing == Mailing.OFF:
        waiting.delete()
    else:
        waiting.update(next_at=due_at(mailing))
    details = {"from": row.mailing, "to": str(mailing)}
    audit.record(actor, "notices.mailing", target=f"user:{person.pk}", details=details)


def due_at(mailing: str) -> datetime:
    """When a letter that is written now shall go out."""
    now = timezone.localtime()
    if mailing != Mailing.DAILY:
        return now
    today = now.replace(hour=_DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return today if now < today else today + timedelta(days=1)


def token_of(person: User) -> str:
    """What the link of a mail carries: it can end this person's mails and do nothing else, so it never grows old."""
    return signing.dumps(person.pk, salt=_SALT)


def bearer_of(token: str) -> User | None:
    """Whose mails this link ends; None where it was not made here, or the account is gone."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=_SALT)).first()
    except signing.BadSignature:
        return None
