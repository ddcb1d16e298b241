"""The way in: validate, hash, store, write down, ring the doorbell. And the way out: delete."""

from functools import partial

from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from detector import analysis, fingerprints, models_in_use, names, originals, pictures
from detector.errors import refused
from detector.limits import limits
from detector.models import Analysis, ModelVersion, Upload
from detector.processor import turn
from ml import serve
from ml.serve import InvalidImage, Picture

THUMBNAIL_EDGE = 320


def submit(actor: Actor, *, owner: User, name: str, data: bytes) -> Upload:
    """Take one file in and have it analysed: at once by default, by a worker where a broker is configured.

    The file is decoded and stored before the transaction, so that no lock is held meanwhile; a refused file leaves
    nothing behind.

    Raises:
        Refused: whatever is wrong with the file or its name, with a sentence that says so.
        NoModel: no model is in service.
    """
    name, model = names.checked(name), models_in_use.current()
    with turn:
        picture = _opened(model, data)
        sha256, thumbnail = originals.digest(data), serve.thumbnail(picture.image, THUMBNAIL_EDGE)
        bits = serve.fingerprint.of(picture.image)
    extension = picture.facts.extension
    upload = Upload(owner=owner, original_id=sha256, name=name)
    originals.keep(sha256, extension, data, thumbnail)
    try:
        _write_down(actor, upload, picture, model, bits)
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
def _write_down(actor: Actor, upload: Upload, picture: Picture, model: ModelVersion, bits: bytes | None) -> None:
    """The shortest transaction that holds: SQLite has one writer at a time."""
    upload.original = originals.claim(upload.original_id, picture.facts)
    fingerprints.remember(upload.original, bits)
    same = Upload.objects.filter(owner=upload.owner, original=upload.original)
    upload.duplicate_of = same.order_by("created_at").first()
    upload.save(force_insert=True)
    upload.latest = queued = Analysis.objects.create(upload=upload, model=model)
    audit.record(actor, "upload.created", target=f"upload:{upload.pk}", details={"sha256": upload.original_id})
    analysis.ring_later(queued, picture)


@transaction.atomic
def delete(actor: Actor, *, upload: Upload) -> None:
    """Remove an upload with its verdicts; its bytes go with the last upload that holds them."""
    sha256, pk = upload.original_id, upload.pk
    originals.lock(sha256)  # or a new upload could name this one as its earlier copy while it goes
    upload.delete()
    audit.record(actor, "upload.deleted", target=f"upload:{pk}", details={"sha256": sha256})
    originals.release_later(sha256)
    transaction.on_commit(partial(pictures.forget, pk))


def note_view(actor: Actor, *, upload: Upload) -> None:
    """Write down that somebody looked at another person's upload."""
    if actor.user and actor.user.pk != upload.owner_id:
        audit.record(actor, "upload.viewed", target=f"upload:{upload.pk}")
