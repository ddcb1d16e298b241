"""How an endpoint fares: one that does not answer rests, one that loses deliveries is told to its person."""

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from ml.sentences import say
from notices import kinds
from notices.models import Endpoint
from notices.sending import Answer

_FIRST_REST, _LONGEST_REST = timedelta(seconds=30), timedelta(minutes=30)
_GONE = 410


def answered(endpoint: Endpoint, answer: Answer) -> None:
    """Take note of one attempt. Who answers, whatever it says, costs nobody else their time."""
    mine = Endpoint.objects.filter(pk=endpoint.pk)
    if answer.taken:
        mine.update(unanswered=0, rest_until=None, failing_since=None)
    elif answer.status is None:
        silent = endpoint.unanswered + 1
        rest = min(_FIRST_REST * 2 ** min(silent - 1, 10), _LONGEST_REST)
        mine.update(unanswered=min(silent, 1000))
        _rested_with(endpoint).update(rest_until=timezone.now() + rest)
    elif answer.status == _GONE:
        mine.update(unanswered=0, rest_until=None, active=False)
    else:
        mine.update(unanswered=0, rest_until=None)


def _rested_with(endpoint: Endpoint) -> QuerySet[Endpoint]:
    """A webhook rests alone; of callbacks, which a program gives in numbers, all of one person."""
    if not endpoint.target:
        return Endpoint.objects.filter(pk=endpoint.pk)
    return Endpoint.objects.callbacks().filter(person=endpoint.person_id)


def gave_up(endpoint: Endpoint) -> None:
    """A delivery is lost unless somebody sends it again: tell the person, once until one arrives.

    Not of an endpoint that they turned off themselves, and not of callbacks: there may be thousands, which are listed.
    """
    from notices import telling  # it puts deliveries in line

    if (
        endpoint.target
        or not endpoint.active
        or not Endpoint.objects.filter(pk=endpoint.pk, failing_since=None).update(failing_since=timezone.now())
    ):
        return
    telling.tell(
        endpoint.person,
        kind=kinds.ENDPOINT_FAILING,
        text=say("Your webhook {url} does not take what it is sent. You can send it again.", url=endpoint.url[:200]),
        link=reverse("notices:endpoint", args=[endpoint.pk]),
        target=f"webhook:{endpoint.pk}",
    )
