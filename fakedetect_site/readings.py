"""What /metrics reads of data base and storage at the moment it is asked.

Several servers of one data base say the same here: take the maximum over them, never the sum. Each reading goes by an
index or over a bounded number of rows, so that a scrape costs the same at a thousand uploads and at millions.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from desk.models import QueueItem
from detector import models_in_use
from detector.models import Analysis, Batch, BatchItem, BatchState, ItemState, State
from fakedetect_site import health
from notices.models import Delivery, DeliveryState, Letter
from overview import counting
from overview.models import COUNTED, PersonDay

log = logging.getLogger(__name__)

_LATEST = 500  # analyses whose time is looked at
_QUANTILES = (0.5, 0.95)
_OPEN = (State.QUEUED, State.RUNNING)


class Readings(Collector):
    """One family after the other; what cannot be read is left out and logged, and takes no other down."""

    def collect(self) -> Iterator[Metric]:
        works = health.works()
        yield _family("up", "Whether data base, storage and model are at hand.", "part", works)
        if works["database"]:
            for read in (_lengths, _ages, _verdicts, _analysis_seconds, _deliveries, _letters, _model):
                yield from _tried(read)


def _tried(read: Callable[[], Metric]) -> Iterator[Metric]:
    try:
        yield read()
    except Exception:
        log.exception("metrics: %s", read.__name__)


def _family(name: str, told: str, label: str, values: Any) -> Metric:
    family = GaugeMetricFamily(f"fakedetect_{name}", told, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], float(value))
    return family


def _waiting() -> dict[str, tuple[Any, str]]:
    """Each queue: what waits or is under way in it, and since when it does."""
    batches = Batch.objects.filter(state__in=(BatchState.QUEUED, BatchState.RUNNING))
    return {
        "verdicts": (Analysis.objects.filter(state__in=_OPEN), "created_at"),
        "ledgers": (Analysis.objects.filter(ledger_state__in=_OPEN, state=State.DONE), "finished_at"),
        "batch_files": (
            BatchItem.objects.filter(batch__in=batches, state__in=ItemState.values[:2]),
            "batch__created_at",
        ),
        "webhooks": (Delivery.objects.filter(state=DeliveryState.WAITING), "queued_at"),
        "letters": (Letter.objects.filter(state=DeliveryState.WAITING), "notice__created_at"),
        "review": (QueueItem.objects.open(), "created_at"),
    }


def _lengths() -> Metric:
    lengths = {name: rows.order_by().count() for name, (rows, _) in _waiting().items()}
    return _family("queue_length", "How much waits or is under way.", "queue", lengths)


def _ages() -> Metric:
    now = timezone.now()
    oldest = {name: rows.order_by().aggregate(at=Min(since))["at"] for name, (rows, since) in _waiting().items()}
    ages = {name: _age(now, at) for name, at in oldest.items()}
    return _family("queue_oldest_seconds", "For how long the oldest has waited; 0: nothing waits.", "queue", ages)


def _age(now: datetime, at: datetime | None) -> float:
    return max(0.0, (now - at).total_seconds()) if at else 0.0


def _verdicts() -> Metric:
    today = PersonDay.objects.filter(day=counting.day_of(timezone.now()))
    found = today.aggregate(**{f"n_{name}": Sum(name) for name in COUNTED})
    counts = {name: found[f"n_{name}"] or 0 for name in COUNTED}
    told = "What uploads of today (UTC) are shown as, as far as the round of the dashboard has counted."
    return _family("verdicts_today", told, "label", counts)


def _analysis_seconds() -> Metric:
    """From the queue to the verdict, hence with the wait, wherever it was made."""
    rows = Analysis.objects.order_by("-pk").values_list("created_at", "finished_at", "attempts")[:_LATEST]
    took = sorted((ended - begun).total_seconds() for begun, ended, attempts in rows if ended and attempts)
    values = {q: took[min(int(q * len(took)), len(took) - 1)] for q in _QUANTILES} if took else {}
    told = f"From the queue to the verdict, over the latest {_LATEST} analyses."
    return _family("analysis_seconds", told, "quantile", values)


def _deliveries() -> Metric:
    told = "Deliveries of webhooks of the last 30 days; dead: given up, until somebody sends them again."
    return _family("webhook_deliveries", told, "state", _by_state(Delivery))


def _letters() -> Metric:
    return _family("letters", "Notices by e-mail.", "state", _by_state(Letter))


def _by_state(rows: type[Delivery] | type[Letter]) -> dict[str, int]:
    found = dict(rows.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: found.get(state, 0) for state in DeliveryState.values}


def _model() -> Metric:
    served = models_in_use.in_service()
    return _family("model_info", "The model in service.", "version", {served.version: 1} if served else {})
