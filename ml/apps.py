"""Lets `manage.py` find the training commands; the package itself knows nothing of Django."""

from django.apps import AppConfig


class MlConfig(AppConfig):
    name = "ml"
