"""Doors for Celery."""

from celery import shared_task

from privacy import erasing


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def resume() -> None:
    erasing.resume()
