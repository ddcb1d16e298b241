"""Errors outside any view: one JSON shape under /api/, a page elsewhere."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from fakedetect_site.data_base_faults import away

_WORDS = {
    400: ("bad_request", gettext_noop("The request could not be understood.")),
    403: ("forbidden", gettext_noop("You may not do this.")),
    404: ("not_found", gettext_noop("There is nothing here, or it is not yours to see.")),
    500: (
        "server_error",
        gettext_noop("Something broke on our side; nothing of yours was lost. The log has the details."),
    ),
    503: (
        "database_failed",
        gettext_noop("The data base of this site does not answer just now. Try again later."),
    ),
}
_SOON = "30"  # seconds


def answer(request: HttpRequest, status: int) -> HttpResponse:
    code, detail = _WORDS[status]
    if request.path.startswith("/api/"):
        error = {"code": code, "detail": detail, "fields": {}}
        return JsonResponse({"error": error}, status=status)
    return render(request, "error.html", {"status": status, "detail": _(detail)}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    if not away(sys.exc_info()[1]):
        return answer(request, 500)
    response = answer(request, 503)
    response["Retry-After"] = _SOON
    return response
