"""The way in: validate, hash, store, write down, ring the doorbell. And the way out: delete."""

from functools import partial

from django.db import transaction

from accounts import audit, quotas
from accounts.audit import Actor
from accounts.models import User
from detector import analysis, fingerprints, happenings, models_in_use, names, originals, particulars, pictures
from detector.errors import refused
from detector.limits import limits
from detector.models import Analysis, BatchItem, ModelVersion, Upload
from detector.particulars import Particulars
from detector.processor import turn
from ml import serve
from ml.serve import InvalidImage, Picture

THUMBNAIL_EDGE = 320


class _Gone(Exception):
    """Another deletion was first."""


def submit(
    actor: Actor, *, owner: User, name: str, data: bytes, told: Particulars = particulars.NONE, ring: bool = True
) -> Upload:
    """Take one file in and have it analysed: at once by default, by a worker where a broker is configured.

    The file is decoded and stored before the transaction, so that no lock is held meanwhile; a refused file leaves
    nothing behind. Who analyses it by itself need not ring for it.

    Raises:
        Refused: whatever is wrong with the file, its name or what is told of it, with a sentence that says so;
            or a limit was reached.
        PermissionDenied: it may not be put into the case.
        NoModel: no model is in service.
    """
    name, model = names.checked(name), models_in_use.current()
    quotas.look(actor, owner=owner, size=len(data))
    with turn:
        picture = _opened(model, data)
        sha256, thumbnail = originals.digest(data), serve.thumbnail(picture.image, THUMBNAIL_EDGE)
        bits = serve.fingerprint.of(picture.image)
    extension = picture.facts.extension
    upload = Upload(owner=owner, original_id=sha256, name=name, external_id=told.external_id)
    try:
        originals.keep(sha256, extension, data, thumbnail)
        _write_down(actor, upload, picture, model, bits, told, ring)
    except Exception:
        originals.forget(sha256, extension)
        raise
    originals.keep(sha256, extension, data, thumbnail)  # a deletion of the same content may have come between
    return upload


def _opened(model: ModelVersion, data: bytes) -> Picture:
    """Decode it, which is the only proof that it can be decoded; once, since that costs more than the network."""
    try:
        return models_in_use.scorer_of(model).open(data, limits())
    except InvalidImage as error:
        raise refused(error) from error


@transaction.atomic
def _write_down(
    actor: Actor,
    upload: Upload,
    picture: Picture,
    model: ModelVersion,
    bits: bytes | None,
    told: Particulars,
    ring: bool,
) -> None:
    """The shortest transaction that holds: SQLite has one writer at a time."""
    quotas.take(actor, owner=upload.owner, size=picture.facts.bytes)
    upload.original = originals.claim(upload.original_id, picture.facts)
    fingerprints.remember(upload.original, bits)
    same = Upload.objects.filter(owner=upload.owner, original=upload.original)
    upload.duplicate_of = same.order_by("created_at").first()
    upload.save(force_insert=True)
    upload.latest = queued = Analysis.objects.create(upload=upload, model=model)
    private = {"name": upload.name, "sha256": upload.original_id}
    audit.record(actor, "upload.created", target=f"upload:{upload.pk}", model=model.version, private=private)
    particulars.keep(actor, upload, told)
    if ring:
        analysis.ring_later(queued, picture)


def delete(actor: Actor, *, upload: Upload, reason: str = "") -> bool:
    """Remove an upload with its verdicts; its bytes go with the last upload that holds them. False where it had gone.

    `reason` is a word for the history where nobody asked for it: "retention", "erasure".
    """
    try:
        _delete(actor, upload, reason)
    except _Gone:
        return False
    return True


@transaction.atomic
def _delete(actor: Actor, upload: Upload, reason: str) -> None:
    """Held in the order of a hand-in and of an analysis: the owner's room, the original, the upload."""
    sha256, pk, model = upload.original_id, upload.pk, models_in_use.version_of(upload)
    quotas.give_back(owner_id=upload.owner_id, size=upload.original.bytes)
    originals.lock(sha256)  # or a new upload could name this one as its earlier copy while it goes
    if not Upload.objects.filter(pk=pk).exists():  # another deletion was first: the room is not given back twice
        raise _Gone
    happenings.upload_deleting.send(Upload, upload=upload)
    BatchItem.objects.filter(upload=upload).update(name="")
    upload.delete()
    told = {"details": {"reason": reason} if reason else {}, "private": {"sha256": sha256}}
    audit.record(actor, "upload.deleted", target=f"upload:{pk}", model=model, **told)
    originals.release_later(sha256)
    transaction.on_commit(partial(pictures.forget, pk))


def note_view(actor: Actor, *, upload: Upload) -> None:
    """Write down that somebody looked at another person's upload."""
    if actor.user and actor.user.pk != upload.owner_id:
        audit.record(actor, "upload.viewed", target=f"upload:{upload.pk}", model=models_in_use.version_of(upload))
