"""What a person or an upload leaves: gathered before the erasure, for the work itself and for the proof at its end."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Model, QuerySet
from django.db.models.deletion import Collector

from accounts.models import User
from desk.models import Appeal
from detector import originals, pictures
from detector.models import Finding, Original, PictureHash, Upload
from privacy.models import Erasure, Kind

_SLICE, _SLICES, _DIFFERENT = 48, 3, 24  # bytes of a piece, pieces of a file, how many bytes of a piece must differ
_PLACES = 40  # of a file that are tried for such pieces
_BATCH = 200


@dataclass(slots=True)
class Traces:
    """Everything is text, so that it can be sealed; digests, fingerprints and slices are hexadecimal."""

    names: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # their names
    digests: list[str] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)
    slices: dict[str, list[str]] = field(default_factory=dict)  # of the bytes of each digest
    sizes: list[int] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)  # their ids
    paths: list[str] = field(default_factory=list)  # in the storage

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Traces":
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in content.items() if name in known})


def uploads_of(erasure: Erasure) -> "QuerySet[Upload]":
    """The uploads that are to go, as far as they are still there."""
    if erasure.kind == Kind.ACCOUNT:
        return Upload.objects.filter(owner=erasure.person)
    return Upload.objects.filter(pk=erasure.subject.partition(":")[2])


def person_of(erasure: Erasure) -> User | None:
    """Whose account goes; None where it is gone already, or where only an upload goes."""
    return User.objects.filter(pk=erasure.person).first() if erasure.kind == Kind.ACCOUNT else None


def gather(erasure: Erasure) -> tuple[Traces, Counter[str]]:
    """All that can be looked for, and how many rows and files will go. Reads every original once."""
    traces, counts = Traces(), Counter[str]()
    person = person_of(erasure)
    if person:
        traces.names = [name for name in (person.username, person.first_name, person.last_name) if name]
        traces.addresses = [person.email] if person.email else []
        counts += _rows([person])
    uploads = list(uploads_of(erasure).select_related("original"))
    for start in range(0, len(uploads), _BATCH):
        batch = uploads[start : start + _BATCH]
        counts += Counter() if person else _rows(batch)
        for upload in batch:
            _add(traces, upload)
    counts["files"] = sum(default_storage.exists(path) for path in traces.paths)
    return traces, counts


def _rows(objects: list[Any]) -> Counter[str]:
    """How many rows of each table Django deletes with these, whichever app they belong to."""
    collector = Collector(using="default")
    collector.collect(objects)
    found: Counter[str] = Counter()
    for model, rows in collector.data.items():
        found[_label(model)] += len(rows)
    for fast in collector.fast_deletes:
        found[_label(fast.model)] += fast.count() if isinstance(fast, QuerySet) else 1
    return +found


def _label(model: type[Model]) -> str:
    return model._meta.label_lower


def _add(traces: Traces, upload: Upload) -> None:
    original = upload.original
    traces.uploads.append(str(upload.pk))
    traces.files.append(upload.name)
    shown = Finding.objects.filter(analysis__upload=upload).exclude(picture="").values_list("picture", flat=True)
    traces.paths += [*shown, originals.path_of(original.sha256, original.extension)]
    traces.paths.append(originals.thumbnail_path(original.sha256))
    _add_content(traces, original.sha256, traces.paths[-2], original.bytes)
    row = PictureHash.objects.filter(original=original).first()
    if row and row.bits:
        traces.fingerprints.append(bytes(row.bits).hex())
    for appeal in Appeal.objects.filter(upload=upload).exclude(attachment=""):
        traces.paths.append(appeal.attachment)
        traces.files.append(appeal.attachment_name)
        _add_content(traces, appeal.attachment_sha256, appeal.attachment, 0)


def _add_content(traces: Traces, sha256: str, path: str, size: int) -> None:
    if not sha256 or sha256 in traces.slices:
        return
    traces.digests.append(sha256)
    try:
        with default_storage.open(path) as stream:
            data = stream.read()
    except FileNotFoundError:
        data = b""
    traces.slices[sha256] = [piece.hex() for piece in _pieces(data)]
    traces.sizes.append(size or len(data))


def _pieces(data: bytes) -> Iterator[bytes]:
    """A few pieces out of the middle that are not all alike: what many files share, such as tables, proves nothing."""
    step, taken = max(_SLICE, len(data) // _PLACES), 0
    for start in range(len(data) // 3, max(len(data) - _SLICE, 0), step):
        piece = data[start : start + _SLICE]
        if len(set(piece)) >= _DIFFERENT and taken < _SLICES:
            taken += 1
            yield piece


def shared(traces: Traces) -> set[str]:
    """Digests whose bytes stay, because somebody else handed in the same file."""
    return set(_in_chunks(traces.digests, Original.objects.all(), "pk"))


def _in_chunks(values: list[str], rows: "QuerySet[Any]", column: str) -> Iterable[str]:
    for start in range(0, len(values), 500):
        yield from rows.filter(**{f"{column}__in": values[start : start + 500]}).values_list(column, flat=True)


def files_of_others(traces: Traces) -> set[str]:
    """File names that other people's uploads have too."""
    return set(_in_chunks(sorted(set(traces.files)), Upload.objects.all(), "name"))


def fingerprints_of_others(traces: Traces) -> set[str]:
    """Fingerprints that pictures of other people have too, because they show the same."""
    rows = PictureHash.objects.filter(bits__in=[bytes.fromhex(bits) for bits in set(traces.fingerprints)])
    return {bytes(row.bits).hex() for row in rows if row.bits}


def remove_files(traces: Traces) -> None:
    """Whatever of them is still in the storage: a process may have died between the rows and their files."""
    staying = shared(traces)
    for sha256 in set(traces.digests) & staying:
        originals.release(sha256)  # forgets it if no upload holds it any more
    staying = shared(traces)
    for upload in traces.uploads:
        pictures.forget(UUID(upload))
    for path in traces.paths:
        if not any(sha256 in path for sha256 in staying) and default_storage.exists(path):
            default_storage.delete(path)
