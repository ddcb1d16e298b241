"""What an address names, for pages and API alike: 404 for what is not there and for what is not theirs.

Strangers learn nothing from the difference.
"""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from rest_framework.request import Request

from accounts.roles import can_end_link
from detector.models import Case, Upload


def upload(request: HttpRequest | Request, pk: UUID) -> Upload:
    """An upload that they may see, with all that a report tells."""
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user).with_verdicts(), pk=pk)
    return found


def upload_to_share(request: HttpRequest | Request, pk: UUID) -> Upload:
    """404 for members of a case too: who is shown a verdict has no say in it."""
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
    if not can_end_link(request.user, found):
        raise Http404
    return found


def case(request: HttpRequest | Request, pk: UUID) -> Any:
    """A case that they may see. What comes back knows its counts and one's membership."""
    rows: Any = Case.objects.visible_to(request.user)
    return get_object_or_404(rows.with_counts().with_membership(request.user), pk=pk)
