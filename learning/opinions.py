"""What people say together of one picture: a label with its agreement, or why there is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from detector.models import Decision, Review

UNSURE, CONTRADICTED = "unsure", "contradicted"


@dataclass(frozen=True, slots=True)
class Opinion:
    """`label` is one of ml's, or empty with the reason in `left_out`; `newest` is the decision that stands."""

    newest: Review
    label: str
    left_out: str
    reviews: int
    reviewers: int
    agreement: float  # share of the reviewers whose last word is the label
    first: str
    last: str  # days


def of(reviews: Iterable[Review]) -> Opinion | None:
    """The opinion that these decisions make; None where none of them is for good."""
    now = timezone.now()
    final = sorted((one for one in reviews if one.undone_at is None and one.effective_at <= now), key=lambda r: r.pk)
    if not final:
        return None
    last_words = _last_words(final)
    label, left_out = _label(final[-1], last_words)
    agreeing = sum(word == label for word in last_words)
    return Opinion(
        newest=final[-1],
        label=label,
        left_out=left_out,
        reviews=len(final),
        reviewers=len(last_words),
        agreement=round(agreeing / len(last_words), 3),
        first=f"{final[0].created_at:%Y-%m-%d}",
        last=f"{final[-1].created_at:%Y-%m-%d}",
    )


def _last_words(final: Sequence[Review]) -> list[str]:
    """What each reviewer decided last; one whose account is gone counts for each decision."""
    words = {one.reviewer_id or f"gone {one.pk}": one.decision for one in final}
    return list(words.values())


def _label(newest: Review, last_words: Sequence[str]) -> tuple[str, str]:
    if newest.decision == Decision.UNSURE:
        return "", UNSURE
    sure = {word for word in last_words if word != Decision.UNSURE}
    return ("", CONTRADICTED) if len(sure) > 1 else (newest.decision, "")
