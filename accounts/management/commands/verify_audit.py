"""`manage.py verify_audit`: is the history whole, in the data base or in an exported copy?"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts import audit_check, audit_file, audit_guard, audit_heads
from accounts.audit_chain import Head, Walk
from fakedetect_site import site_key

UNGUARDED = (
    "The data base no longer refuses changes: triggers of the history are missing. Ask who removed them, then run "
    "manage.py bootstrap."
)


class Command(BaseCommand):
    help = "Walk the hash chain of the audit history; exit status 1 names the first broken link."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, metavar="EXPORT", help="a copy exported as JSON lines; no data base")
        heads = "signed heads to hold it against, such as a copy of them or of the log kept elsewhere (repeat)"
        parser.add_argument("--heads", type=Path, action="append", default=[], metavar="FILE", help=heads)
        keys = "a public key that signed, besides this site's present one (repeat)"
        parser.add_argument("--key", type=Path, action="append", default=[], metavar="PUBLIC.pem", help=keys)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            keys = list(_keys(options["key"]))
            heads = audit_heads.read(_heads(options["heads"], options["file"]), keys)
            told, faults = self._copy(options["file"], heads, keys) if options["file"] else _data_base(heads)
        except (OSError, ValueError, audit_heads.BadHead, site_key.KeyUnusable) as error:
            raise CommandError(str(error) or "The key of this site cannot be used; the log says why.") from error
        if faults:
            raise CommandError("\n".join(faults))
        self.stdout.write(told)

    def _copy(self, path: Path, heads: dict[int, Head], keys: list[Ed25519PublicKey]) -> tuple[str, list[str]]:
        copy = audit_file.verify(path, heads=heads, keys=keys)
        for note in copy.notes:
            self.stderr.write(note)
        whole = "chain whole" if copy.complete else "each as it was recorded"
        return f"{copy.events} events, {whole}{_held(heads)}", copy.faults


def _data_base(heads: dict[int, Head]) -> tuple[str, list[str]]:
    walk = Walk(heads)
    found = audit_check.verify(walk)
    faults = [f"Event {found.position}: {found.reason}."] if found else []
    if not audit_guard.stands(connection):
        faults.append(UNGUARDED)
    return f"{walk.position} events, chain whole{_held(heads)}", faults


def _held(heads: dict[int, Head]) -> str:
    return f", held against {len(heads)} signed heads" if heads else ""


def _keys(given: list[Path]) -> Iterator[Ed25519PublicKey]:
    if key := site_key.known_public_key():
        yield key
    for path in given:
        yield site_key.read_public_key(path.read_bytes())


def _heads(given: list[Path], copy: Path | None) -> list[Path]:
    """What was named; of the data base this site's own file too. A copy may be older than that."""
    own = Path(settings.AUDIT_HEADS)
    return [*given, own] if copy is None and own.exists() else given
