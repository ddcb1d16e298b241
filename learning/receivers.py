"""What happens below that learning wants to know: each receiver calls one service."""

from typing import Any

from django.dispatch import receiver

from detector import happenings
from detector.models import Analysis, ModelVersion, Review, Upload
from learning import mistakes, shadow, weighing


@receiver(happenings.review_effective)
def a_decision_is_for_good(sender: Any, review: Review, **kwargs: Any) -> None:
    mistakes.note(review)


@receiver(happenings.upload_deleting)
def an_upload_goes(sender: Any, upload: Upload, **kwargs: Any) -> None:
    mistakes.forget(upload)


@receiver(happenings.model_weighed)
def a_model_wants_to_serve(
    sender: Any, candidate: ModelVersion, served: ModelVersion | None, **kwargs: Any
) -> list[str]:
    return weighing.objections(candidate, served)


@receiver(happenings.verdict_settled)
def a_verdict_is_settled(sender: Any, analysis: Analysis, **kwargs: Any) -> None:
    shadow.consider_later(analysis)
