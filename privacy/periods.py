"""How long an upload is kept: of all rules that somebody set for it, the longest holds (docs/decisions/0050).

Rules are the owner's own period, counted from the upload, and the period of each case that it lies in, counted from
the day on which it was put there. Where nobody set one, the site's rule holds; without that, it is kept until deleted.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import User
from detector.models import Case, CaseUpload, Upload
from detector.sentences import figure
from privacy.models import Retention

SHORTEST, LONGEST = 1, 36_500  # days
FOR_EVER = datetime.max.replace(tzinfo=timezone.get_default_timezone())


@transaction.atomic
def choose(actor: Actor, *, person: User, days: int | None) -> None:
    """Set a person's own period; None keeps everything until it is deleted.

    Raises:
        Refused: invalid_period.
    """
    if days is not None and not SHORTEST <= days <= LONGEST:
        raise Refused(
            "invalid_period",
            _("Choose between %(shortest)s and %(longest)s days.")
            % {"shortest": SHORTEST, "longest": figure(LONGEST, ",")},
        )
    before = Retention.objects.filter(person=person).first()
    if before and before.days == days:
        return
    Retention.objects.update_or_create(person=person, defaults={"days": days, "changed_at": timezone.now()})
    audit.record(actor, "retention.chosen", target=f"user:{person.pk}", details={"days": days})


@transaction.atomic
def follow_the_site(actor: Actor, *, person: User) -> None:
    """Take a person's own choice back."""
    if Retention.objects.filter(person=person).delete()[0]:
        audit.record(actor, "retention.chosen", target=f"user:{person.pk}", details={"days": "site"})


def until(upload: Upload) -> datetime:
    """When this upload's time is over; FOR_EVER where it is kept until somebody deletes it."""
    rules = list(_rules(upload))
    if not rules and settings.RETENTION_DAYS:
        rules = [upload.created_at + timedelta(days=settings.RETENTION_DAYS)]
    return max(rules, default=FOR_EVER)


def _rules(upload: Upload) -> Iterator[datetime]:
    if hasattr(upload, "kept"):
        yield FOR_EVER
    own = getattr(upload.owner, "retention", None)
    if own:
        yield upload.created_at + timedelta(days=own.days) if own.days else FOR_EVER
    for item in upload.case_items.all():
        if item.case.retention_days:
            yield item.added_at + timedelta(days=item.case.retention_days)


def with_rules(uploads: "QuerySet[Upload]") -> "QuerySet[Upload]":
    """Fetched with all that `until` asks for."""
    items = Prefetch("case_items", CaseUpload.objects.select_related("case"))
    return uploads.select_related("owner__retention", "kept").prefetch_related(items)


def ending_before(moment: datetime) -> Iterator[Upload]:
    """Uploads whose time is over at that moment and whose deletion was not announced, oldest first."""
    chosen = set[Any]()
    for found in _proposed(moment):
        chosen.update(found.filter(kept=None, expiry=None).order_by().values_list("pk", flat=True))
    for pks in _chunks(sorted(chosen)):
        rows = with_rules(Upload.objects.filter(pk__in=pks)).order_by("created_at")
        yield from (upload for upload in rows if until(upload) <= moment)


def _proposed(moment: datetime) -> Iterator["QuerySet[Upload]"]:
    """Whatever one rule would let go; the distinct periods are few, so each is one look into an index."""
    uploads = Upload.objects.all()
    for days in _distinct(Retention.objects.filter(days__isnull=False), "days"):
        yield uploads.filter(owner__retention__days=days, created_at__lte=moment - timedelta(days=days))
    for days in _distinct(Case.objects.filter(retention_days__gt=0), "retention_days"):
        put = moment - timedelta(days=days)
        yield uploads.filter(case_items__case__retention_days=days, case_items__added_at__lte=put)
    if settings.RETENTION_DAYS:
        start = moment - timedelta(days=settings.RETENTION_DAYS)
        yield uploads.filter(owner__retention=None, created_at__lte=start)


def _distinct(rows: "QuerySet[Any]", field: str) -> list[int]:
    return list(rows.order_by(field).values_list(field, flat=True).distinct())


def _chunks(pks: list[Any], size: int = 500) -> Iterable[list[Any]]:
    return (pks[start : start + size] for start in range(0, len(pks), size))
