"""Requests a minute: of a person whatever they use, of a token with narrower limits, of an address that is nobody's."""

import logging

from django.db import DatabaseError
from django.utils.crypto import salted_hmac

from accounts import allowances, counting, spent
from accounts.counting import Ask, Full, Window
from accounts.models import ApiToken, Measure, User

log = logging.getLogger(__name__)


def of_person(person: User, *, write: bool, token: ApiToken | None = None) -> None:
    """Count one request of a person, and of the token that they sent.

    Raises:
        Refused: limit_reached.
    """
    name, measure = _names(write)
    most, narrow = allowances.of_person(person, name), allowances.of_token(token, name) if token else 0
    if not most and not narrow:
        return
    asks = _asks(f"user:{person.pk}", measure, most, person)
    if token:
        asks += _asks(f"token:{token.pk}", measure, narrow, person)
    _count(asks)


def of_address(address: str, *, write: bool) -> None:
    """Count one request of somebody who is not logged in. A socket has no address, and is not counted.

    Raises:
        Refused: limit_reached.
    """
    name, measure = _names(write)
    if address and (most := allowances.of_anybody(name)):
        _count([Ask(subject_of(address), measure, counting.window("minute"), 1, most)])


def of_form(name: str, address: str, *, limit: int, window: Window) -> None:
    """Count one sending of a form that is throttled by itself.

    Raises:
        Refused: limit_reached.
    """
    _count([Ask(subject_of(address), name, window, 1, limit)])


def of_act(name: str, person: User, *, limit: int) -> None:
    """Count one act of a person that costs more than a request does; a limit of 0 is none.

    Raises:
        Refused: limit_reached.
    """
    if limit:
        _count([Ask(f"user:{person.pk}", name, counting.window("minute"), 1, limit, person.pk)])


def look_at_form(name: str, address: str, *, limit: int, window: Window) -> None:
    """The same without counting: for what is counted only when it failed.

    Raises:
        Refused: limit_reached.
    """
    ask = Ask(subject_of(address), name, window, 1, limit)
    [state] = counting.look([ask])
    if state.amount >= limit:
        raise spent.refusal(Full(ask))


def subject_of(address: str) -> str:
    """An address stands in no table: only who knows the key of the site can say whose counter it is."""
    return f"address:{salted_hmac('accounts.rates', address, algorithm='sha256').hexdigest()[:32]}"


def _asks(subject: str, measure: Measure, most: int, person: User) -> list[Ask]:
    """Limited by the minute, where there is a limit; the days are for the page that shows what somebody used."""
    minute = [Ask(subject, measure, counting.window("minute"), 1, most, person.pk)] if most else []
    return [*minute, Ask(subject, measure, counting.window("day"), 1, 0, person.pk)]


def _names(write: bool) -> tuple[str, Measure]:
    return ("writes_per_minute", Measure.WRITES) if write else ("reads_per_minute", Measure.READS)


def _count(asks: list[Ask]) -> None:
    """A data base that cannot count just now shall not keep people from reading: they pass, and the log says so."""
    if not asks:
        return
    try:
        spent.tell(counting.add(asks))
    except Full as full:
        raise spent.refusal(full) from None
    except DatabaseError:
        log.exception("a request was not counted")
