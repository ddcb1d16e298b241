"""What somebody handed in before: asked by digest before a file is sent again, by id while its verdict is awaited.

Only one's own uploads are told, whoever asks: that somebody else handed a file in is nobody's business.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from accounts.roles import Someone
from detector import review
from detector.models import State, Upload

AT_ONCE = 100  # digests, and ids, of one question


def of_mine(reader: Someone, *, digests: Collection[str] = (), ids: Collection[UUID] = ()) -> list[Upload]:
    """The reader's own uploads: those with these ids, and of each content the one handed in last. Newest first."""
    own = Upload.objects.owned_by(reader)
    later = own.filter(original=OuterRef("original"), created_at__gt=OuterRef("created_at"))
    of_content = Q(original_id__in=digests) & ~Exists(later)
    return list(own.filter(Q(pk__in=ids) | of_content).with_outcomes())


def plain(upload: Upload, base: str = "") -> dict[str, Any]:
    """What a list of files needs; the whole report stands at `links.api`."""
    latest = upload.latest
    status = latest.state if latest else State.QUEUED.value
    names = {"page": "detector:verdict", "thumbnail": "detector:thumbnail", "api": "api:upload-detail"}
    return {
        "id": str(upload.pk),
        "sha256": upload.original_id,
        "name": upload.name,
        "created_at": upload.created_at.isoformat(),
        "status": status,
        "label": review.shown_label(upload),
        "error": latest.error_detail if latest and status == State.FAILED else None,
        "links": {link: base + reverse(name, args=[upload.pk]) for link, name in names.items()},
    }
