"""Pages that hand all of one's data out, and that erase it."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import confirming
from accounts.errors import Refused
from accounts.models import User
from accounts.requests import actor_of, is_part, person_of
from accounts.roles import can_delete
from detector.models import Upload
from privacy import certificates, erasing, exporting
from privacy.forms import AccountForm, PasswordForm
from privacy.models import Erasure, Kind, Progress

pages = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@never_cache
@pages
def export(request: HttpRequest) -> HttpResponseBase:
    """The page says what is in it; its button has it made and sent, file by file."""
    person = person_of(request)
    if request.method != "POST":
        return render(request, "privacy/export.html", {"uploads": Upload.objects.filter(owner=person).count()})
    exporting.begin(actor_of(request), person=person)
    return archive_of(person)


def archive_of(person: User) -> StreamingHttpResponse:
    """A ZIP that is sent while it is made."""
    response = StreamingHttpResponse(exporting.stream(person), content_type="application/zip")
    name = f"fakedetect-{timezone.localdate():%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@never_cache
@pages
@sensitive_post_parameters()
def erase_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    found: Upload = get_object_or_404(Upload.objects.visible_to(request.user), pk=pk)
    if not can_delete(request.user, found):
        raise Http404
    form = PasswordForm(request.POST or None)
    if form.is_valid() and (erasure := _upload_erased(request, found, form)):
        return redirect("privacy:erasure", erasure.pk)
    context = {"upload": found, "form": form, "others": _others(found)}
    return render(request, "privacy/erase_upload.html", context, status=400 if form.errors else 200)


def _others(upload: Upload) -> bool:
    """Whether somebody else handed in the same file, which then stays."""
    return Upload.objects.filter(original=upload.original_id).exclude(pk=upload.pk).exists()


def _upload_erased(request: HttpRequest, upload: Upload, form: PasswordForm) -> Erasure | None:
    try:
        confirming.confirm(person_of(request), form.cleaned_data["password"])
        return erasing.erase_upload(actor_of(request), upload=upload)
    except Refused as error:
        form.add_error("password" if error.code == "wrong_password" else None, error.detail)
        return None


@login_required
@never_cache
@pages
@sensitive_post_parameters()
def erase_account(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = AccountForm(request.POST or None)
    if form.is_valid() and (erasure := _account_erased(request, person, form)):
        request.session.flush()  # not `logout`, which would write a name into the history that is being emptied
        return redirect("privacy:erasure", erasure.pk)
    context = {"form": form, "uploads": Upload.objects.filter(owner=person).count()}
    return render(request, "privacy/erase_account.html", context, status=400 if form.errors else 200)


def _account_erased(request: HttpRequest, person: User, form: AccountForm) -> Erasure | None:
    try:
        confirming.confirm(person, form.cleaned_data["password"])
        return erasing.erase_account(actor_of(request), person=person)
    except Refused as error:
        form.add_error("password" if error.code == "wrong_password" else None, error.detail)
        return None


@never_cache
@require_safe
def erasure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far it is, for whoever has the address: who asked may be gone, and nothing here names anybody."""
    found = get_object_or_404(Erasure, pk=pk)
    context = {"erasure": found, "under_way": found.state == Progress.RUNNING, "removed": _removed(found)}
    context["steps"] = len(erasing.STEPS[Kind(found.kind)])
    fragment = is_part(request)
    return render(request, "privacy/_erasure.html" if fragment else "privacy/erasure.html", context)


def _removed(found: Erasure) -> list[tuple[str, int]]:
    """Tables in words: "detector.upload" is "uploads"."""
    return sorted((certificates.words_of(name), count) for name, count in found.removed.items() if count)


@never_cache
@require_safe
def certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Erasure, pk=pk, state=Progress.DONE)
    response = HttpResponse(found.certificate, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="fakedetect-erasure-{str(found.pk)[:8]}.json"'
    return response
