"""The site's own app: system checks and the commands that prepare a fresh installation."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "fakedetect_site"
    label = "site"

    def ready(self) -> None:
        from fakedetect_site import checks, task_ids  # noqa: F401 (they register themselves)
