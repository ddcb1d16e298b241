"""`manage.py issue_token USER --name NAME`: an API token from the shell, its key alone on standard output."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tokens
from accounts.audit import SYSTEM
from accounts.errors import Refused
from accounts.models import ApiToken, Scope, User

_LONGEST = 36_500


class Command(BaseCommand):
    help = "Make an API token for a user and print its key, which is never shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="USER", help="the username")
        parser.add_argument("--name", required=True, type=_name, help="what will use the token")
        parser.add_argument("--read-only", action="store_true", help="it may read and nothing else")
        parser.add_argument("--expires", metavar="DAYS", type=_days, help="how long it lasts (default: for ever)")
        parser.add_argument("--uploads-per-day", metavar="N", type=int, default=0, help="fewer than its person's")

    def handle(self, *args: Any, **options: Any) -> None:
        user = _active(options["user"])
        scope = Scope.READ if options["read_only"] else Scope.WRITE
        limits = {"uploads_per_day": options["uploads_per_day"]}
        wanted = {"name": options["name"], "scope": scope, "expires_in": options["expires"], "limits": limits}
        try:
            token, key = tokens.issue(SYSTEM, user=user, **wanted)
        except Refused as error:
            raise CommandError(error.detail) from error
        until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without end"
        self.stderr.write(f"{token.get_scope_display()}, {until}. This key is not shown again:")
        self.stdout.write(key)


def _active(username: str) -> User:
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}.")
    if not user.is_active:
        raise CommandError(f"The account of {user} is deactivated: no token of it would work.")
    return user


def _name(text: str) -> str:
    longest = ApiToken._meta.get_field("name").max_length or 0
    if not text.strip() or len(text) > longest:
        raise argparse.ArgumentTypeError(f"a name of 1 to {longest} characters is wanted")
    return text.strip()


def _days(text: str) -> timedelta:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _LONGEST:
        raise argparse.ArgumentTypeError(f"a whole number of days from 1 to {_LONGEST} is wanted")
    return timedelta(days=int(text))
