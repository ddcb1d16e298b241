"""The right of one worker to end one piece of work; every step is one conditional update of a row of `Analysis`.

The number of the attempt is the proof: who lost the lease holds an older number, and no update of theirs finds a row.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from detector.models import Analysis, State


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: how many rows it rang again, re-opened and gave up."""

    rung: int
    reopened: int
    failed: int

    def __str__(self) -> str:
        return f"{self.rung} rung, {self.reopened} re-opened, {self.failed} given up"


@dataclass(frozen=True, slots=True)
class Lease:
    """The names of the fields that hold a piece of work: its state, its attempts, until when a worker has it."""

    state: str
    attempts: str
    until: str

    def claim(self, row: Analysis, **ready: Any) -> bool:
        """Take a queued row; False when it is not queued any more, or was since this copy of it was read."""
        next_attempt = getattr(row, self.attempts) + 1
        values = {self.state: State.RUNNING, self.until: _from_now(), self.attempts: next_attempt}
        return _write(row, self._mine(row, State.QUEUED).filter(**ready), values)

    def renew(self, row: Analysis) -> bool:
        """Hold on to a row for work that takes long; False when the lease was lost. Writes only when half is over."""
        if getattr(row, self.until) - timezone.now() > _length() / 2:
            return True
        return _write(row, self._mine(row, State.RUNNING), {self.until: _from_now()})

    def end(self, row: Analysis, state: State, **values: Any) -> bool:
        """The one way out of RUNNING, open only to the attempt that holds the lease."""
        return _write(row, self._mine(row, State.RUNNING), values | {self.state: state, self.until: None})

    def expired(self) -> "QuerySet[Analysis]":
        """Rows whose worker died or sleeps: their time is over, or lies further ahead than any lease is long.

        The latter were leased by a clock that ran ahead and was put right; nobody would come for them until it strikes.
        """
        over = Q(**{f"{self.until}__lt": timezone.now()}) | Q(**{f"{self.until}__gt": timezone.now() + 2 * _length()})
        return Analysis.objects.filter(over, **{self.state: State.RUNNING})

    def worn_out(self) -> "QuerySet[Analysis]":
        return self.expired().filter(**{f"{self.attempts}__gte": settings.MAX_ATTEMPTS})

    def reopen(self) -> int:
        """Queue expired rows again, except those that are worn out; how many."""
        again = self.expired().filter(**{f"{self.attempts}__lt": settings.MAX_ATTEMPTS})
        return again.update(**{self.state: State.QUEUED, self.until: None})

    def _mine(self, row: Analysis, state: State) -> "QuerySet[Analysis]":
        attempt = {self.state: state, self.attempts: getattr(row, self.attempts)}
        return Analysis.objects.filter(pk=row.pk, **attempt)


def _length() -> timedelta:
    return timedelta(seconds=settings.LEASE_SECONDS)


def _from_now() -> Any:
    return timezone.now() + _length()


def _write(row: Analysis, mine: "QuerySet[Analysis]", values: dict[str, Any]) -> bool:
    if mine.update(**values) != 1:
        return False
    for name, value in values.items():  # whoever holds this copy of the row may report it at once
        setattr(row, name, value)
    return True
