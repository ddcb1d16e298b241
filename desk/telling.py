"""Who is told what of reviews and appeals: receivers of what happens below, part of each act."""

from typing import Any

from django.urls import reverse

from desk import appeals
from desk.models import Appeal, Outcome
from detector.models import Decision, Label, Review, Upload
from notices import kinds, telling

_JUDGED = {
    Decision.AUTHENTIC: "judged it authentic",
    Decision.AI_GENERATED: "judged it AI-generated",
    Decision.MANIPULATED: "judged it manipulated",
    Decision.UNSURE: "could not tell",
}
_SAID = {
    Label.AUTHENTIC: "no sign of manipulation found",
    Label.AI_GENERATED: "likely AI-generated",
    Label.MANIPULATED: "likely manipulated",
    Label.INCONCLUSIVE: "inconclusive",
}
_ENDED = {
    Outcome.UPHELD: "The verdict that you disputed stands.",
    Outcome.OVERTURNED: "The verdict that you disputed was changed.",
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
    text = f"{_judged(review, again=True)} {_ENDED[Outcome(appeal.outcome)]}"
    _tell(review, kinds.APPEAL_DECIDED, text, {"appeal": appeal.pk, "outcome": str(appeal.outcome)})


def _tell_of_review(review: Review) -> None:
    said = _SAID.get(Label(review.machine_label)) if review.machine_label else None
    before = f" The machine had said: {said}." if said else ""
    _tell(review, kinds.REVIEW_DECIDED, _judged(review) + before, {"verdict_before": review.machine_label or None})


def _tell(review: Review, kind: str, text: str, more: dict[str, Any]) -> None:
    upload = review.upload
    data = {"upload": str(upload.pk), "decision": review.decision} | more
    link = reverse("detector:verdict", args=[upload.pk])
    telling.tell(upload.owner, kind=kind, text=text, link=link, target=_target(upload), data=data)


def _judged(review: Review, again: bool = False) -> str:
    once_more = " again" if again else ""
    return f"A moderator looked at “{_short(review.upload)}”{once_more} and {_JUDGED[Decision(review.decision)]}."


def _short(upload: Upload) -> str:
    return upload.name if len(upload.name) <= 80 else f"{upload.name[:79]}…"


def _target(upload: Upload) -> str:
    return f"upload:{upload.pk}"
