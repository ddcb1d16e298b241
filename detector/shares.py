"""Share links: made by the owner of an upload, opened by whoever holds one, ended at once or by their day.

The secret has 256 random bits, so that plain SHA-256 is enough: there is nothing to guess, and opening is one look
into an index. It is told once, to whoever makes the link.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.audit import Actor
from accounts.roles import can_end_link, can_make_link
from detector.errors import Refused
from detector.models import ShareLink, Upload

MOST = 20  # of one upload that can be opened at a time


@transaction.atomic
def make(actor: Actor, *, upload: Upload, days: int, shows_image: bool = False) -> tuple[ShareLink, str]:
    """A link and its secret, which is never told again.

    Raises:
        PermissionDenied: the upload is somebody else's.
        Refused: links_off, invalid_days, too_many_links.
    """
    if not actor.user or not can_make_link(actor.user, upload):
        raise PermissionDenied("A verdict is its owner's to share.")
    _check(upload, days)
    secret, now = secrets.token_urlsafe(32), timezone.now()
    values = {"expires_at": now + timedelta(days=days), "shows_image": shows_image, "created_at": now}
    link = ShareLink.objects.create(upload=upload, digest=_digest(secret), **values)
    audit.record(actor, "share.made", target=f"upload:{upload.pk}", details={"days": days, "image": shows_image})
    return link, secret


@transaction.atomic
def revoke(actor: Actor, *, link: ShareLink) -> None:
    """End it at once and for good; a second call changes nothing.

    Raises:
        PermissionDenied: neither the owner nor a moderator asks.
    """
    if not actor.user or not can_end_link(actor.user, link.upload):
        raise PermissionDenied("A link is ended by the owner of what it shows.")
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(actor, "share.revoked", target=f"upload:{link.upload_id}")
    link.refresh_from_db()


def find(secret: str) -> ShareLink:
    """The link of this secret, as long as it holds, with its upload.

    Raises:
        Refused: link_unknown, link_ended.
    """
    rows = ShareLink.objects.select_related("upload__owner", "upload__original")
    link = rows.filter(digest=_digest(secret)).first()
    if link is None:
        sentence = _("This link leads nowhere. It may be incomplete, or what it showed was deleted.")
        raise Refused("link_unknown", sentence)
    if link.state != "active" or not link.upload.owner.is_active or not settings.SHARE_DAYS:
        raise Refused("link_ended", _("This link has ended. Ask whoever gave it to you for a new one."))
    return link


@transaction.atomic
def note_opening(*, link: ShareLink) -> None:
    """Count that somebody opened it. Who that was is nobody's business: neither name nor address is kept."""
    ShareLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1, last_opened_at=timezone.now())
    audit.record(Actor(name="link"), "share.opened", target=f"upload:{link.upload_id}")


def _check(upload: Upload, days: int) -> None:
    longest = settings.SHARE_DAYS
    if not longest:
        raise Refused("links_off", _("This site makes no links to share."))
    if not 1 <= days <= longest:
        sentence = ngettext("A link lasts one day at most.", "A link lasts from one day to %(count)d days.", longest)
        raise Refused("invalid_days", sentence % {"count": longest})
    Upload.objects.select_for_update().get(pk=upload.pk)  # or two at once would both be the last
    live = ShareLink.objects.filter(upload=upload, revoked_at=None, expires_at__gt=timezone.now()).count()
    if live >= MOST:
        sentence = _("There are %(count)d links to this verdict. End one first.") % {"count": live}
        raise Refused("too_many_links", sentence)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
