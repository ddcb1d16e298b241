"""The dashboard. What happens to verdicts below marks a day to be counted again."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OverviewConfig(AppConfig):
    name = "overview"
    verbose_name = _("Dashboard")

    def ready(self) -> None:
        from detector import happenings

        for signal in (happenings.verdict_given, happenings.verdict_revised, happenings.analysis_failed):
            signal.connect(_an_analysis_changed)
        for signal in (happenings.review_given, happenings.review_undone):
            signal.connect(_a_review_changed)
        happenings.upload_deleting.connect(_an_upload_goes)


def _an_analysis_changed(analysis: Any, **_: Any) -> None:
    _mark(analysis.upload)


def _a_review_changed(review: Any, **_: Any) -> None:
    _mark(review.upload)


def _an_upload_goes(upload: Any, **_: Any) -> None:
    _mark(upload)


def _mark(upload: Any) -> None:
    from overview import counting

    counting.mark(upload)
