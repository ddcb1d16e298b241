"""The way in: validate, hash, store, write down, ring the doorbell. And the way out: delete."""

from django.db import transaction

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from detector import analysis, models_in_use, names, originals
from detector.errors import refused
from detector.limits import limits
from detector.models import Analysis, Upload
from ml import serve
from ml.serve import ImageFacts, InvalidImage

THUMBNAIL_EDGE = 320


def submit(actor: Actor, *, owner: User, name: str, data: bytes) -> Upload:
    """Take one file in and have it analysed: at once by default, by a worker where a broker is configured.

    The file is decoded and stored before the transaction, so that no lock is held meanwhile; a refused file leaves
    nothing behind.

    Raises:
        Refused: whatever is wrong with the file or its name, with a sentence that says so.
        NoModel: no model is in service.
    """
    name = names.checked(name)
    facts, thumbnail = _validated(data)
    sha256 = originals.digest(data)
    _store(sha256, facts, data, thumbnail)
    upload = _write_down(actor, owner, name, sha256, facts)
    _store(sha256, facts, data, thumbnail)  # a deletion of the same content may have come between
    return upload


def _validated(data: bytes) -> tuple[ImageFacts, bytes]:
    """Decode it once, which is the only proof that it can be decoded, and keep the thumbnail."""
    try:
        facts = serve.inspect(data, limits())
        image = serve.decode(data, limits(), at_least=THUMBNAIL_EDGE)
    except InvalidImage as error:
        raise refused(error) from error
    return facts, serve.thumbnail(image, THUMBNAIL_EDGE)


def _store(sha256: str, facts: ImageFacts, data: bytes, thumbnail: bytes) -> None:
    originals.store(originals.path_of(sha256, facts.extension), data)
    originals.store(originals.thumbnail_path(sha256), thumbnail)


@transaction.atomic
def _write_down(actor: Actor, owner: User, name: str, sha256: str, facts: ImageFacts) -> Upload:
    original = originals.claim(sha256, facts)
    earlier = Upload.objects.filter(owner=owner, original=original).order_by("created_at").first()
    upload = Upload.objects.create(owner=owner, original=original, name=name, duplicate_of=earlier)
    queued = Analysis.objects.create(upload=upload, model=models_in_use.current())
    audit.record(actor, "upload.created", target=f"upload:{upload.pk}", details={"sha256": sha256})
    analysis.ring_later(queued)
    return upload


@transaction.atomic
def delete(actor: Actor, *, upload: Upload) -> None:
    """Remove an upload with its verdicts; its bytes go with the last upload that holds them."""
    sha256, pk = upload.original_id, upload.pk
    upload.delete()
    audit.record(actor, "upload.deleted", target=f"upload:{pk}", details={"sha256": sha256})
    originals.release_later(sha256)


def note_view(actor: Actor, *, upload: Upload) -> None:
    """Write down that somebody looked at another person's upload."""
    if actor.user and actor.user.pk != upload.owner_id:
        audit.record(actor, "upload.viewed", target=f"upload:{upload.pk}")
