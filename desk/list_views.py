"""The queue as a list and as a gallery, where many images are decided or assigned at once."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import User
from accounts.requests import actor_of, is_part, person_of
from accounts.roles import moderators
from desk import deciding, filters, tags
from desk.access import for_moderators
from desk.forms import AssignForm, ChosenForm, DecisionForm
from desk.models import QueueItem
from desk.views import KEYS
from detector.errors import Refused
from detector.models import Review

_ROWS, _TILES = 30, 48
_UNDOABLE = "desk_bulk"  # in the session: the decisions of the last press, to be taken back together


@for_moderators
@require_safe
@vary_on_headers("HX-Request")
def queue_list(request: HttpRequest) -> HttpResponse:
    chosen = filters.chosen(request.GET)
    context = _listed(request, chosen, chosen.qs.for_pages().order_by("created_at", "pk"), _ROWS)
    return render(request, "desk/_queue.html" if is_part(request) else "desk/queue.html", context)


@for_moderators
@require_safe
@vary_on_headers("HX-Request")
def gallery(request: HttpRequest) -> HttpResponse:
    """What this person may decide now, as pictures."""
    person, chosen = person_of(request), filters.chosen(request.GET)
    rows = chosen.qs.free_for(person).for_pages()
    taken_back = deciding.undoable_of(person, request.session.get(_UNDOABLE, []))
    context = _listed(request, chosen, rows, _TILES) | {"keys": KEYS.items(), "people": moderators()}
    context |= {"taken_back": taken_back}
    return render(request, "desk/_gallery.html" if is_part(request) else "desk/bulk.html", context)


@for_moderators
@require_POST
def decide_many(request: HttpRequest) -> HttpResponse:
    told = deciding.decide_many(actor_of(request), items=_chosen(request), **DecisionForm(request.POST).values)
    request.session[_UNDOABLE] = [made.pk for made in told.made]
    _tell(request, told, _decided(told.done))
    return _back(request)


@for_moderators
@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    form = AssignForm(request.POST)
    if not form.is_valid():
        raise Refused("invalid_assignee", _("Only moderators can review. Choose one of them."))
    items, person = _chosen(request), form.cleaned_data["person"]
    told = deciding.assign_many(actor_of(request), items=items, person=person)
    _tell(request, told, _assigned(told.done, person))
    return _back(request)


@for_moderators
@require_POST
def undo_many(request: HttpRequest) -> HttpResponse:
    """Take the decisions of the last press back together."""
    own: Iterable[Review] = deciding.undoable_of(person_of(request), request.session.pop(_UNDOABLE, []))
    count = deciding.undo_many(actor_of(request), reviews=own)
    sentence = ngettext("%(count)d image is undecided again.", "%(count)d images are undecided again.", count)
    messages.success(request, sentence % {"count": count})
    return _back(request)


def _chosen(request: HttpRequest) -> list[QueueItem]:
    form = ChosenForm(request.POST)
    if not form.is_valid():
        raise Refused("invalid", _("Mark at least one image that still waits, then choose what to do."))
    return list(form.cleaned_data["item"])


def _tell(request: HttpRequest, told: deciding.Bulk, what: str) -> None:
    if told.done:
        messages.success(request, what)
    for item, why in told.refused[:5]:
        messages.warning(request, f"{item.upload.name}: {why}")
    if len(told.refused) > 5:
        more = len(told.refused) - 5
        sentence = ngettext("%(count)d more was left as it is.", "%(count)d more were left as they are.", more)
        messages.warning(request, sentence % {"count": more})


def _decided(count: int) -> str:
    return ngettext("%(count)d image is decided.", "%(count)d images are decided.", count) % {"count": count}


def _assigned(count: int, person: User | None) -> str:
    if person is None:
        sentence = ngettext("%(count)d image is open to anybody.", "%(count)d images are open to anybody.", count)
        return sentence % {"count": count}
    sentence = ngettext("%(count)d image is kept for %(name)s.", "%(count)d images are kept for %(name)s.", count)
    return sentence % {"count": count, "name": person.get_username()}


def _back(request: HttpRequest) -> HttpResponse:
    kept = filters.kept(request.GET)
    return redirect(reverse("desk:bulk") + (f"?{kept}" if kept else ""))


def _listed(request: HttpRequest, chosen: filters.QueueFilter, rows: Any, size: int) -> dict[str, Any]:
    page: Page[QueueItem] = Paginator(rows, size).get_page(request.GET.get("page"))
    kept = filters.kept(request.GET)
    return {
        "filter": chosen,
        "page": page,
        "query": f"?{kept}" if kept else "",
        "more_query": f"?{kept}&" if kept else "?",
        "is_filtered": bool(kept),
        "known_tags": tags.suggested,  # called where it is shown
        "person": person_of(request),
    }
