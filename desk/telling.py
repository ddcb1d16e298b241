"""Who is told what of reviews and appeals: receivers of what happens below, part of each act."""

from typing import Any

from django.urls import reverse

from desk import appeals
from desk.models import Appeal, Outcome
from detector.models import Decision, Label, Review, Upload
from detector.review import SAID
from ml.sentences import Sentence, say
from notices import kinds, telling

_JUDGED = {
    Decision.AUTHENTIC: lambda name: say("A moderator looked at “{name}” and judged it authentic.", name=name),
    Decision.AI_GENERATED: lambda name: say("A moderator looked at “{name}” and judged it AI-generated.", name=name),
    Decision.MANIPULATED: lambda name: say("A moderator looked at “{name}” and judged it manipulated.", name=name),
    Decision.UNSURE: lambda name: say("A moderator looked at “{name}” and could not tell.", name=name),
}
_JUDGED_AGAIN = {
    Decision.AUTHENTIC: lambda name: say("A moderator looked at “{name}” again and judged it authentic.", name=name),
    Decision.AI_GENERATED: lambda name: say(
        "A moderator looked at “{name}” again and judged it AI-generated.", name=name
    ),
    Decision.MANIPULATED: lambda name: say(
        "A moderator looked at “{name}” again and judged it manipulated.", name=name
    ),
    Decision.UNSURE: lambda name: say("A moderator looked at “{name}” again and could not tell.", name=name),
}
_ENDED = {
    Outcome.UPHELD: say("The verdict that you disputed stands."),
    Outcome.OVERTURNED: say("The verdict that you disputed was changed."),
}


def review_effective(review: Review) -> None:
    """A decision is for good: it ends the appeal that asked for it, and its owner is told, of the one or the other."""
    if appeal := appeals.end(review):
        _tell_of_appeal(appeal, review)
    elif review.reviewer_id != review.upload.owner_id:
        _tell_of_review(review)


def upload_deleting(upload: Upload) -> None:
    """What was told of it names its file; what was handed in with appeals is its owner's."""
    telling.forget(_target(upload))
    appeals.forget(upload)


def _tell_of_appeal(appeal: Appeal, review: Review) -> None:
    judged = _JUDGED_AGAIN[Decision(review.decision)](_short(review.upload))
    text = say("{judged} {ended}", judged=judged, ended=_ENDED[Outcome(appeal.outcome)])
    _tell(review, kinds.APPEAL_DECIDED, text, {"appeal": appeal.pk, "outcome": str(appeal.outcome)})


def _tell_of_review(review: Review) -> None:
    said = SAID[Label(review.machine_label)] if review.machine_label else None
    text = _JUDGED[Decision(review.decision)](_short(review.upload))
    if said:
        text = say("{judged} The machine had said: {said}.", judged=text, said=said)
    _tell(review, kinds.REVIEW_DECIDED, text, {"verdict_before": review.machine_label or None})


def _tell(review: Review, kind: str, text: Sentence, more: dict[str, Any]) -> None:
    upload = review.upload
    data = {"upload": str(upload.pk), "decision": review.decision} | more
    link = reverse("detector:verdict", args=[upload.pk])
    telling.tell(upload.owner, kind=kind, text=text, link=link, target=_target(upload), data=data)


def _short(upload: Upload) -> str:
    return upload.name if len(upload.name) <= 80 else f"{upload.name[:79]}…"


def _target(upload: Upload) -> str:
    return f"upload:{upload.pk}"
