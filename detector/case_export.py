"""A case as a ZIP, made while it is sent: files, thumbnails, a signed report of each upload, a table and the notes.

Nothing but the file at hand is in memory. An upload that is deleted while the archive is on its way is left out, and of
one whose file is gone the table at the end says so.
"""

import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, cast

from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import audit
from accounts.audit import Actor
from accounts.roles import Someone, owns
from detector import case_manifest, cases, dossier, originals, signing
from detector.case_manifest import Row
from detector.errors import Refused
from detector.models import Case, CaseUpload, Upload

_CHUNK = 20  # uploads whose rows are in memory at once
_BLOCK = 256 * 1024


class _Sink(io.RawIOBase):
    """Where the archive is written to. What was written is taken away piece by piece; it cannot be sought in."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def stream(actor: Actor, *, case: Case, base: str = "") -> Iterator[bytes]:
    """Write down that the case is exported, then hand the archive out in pieces.

    Raises:
        Refused: no_report_key.
    """
    signing.public_key()  # or the archive would break off at its first report
    items = list(case.items.order_by("added_at", "pk").values_list("pk", flat=True))
    audit.record(actor, "case.exported", target=cases.name_of(case), details={"uploads": len(items)})
    return _pieces(actor, case, items, base)


def _pieces(actor: Actor, case: Case, items: list[int], base: str) -> Iterator[bytes]:
    sink, rows = _Sink(), []
    with zipfile.ZipFile(cast(BinaryIO, sink), "w") as archive:
        _write(archive, "README.txt", case_manifest.README.encode())
        for number, item in enumerate(_in_chunks(items), 1):
            row = case_manifest.row(item, number)
            for _ in _upload(archive, actor, item.upload, row, base):
                yield sink.take()
            rows.append(row)
        _write(archive, "manifest.csv", case_manifest.table(rows))
        _write(archive, "notes.txt", case_manifest.notes(case))
        _write(archive, "case.json", case_manifest.about(case))
    yield sink.take()


def _in_chunks(keys: list[int]) -> Iterator[CaseUpload]:
    """The items with their uploads as a report needs them, in the order of the keys; what is gone is left out."""
    for start in range(0, len(keys), _CHUNK):
        items = {one.pk: one for one in CaseUpload.objects.filter(pk__in=keys[start : start + _CHUNK])}
        rows: Any = Upload.objects.filter(pk__in=[one.upload_id for one in items.values()])
        uploads = {row.pk: row for row in rows.with_verdicts()}
        for item in (items[key] for key in keys[start : start + _CHUNK] if key in items):
            if item.upload_id in uploads:
                item.upload = uploads[item.upload_id]
                yield item


def _upload(archive: zipfile.ZipFile, actor: Actor, upload: Upload, row: Row, base: str) -> Iterator[None]:
    """Put what there is of one upload in; `row`, which names its files, forgets what there is not."""
    try:
        yield from _copied(archive, row["file"], _opened(upload, actor.user))
    except (FileNotFoundError, Refused) as error:
        row |= {"file": "", "remark": error.detail if isinstance(error, Refused) else "The stored file is gone."}
    with suppress(FileNotFoundError):
        thumbnail = default_storage.open(originals.thumbnail_path(upload.original_id))
        yield from _copied(archive, f"thumbnails/{row['stem']}.jpg", cast(BinaryIO, thumbnail))
    try:
        _write(archive, row["report"], dossier.for_archive(actor, upload=upload, base=base))
    except Refused as error:
        row |= {"report": "", "remark": f"{row['remark']} {error.detail}".strip()}
    yield


def _opened(upload: Upload, reader: Someone | None) -> BinaryIO:
    """The file itself for its owner, without the place it names for others.

    Raises:
        FileNotFoundError: it is gone.
        Refused: place_remains.
    """
    if reader and owns(reader, upload):
        return cast(BinaryIO, default_storage.open(originals.path_of(upload.original_id, upload.original.extension)))
    return io.BytesIO(originals.read_without_place(upload.original))


def _copied(archive: zipfile.ZipFile, name: str, source: BinaryIO) -> Iterator[None]:
    """Pictures are compressed already, so they are stored as they are."""
    with source, archive.open(_entry(name, zipfile.ZIP_STORED), "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            target.write(block)
            yield


def _write(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), data)


def _entry(name: str, how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, timezone.localtime().timetuple()[:6])
    entry.compress_type, entry.external_attr = how, 0o600 << 16
    return entry
