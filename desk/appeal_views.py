"""Pages of appeals: dispute, take back, fetch what was attached."""

from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import actor_of, person_of
from accounts.roles import Someone, can_see, owns
from desk import appeals
from desk.models import Appeal
from detector import originals, report
from detector.errors import Refused
from detector.models import Upload


class AppealForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Why is it wrong?"),
        max_length=appeals.MAX_NOTE,
        help_text=gettext_lazy(
            "What you know of the picture: who took it, when, with what, and what was done to it since."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": gettext_lazy("Say in a sentence or two why the verdict is wrong.")},
    )
    file = forms.FileField(
        label=gettext_lazy("Original or RAW file, if you have it"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy(
            "Any kind of file. Only the moderators see it, and it goes when you take the appeal back."
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def dispute(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form; or, where an appeal waits or cannot be, what is the matter."""
    upload = _own(request, pk)
    form = AppealForm(request.POST, request.FILES) if request.method == "POST" else AppealForm()
    if form.is_valid() and _made(request, upload, form):
        messages.success(request, _("Your appeal was taken in. A moderator will look, and you will be told."))
        return redirect("detector:verdict", pk)
    context = {
        "form": form,
        "report": report.of_upload(upload, reader=request.user),
        "refusal": None if form.is_bound else appeals.why_not(person_of(request), upload),
        "earlier": appeals.of(upload),
        "pending": appeals.pending(upload),
    }
    return render(request, "desk/appeal.html", context, status=400 if form.errors else 200)


dispute.largest_file = "MAX_ATTACHMENT_BYTES"  # type: ignore[attr-defined]  # read by detector/upload_handler.py


def _made(request: HttpRequest, upload: Upload, form: AppealForm) -> bool:
    note, file = form.cleaned_data["note"], form.cleaned_data["file"]
    try:
        appeals.make(actor_of(request), upload=upload, note=note, file=file)
    except Refused as error:
        field = {"attachment_too_large": "file", "empty_file": "file", "invalid_name": "file"}.get(error.code)
        form.add_error(field, error.detail)
        return False
    return True


@login_required
@require_POST
def take_back(request: HttpRequest, pk: UUID, appeal_pk: int) -> HttpResponse:
    appeal = get_object_or_404(appeals.of(_own(request, pk)), pk=appeal_pk)
    appeals.take_back(actor_of(request), appeal=appeal)
    messages.success(request, _("Your appeal was taken back."))
    return redirect("detector:verdict", pk)


@login_required
@require_safe
def attachment(request: HttpRequest, pk: UUID, appeal_pk: int) -> HttpResponseBase:
    """What was handed in, for its owner and the moderators: to be saved, never to be opened in place."""
    upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
    if not can_see(request.user, upload):  # members of a case see the picture, not the proofs
        raise Http404
    appeal = get_object_or_404(appeals.of(upload).exclude(attachment=""), pk=appeal_pk)
    appeals.note_read(actor_of(request), appeal=appeal)
    return sent(appeal, request.user)


def sent(appeal: Appeal, reader: Someone) -> FileResponse:
    """The bytes, under a type that no program opens by itself; to others than the owner without coordinates."""
    try:
        stream = default_storage.open(appeal.attachment)
    except FileNotFoundError as error:
        raise Http404("The stored file is gone.") from error
    given: Any = stream
    if not owns(reader, appeal.upload):
        with stream:
            given = BytesIO(originals.blanked(stream.read()))  # whole in memory: its coordinates may lie anywhere
    response = FileResponse(given, content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(appeal.attachment_name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _own(request: HttpRequest, pk: UUID) -> Upload:
    """404 for others, moderators too: only an owner disputes."""
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user).with_verdicts(), pk=pk)
    if not owns(request.user, found):
        raise Http404
    return found
