"""Doors for Celery: what is due goes out from a worker."""

from celery import shared_task

from notices import deliveries as _deliveries
from notices import letters as _letters


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def letters() -> None:
    _letters.post_due()


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def deliveries() -> None:
    _deliveries.attempt_due()
