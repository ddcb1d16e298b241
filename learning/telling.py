"""What administrators are told of learning: each notice once, in the transaction of what it is about."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from accounts.models import Role, User
from learning.models import DriftAlarm, Shadow, ShadowEnd
from ml.sentences import Sentence, say
from notices import kinds
from notices.telling import tell

_WHY = {
    ShadowEnd.ENOUGH: say("It has scored as many uploads as it was asked to."),
    ShadowEnd.BROKEN: say("The candidate failed again and again."),
}


def of_shadow(shadow: Shadow, because: ShadowEnd) -> None:
    """A trial ended by itself."""
    version, why = shadow.model.version, _WHY[because]
    text = say("Model {version} is no longer in the shadow. {why}", version=version, why=why)
    _all(kind=kinds.SHADOW_ENDED, text=text, link=reverse("learning:shadow"), data={"model": shadow.model.version})


def of_drift(alarm: DriftAlarm, words: Sentence) -> None:
    """A measure of a week is far from its reference."""
    data = {"week": alarm.week.isoformat(), "measure": alarm.measure, "distance": round(alarm.distance, 3)}
    _all(kind=kinds.DRIFT_ALARM, text=words, link=reverse("learning:drift"), data=data)


def _all(*, kind: str, text: Sentence, link: str, data: Mapping[str, Any]) -> None:
    for person in User.objects.filter(role=Role.ADMINISTRATOR, is_active=True):
        tell(person, kind=kind, text=text, link=link, data=dict(data))
