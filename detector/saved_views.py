"""The page of saved views: save the state that one comes from, rename, delete. Each opens from the history itself."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import actor_of
from detector import filters, saved
from detector.errors import Refused
from detector.models import SavedView


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=saved.LONGEST, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SaveForm(NameForm):
    query = forms.CharField(widget=forms.HiddenInput, required=False)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """All of them; a POST saves the state that it names, and one that was refused loses nothing that was typed."""
    if request.method != "POST":
        return _page(request)
    form = SaveForm(request.POST)
    if form.is_valid() and (made := _saved(request, form)):
        messages.success(request, _("The view was saved."))
        return redirect(address_of(made))
    return _page(request, form, status=400)


@login_required
@require_POST
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    found, form = _own(request, pk), NameForm(request.POST)
    if form.is_valid():
        try:
            saved.rename(actor_of(request), view=found, name=form.cleaned_data["name"])
        except Refused as error:
            form.add_error("name", error.detail)
        else:
            messages.success(request, _("The view was renamed."))
            return redirect("detector:saved_views")
    return _page(request, renamed=(pk, form), status=400)


@login_required
@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    saved.delete(actor_of(request), view=_own(request, pk))
    messages.success(request, _("The view was deleted. What it showed stays."))
    return redirect("detector:saved_views")


def address_of(view: SavedView) -> str:
    return f"{reverse('detector:history')}?{view.query}"


def _own(request: HttpRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView, pk=pk, owner=request.user.pk)


def _saved(request: HttpRequest, form: SaveForm) -> SavedView | None:
    name, query = form.cleaned_data["name"], form.cleaned_data["query"]
    if filters.errors_of(request, query):
        form.add_error("name", _("A filter of this view is wrong. Correct it in the history first."))
        return None
    try:
        return saved.keep(actor_of(request), name=name, query=query)
    except Refused as error:
        form.add_error("name", error.detail)
        return None


def _page(
    request: HttpRequest, form: SaveForm | None = None, renamed: tuple[int, NameForm] | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "views": list(_rows(request, renamed)), "most": saved.MOST}
    return render(request, "detector/saved_views.html", context, status=status)


def _rows(request: HttpRequest, renamed: tuple[int, NameForm] | None) -> Iterator[dict[str, Any]]:
    for view in saved.of(request.user):
        refused = renamed[1] if renamed and renamed[0] == view.pk else None
        form = refused or NameForm(initial={"name": view.name}, auto_id=f"view-{view.pk}-%s")
        yield {"view": view, "address": address_of(view), "form": form}
