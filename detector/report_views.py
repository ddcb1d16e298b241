"""Pages that hand reports out and check them: each parses, calls one service, answers."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import throttle
from accounts.requests import actor_of, base_of
from detector import asked_for, dossier, responses, signing
from detector.signing import Checked
from detector.upload_handler import TooLargeFile


class ReportForm(forms.Form):
    report = forms.FileField(error_messages={"required": _("Choose a report."), "empty": _("The file is empty.")})

    def clean_report(self) -> Any:
        file = self.cleaned_data["report"]
        if isinstance(file, TooLargeFile) or file.size > signing.MAX_BYTES:
            raise forms.ValidationError(_too_large())
        return file


@login_required
@require_GET
def report_pdf(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    found = asked_for.upload(request, pk)
    return responses.report(found, "pdf", dossier.pdf(actor_of(request), upload=found, **_asked(request)))


@login_required
@require_GET
def report_json(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    found = asked_for.upload(request, pk)
    return responses.report(found, "json", dossier.document(actor_of(request), upload=found, **_asked(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@throttle.posts("verify", limit=60, seconds=600)
def verify(request: HttpRequest) -> HttpResponseBase:
    """The script of the page checks in the browser; a form that arrives here is checked in memory and not kept."""
    form = ReportForm(request.POST, request.FILES) if request.method == "POST" else ReportForm()
    checked: Checked | None = None
    if form.is_valid():
        checked = signing.check(form.cleaned_data["report"].read())
    key = signing.public_key()
    context = {
        "form": form,
        "checked": checked,
        "file_name": form.cleaned_data["report"].name if checked else "",
        "key_id": signing.key_id(key),
        "public_key": key.public_bytes_raw().hex(),
        "public_pem": signing.pem(key).decode(),
        "max_report_bytes": signing.MAX_BYTES,
        "sentences": signing.SENTENCES | {"too_large": _too_large()},
    }
    return render(request, "detector/verify.html", context, status=400 if form.errors else 200)


@require_safe
def public_key(request: HttpRequest) -> HttpResponse:
    key = signing.public_key()
    name = f'attachment; filename="fakedetect-{signing.key_id(key)}.pem"'
    return HttpResponse(signing.pem(key), content_type="application/x-pem-file", headers={"Content-Disposition": name})


def _too_large() -> str:
    most = signing.MAX_BYTES // 1_000_000
    return gettext("This file is larger than %(most)s MB. No report of FakeDetect is.") % {"most": most}


def _asked(request: HttpRequest) -> dict[str, Any]:
    return {"base": base_of(request), "private": request.GET.get("private") == "1"}
