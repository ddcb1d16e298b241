"""Count the uploads of a day again when something of it changed: by marks, and once a day by itself.

A mark is written inside the transaction of what changed, so it comes with it or not at all. Counting takes the row of
the day first, then reads its marks, then the uploads, and takes away only the marks that it read: what changes
meanwhile leaves a mark that it did not see.
"""

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from detector.models import Label, State, Upload
from overview.models import DayChange, PersonDay

_MARKED = 200  # days counted in one walk, at most, because something changed …
_OLD = 20  # … and because nobody counted them for so long: what is scored again leaves no mark
_FRESH_FOR = timedelta(days=1)
_LARGE, _PAUSE = 20_000, timedelta(minutes=15)  # a day of so many uploads is not counted more often than this

Counts = dict[str, int]
COUNTS = {label: Count("pk", filter=Q(shown_label=label)) for label in Label.values} | {
    "failed": Count("pk", filter=Q(shown_label="", shown_state=State.FAILED))
}


def mark(upload: Upload) -> None:
    """What is shown of this upload changed, or it goes."""
    DayChange.objects.create(owner_id=upload.owner_id, day=day_of(upload.created_at))


def day_of(moment: datetime) -> date:
    """Days are those of UTC: they are the same for all who look."""
    return moment.astimezone(UTC).date()


def sweep() -> int:
    """Count what was marked, then what was counted longest ago; how many days were counted. For the rounds."""
    marked = DayChange.objects.values_list("owner_id", "day").distinct()[:_MARKED]
    old = PersonDay.objects.filter(counted_at__lt=timezone.now() - _FRESH_FOR).order_by("counted_at")
    due = dict.fromkeys([*marked, *old.values_list("owner_id", "day")[:_OLD]])
    return sum(count(owner, day) for owner, day in due)


@transaction.atomic
def count(owner: int, day: date) -> bool:
    """Count one day of one person and keep it; False when a large day was counted only just now."""
    PersonDay.objects.bulk_create([PersonDay(owner_id=owner, day=day)], ignore_conflicts=True)
    row = PersonDay.objects.select_for_update().get(owner=owner, day=day)
    if row.total > _LARGE and timezone.now() - row.counted_at < _PAUSE:
        return False
    seen = list(DayChange.objects.filter(owner=owner, day=day).values_list("pk", flat=True))
    counts = now(owner, day)
    if any(counts.values()):
        PersonDay.objects.filter(pk=row.pk).update(**counts, counted_at=timezone.now())
    else:
        row.delete()
    DayChange.objects.filter(pk__in=seen).delete()
    return True


def now(owner: int, day: date) -> Counts:
    """What the uploads of this day say at this moment."""
    start = datetime.combine(day, time.min, UTC)
    uploads = Upload.objects.filter(owner=owner, created_at__gte=start, created_at__lt=start + timedelta(days=1))
    told: Counts = uploads.order_by().aggregate(**COUNTS)
    return told
