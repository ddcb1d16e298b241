"""Acts on the uploads that were ticked in the history: each page says what will happen, to which, and asks."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.errors import Refused
from accounts.requests import actor_of, person_of
from accounts.roles import can_delete, can_label, owns
from detector import bulk, picked, report, tags
from detector.label_forms import TagManyForm
from detector.models import Upload

View = Callable[[HttpRequest], HttpResponse]
Act = Callable[[HttpRequest, list[Upload]], HttpResponse]
pages = require_http_methods(["GET", "HEAD", "POST"])


def ticked(may: Callable[[Any, Upload], bool]) -> Callable[[Act], View]:
    """A page about the uploads that were ticked: sends back who ticked none, refuses who may not do it to each."""

    def page_of(act: Act) -> View:
        @wraps(act)
        def page(request: HttpRequest) -> HttpResponse:
            uploads = picked.uploads_of(request)
            if not uploads:
                return _none(request)
            if not all(may(request.user, one) for one in uploads):
                raise PermissionDenied(_("This is for the owner of an upload."))
            return act(request, uploads)

        return login_required(pages(page))

    return page_of


@ticked(can_delete)
def delete(request: HttpRequest, uploads: list[Upload]) -> HttpResponse:
    if request.method != "POST":
        return _asked(request, "detector/bulk_delete.html", uploads)
    count = len(bulk.delete(actor_of(request), uploads=uploads))
    told = ngettext("%(count)d upload was deleted.", "%(count)d uploads were deleted.", count)
    return _done(request, told % {"count": count})


@ticked(owns)
def again(request: HttpRequest, uploads: list[Upload]) -> HttpResponse:
    if request.method != "POST":
        return _asked(request, "detector/bulk_again.html", uploads)
    count = len(bulk.analyse_again(actor_of(request), uploads=uploads))
    if not count:
        return _done(request, _("All of these have a verdict of the model in service already."))
    told = ngettext("%(count)d upload waits to be analysed.", "%(count)d uploads wait to be analysed.", count)
    return _done(request, told % {"count": count})


@ticked(can_label)
def tag(request: HttpRequest, uploads: list[Upload]) -> HttpResponse:
    """Give tags and take tags away, of many at once."""
    form = TagManyForm(request.POST or None)
    if form.is_valid() and _tagged(request, form, uploads):
        return _done(request, _("The tags were changed."))
    return _asked(request, "detector/bulk_tags.html", uploads, form=form)


def _tagged(request: HttpRequest, form: TagManyForm, uploads: list[Upload]) -> bool:
    try:
        chosen = form.cleaned_data
        tags.change(actor_of(request), uploads=uploads, given=chosen["add"], taken=chosen["remove"])
    except Refused as error:
        form.add_error("add", error.detail)
        return False
    return True


def _asked(request: HttpRequest, template: str, uploads: list[Upload], form: TagManyForm | None = None) -> HttpResponse:
    context = {
        "reports": [report.of_upload(one, reader=request.user) for one in uploads],
        "count": len(uploads),
        "back": _state(request).urlencode(),
        "back_url": _back(request),
        "form": form,
        "own_tags": tags.names_of(person_of(request)),
    }
    return render(request, template, context, status=400 if form is not None and form.errors else 200)


def _none(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Mark at least one upload first."))
    return redirect(_back(request))


def _done(request: HttpRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """The list that one came from, with its filters."""
    query = _state(request).urlencode()
    return reverse("detector:history") + (f"?{query}" if query else "")


def _state(request: HttpRequest) -> QueryDict:
    values = request.POST if request.method == "POST" else request.GET
    return QueryDict(values.get("back", ""))
