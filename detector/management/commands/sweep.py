"""manage.py sweep: what Celery's beat does every minute, for those who run no beat (cron, systemd)."""

from typing import Any

from django.core.management.base import BaseCommand

from detector import analysis, examination


class Command(BaseCommand):
    help = "Re-open work whose worker died, give up after the last attempt, and ring what waits again."

    def handle(self, *args: Any, **options: Any) -> None:
        for work, swept in (("verdicts", analysis.sweep()), ("ledgers", examination.sweep())):
            self.stderr.write(f"{work}: {swept.rung} rung, {swept.reopened} re-opened, {swept.failed} given up")
