"""Tags of uploads: which a person has, given and taken away. A tag goes when it is taken from its last upload.

Tags are their owner's alone, as is the note (upload_notes.py): nobody else reads them, and what they say stays out of
the audit history, which cannot forget: it knows uploads and tags by number.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from accounts.roles import Someone, can_label, is_account
from detector.errors import Refused
from detector.models import Tag, Tagging, Upload

LONGEST = Tag._meta.get_field("name").max_length or 0
OF_AN_UPLOAD, OF_A_PERSON = 20, 500
AT_ONCE = 200  # uploads of one act, whose event names each


def names_of(person: Someone) -> list[str]:
    """Their tags by name."""
    rows = Tag.objects.filter(owner=person.pk) if is_account(person) else Tag.objects.none()
    return list(rows.values_list("name", flat=True))


@transaction.atomic
def set_tags(actor: Actor, *, upload: Upload, names: Iterable[str]) -> list[str]:
    """Give an upload exactly these tags, and return them by name. The same as before changes nothing.

    Raises:
        Refused: invalid_tags, too_many_tags, not_found.
        PermissionDenied: somebody else owns the upload.
    """
    held = _held(actor, [upload])
    if not held:
        raise Refused("not_found", _("This upload is gone."))
    wanted = _found_or_made(upload.owner, clean(names))
    before = set(Tagging.objects.filter(upload=upload).values_list("tag_id", flat=True))
    added, removed = [one for one in wanted if one.pk not in before], before - {one.pk for one in wanted}
    _check_number(len(wanted))
    Tagging.objects.bulk_create(_tagging(one, held[0]) for one in added)
    Tagging.objects.filter(upload=upload, tag__in=removed).delete()
    _write_words(held)
    _forget_unused(removed)
    if added or removed:
        details = {"added": [one.pk for one in added], "removed": sorted(removed)}
        audit.record(actor, "upload.tagged", target=f"upload:{upload.pk}", details=details)
    return sorted((one.name for one in wanted), key=str.casefold)


@transaction.atomic
def add(actor: Actor, *, uploads: Sequence[Upload], names: Iterable[str]) -> set[UUID]:
    """Give tags to many uploads of one person, who keep those that they have; those that did not have all of them.

    Raises:
        Refused: invalid_tags, too_many_tags, too_many_uploads.
        PermissionDenied: somebody else owns one of the uploads.
    """
    held = _held(actor, uploads)
    wanted = _found_or_made(held[0].owner, clean(names)) if held else []
    has = set(Tagging.objects.filter(upload__in=held, tag__in=wanted).values_list("tag_id", "upload_id"))
    new = [_tagging(tag, one) for one in held for tag in wanted if (tag.pk, one.pk) not in has]
    Tagging.objects.bulk_create(new)
    _write_words(held)
    per_upload = Tagging.objects.filter(upload__in=held).values("upload").annotate(has=Count("pk"))
    _check_number(max((row["has"] for row in per_upload), default=0))
    changed = {one.upload_id for one in new}
    _write_down(actor, "uploads.tagged", changed, wanted)
    return changed


@transaction.atomic
def change(actor: Actor, *, uploads: Sequence[Upload], given: list[str], taken: list[str]) -> set[UUID]:
    """Give these tags and take those away, both or neither: two acts, each with its event where it changed something.

    Returns the ids of what was changed.

    Raises:
        Refused: invalid_tags, too_many_tags, too_many_uploads.
        PermissionDenied: somebody else owns one of the uploads.
    """
    removed = remove(actor, uploads=uploads, names=taken) if taken else set()
    return removed | (add(actor, uploads=uploads, names=given) if given else set())


@transaction.atomic
def remove(actor: Actor, *, uploads: Sequence[Upload], names: Iterable[str]) -> set[UUID]:
    """Take tags away from many uploads; those that had one of them.

    Raises:
        Refused: invalid_tags, too_many_uploads.
        PermissionDenied: somebody else owns one of the uploads.
    """
    held = _held(actor, uploads)
    keys = [key_of(name) for name in clean(names)]
    gone = Tagging.objects.filter(upload__in=held, tag__key__in=keys)
    changed = set(gone.values_list("upload_id", flat=True))
    unwanted = list(Tag.objects.filter(taggings__in=gone).distinct())
    gone.delete()
    _write_words(held)
    _write_down(actor, "uploads.untagged", changed, unwanted)
    _forget_unused({one.pk for one in unwanted})
    return changed


def clean(names: Iterable[str]) -> list[str]:
    """Names as they are kept, each once: NFC, single spaces, no commas and nothing that cannot be seen.

    Raises:
        Refused: invalid_tags.
    """
    found: dict[str, str] = {}
    for name in names:
        kept = " ".join(unicodedata.normalize("NFC", str(name)).split())
        if len(kept) > LONGEST or "," in kept or not kept.isprintable():
            raise Refused(
                "invalid_tags",
                _("A tag has at most %(longest)s characters, without commas and signs unseen.") % {"longest": LONGEST},
            )
        if kept:
            found.setdefault(key_of(kept), kept)
    return list(found.values())


def key_of(name: str) -> str:
    """How names are compared: "Élan " and "élan" are one."""
    composed = unicodedata.normalize("NFC", " ".join(name.split()))
    return unicodedata.normalize("NFC", composed.casefold())


def _held(actor: Actor, uploads: Sequence[Upload]) -> list[Upload]:
    """The uploads that are still there, locked in one order until the act is done; all are of one person, the actor."""
    if len(uploads) > AT_ONCE:
        raise Refused("too_many_uploads", _("Choose at most %(most)s uploads at once.") % {"most": AT_ONCE})
    if actor.user is None or not all(can_label(actor.user, one) for one in uploads):
        raise PermissionDenied("Tags and notes are their owner's.")
    list(User.objects.select_for_update(no_key=True).filter(pk=actor.user.pk).values_list("pk"))
    rows = Upload.objects.select_for_update(no_key=True, of=("self",)).select_related("owner")
    return list(rows.filter(pk__in=[one.pk for one in uploads]).order_by("pk"))


def _found_or_made(owner: User, names: list[str]) -> list[Tag]:
    """Call it while the person is held, so that two acts do not make one tag twice."""
    known = {tag.key: tag for tag in Tag.objects.filter(owner=owner, key__in=map(key_of, names))}
    missing = [Tag(owner=owner, name=name, key=key_of(name)) for name in names if key_of(name) not in known]
    if missing and Tag.objects.filter(owner=owner).count() + len(missing) > OF_A_PERSON:
        raise Refused(
            "too_many_tags",
            _("A person has at most %(most)s tags. Take some away first.") % {"most": OF_A_PERSON},
        )
    known |= {tag.key: tag for tag in Tag.objects.bulk_create(missing)}
    return [known[key_of(name)] for name in names]


def _tagging(tag: Tag, upload: Upload) -> Tagging:
    return Tagging(tag=tag, upload=upload, created_at=upload.created_at)


def _write_words(uploads: Sequence[Upload]) -> None:
    """The names beside each upload, where the search of the history reads them off one index with file and note."""
    names: dict[object, list[str]] = {one.pk: [] for one in uploads}
    rows = Tagging.objects.filter(upload__in=uploads).order_by("tag__key")
    for upload, name in rows.values_list("upload_id", "tag__name"):
        names[upload].append(name)
    changed = [one for one in uploads if one.tag_words != "\n".join(names[one.pk])]
    for one in changed:
        one.tag_words = "\n".join(names[one.pk])
    Upload.objects.bulk_update(changed, ["tag_words"])


def _check_number(count: int) -> None:
    if count > OF_AN_UPLOAD:
        raise Refused("too_many_tags", _("An upload has at most %(most)s tags.") % {"most": OF_AN_UPLOAD})


def _forget_unused(tags: Iterable[int]) -> None:
    Tag.objects.filter(pk__in=list(tags), taggings=None).delete()


def _write_down(actor: Actor, action: str, uploads: Iterable[UUID], tags: Iterable[Tag]) -> None:
    if (named := sorted(map(str, uploads))) and actor.user:
        details = {"uploads": named, "tags": sorted(tag.pk for tag in tags)}
        audit.record(actor, action, target=f"user:{actor.user.pk}", details=details)
