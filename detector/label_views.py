"""Tags and the note of an upload, as its owner writes them on its page."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import actor_of, person_of
from accounts.roles import can_label
from detector import asked_for, report, tags, upload_notes
from detector.errors import Refused
from detector.label_forms import LabelsForm
from detector.models import Upload


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def labels(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form has a page of its own for what was refused, so that nothing that was typed is lost."""
    found = asked_for.upload(request, pk)
    if not can_label(request.user, found):
        raise Http404
    told = report.of_upload(found, reader=request.user)
    form = LabelsForm(request.POST) if request.method == "POST" else LabelsForm.of(told)
    if form.is_valid() and _kept(request, form, found):
        messages.success(request, _("Your tags and note were kept."))
        return redirect("detector:verdict", pk)
    context = {"form": form, "report": told, "own_tags": tags.names_of(person_of(request))}
    return render(request, "detector/labels.html", context, status=400 if form.errors else 200)


def _kept(request: HttpRequest, form: LabelsForm, upload: Upload) -> bool:
    """Both, or neither."""
    actor = actor_of(request)
    try:
        with transaction.atomic():
            tags.set_tags(actor, upload=upload, names=form.cleaned_data["tags"])
            upload_notes.write(actor, upload=upload, text=form.cleaned_data["note"])
    except Refused as error:
        form.add_error("note" if error.code == "text_too_long" else "tags", error.detail)
        return False
    return True
