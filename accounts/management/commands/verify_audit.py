"""`manage.py verify_audit`: is the history whole?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import verify_chain
from accounts.models import AuditEvent


class Command(BaseCommand):
    help = "Walk the hash chain of the audit history; exit status 1 names the first broken link."

    def handle(self, *args: Any, **options: Any) -> None:
        if found := verify_chain():
            raise CommandError(f"Event {found.position}: {found.reason}.")
        self.stdout.write(f"{AuditEvent.objects.count()} events, chain whole")
