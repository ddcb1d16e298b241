"""Scoring history again: start, cancel, and see that somebody is at it. The work itself is in rescoring_steps.py."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from detector.errors import Refused
from detector.models import Label, ModelVersion
from detector.sentences import figure
from learning.models import Rescoring, RescoringState

PER_MINUTE, MOST_PER_MINUTE = 60, 6_000
_OVERDUE = timedelta(seconds=15)


def start(
    actor: Actor,
    *,
    version: str,
    per_minute: int = PER_MINUTE,
    since: date | None = None,
    until: date | None = None,
    owner: User | None = None,
    label: str = "",
    ring_now: bool = True,
) -> Rescoring:
    """Have the model in service score uploads that are here already, as far as the filters let them through.

    Whoever takes the steps by itself need not be rung for.

    Raises:
        Refused: not_serving, invalid_pace, invalid_label, invalid_days, already_rescoring.
    """
    model = ModelVersion.objects.filter(version=version, is_current=True).first()
    if model is None:
        raise Refused(
            "not_serving",
            _("Model %(version)s does not serve. Promote it, then score history again.") % {"version": version},
        )
    filters: dict[str, Any] = {"since": since, "until": until, "owner": owner, "label": label}
    _check(per_minute, filters)
    try:
        with transaction.atomic():
            run = Rescoring.objects.create(model=model, per_minute=per_minute, started_by=actor.user, **filters)
            audit.record(actor, "rescoring.started", target=f"rescoring:{run.pk}", details=_told(run), model=version)
            if ring_now:
                ring_later(run)
    except IntegrityError:
        raise Refused(
            "already_rescoring", _("History is being scored again already. Wait for it, or cancel it.")
        ) from None
    return run


def _check(per_minute: int, filters: Mapping[str, Any]) -> None:
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Refused(
            "invalid_pace",
            _("Choose between 1 and %(most)s images a minute.") % {"most": figure(MOST_PER_MINUTE, ",")},
        )
    if filters["label"] and filters["label"] not in Label.values:
        raise Refused(
            "invalid_label", _("Choose one of these verdicts: %(known)s.") % {"known": ", ".join(Label.values)}
        )
    if filters["since"] and filters["until"] and filters["since"] > filters["until"]:
        raise Refused("invalid_days", _("The first day lies behind the last. Change one of them."))


def _told(run: Rescoring) -> dict[str, Any]:
    told: dict[str, Any] = {"per_minute": run.per_minute}
    told |= {name: getattr(run, name).isoformat() for name in ("since", "until") if getattr(run, name)}
    return (
        told | ({"owner": f"user:{run.owner_id}"} if run.owner_id else {}) | ({"label": run.label} if run.label else {})
    )


@transaction.atomic
def cancel(actor: Actor, *, rescoring: Rescoring) -> bool:
    """End a run where it is; False when it has ended. What it has scored stays, and owners are told of that."""
    still = Rescoring.objects.filter(pk=rescoring.pk, state__in=(RescoringState.QUEUED, RescoringState.RUNNING))
    if not still.update(state=RescoringState.CANCELLED):
        return False
    audit.record(actor, "rescoring.cancelled", target=f"rescoring:{rescoring.pk}")
    ring_later(rescoring)
    return True


def ring_later(run: Rescoring) -> None:
    transaction.on_commit(lambda: ring(run))


def ring(run: Rescoring, after: float = 0.0) -> None:
    """Have somebody take the next step, in so many seconds: a thread of this process, or a worker."""
    from learning import bells

    bells.rescore(run, after)


def sweep() -> str:
    """Ring runs whose bell nobody heard, or whose worker died: once a minute."""
    left = Rescoring.objects.filter(finished_at=None, next_at__lt=timezone.now() - _OVERDUE)
    found = list(left)
    for run in found:
        ring(run)
    return f"{len(found)} taken up"


def minutes_left(run: Rescoring) -> int | None:
    """How long it will take at least, at its pace; None where that is not known or nothing is left."""
    if not run.is_open or run.total is None:
        return None
    return math.ceil(max(run.total - run.settled, 0) / run.per_minute)
