"""Counting verdicts by week, each once: a cursor by key moves in the transaction of the counts it stands for."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from django.db import transaction
from django.db.models import F, Min
from django.utils import timezone

from detector.models import Analysis, Finding, State
from learning.measures import Counted, buckets_of
from learning.models import CountCursor, WeeklyCount

Key = tuple[date, int, str, str]

_BATCH, _BATCHES = 500, 4
_LAG = timedelta(minutes=15)  # by then a transaction that took a lower key has ended, and most ledgers are in
_LEFT = timedelta(days=1)  # a row that has not ended by then is not waited for
_DETAILS = {"structure": "quality", "tested_range": "inside"}


def collect(batches: int = _BATCHES) -> int:
    """Count what has come since the last time, at most so many batches; how many verdicts were looked at."""
    looked = 0
    for _ in range(batches):
        found = _batch()
        looked += found
        if found < _BATCH:
            break
    return looked


def week_of(moment: datetime) -> date:
    """The Monday of its week, as the site's clock has it."""
    day = timezone.localtime(moment).date()
    return day - timedelta(days=day.weekday())


def end_of(week: date) -> datetime:
    """The moment at which a week is over."""
    return timezone.make_aware(datetime.combine(week + timedelta(days=7), time.min))


def _batch() -> int:
    """Read without a lock, then write in a short transaction: on SQLite a writer holds up every other."""
    cursor, _made = CountCursor.objects.get_or_create(pk=1)
    rows = Analysis.objects.select_related("upload__original").defer("heatmap", "reasons", "probabilities")
    young = timezone.now() - _LAG
    found = list(rows.filter(pk__gt=cursor.analysis_id).order_by("pk")[:_BATCH])
    ready = list(takewhile(lambda row: row.created_at < young and _is_ready(row), found))
    last = ready[-1] if ready else None
    until = young if len(ready) == len(found) < _BATCH else (last.created_at if last else cursor.counted_until)
    values = {"analysis_id": last.pk if last else cursor.analysis_id, "counted_until": until}
    return len(ready) if _write(cursor, values, _counts(ready)) else 0


@transaction.atomic
def _write(cursor: CountCursor, values: dict[str, Any], counts: Counter[Key]) -> bool:
    """Both the counts and the cursor, or, where another was faster, neither."""
    if CountCursor.objects.filter(pk=1, analysis_id=cursor.analysis_id).update(**values) != 1:
        return False
    _add(counts)
    return True


def _is_ready(row: Analysis) -> bool:
    ended = (State.DONE, State.FAILED)
    settled = row.state == State.FAILED or (row.state == State.DONE and row.ledger_state in ended)
    return settled or row.created_at < timezone.now() - _LEFT


def _counts(rows: list[Analysis]) -> Counter[Key]:
    """Of each upload its first verdict alone: what is scored again did not come in again."""
    uploads = [row.upload_id for row in rows]
    done = Analysis.objects.filter(upload_id__in=uploads, state=State.DONE)
    first = set(done.values("upload_id").annotate(first=Min("pk")).values_list("first", flat=True))
    counted = [row for row in rows if row.pk in first]
    told = _told([row.pk for row in counted])
    total: Counter[Key] = Counter()
    for row in counted:
        week = week_of(row.upload.created_at)
        total.update((week, row.model_id, *pair) for pair in buckets_of(_one(row, told.get(row.pk, {}))))
    return total


def _told(keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    rows = Finding.objects.filter(analysis_id__in=list(keys), signal__in=_DETAILS)
    for key, signal, details in rows.values_list("analysis_id", "signal", "details"):
        found.setdefault(key, {})[signal] = details.get(_DETAILS[signal])
    return found


def _one(row: Analysis, told: dict[str, Any]) -> Counted:
    own, kept = row.own or {}, row.upload.original
    return Counted(
        label=own.get("label", row.label),
        probability=float(own.get("fake_probability", row.fake_probability) or 0.0),
        format=kept.format,
        megapixels=kept.width * kept.height / 1e6,
        jpeg_quality=told.get("structure"),
        inside=told.get("tested_range"),
    )


def _add(counts: Counter[Key]) -> None:
    keys = [dict(zip(("week", "model_id", "measure", "bucket"), key, strict=True)) for key in counts]
    WeeklyCount.objects.bulk_create([WeeklyCount(**key) for key in keys], ignore_conflicts=True)
    for key, count in zip(keys, counts.values(), strict=True):
        WeeklyCount.objects.filter(**key).update(count=F("count") + count)
