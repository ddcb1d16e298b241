"""manage.py sweep: what Celery's beat does every minute, for those who run no beat (cron, systemd)."""

from typing import Any

from django.core.management.base import BaseCommand

from detector import analysis


class Command(BaseCommand):
    help = "Re-open analyses whose worker died, give up after the last attempt, and ring waiting ones again."

    def handle(self, *args: Any, **options: Any) -> None:
        swept = analysis.sweep()
        self.stderr.write(f"{swept.rung} rung, {swept.reopened} re-opened, {swept.failed} given up")
