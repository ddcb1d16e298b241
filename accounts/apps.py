"""Wires the log-in signals to the audit."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import api_schema, signals  # noqa: F401 (they register themselves)
