"""Pages of a person's webhooks."""

from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markdown_it import MarkdownIt

from accounts.errors import Refused
from accounts.requests import actor_of, person_of
from notices import deliveries, endpoints
from notices.forms import EndpointChangeForm, EndpointForm
from notices.models import DeliveryState, Endpoint

_SHOWN = 50
_HELP = Path(__file__).resolve().parent.parent / "docs" / "webhooks.md"
pages = require_http_methods(["GET", "HEAD", "POST"])


@pages
@login_required
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """A POST makes one and shows its secret in the answer, the only place it ever is."""
    form = EndpointForm(request.POST or None)
    made = _tried(form, lambda: endpoints.make(actor_of(request), person=person_of(request), **form.values()))
    if made:
        return _shown_once(request, *made)
    return render(request, "notices/endpoint_new.html", {"form": form}, status=400 if form.errors else 200)


@pages
@login_required
@never_cache
def endpoint(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _own(request, pk)
    before = {"url": found.url, "kinds": found.kinds, "active": found.active}
    form = EndpointChangeForm(request.POST if request.method == "POST" else None, initial=before)
    if _tried(form, lambda: _changed(request, found, form)):
        messages.success(request, _("The webhook was saved."))
        return redirect("notices:endpoint", pk)
    context = {"endpoint": found, "form": form, "deliveries": found.deliveries.all()[:_SHOWN], "most": _SHOWN}
    context["dead"] = found.deliveries.filter(state=DeliveryState.DEAD).count()
    return render(request, "notices/endpoint.html", context, status=400 if form.errors else 200)


def _changed(request: HttpRequest, found: Endpoint, form: EndpointChangeForm) -> bool:
    endpoints.change(actor_of(request), endpoint=found, **form.values())
    return True


def _tried(form: forms.Form, act: Any) -> Any:
    """What the act returns; None where the form or the service refuses, with the sentence at the address."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refused as error:
        form.add_error("url", error.detail)
        return None


@pages
@login_required
@never_cache
def rotate(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _own(request, pk)
    if request.method != "POST":
        return render(request, "notices/endpoint_rotate.html", {"endpoint": found})
    return _shown_once(request, found, endpoints.rotate(actor_of(request), endpoint=found))


@pages
@login_required
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _own(request, pk)
    if request.method != "POST":
        return render(request, "notices/endpoint_delete.html", {"endpoint": found})
    endpoints.remove(actor_of(request), endpoint=found)
    messages.success(request, _("The webhook was removed, with what waited for it."))
    return redirect("notices:settings")


@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    """What a receiver gets and how it verifies that: the page of the documentation."""
    return render(request, "notices/webhooks_help.html", {"html": _explained()})


@cache
def _explained() -> SafeString:
    # Safe: the renderer passes no HTML through, and what it is given is written by the project.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    html: str = markdown.render(_HELP.read_text(encoding="utf-8"))
    return mark_safe(html.replace("<pre>", '<pre tabindex="0">'))  # noqa: S308 (so that keys scroll it)


@login_required
@require_POST
def test(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        deliveries.test(actor_of(request), endpoint=_own(request, pk))
        messages.success(request, _("A test is on its way. Reload in a moment to see whether it arrived."))
    except Refused as error:
        messages.error(request, error.detail)
    return redirect("notices:endpoint", pk)


@login_required
@require_POST
def send_again(request: HttpRequest, pk: UUID, delivery_pk: UUID | None = None) -> HttpResponse:
    found = _own(request, pk)
    one = get_object_or_404(found.deliveries, pk=delivery_pk) if delivery_pk else None
    count = deliveries.send_again(actor_of(request), endpoint=found, delivery=one)
    sentence = ngettext("%(count)d put in line again.", "%(count)d put in line again.", count) % {"count": count}
    messages.success(request, sentence if count else _("There is nothing to send again."))
    return redirect("notices:endpoint", pk)


@sensitive_variables()
def _shown_once(request: HttpRequest, made: Endpoint, secret: str) -> HttpResponse:
    """`never_cache` on the view adds no-store, so that neither proxies nor the back button keep the secret."""
    return render(request, "notices/endpoint_secret.html", {"endpoint": made, "secret": secret})


def _own(request: HttpRequest, pk: UUID) -> Endpoint:
    found: Endpoint = get_object_or_404(Endpoint.objects.standing(), person=person_of(request), pk=pk)
    return found
