"""manage.py update_trust_list FILE|URL [--time-stamps] [--dry-run], or --pinned"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import audit
from ml import trust_update
from ml.trust_list import PINNED, SIGNERS, TIME_STAMPS, trust_list


class Command(BaseCommand):
    help = "Replace the list of those whose Content Credentials are trusted; shows what comes and what goes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", nargs="?", metavar="FILE|URL", help="certificates as PEM; a URL must be https")
        parser.add_argument("--pinned", action="store_true", help="go back to the list of this release")
        parser.add_argument("--time-stamps", action="store_true", help="the list of time stamp authorities instead")
        parser.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["source"]) == options["pinned"]:
            raise CommandError("Give a FILE or URL, or --pinned.")
        name = TIME_STAMPS if options["time_stamps"] else SIGNERS
        try:
            self._replace(name, options["source"], dry=options["dry_run"])
        except (trust_update.TrustListRefused, OSError) as error:
            raise CommandError(str(error)) from error

    def _replace(self, name: str, source: str | None, *, dry: bool) -> None:
        text = trust_update.fetched(source) if source else (PINNED / name).read_text("utf-8")
        count = len(trust_update.authorities(text))
        changes = trust_update.changes(trust_list(name), text)
        for line in changes:
            self.stdout.write(line)
        if not dry:
            _write(name, text if source else None, trust_update.digest(text))
        done = "would be trusted" if dry else "are trusted"
        self.stdout.write(f"{count} authorities {done} ({name}), {len(changes)} changes.")


def _write(name: str, text: str | None, digest: str) -> None:
    """Without a text the pinned list counts again. Recorded and written, or neither."""
    path = Path(settings.TRUST_LIST_DIR) / name
    with transaction.atomic():
        audit.record(audit.SYSTEM, "trust_list.updated", target=f"trust_list:{name}", details={"sha256": digest})
        if text is None:
            path.unlink(missing_ok=True)
        else:
            trust_update.install(text, path)
