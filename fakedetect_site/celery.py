"""The doorbell. Rows of `Analysis` are the queue, so a lost message costs time and never a verdict."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun, worker_init

from ml import memory

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fakedetect_site.settings")

app = Celery("fakedetect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    memory.few_arenas()


@task_postrun.connect  # type: ignore[untyped-decorator]
def _end(**_: Any) -> None:
    memory.trim()
