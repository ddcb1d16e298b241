"""The site's own app: system checks and the commands that prepare a fresh installation."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "fakedetect_site"
    label = "site"

    def ready(self) -> None:
        from fakedetect_site import checks, reporting, task_ids, tracing  # noqa: F401 (two register themselves)

        reporting.start()
        tracing.start()
