"""`manage.py bootstrap`: from an unpacked checkout to a site that can be served; for every start."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts import audit_guard, people
from accounts.audit import SYSTEM
from accounts.models import User
from detector import analysis, limits, models_in_use, signing
from detector.errors import NoModel, Refused
from fakedetect_site import static_files
from ml.serve import CannotStart


class Command(BaseCommand):
    help = "Prepare data base, model, static files and the first administrator; does only what is still to do."

    def handle(self, *args: Any, **options: Any) -> None:
        self._migrate()
        audit_guard.ensure(SYSTEM)
        self._model()
        self._report_key()
        self._decoder()
        analysis.sweep()  # what an earlier process left half done: without workers there is no beat to pick it up
        if static_files.collect():
            self.stdout.write("Static files are collected.")
        if made := people.ensure_administrator(SYSTEM):
            self._tell(*made)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
            self.stdout.write("The data base is up to date.")

    def _model(self) -> None:
        try:
            models_in_use.ensure_shipped()
        except NoModel as error:
            raise CommandError(str(error)) from error

    def _report_key(self) -> None:
        """Made now and not with the first report, so that a backup of a fresh installation holds it."""
        try:
            signing.public_key()
        except Refused as error:
            raise CommandError(error.detail) from error

    def _decoder(self) -> None:
        """A site whose images cannot be decoded is better not started."""
        try:
            missing = limits.missing_locks()
        except CannotStart as error:
            raise CommandError(str(error)) from error
        if missing:
            self.stdout.write(f"Images are decoded in a process of their own, here without: {', '.join(missing)}.")

    def _tell(self, user: User, password: str) -> None:
        self.stdout.write(
            f"\n  First administrator:  {user}\n  Password:             {password}\n"
            "  It is shown this once. Log in, change it, and add your e-mail address to the profile.\n"
        )
