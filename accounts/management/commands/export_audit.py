"""`manage.py export_audit FILE`: the history as JSON lines, which `verify_audit --file` proves, or as CSV."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import audit_export
from accounts.audit import SYSTEM
from accounts.audit_search import EventFilter
from accounts.models import AuditEvent
from fakedetect_site.site_key import KeyUnusable


class Command(BaseCommand):
    help = "Write the audit history to a new file; the export itself is an event."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(EventFilter.base_filters)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--csv", action="store_true", help="for a spreadsheet; only JSON lines can be proved")
        parser.add_argument("--without-names", action="store_true", help="leave names, addresses and file names out")
        parser.add_argument("--filter", action="append", default=[], metavar="NAME=VALUE", help=f"one of {names}")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = _chosen(options["filter"])
        form = audit_export.CSV if options["csv"] else audit_export.JSON_LINES
        facts = {"events": chosen.qs, "filters": chosen.chosen(), "names": not options["without_names"]}
        try:
            descriptor = os.open(options["file"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it holds names
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
                stream.writelines(audit_export.export(SYSTEM, form=form, **facts))
        except FileExistsError as error:
            raise CommandError(f"{options['file']} is there already. Choose another name.") from error
        except KeyUnusable as error:
            raise CommandError("The key of this site cannot be used; the log says why.") from error


def _chosen(filters: list[str]) -> EventFilter:
    query = dict(text.partition("=")[::2] for text in filters)
    if unknown := query.keys() - EventFilter.base_filters.keys():
        raise CommandError(f"There is no filter {', '.join(sorted(unknown))}.")
    chosen = EventFilter(query, AuditEvent.objects.all())
    if not chosen.is_valid():
        raise CommandError("; ".join(f"{name}: {' '.join(errors)}" for name, errors in chosen.errors.items()))
    return chosen
