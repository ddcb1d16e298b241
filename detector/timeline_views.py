"""The page of all that happened to one upload."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import actor_of
from accounts.roles import is_moderator
from detector import asked_for, intake, timeline


@login_required
@require_safe
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = asked_for.upload(request, pk)
    intake.note_view(actor_of(request), upload=found)
    context = {
        "upload": found,
        "timeline": timeline.of_upload(found, reader=request.user),
        "inner": is_moderator(request.user),
        "time_zone": timezone.get_current_timezone_name(),
    }
    return render(request, "detector/timeline.html", context)
