"""The review desk. What happens to verdicts and reviews below reaches the queue by signals."""

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "desk"
    verbose_name = _("Review desk")

    def ready(self) -> None:
        from detector import happenings

        happenings.verdict_given.connect(_verdict_given)
        happenings.verdict_settled.connect(_verdict_changed)
        happenings.verdict_settled.connect(_analysis_ended)
        happenings.analysis_failed.connect(_analysis_ended)
        happenings.callback_given.connect(_callback_given)
        happenings.callback_asked.connect(_callback_asked)
        happenings.review_undone.connect(_review_undone)
        happenings.review_effective.connect(_review_effective)
        happenings.upload_deleting.connect(_upload_deleting)
        happenings.files_checked.connect(_files_checked)
        happenings.case_joined.connect(_case_joined)


def _verdict_given(analysis: Any, **_: Any) -> None:
    from desk import queue

    queue.consider(analysis, first=True)


def _verdict_changed(analysis: Any, **_: Any) -> None:
    from desk import queue

    queue.consider(analysis)


def _analysis_ended(analysis: Any, **_: Any) -> None:
    from desk import callbacks

    callbacks.ended(analysis)


def _callback_given(upload: Any, url: str, **_: Any) -> None:
    from desk import callbacks

    callbacks.given(upload, url)


def _callback_asked(upload: Any, **_: Any) -> Any:
    from desk import callbacks

    return callbacks.asked(upload)


def _review_undone(review: Any, **_: Any) -> None:
    from desk import deciding

    deciding.reopen(review)


def _review_effective(review: Any, **_: Any) -> None:
    from desk import telling

    telling.review_effective(review)


def _upload_deleting(upload: Any, **_: Any) -> None:
    from desk import telling

    telling.upload_deleting(upload)


def _case_joined(**told: Any) -> None:
    from desk import case_notices

    case_notices.tell_member(**told)


def _files_checked(digests: bool, **_: Any) -> Any:
    from desk import attachments

    return attachments.faults(digests)
