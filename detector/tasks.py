"""Doors for Celery: a task fetches nothing and decides nothing, it calls the service."""

from celery import shared_task

from detector import analysis, batch_bells, examination
from fakedetect_site import rounds


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def analyze(pk: int) -> None:
    if row := analysis.queued(pk):
        analysis.run(row)


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def examine(pk: int) -> None:
    if row := examination.queued(pk):
        examination.run(row)


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def batch(pk: str) -> None:
    batch_bells.once(pk)


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def sweep() -> None:
    for _ in rounds.walk():
        pass
