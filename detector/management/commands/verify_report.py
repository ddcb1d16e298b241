"""manage.py verify_report FILE [--key PUBLIC.pem]: is this report as it was signed?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management.base import BaseCommand, CommandError

from detector import signing
from detector.errors import Refused


class Command(BaseCommand):
    help = "Check the signature of a report, PDF or JSON; exit status 1 tells why it does not hold."
    requires_system_checks: list[str] = []  # it needs neither data base nor server

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a report, exactly as it was downloaded")
        parser.add_argument("--key", type=Path, metavar="PUBLIC.pem", help="another site's key; default: this site's")

    def handle(self, *args: Any, **options: Any) -> None:
        key = _key(options["key"]) if options["key"] else None
        try:
            checked = signing.check(_read(options["file"]), key)
        except Refused as error:
            raise CommandError(error.detail) from error
        if not checked.valid:
            raise CommandError(f"{options['file']}: {checked.reason}")
        self.stdout.write(f"{options['file']}: {checked.reason}")


def _key(path: Path) -> Ed25519PublicKey:
    try:
        return signing.read_public_key(_read(path))
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
