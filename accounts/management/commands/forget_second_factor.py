"""`manage.py forget_second_factor USERNAME`: for who lost the phone and the recovery codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import second_factor
from accounts.audit import SYSTEM
from accounts.models import User


class Command(BaseCommand):
    help = "Forget the second factor of a person: the password lets them in again. It is an event, and they are mailed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="USERNAME")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        user = User.objects.filter(username__iexact=name).first()
        if user is None:
            raise CommandError(f"There is no account {name}.")
        if not second_factor.forget(SYSTEM, user=user):
            raise CommandError(f"{user} has no second factor.")
        self.stdout.write(f"The second factor of {user} is forgotten; all sessions of {user} have ended.")
