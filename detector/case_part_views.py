"""Acts on what lies in a case and on who works on it: each parses, calls one service, goes back to the case."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import actor_of
from accounts.roles import can_put_into_case
from detector import asked_for, case_items, case_members, case_notes, case_reading, cases, picked, report
from detector.case_forms import NEW, GatherForm, MemberForm, NoteForm, RoleForm
from detector.case_views import shown
from detector.errors import Refused
from detector.models import Case, Upload

pages = require_http_methods(["GET", "HEAD", "POST"])
_LISTED = 100  # cases to choose from, the newest


@login_required
@pages
def gather(request: HttpRequest) -> HttpResponse:
    """`?pick=…&pick=…`, as the boxes of the history send it: into which case shall these go?"""
    uploads = picked.uploads_of(request)
    if not uploads:
        messages.info(request, _("Mark at least one upload first."))
        return redirect("detector:history")
    if not all(can_put_into_case(request.user, "owner", one) for one in uploads):
        raise PermissionDenied("A picture is shared by its owner.")
    form = GatherForm(Case.objects.edited_by(request.user)[:_LISTED], request.POST or None)
    if form.is_valid() and (case := _gathered(request, form, uploads)):
        return redirect("detector:case", case.pk)
    context = {"form": form, "reports": [report.of_upload(one, reader=request.user) for one in uploads]}
    return render(request, "detector/case_gather.html", context, status=400 if form.errors else 200)


def _gathered(request: HttpRequest, form: GatherForm, uploads: list[Upload]) -> Case | None:
    actor, chosen = actor_of(request), form.cleaned_data["case"]
    try:
        case = (
            cases.make(actor, title=form.cleaned_data["title"])
            if chosen == NEW
            else asked_for.case(request, UUID(chosen))
        )
        new = case_items.add(actor, case=case, uploads=uploads)
    except Refused as error:
        form.add_error(None, error.detail)
        return None
    messages.success(request, _put_in(len(new)) if new else _("They lay in this case already."))
    return case


@login_required
@pages
def take_out(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`?pick=…`: asks first. Of a case that one cannot see (any more), one's own uploads."""
    uploads = picked.uploads_of(request)
    case = case_reading.reachable(pk, uploads, request.user)
    if case is None:
        raise Http404
    if not uploads:
        messages.info(request, _("Mark at least one upload first."))
        return redirect("detector:case", pk)
    seen = Case.objects.visible_to(request.user).filter(pk=pk).exists()
    if request.method != "POST":
        reports = [report.of_upload(one, reader=request.user) for one in uploads]
        return render(request, "detector/case_take_out.html", {"case": case, "seen": seen, "reports": reports})
    count = case_items.remove(actor_of(request), case=case, uploads=uploads)
    messages.success(request, _taken_out(count))
    return redirect("detector:case", pk) if seen else redirect("detector:verdict", uploads[0].pk)


@login_required
@require_POST
def add_member(request: HttpRequest, pk: UUID) -> HttpResponse:
    case, form = asked_for.case(request, pk), MemberForm(request.POST)
    if form.is_valid():
        try:
            member = case_members.add(actor_of(request), case=case, **form.cleaned_data)
            messages.success(request, _("%(user)s was added and is told so.") % {"user": member.user})
            return redirect("detector:case", pk)
        except Refused as error:
            form.add_error("username", error.detail)
    return shown(request, case, member_form=form)


@login_required
@require_POST
def change_member(request: HttpRequest, pk: UUID, person: int) -> HttpResponse:
    """Another role; or, with `remove`, out of the case."""
    case = asked_for.case(request, pk)
    user = get_object_or_404(case.members.select_related("user"), user=person).user
    actor, form = actor_of(request), RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            case_members.remove(actor, case=case, person=user)
            messages.success(request, _("%(user)s is no member any more.") % {"user": user})
        elif form.is_valid():
            member = case_members.change_role(actor, case=case, person=user, role=form.cleaned_data["role"])
            messages.success(
                request,
                _("%(user)s is in the case as “%(role)s” now.") % {"user": user, "role": member.get_role_display()},
            )
    except Refused as error:
        messages.error(request, error.detail)
    return redirect("detector:case", pk)


@login_required
@require_POST
def write_note(request: HttpRequest, pk: UUID) -> HttpResponse:
    case = asked_for.case(request, pk)
    about = Upload.objects.in_case(case.pk).filter(pk=picked.uuid_of(request.POST.get("about"))).first()
    form = NoteForm([(str(about.pk), about.name)] if about else [], request.POST)
    if form.is_valid():
        try:
            case_notes.write(actor_of(request), case=case, text=form.cleaned_data["text"], upload=about)
            return redirect("detector:case", pk)
        except Refused as error:
            form.add_error(None, error.detail)
    return shown(request, case, note_form=form)


@login_required
@require_POST
def delete_note(request: HttpRequest, pk: UUID, note: int) -> HttpResponse:
    found = get_object_or_404(asked_for.case(request, pk).notes.select_related("case"), pk=note)
    try:
        case_notes.delete(actor_of(request), note=found)
    except Refused as error:
        messages.error(request, error.detail)
    return redirect("detector:case", pk)


def _put_in(count: int) -> str:
    sentence = ngettext("%(count)d upload was put into the case.", "%(count)d uploads were put into the case.", count)
    return sentence % {"count": count}


def _taken_out(count: int) -> str:
    sentence = ngettext(
        "%(count)d upload was taken out of the case.", "%(count)d uploads were taken out of the case.", count
    )
    return sentence % {"count": count}
