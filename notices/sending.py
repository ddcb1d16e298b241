"""One POST of a webhook; its answer is a status, and nothing of its body is read."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_noop

from fakedetect_site import addresses, outward
from fakedetect_site.addresses import BadAddress, Checked, Place
from fakedetect_site.outward import Bounds

log = logging.getLogger(__name__)

SECONDS = 10.0  # for one attempt after the name is resolved, however the receiver spends them


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or none and the reason."""

    status: int | None
    error: str = ""

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: str, headers: Mapping[str, str]) -> Answer:
    """Send it, and say what came of it; whatever the receiver does, this returns within seconds."""
    try:
        place = addresses.parse(url)
        return _exchange(place, addresses.resolve(place, private=settings.WEBHOOKS_PRIVATE), body.encode(), headers)
    except BadAddress as error:
        return Answer(None, str(error))
    except Exception as error:  # one that cannot be sent must not hold up the others
        return _failed(error)


def _exchange(place: Place, checked: list[Checked], body: bytes, headers: Mapping[str, str]) -> Answer:
    ours = {"Content-Type": "application/json", **headers}
    with outward.exchange("POST", place, checked, Bounds.within(SECONDS), ours, body) as answer:
        return _judged(answer.status)


def _judged(status: int) -> Answer:
    if 300 <= status < 400:
        return Answer(
            status, gettext_noop("It sends elsewhere, and redirects are not followed. Give the final address.")
        )
    return Answer(status, "" if 200 <= status < 300 else f"It answered {status}.")


def _failed(error: Exception) -> Answer:
    try:
        return Answer(None, outward.words(error, SECONDS))
    except Exception:
        log.exception("webhook")
        return Answer(None, gettext_noop("It could not be sent: something broke on our side."))
