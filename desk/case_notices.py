"""Who is made a member of a case is told so. Detector and notices do not know each other, the desk knows both."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from detector.models import Case
from ml.sentences import say
from notices import kinds
from notices.telling import tell

_MAY = {
    "owner": say("As an owner you can do everything in it, and decide who works on it."),
    "editor": say("As an editor you can put uploads in, take them out and write notes."),
    "viewer": say("As a viewer you can look at what lies in it."),
}


def tell_member(*, case: Case, person: User, role: str, by: str, **_: Any) -> None:
    """Heard from `happenings.case_joined`, inside the act that made the person a member."""
    tell(
        person,
        kind=kinds.CASE_ADDED,
        text=say("{by} added you to the case “{title}”. {may}", by=by, title=case.title, may=_MAY[role]),
        link=reverse("detector:case", args=[case.pk]),
        target=f"case:{case.pk}",
        data={"case": str(case.pk), "role": role, "by": by},
    )
