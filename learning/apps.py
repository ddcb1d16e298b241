"""What the detector learns from its reviewed mistakes."""

from importlib import import_module

from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "learning"

    def ready(self) -> None:
        """Listen to what happens below."""
        import_module("learning.receivers")
