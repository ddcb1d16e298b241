"""Consent: separate from the account, off by default, revocable at any time, kept with the text that was shown."""

import hashlib

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.audit import Actor
from accounts.models import Consent, Purpose, User
from accounts.roles import is_administrator

# Changing a text here asks nobody again: who agreed to the earlier one agreed to that one, and its row says so.
_TEXTS = {
    Purpose.TRAINING: gettext_lazy(
        "Images that I upload, once a reviewer has decided what they are, may be copied into data sets that train and "
        "test the detector of this site. They are copied as they are, with what a camera wrote into them, the place "
        "too. The copies stay with the people who run this site and serve no other purpose. My name and my "
        "e-mail address are not part of a data set.\n\n"
        "I may withdraw this at any time. From then on no new data set holds my images. A detector that was trained "
        "before keeps what it learned: it holds no copy of an image, and what it learned cannot be taken out again.\n\n"
        "Whether I agree or not changes nothing about what I can do here."
    ),
}


def text_of(purpose: str) -> str:
    """What a person is shown before they agree, in their language: a row keeps what its person read."""
    return str(_TEXTS[Purpose(purpose)])


@transaction.atomic
def give(actor: Actor, *, person: User, purpose: str) -> Consent:
    """Write down that a person agrees to the text as it is now. To agree twice to one text changes nothing.

    Raises:
        PermissionDenied: the actor is somebody else; nobody agrees for another person.
    """
    if actor.user is None or actor.user.pk != person.pk:
        raise PermissionDenied("Only the person may agree.")
    before = _locked(person, purpose)
    if before and before.text == text_of(purpose):
        return before
    _end(before)
    consent = Consent.objects.create(person=person, purpose=purpose, text=text_of(purpose))
    audit.record(actor, "consent.given", target=f"user:{person.pk}", details=_facts(consent))
    return consent


@transaction.atomic
def withdraw(actor: Actor, *, person: User, purpose: str) -> None:
    """End a person's consent from now on. Where there is none, nothing changes.

    Raises:
        PermissionDenied: the actor is neither the person nor an administrator.
    """
    if actor is not audit.SYSTEM and not _may_withdraw(actor, person):
        raise PermissionDenied("Only the person or an administrator may withdraw this.")
    if before := _locked(person, purpose):
        _end(before)
        audit.record(actor, "consent.withdrawn", target=f"user:{person.pk}", details=_facts(before))


def standing(person: User, purpose: str) -> Consent | None:
    """The consent that holds now, with the text that was agreed to."""
    return Consent.objects.filter(person=person, purpose=purpose, withdrawn_at=None).first()


def given(person: User, purpose: str) -> bool:
    """Whether this person agrees, now."""
    return Consent.objects.filter(person=person, purpose=purpose, withdrawn_at=None).exists()


def people(purpose: str) -> QuerySet[Consent, int]:
    """The ids of all who agree, now: for `owner_id__in=`."""
    return Consent.objects.filter(purpose=purpose, withdrawn_at=None).order_by().values_list("person_id", flat=True)


def _may_withdraw(actor: Actor, person: User) -> bool:
    return actor.user is not None and (actor.user.pk == person.pk or is_administrator(actor.user))


def _locked(person: User, purpose: str) -> Consent | None:
    """The standing consent, with the person's row held, so that two clicks at once make one row."""
    User.objects.select_for_update().filter(pk=person.pk).first()
    return standing(person, purpose)


def _end(consent: Consent | None) -> None:
    if consent:
        Consent.objects.filter(pk=consent.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())


def _facts(consent: Consent) -> dict[str, str]:
    """Which text, by its digest: the text itself is in the row."""
    return {"purpose": consent.purpose, "text_sha256": hashlib.sha256(consent.text.encode()).hexdigest()}
