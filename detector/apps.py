"""Wires what the data base keeps of uploads by itself to migrations, and answers what the accounts ask."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class DetectorConfig(AppConfig):
    name = "detector"

    def ready(self) -> None:
        from detector import batches, direct, kept, shown  # noqa: F401 (the first three hear what happens)

        pre_migrate.connect(shown.step_aside, sender=self)
        post_migrate.connect(shown.see_to_it, sender=self)
