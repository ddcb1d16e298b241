"""The uploads whose boxes were ticked, as pages send them: `?pick=…&pick=…`."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.errors import Refused
from detector.models import Upload

AT_ONCE = 200  # of one act


def uploads_of(request: HttpRequest) -> list[Upload]:
    """Those that were marked, which one must be able to see; 404 for any other, as everywhere."""
    values = request.POST if request.method == "POST" else request.GET
    wanted = {uuid_of(value) for value in values.getlist("pick")}
    if len(wanted) > AT_ONCE:
        raise Refused("too_many_uploads", _("Choose at most %(most)s uploads at once.") % {"most": AT_ONCE})
    rows: Any = Upload.objects.visible_to(request.user).filter(pk__in=wanted - {None})
    found = list(rows.with_verdicts())
    if len(found) != len(wanted):
        raise Http404
    return found


def uuid_of(value: str | None) -> UUID | None:
    try:
        return UUID(value or "")
    except ValueError:
        return None
