"""The doorbell. Rows of `Analysis` are the queue, so a lost message costs time and never a verdict."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fakedetect_site.settings")

app = Celery("fakedetect")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
