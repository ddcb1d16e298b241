"""Scheduled deletion: announced to the owner some days before, asked once more on the day, then done and written down.

Nothing is deleted that was not announced, however old it is when a rule is set.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM
from accounts.models import User
from accounts.preferences import speaking_to
from detector import intake
from detector.models import Upload
from ml.sentences import Sentence, say_many
from notices import kinds, telling
from privacy import forgetting, periods
from privacy.models import Expiry

_ONE_NOTICE_IN = timedelta(hours=20)  # whose uploads expire one after the other is told once a day
_EVERY = 600  # seconds between two rounds of a process: periods are counted in days


@dataclass(frozen=True, slots=True)
class Purged:
    """How many deletions were announced, and how many were done."""

    announced: int
    deleted: int

    def __str__(self) -> str:
        return f"{self.announced} announced, {self.deleted} deleted"


def walk() -> str:
    """The round: at most every ten minutes in a process."""
    return str(purge()) if cache.add("privacy:purge", 1, _EVERY) else "not yet again"


def purge() -> Purged:
    """Announce what is due in some days, and delete what was announced and is due now. Two at once do no harm."""
    return Purged(announce(), sum(_delete(pk) for pk in list(_now().values_list("pk", flat=True))))


def would_delete() -> Iterator[Upload]:
    """What `purge` would delete now."""
    return (expiry.upload for expiry in _due() if periods.until(expiry.upload) <= timezone.now())


def would_announce() -> Iterator[Upload]:
    """What `purge` would announce now."""
    return periods.ending_before(timezone.now() + _lead())


def announce() -> int:
    """Tell the owners, each once for all uploads together; how many uploads."""
    if not settings.RETENTION_NOTICE_DAYS:
        return sum(_note(upload) for upload in would_announce())
    whose: dict[User, list[Upload]] = defaultdict(list)
    for upload in would_announce():
        whose[upload.owner].append(upload)
    return sum(_tell(owner, uploads) for owner, uploads in whose.items() if not _told_lately(owner))


def due_at(upload: Upload) -> datetime:
    """The day of deletion: the end of its time, and not before the owner had the days to answer."""
    return max(periods.until(upload), timezone.now() + _lead())


@transaction.atomic
def _tell(owner: User, uploads: list[Upload]) -> int:
    told = [upload for upload in uploads if _note(upload)]
    if told:
        first = min(due_at(upload) for upload in told)
        with speaking_to(owner):
            text = _sentence(len(told), first)
        target = f"upload:{told[0].pk}" if len(told) == 1 else ""
        telling.tell(
            owner,
            kind=kinds.DELETION_ANNOUNCED,
            text=text,
            link=reverse("privacy:expiring"),
            target=target,
            data={"uploads": [str(upload.pk) for upload in told[:100]], "count": len(told), "first": first.isoformat()},
        )
    return len(told)


def _note(upload: Upload) -> bool:
    """Write the day down; False where another process was first."""
    return Expiry.objects.get_or_create(upload=upload, defaults={"due_at": due_at(upload)})[1]


def _sentence(count: int, first: datetime) -> Sentence:
    return say_many(
        "An image of yours is about to be deleted, because the time is over for which images are kept: "
        "from {day:date} on.",
        "{count} images of yours are about to be deleted, because the time is over for which images are kept: "
        "from {day:date} on.",
        count=count,
        day=timezone.localtime(first).date().isoformat(),
    )


def _told_lately(owner: User) -> bool:
    since = timezone.now() - _ONE_NOTICE_IN
    return Expiry.objects.filter(upload__owner=owner, told_at__gt=since).exists()


@transaction.atomic
def _delete(pk: int) -> bool:
    """Ask the rules once more: since the notice somebody may have set a longer one."""
    expiry = Expiry.objects.select_for_update().filter(pk=pk).first()
    if expiry is None:
        return False
    upload = periods.with_rules(Upload.objects.filter(pk=expiry.upload_id)).get()
    if periods.until(upload) > timezone.now():
        expiry.delete()
        return False
    intake.delete(SYSTEM, upload=upload, reason="retention")
    forgetting.upload(str(expiry.upload_id))  # what no rule keeps is kept nowhere: neither its name nor its digest
    audit.forget(SYSTEM, target=f"upload:{expiry.upload_id}")
    return True


def _now() -> "QuerySet[Expiry]":
    return Expiry.objects.filter(due_at__lte=timezone.now())


def _due() -> Iterator[Expiry]:
    rows = _now().select_related("upload__owner__retention", "upload__kept")
    return rows.prefetch_related("upload__case_items__case").iterator(chunk_size=500)


def _lead() -> timedelta:
    return timedelta(days=settings.RETENTION_NOTICE_DAYS)


def days_left(expiry: Expiry) -> int:
    """Whole days until it goes, for people to read."""
    return max(0, math.ceil((expiry.due_at - timezone.now()) / timedelta(days=1)))
