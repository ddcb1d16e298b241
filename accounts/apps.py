"""Wires the log-in signals to the audit, and the guard of the history to migrations."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import api_schema, audit_guard, signals  # noqa: F401 (they register themselves)

        post_migrate.connect(audit_guard.see_to_it, sender=self)
