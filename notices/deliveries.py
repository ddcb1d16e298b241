"""Notices by webhook: put in line, attempted, tried again, given up, sent again by hand.

At least once: an attempt whose answer is lost is made again, with the same id, by which the receiver knows it.
"""

import json
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.audit import Actor
from accounts.errors import Refused
from notices import health, kinds, ringing, sending, signatures
from notices.models import Delivery, DeliveryState, Endpoint, Notice
from notices.sending import Answer

# After each failed attempt: two days in all. Then a person must look, and can send it again.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 60, 180, 360, 720, 1440))
PATIENCE = timedelta(days=3)  # with an endpoint that rests or is off
KEPT = timedelta(days=30)
_ATTEMPT_TAKES = timedelta(seconds=60)
_TESTS = 5  # a minute
_ROUND = 45.0  # seconds that a round may take


def put_in_line(notice: Notice) -> None:
    """One delivery for each endpoint of this person that wants this kind."""
    for endpoint in Endpoint.objects.standing().filter(person=notice.person, active=True):
        if not endpoint.kinds or notice.kind in endpoint.kinds:
            data = {"text": notice.text, "link": _absolute(notice.link), "target": notice.target} | notice.data
            put(endpoint, notice.kind, data, notice.target)


@transaction.atomic
def test(actor: Actor, *, endpoint: Endpoint) -> Delivery:
    """Send a delivery that tells nothing, to see whether it arrives.

    Raises:
        Refused: too many within a minute, or the endpoint is off.
    """
    if not endpoint.active:
        raise Refused("webhook_off", _("Turn this webhook on first."), 409)
    lately = endpoint.deliveries.filter(kind=kinds.TEST, created_at__gt=timezone.now() - timedelta(minutes=1))
    if lately.count() >= _TESTS:
        raise Refused("too_many_tests", _("These are many tests. Wait a minute, then try again."), 429)
    audit.record(actor, "webhook.tested", target=f"webhook:{endpoint.pk}")
    Endpoint.objects.filter(pk=endpoint.pk).update(rest_until=None)
    return put(endpoint, kinds.TEST, {"text": "This is a test of FakeDetect."}, "")


@transaction.atomic
def send_again(actor: Actor, *, endpoint: Endpoint, delivery: Delivery | None = None) -> int:
    """Put one that was given up or delivered in line again, or all that were given up; how many. The ids stay."""
    chosen = endpoint.deliveries.exclude(state=DeliveryState.WAITING)
    chosen = chosen.filter(pk=delivery.pk) if delivery else chosen.filter(state=DeliveryState.DEAD)
    now = timezone.now()
    again = chosen.update(state=DeliveryState.WAITING, attempts=0, next_at=now, queued_at=now, done_at=None)
    if again:
        Endpoint.objects.filter(pk=endpoint.pk).update(rest_until=None)
        audit.record(actor, "webhook.resent", target=f"webhook:{endpoint.pk}", details={"deliveries": again})
        ringing.deliver_later()
    return again


def attempt_due(go_on: Callable[[], bool] = lambda: True) -> int:
    """Attempt all that is due, oldest first, as long as the caller goes on; how many arrived."""
    arrived = 0
    while go_on() and (delivery := _due().select_related("endpoint__person", "endpoint__signed_by").first()):
        arrived += attempt(delivery)  # which is not due any more, whoever had it
    return arrived


def attempt(delivery: Delivery) -> bool:
    """Send it once, unless another does; whether it arrived."""
    if not _claim(delivery):
        return False
    endpoint, now = delivery.endpoint, timezone.now()
    signed = signatures.headers(endpoint, str(delivery.pk), delivery.body, now)
    answer = sending.post(endpoint.url, delivery.body, signed)
    _write_down(delivery, answer)
    return answer.taken


def sweep() -> str:
    """The round: attempt what is due, give up what waited too long, forget what is long over."""
    now = timezone.now()
    for delivery in (
        _waiting().filter(queued_at__lt=now - PATIENCE, next_at__lte=now).select_related("endpoint__person")
    ):
        _give_up(delivery, delivery.last_error or gettext_noop("The webhook was off or silent for days."))
    Delivery.objects.exclude(state=DeliveryState.WAITING).filter(queued_at__lt=now - KEPT).delete()
    _forget_callbacks(now - KEPT)
    end = time.monotonic() + _ROUND
    return ringing.walked("deliveries", partial(attempt_due, lambda: time.monotonic() < end))


def _forget_callbacks(before: datetime) -> None:
    """Those that are long over, and those of what never came to an end."""
    waiting = Endpoint.objects.filter(deliveries__state=DeliveryState.WAITING)
    Endpoint.objects.callbacks().filter(created_at__lt=before).exclude(pk__in=waiting.values("pk")).delete()


def put(endpoint: Endpoint, kind: str, data: dict[str, Any], target: str) -> Delivery:
    """One event in line for one endpoint."""
    event = {"type": kind, "timestamp": timezone.now().isoformat(), "data": data}
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    ringing.deliver_later()
    return Delivery.objects.create(endpoint=endpoint, kind=kind, target=target, body=body)


def _absolute(link: str) -> str:
    return settings.SITE_URL + link if link else ""


def _waiting() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.WAITING)


def _due() -> QuerySet[Delivery]:
    now = timezone.now()
    rested = Q(endpoint__rest_until=None) | Q(endpoint__rest_until__lte=now)
    listening = Q(endpoint__active=True, endpoint__person__is_active=True)
    return _waiting().filter(rested, listening, next_at__lte=now).order_by("next_at", "created_at")


def _claim(delivery: Delivery) -> bool:
    """Of two who try, one moves `next_at` past the time that an attempt takes."""
    mine = _waiting().filter(pk=delivery.pk, attempts=delivery.attempts, next_at__lte=timezone.now())
    delivery.attempts += 1
    return mine.update(attempts=delivery.attempts, next_at=timezone.now() + _ATTEMPT_TAKES) == 1


@transaction.atomic
def _write_down(delivery: Delivery, answer: Answer) -> None:
    """Only the attempt that holds the row may; it was sent all the same, which is why the receiver looks at the id."""
    mine = _waiting().filter(pk=delivery.pk, attempts=delivery.attempts)
    said = {"last_status": answer.status, "last_error": answer.error}
    health.answered(delivery.endpoint, answer)
    if answer.taken:
        mine.update(state=DeliveryState.DONE, done_at=timezone.now(), **said)
    elif answer.status == 410 or delivery.attempts > len(PAUSES):
        mine.update(**said)
        _give_up(delivery, answer.error)
    else:
        mine.update(next_at=timezone.now() + _pause(delivery.attempts), **said)


@transaction.atomic
def _give_up(delivery: Delivery, reason: str) -> None:
    ended = {"state": DeliveryState.DEAD, "done_at": timezone.now(), "last_error": reason[:200]}
    if _waiting().filter(pk=delivery.pk, attempts=delivery.attempts).update(**ended):
        health.gave_up(delivery.endpoint)


def _pause(attempts: int) -> timedelta:
    """Spread a little, so that what failed together does not come back together."""
    return PAUSES[attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311
