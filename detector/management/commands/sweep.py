"""manage.py sweep: what Celery's beat does every minute, for those who run no beat (cron, systemd)."""

from typing import Any

from django.core.management.base import BaseCommand

from fakedetect_site import rounds


class Command(BaseCommand):
    help = "Walk the rounds once: re-open work whose worker died, ring what waits, deliver what is due."

    def handle(self, *args: Any, **options: Any) -> None:
        for line in rounds.walk():
            self.stderr.write(line)
