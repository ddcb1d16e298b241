"""What a share link shows, to anybody who holds it. Nothing here is kept by browsers, proxies or search engines."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import counting, rates
from accounts.errors import Refused
from accounts.requests import origin_of, with_headers
from accounts.roles import owns
from detector import models_in_use, redacted, responses, shares
from detector.models import ShareLink, Upload

_GUESSES, _WINDOW = 30, "600s"  # secrets that lead nowhere, of one address
_DISCREET = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive, noimageindex",
}
View = Callable[[HttpRequest, ShareLink], HttpResponseBase]


def _by_secret(view: View) -> Callable[..., HttpResponseBase]:
    """Find the link of the address; where there is none, a page says so kindly."""

    @wraps(view)
    def opened(request: HttpRequest, secret: str) -> HttpResponseBase:
        try:
            return with_headers(view(request, _found(request, secret)), _DISCREET)
        except Refused as error:
            context = {"detail": error.detail, "ended": error.code == "link_ended"}
            response = render(request, "detector/shared_gone.html", context, status=error.status)
            return with_headers(response, error.headers | _DISCREET)

    return require_safe(opened)


def _found(request: HttpRequest, secret: str) -> ShareLink:
    """Who guesses too often is told nothing more, not even of a link that holds."""
    guess: dict[str, Any] = {"limit": _GUESSES, "window": counting.window(_WINDOW)}
    rates.look_at_form("share-link", origin_of(request), **guess)
    try:
        return shares.find(secret)
    except Refused as error:
        if error.code == "link_unknown":
            rates.of_form("share-link", origin_of(request), **guess)
        raise


@_by_secret
def page(request: HttpRequest, link: ShareLink) -> HttpResponse:
    upload = Upload.objects.with_verdicts().get(pk=link.upload_id)
    link.upload = upload
    if request.method == "GET" and not owns(request.user, upload):
        shares.note_opening(link=link)
    latest = upload.latest
    context = {
        "report": redacted.of_link(link),
        "card": models_in_use.card_of(latest.model) if latest else {},
        "link": link,
        "secret": request.resolver_match.kwargs["secret"] if request.resolver_match else "",
    }
    return render(request, "detector/shared.html", context)


@_by_secret
def image(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Drawn anew from its pixels: nothing of the file's own notes is left."""
    if not link.shows_image:
        raise Http404
    return responses.preview(link.upload)
