"""Which language a request is answered in. People choose theirs; programs are always answered in English."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

FOR_PROGRAMS = "en"  # codes are for programs, and their sentences stand in logs and scripts: one language
_PROGRAMS = ("/api/v1/", "/health/", "/metrics")


def is_for_programs(request: HttpRequest) -> bool:
    """Whether a program asks. The API's documentation is a page, for people."""
    return request.path_info.startswith(_PROGRAMS)


def names() -> list[tuple[str, str]]:
    """Code and name of each language, as those who speak it call it."""
    return [(code, translation.get_language_info(code)["name_local"].capitalize()) for code, _ in settings.LANGUAGES]


class LanguageMiddleware(LocaleMiddleware):
    """Cookie, then Accept-Language among the finished languages, then English.

    What somebody keeps in their profile goes before these (`accounts.middleware`).
    """

    def process_request(self, request: HttpRequest) -> None:
        if not is_for_programs(request):
            super().process_request(request)
            self._guess_none_that_is_unfinished(request)
            return
        translation.activate(FOR_PROGRAMS)
        timezone.deactivate()
        request.LANGUAGE_CODE = FOR_PROGRAMS

    def _guess_none_that_is_unfinished(self, request: HttpRequest) -> None:
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        if not chosen and translation.get_language() in settings.UNFINISHED_LANGUAGES:
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if is_for_programs(request):
            response.headers.setdefault("Content-Language", FOR_PROGRAMS)
            return response
        patch_vary_headers(response, ("Cookie",))
        return super().process_response(request, response)
