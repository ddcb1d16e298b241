"""Pages of cases: the list, one case, and what its owners change of it. Acts on its parts: case_part_views.py."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import actor_of, person_of
from accounts.roles import can_edit_case, can_manage_case, can_take_from_case, is_moderator
from detector import asked_for, case_members, case_notes, case_reading, cases, paging, report
from detector.case_forms import CaseForm, MemberForm, NoteForm, RoleForm
from detector.errors import Refused
from detector.models import Case, Label, Upload

pages = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    everyone = request.GET.get("all") == "1" and is_moderator(request.user)
    closed = request.GET.get("closed") == "1"
    rows: Any = Case.objects.all() if everyone else Case.objects.of(request.user)
    rows = rows.filter(closed_at__isnull=not closed)
    page = paging.page(rows.with_counts().with_membership(request.user), request.GET.get("cursor", ""))
    lids = case_reading.covers(page.items)
    context = {
        "cases": [{"case": case, "covers": lids.get(case.pk, [])} for case in page.items],
        "for_everyone": everyone,
        "closed": closed,
        "next_url": _neighbour(request, request.path, page.next),
        "previous_url": _neighbour(request, request.path, page.previous),
    }
    return render(request, "detector/cases.html", context)


@login_required
@pages
def new(request: HttpRequest) -> HttpResponse:
    form = CaseForm(request.POST or None)
    if form.is_valid():
        try:
            return redirect("detector:case", cases.make(actor_of(request), **form.cleaned_data).pk)
        except Refused as error:
            form.add_error(None, error.detail)
    return render(request, "detector/case_form.html", {"form": form}, status=400 if form.errors else 200)


@login_required
@require_safe
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = asked_for.case(request, pk)
    cases.note_view(actor_of(request), case=found)
    return shown(request, found)


def shown(request: HttpRequest, case: Case, **forms_with_errors: forms.Form) -> HttpResponse:
    """The page of a case; with a form that was refused, 400 and the form as it was filled in."""
    verdict = request.GET.get("verdict", "")
    part = paging.page(case_reading.uploads_of(case, verdict).with_verdicts(), request.GET.get("cursor", ""))
    counts, notes = case_reading.outcomes(case), case_reading.notes_of(case, at_most=_notes_wanted(request))
    names = [(str(row.pk), row.name) for row in part.items]
    context = {
        "case": case,
        "may": _rights(request, case),
        "rows": [_row(request, case, upload) for upload in part.items],
        "outcomes": [(label, counts[label]) for label in Label.values if counts[label]],
        "total": sum(counts.values()),
        "verdict": verdict if verdict in Label.values else "",
        "members": [(one, RoleForm.of(one)) for one in case_reading.members_of(case)],
        "notes": notes,
        "more_notes": len(notes) == case_reading.NOTES and case.notes.count() > len(notes),
        "member_form": MemberForm(),
        "note_form": NoteForm(names),
        "next_url": _neighbour(request, reverse("detector:case", args=[case.pk]), part.next),
        "previous_url": _neighbour(request, reverse("detector:case", args=[case.pk]), part.previous),
    }
    status = 400 if forms_with_errors else 200
    return render(request, "detector/case.html", context | forms_with_errors, status=status)


@login_required
@pages
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = managed(request, pk)
    shown_first = {name: getattr(found, name) for name in CaseForm.base_fields}
    form = CaseForm(request.POST or None, initial=shown_first)
    if form.is_valid():
        try:
            cases.change(actor_of(request), case=found, **form.cleaned_data)
            messages.success(request, _("The case was changed."))
            return redirect("detector:case", pk)
        except Refused as error:
            form.add_error(None, error.detail)
    context = {"form": form, "case": found}
    return render(request, "detector/case_form.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def close(request: HttpRequest, pk: UUID) -> HttpResponse:
    cases.close(actor_of(request), case=asked_for.case(request, pk))
    messages.success(request, _("The case is closed: everybody sees it as before, and nothing in it changes."))
    return redirect("detector:case", pk)


@login_required
@require_POST
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    cases.reopen(actor_of(request), case=asked_for.case(request, pk))
    messages.success(request, _("The case is open again."))
    return redirect("detector:case", pk)


@login_required
@pages
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = managed(request, pk)
    if request.method != "POST":
        return render(request, "detector/case_delete.html", {"case": found})
    cases.delete(actor_of(request), case=found)
    messages.success(
        request,
        _("The case “%(title)s” was deleted. Its uploads are still with their owners.") % {"title": found.title},
    )
    return redirect("detector:cases")


@login_required
@pages
def leave(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = asked_for.case(request, pk)
    if not found.membership:
        raise Http404
    if request.method != "POST":
        own = Upload.objects.owned_by(request.user).in_case(found.pk).count()
        return render(request, "detector/case_leave.html", {"case": found, "own": own})
    try:
        case_members.leave(actor_of(request), case=found)
    except Refused as error:
        messages.error(request, error.detail)
        return redirect("detector:case", pk)
    messages.success(request, _("You have left the case “%(title)s”.") % {"title": found.title})
    return redirect("detector:cases")


def managed(request: HttpRequest, pk: UUID) -> Any:
    """One that they may see, and 404 for who cannot manage it: there is no such page for them."""
    found = asked_for.case(request, pk)
    if not can_manage_case(request.user, found.membership):
        raise Http404
    return found


def _rights(request: HttpRequest, case: Any) -> dict[str, bool]:
    return {
        "edit": can_edit_case(request.user, case.membership) and not case.closed_at,
        "manage": can_manage_case(request.user, case.membership),
        "leave": case.membership is not None,
    }


def _row(request: HttpRequest, case: Any, upload: Upload) -> dict[str, Any]:
    mine = upload.owner_id == person_of(request).pk
    can_take = can_take_from_case(request.user, case.membership, upload) and (mine or not case.closed_at)
    return {"report": report.of_upload(upload, reader=request.user), "can_take": can_take}


def _notes_wanted(request: HttpRequest) -> int:
    return case_notes.MOST if request.GET.get("notes") == "all" else case_reading.NOTES


def _neighbour(request: HttpRequest, path: str, cursor: str | None) -> str | None:
    kept = {key: value for key, value in request.GET.items() if key != "cursor" and value}
    return f"{path}?{urlencode(kept | {'cursor': cursor})}" if cursor else None
