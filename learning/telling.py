"""What administrators are told of learning: each notice once, in the transaction of what it is about."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from accounts.models import Role, User
from learning.models import DriftAlarm, Shadow
from notices import kinds
from notices.telling import tell


def of_shadow(shadow: Shadow, why: str) -> None:
    """A trial ended by itself."""
    text = f"Model {shadow.model.version} is no longer in the shadow. {why}."
    _all(kind=kinds.SHADOW_ENDED, text=text, link=reverse("learning:shadow"), data={"model": shadow.model.version})


def of_drift(alarm: DriftAlarm, words: str) -> None:
    """A measure of a week is far from its reference."""
    data = {"week": alarm.week.isoformat(), "measure": alarm.measure, "distance": round(alarm.distance, 3)}
    _all(kind=kinds.DRIFT_ALARM, text=words, link=reverse("learning:drift"), data=data)


def _all(*, kind: str, text: str, link: str, data: Mapping[str, Any]) -> None:
    for person in User.objects.filter(role=Role.ADMINISTRATOR, is_active=True):
        tell(person, kind=kind, text=text, link=link, data=dict(data))
