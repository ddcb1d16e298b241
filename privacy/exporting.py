"""All of a person's data as a ZIP: JSON for programs, a page for people, and the files as they were uploaded."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import ngettext

from accounts import audit
from accounts.audit import Actor
from accounts.errors import Refused
from accounts.models import AuditEvent, User
from desk.models import Appeal
from detector import originals, pictures, report
from detector.models import Upload
from privacy import archive, certificates, records
from privacy.archive import Entry

ACTION = "data.exported"


@transaction.atomic
def begin(actor: Actor, *, person: User) -> None:
    """Write an export down; whoever sends one calls this first.

    Raises:
        Refused: too_many_exports.
    """
    User.objects.select_for_update().filter(pk=person.pk).first()  # or two at once would both be the last
    since = timezone.now() - timedelta(days=1)
    done = AuditEvent.objects.filter(action=ACTION, target=f"user:{person.pk}", at__gt=since).count()
    if done >= settings.EXPORTS_PER_DAY:
        sentence = ngettext(
            "%(count)d export in a day is enough. The next can be made tomorrow.",
            "%(count)d exports in a day are enough. The next can be made tomorrow.",
            done,
        )
        raise Refused("too_many_exports", sentence % {"count": done}, 429)
    audit.record(actor, ACTION, target=f"user:{person.pk}")


def stream(person: User) -> Iterator[bytes]:
    """The bytes of the ZIP, as they are made."""
    return archive.stream(_entries(person))


def _entries(person: User) -> Iterator[Entry]:
    contents: list[dict[str, Any]] = []
    yield _json("profile.json", records.plain(person))
    for table, rows in records.of_person(person):
        contents.append({"path": f"records/{table}.json", "count": len(rows), "words": certificates.words_of(table)})
        yield _json(contents[-1]["path"], rows)
    own = set(audit.references_of(person))
    yield _json("history.json", records.history(_events(own), own))
    listed: list[dict[str, Any]] = []
    for upload in Upload.objects.filter(owner=person).with_verdicts().iterator(chunk_size=100):
        yield from _upload(person, upload, own, listed)
    yield _page(person, contents, listed)
    yield _style()


def _upload(person: User, upload: Upload, own: set[str], listed: list[dict[str, Any]]) -> Iterator[Entry]:
    folder = f"uploads/{upload.created_at:%Y-%m-%d}-{str(upload.pk)[:8]}"
    told = report.of_upload(upload, reader=person)
    listed.append({"folder": folder, "name": upload.name, "file": f"file/{upload.name}", "verdict": _verdict(told)})
    listed[-1]["created_at"] = upload.created_at
    yield _json(f"{folder}/report.json", told)
    yield _json(f"{folder}/records.json", records.of_upload(upload))
    events = AuditEvent.objects.filter(target=f"upload:{upload.pk}").order_by("id")
    yield _json(f"{folder}/history.json", records.history(events, own))
    yield from _stored(f"{folder}/file/{upload.name}", originals.path_of(upload.original_id, upload.original.extension))
    if upload.latest:
        for name, row in pictures.named(upload.latest.findings.all()).items():
            yield from _stored(f"{folder}/evidence/{name}.png", row.picture)
    for appeal in Appeal.objects.filter(upload=upload).exclude(attachment=""):
        name = PurePosixPath(appeal.attachment_name).name or "attachment"
        yield from _stored(f"{folder}/appeal-{appeal.pk}/{name}", appeal.attachment)


def _verdict(told: report.Report) -> str:
    decided, machine = told.get("review"), told["verdict"]
    label = machine["label"] if machine else "none"
    return f"{label}; decided by a person: {decided['decision']}" if decided else str(label)


def _stored(path: str, place: str) -> Iterator[Entry]:
    """A file of the storage; one that is gone is left out, and check_integrity names it."""
    if default_storage.exists(place):
        yield Entry(path, archive.pieces(cast(Any, default_storage.open(place))), packed=False)


def _json(path: str, content: Any) -> Entry:
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return Entry(path, [text.encode("utf-8", "replace")])


def _page(person: User, contents: list[dict[str, Any]], listed: list[dict[str, Any]]) -> Entry:
    context = {"person": person, "contents": contents, "uploads": listed, "made_at": timezone.now()}
    return Entry("index.html", [render_to_string("privacy/export_index.html", context).encode()])


def _style() -> Entry:
    return Entry("style.css", [(settings.BASE_DIR / "static" / "css" / "export.css").read_bytes()])


def _events(own: set[str]) -> Any:
    return AuditEvent.objects.filter(Q(actor__in=own) | Q(target__in=own)).order_by("id")
