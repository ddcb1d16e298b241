"""Doors for Celery: a task fetches nothing and decides nothing, it calls the service."""

from celery import shared_task

from learning import bells, launching
from learning.shadow import score


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def rescore(pk: str) -> None:
    bells.rescore_once(pk)


@shared_task(ignore_result=True)  # type: ignore[untyped-decorator]
def shadow(pk: int) -> None:
    score(pk)


@shared_task(ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def retrain(pk: str) -> None:  # acknowledged at once: its row outlives the message, and a broker would send it again
    launching.wait(pk)
