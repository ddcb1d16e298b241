"""Lets `manage.py` find the training commands and tells where the trust list lies; the rest knows nothing of Django."""

from django.apps import AppConfig


class MlConfig(AppConfig):
    name = "ml"

    def ready(self) -> None:
        from django.conf import settings

        from ml import trust_list

        trust_list.use(settings.TRUST_LIST_DIR)
