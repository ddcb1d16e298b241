"""manage.py erase_account USERNAME --yes: erase an account from the shell, and print the certificate."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refused
from accounts.models import User
from privacy import erasing
from privacy.models import Progress


class Command(BaseCommand):
    help = "Erase an account with everything that belongs to it, and print the signed certificate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--yes", action="store_true", help="it cannot be undone, and nobody asks again")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(username__iexact=options["username"]).first()
        if person is None:
            raise CommandError("Nobody here has this username.")
        if not options["yes"]:
            raise CommandError("This removes the account and all of its uploads for good. Add --yes to do it.")
        try:
            erasure = erasing.erase_account_for_shell(person=person)
        except Refused as error:
            raise CommandError(error.detail) from error
        if erasure.state != Progress.DONE:
            raise CommandError(f"{erasure.error or 'It is under way.'} The next round goes on with it.")
        self.stdout.write(erasure.certificate)
