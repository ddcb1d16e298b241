"""The site: settings, addresses, health. The Celery app must be loaded with Django, so that tasks find it."""

from fakedetect_site.celery import app as celery_app

__all__ = ["celery_app"]
