"""Which pictures the machine was sure of, and wrong: they enter the regression set, and what makes them leave it.

A mistake enters when a decision that contradicts a conclusive verdict is for good, and the upload's owner consents to
training. It leaves when consent is withdrawn, when a later decision sides with the machine, and with its upload.
"""

from collections import defaultdict
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts import audit, consent
from accounts.audit import SYSTEM
from accounts.models import Purpose
from detector.models import Decision, Label, Review, Upload
from learning.models import Departure, Mistake
from learning.models.mistakes import new_key

_SURE = (Label.AUTHENTIC, Label.AI_GENERATED, Label.MANIPULATED)


def note(review: Review) -> None:
    """Take up a decision that is for good."""
    known = Mistake.objects.filter(upload_id=review.upload_id).first()
    if known:
        _revise(known, review)
    elif _is_mistake(review) and consent.given(review.upload.owner, Purpose.TRAINING):
        _enter(review)


def forget(upload: Upload) -> None:
    """Write down that an upload takes its mistake with it; the row goes with the upload's own."""
    for mistake in Mistake.objects.filter(upload=upload):
        _record(mistake, "mistake.left", because="erased")


def settle() -> str:
    """Let the set follow the consents: who withdrew takes their pictures out, who gave it brings them in."""
    agreeing = consent.people(Purpose.TRAINING)
    here, away = Mistake.objects.filter(left_at=None), Mistake.objects.filter(left_because=Departure.CONSENT)
    left = [_leave(one, Departure.CONSENT) for one in here.exclude(upload__owner__in=agreeing)]
    back = [_return(one) for one in away.filter(upload__owner__in=agreeing)]
    new = [_enter(review) for review in _unheard(agreeing)]
    return f"{sum(new) + sum(back)} entered, {sum(left)} left"


def tested() -> list[Mistake]:
    """The set as of now, one row for each picture; a picture of which people say different things is left out."""
    rows = Mistake.objects.filter(left_at=None, upload__owner__in=consent.people(Purpose.TRAINING))
    by_content: dict[str, list[Mistake]] = defaultdict(list)
    for mistake in rows.select_related("upload__original").order_by("pk"):
        by_content[mistake.sha256].append(mistake)
    return [found[0] for found in by_content.values() if len({one.label for one in found}) == 1]


def _is_mistake(review: Review) -> bool:
    """Whether a person contradicts a machine that was sure."""
    said = review.machine_label
    return said in _SURE and review.decision not in (Decision.UNSURE, said)


def _unheard(agreeing: QuerySet[Any, int]) -> QuerySet[Review]:
    """Standing decisions against the machine that were for good before their owner agreed to training."""
    newest = Review.objects.filter(upload=OuterRef("upload"), undone_at=None).order_by("-pk").values("pk")[:1]
    final = Review.objects.filter(undone_at=None, effective_at__lte=timezone.now(), pk=Subquery(newest))
    against = final.filter(machine_label__in=_SURE).exclude(decision__in=[Decision.UNSURE, F("machine_label")])
    return against.filter(upload__owner__in=agreeing, upload__mistake=None).select_related("upload")


@transaction.atomic
def _enter(review: Review) -> bool:
    """False where the upload is in the set already, or was deleted meanwhile."""
    upload = Upload.objects.select_for_update().filter(pk=review.upload_id).first()
    if upload is None or Mistake.objects.filter(upload=upload).exists():
        return False
    same = Mistake.objects.filter(sha256=upload.original_id).first()
    copied = {name: getattr(review, name) for name in ("machine_label", "machine_probability", "machine_version")}
    made = Mistake.objects.create(
        key=same.key if same else new_key(),
        upload=upload,
        sha256=upload.original_id,
        label=review.decision,
        review=review,
        **copied,
    )
    _record(made, "mistake.entered")
    return True


@transaction.atomic
def _revise(mistake: Mistake, review: Review) -> None:
    """A later decision: with the machine, and it was no mistake; otherwise it says what is right."""
    if review.decision in (Decision.UNSURE, mistake.machine_label):
        if not _leave(mistake, Departure.REVISED):  # away already: consent alone shall not bring it back
            Mistake.objects.filter(pk=mistake.pk).update(left_because=Departure.REVISED)
        return
    Mistake.objects.filter(pk=mistake.pk).update(label=review.decision, review=review)
    mistake.refresh_from_db()
    if mistake.left_because == Departure.REVISED:
        _return(mistake)


@transaction.atomic
def _leave(mistake: Mistake, because: Departure) -> bool:
    here = Mistake.objects.filter(pk=mistake.pk, left_at=None)
    if not here.update(left_at=timezone.now(), left_because=because):
        return False
    _record(mistake, "mistake.left", because=str(because))
    return True


@transaction.atomic
def _return(mistake: Mistake) -> bool:
    away = Mistake.objects.filter(pk=mistake.pk).exclude(left_at=None)
    if not away.update(left_at=None, left_because=""):
        return False
    _record(mistake, "mistake.entered", again=True)
    return True


def _record(mistake: Mistake, action: str, **details: Any) -> None:
    """On the upload's own timeline, by the key: no digest of a picture enters the history here."""
    told = {"mistake": mistake.key, "label": mistake.label, "machine": mistake.machine_label}
    told |= details
    audit.record(SYSTEM, action, target=f"upload:{mistake.upload_id}", details=told, model=mistake.machine_version)
