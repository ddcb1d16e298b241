"""The history: a list of uploads as a table or a gallery, its filters, and the list as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import actor_of, base_of, is_part
from accounts.roles import is_moderator
from detector import limits, list_state, listing, moments, paging, picked, report, responses, saved, tags
from detector.filters import NEWEST, UploadFilter
from detector.models import Upload

GALLERY = "gallery"
_ELSEWHERE = ("q", "like")  # which have a place of their own
_DAYS = ("after", "before")
_FIRST = ("verdict", "tag", "case", "after", "before", "sort")  # filters that are always in sight; the others fold away


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that is in use: its name, what it is set to in words, and the address of the list without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days that ends now: its name, the address of the list of it, and whether that is shown."""

    words: str
    address: str
    shown: bool


@login_required
@require_safe
@vary_on_headers("HX-Request")  # or the browser's Back shows the fragment as a whole page
def history(request: HttpRequest) -> HttpResponse:
    rows, for_everyone = _rows(request, request.GET)
    chosen = UploadFilter(request.GET, rows, request=request)
    page = paging.page(chosen.qs.with_verdicts(), request.GET.get("cursor", ""), order=chosen.order)
    active = list(_active(request, chosen))
    reports = [report.of_upload(row, reader=request.user) for row in page.items]
    stated = list_state.cleaned(request.GET.urlencode()) if chosen.is_valid() else ""
    views = saved.of(request.user)
    context = {
        "reports": reports,
        "with_owner": for_everyone or any(one["owner"] for one in reports),
        "accept": limits.ACCEPT,
        "filter": chosen,
        "fields": [field for field in chosen.form if field.name in _FIRST],
        "more_fields": [field for field in chosen.form if field.name not in (*_FIRST, *_ELSEWHERE)],
        "more_open": any(request.GET.get(name) for name in chosen.filters if name not in (*_FIRST, *_ELSEWHERE)),
        "active": active,
        "cleared": _address(request, **dict.fromkeys([*chosen.filters, "cursor"])),
        "for_everyone": for_everyone,
        "gallery": request.GET.get("view") == GALLERY,
        "as_table": _address(request, view=None),
        "as_gallery": _address(request, view=GALLERY),
        "state": _kept(request, cursor=None),
        "periods": list(_periods(request)),
        "saved_views": views,
        "stated": stated,
        "can_save": stated and stated not in {view.query for view in views},
        "own_tags": tags.names_of(request.user),
        "next_url": _neighbour(request, page.next),
        "previous_url": _neighbour(request, page.previous),
        "total_shown": len(page.items),
    }
    partial = is_part(request)
    response = render(request, "detector/_history.html" if partial else "detector/history.html", context)
    if partial:
        response["HX-Push-Url"] = _address(request)  # without the fields that were sent empty
    return response


@login_required
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """What is ticked; where nothing is, all that the filters of `back` find."""
    if form not in listing.MIMES:
        raise Http404
    state = QueryDict(request.GET.get("back", ""))
    rows, _for_everyone = _rows(request, state)
    chosen = UploadFilter(state, rows, request=request)
    found, filters = chosen.qs, sorted(name for name in chosen.filters if state.get(name))
    if marked := picked.uploads_of(request):
        found, filters = Upload.objects.filter(pk__in=[one.pk for one in marked]), ["pick"]
    pieces = listing.export(
        actor_of(request),
        rows=found,
        form=form,
        base=base_of(request),
        filters=filters,
        oldest_first=chosen.order.oldest_first,
    )
    return responses.saved(_("uploads") + f".{form}", listing.MIMES[form], (piece.encode() for piece in pieces))


def _rows(request: HttpRequest, state: QueryDict) -> tuple[Any, bool]:
    """One's own uploads, or everybody's where a moderator asks for them; by picture all that one may open."""
    shared = bool(state.get("like"))
    rows: Any = Upload.objects
    for_everyone = (state.get("all") == "1" or shared) and is_moderator(request.user)
    return rows.listed_for(request.user, everyone=for_everyone, shared=shared), for_everyone


def _active(request: HttpRequest, chosen: UploadFilter) -> Iterator[Chosen]:
    cleaned = chosen.form.cleaned_data if chosen.form.is_valid() else {}
    for name, field in chosen.form.fields.items():
        value = request.GET.get(name)
        if not value or (name, value) == ("sort", NEWEST):
            continue
        words = dict(getattr(field, "choices", ())).get(value) if name in ("verdict", "status", "sort") else None
        words = words or (_("your picture") if name == "like" else None)
        told = words or (moments.words_of(value) if name in _DAYS else cleaned.get(name) or value)
        yield Chosen(str(field.label), str(told), _address(request, **{name: None, "cursor": None}))


def _periods(request: HttpRequest) -> Iterator[Period]:
    names = {moments.TODAY: _("Today"), "7d": _("Last 7 days"), "30d": _("Last 30 days")}
    for value, words in names.items():
        shown = request.GET.get("after") == value and not request.GET.get("before")
        yield Period(words, _address(request, after=value, before=None, cursor=None), shown)


def _neighbour(request: HttpRequest, cursor: str | None) -> str | None:
    """The same address with another cursor: the address bar always says what is shown."""
    return _address(request, cursor=cursor) if cursor else None


def _address(request: HttpRequest, **changed: str | None) -> str:
    query = _kept(request, **changed)
    return reverse("detector:history") + (f"?{query}" if query else "")


def _kept(request: HttpRequest, **changed: str | None) -> str:
    """The query of the address with this changed, and nothing in it that is empty."""
    values = dict(request.GET.items()) | changed
    return urlencode({name: value for name, value in values.items() if value})
