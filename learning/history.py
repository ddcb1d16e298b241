"""Which uploads a run goes through, and what was shown of one before: newest first, paged by key."""

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts import audit
from accounts.audit import SYSTEM
from detector.models import Analysis, State, Upload
from detector.queries import AnalysisQuerySet, UploadQuerySet
from learning.models import Rescoring


def of(run: Rescoring) -> UploadQuerySet:
    """The uploads that were here when the run started, pass its filters and do not show its model's verdict yet."""
    rows = Upload.objects.filter(created_at__lte=run.created_at)
    if run.since:
        rows = rows.filter(created_at__gte=_start_of(run.since))
    if run.until:
        rows = rows.filter(created_at__lte=_end_of(run.until))
    if run.owner_id:
        rows = rows.filter(owner_id=run.owner_id)
    if run.label:
        rows = rows.annotate(machine_label=_shown("label")).filter(machine_label=run.label)
    unseen: UploadQuerySet = rows.exclude(shown_model=run.model_id)
    return unseen


def next_of(run: Rescoring) -> Upload | None:
    """The one behind the cursor."""
    rows = of(run)
    if run.cursor_at and run.cursor_id:
        rows = rows.before(run.cursor_at, str(run.cursor_id))
    found: Upload | None = rows.select_related("original").order_by("-created_at", "-pk").first()
    return found


def shown_before(row: Analysis) -> Analysis | None:
    """The verdict that is or was shown in the place of this one: another model's."""
    others = AnalysisQuerySet(Analysis).filter(upload_id=row.upload_id, state=State.DONE).exclude(pk=row.pk)
    found: Analysis | None = others.select_related("model").shown_first().first()
    return found


@transaction.atomic
def show_again(row: Analysis) -> None:
    """A model that served before serves again: its verdict, given long ago, is shown in the place of the later one."""
    Analysis.objects.filter(pk=row.pk).update(shown_since=timezone.now())
    target, version = f"upload:{row.upload_id}", row.model.version
    audit.record(SYSTEM, "verdict.shown_again", target=target, details={"label": row.label}, model=version)


def _shown(field: str) -> Subquery:
    return Subquery(AnalysisQuerySet(Analysis).filter(upload=OuterRef("pk")).shown_first().values(field)[:1])


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.max))
