"""The admin of the audit history: moderators read and filter it, administrators export what they see."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import audit_export
from accounts.admin_base import ModeratorReads
from accounts.audit_search import EventFilter
from accounts.models import AuditEvent
from accounts.requests import actor_of
from accounts.roles import is_administrator
from fakedetect_site import history_words
from fakedetect_site.site_key import KeyUnusable

_LIST = "admin:accounts_auditevent_changelist"
_TYPES = {audit_export.JSON_LINES: "application/x-ndjson", audit_export.CSV: "text/csv; charset=utf-8"}


class HistoryList(ChangeList):
    """The list as our own filters leave it."""

    chosen: EventFilter

    def get_filters_params(self, params: Any = None) -> Any:
        """Django takes every other parameter for a look-up of its own, and refuses those that it does not know."""
        return {k: v for k, v in super().get_filters_params(params).items() if k not in EventFilter.base_filters}

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        self.chosen = EventFilter(request.GET, super().get_queryset(request, *args, **kwargs))
        rows: QuerySet[Any] = self.chosen.qs if self.chosen.is_valid() else self.chosen.queryset.none()
        return rows


@admin.register(AuditEvent)
class HistoryAdmin(ModeratorReads, admin.ModelAdmin[AuditEvent]):
    change_list_template = "admin/accounts/auditevent/change_list.html"
    list_display = ("id", "moment", "act", "who", "thing", "model_version", "address")
    list_display_links = ("id", "moment")
    show_full_result_count = False  # the history is long, and counting it twice says nothing
    fields = readonly_fields = (
        "id", "moment", "act", "action", "who", "actor", "address", "thing", "model_version", "readable_details",
        "private", "request", "form", "previous", "digest",
    )  # fmt: skip

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return HistoryList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        words = sorted((action, history_words.say(action, {})) for action in history_words.WORDS)
        context = {"title": _("Audit history"), "actions_known": words, "can_export": is_administrator(request.user)}
        return super().changelist_view(request, context | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="accounts_auditevent_export"), *super().get_urls()]

    @method_decorator(require_POST)
    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with these filters, as a file. The address carries the filters, as the list's does."""
        if not is_administrator(request.user):
            raise PermissionDenied
        listed = self.get_changelist_instance(request)
        form = request.POST.get("form", "")
        if form not in _TYPES or not isinstance(listed, HistoryList) or not listed.chosen.is_valid():
            return self._not_exported(request, _("Choose a form, and filters that can be read."))
        facts = {"events": listed.queryset, "form": form, "filters": listed.chosen.chosen()}
        try:
            pieces = audit_export.export(actor_of(request), **facts, names="names" in request.POST)
        except KeyUnusable:
            return self._not_exported(request, _("The key of this site cannot be used; the log says why."))
        name = f'attachment; filename="audit-{timezone.now():%Y%m%d-%H%M%S}.{form}"'
        headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
        return StreamingHttpResponse(pieces, content_type=_TYPES[form], headers=headers)

    def _not_exported(self, request: HttpRequest, why: str) -> HttpResponse:
        messages.error(request, _("Nothing was exported. %(why)s") % {"why": why})
        return redirect(f"{reverse(_LIST)}?{request.GET.urlencode()}")

    @admin.display(description=gettext_lazy("At"), ordering="at")
    def moment(self, event: AuditEvent) -> str:
        return f"{timezone.localtime(event.at):%Y-%m-%d %H:%M:%S}"

    @admin.display(description=gettext_lazy("Act"))
    def act(self, event: AuditEvent) -> str:
        return history_words.say(event.action, event.details)

    @admin.display(description=gettext_lazy("Who"))
    def who(self, event: AuditEvent) -> str:
        return _found("actor", event.actor or event.personal.get("name"), event.personal.get("name") or event.actor)

    @admin.display(description=gettext_lazy("What"))
    def thing(self, event: AuditEvent) -> str:
        return _found("target", event.target)

    @admin.display(description=gettext_lazy("Model"))
    def model_version(self, event: AuditEvent) -> str:
        return _found("model", event.model)

    @admin.display(description=gettext_lazy("Address"))
    def address(self, event: AuditEvent) -> str:
        return _found("address", event.personal.get("address"))

    @admin.display(description=gettext_lazy("Request"))
    def request(self, event: AuditEvent) -> str:
        return _found("request_id", event.request_id)

    @admin.display(description=gettext_lazy("Details"))
    def readable_details(self, event: AuditEvent) -> str:
        return _json(event.details)

    @admin.display(description=gettext_lazy("Beside the chain"))
    def private(self, event: AuditEvent) -> str:
        return _json(event.personal.get("private", {}))


def _found(name: str, value: str | None, words: str | None = None) -> str:
    """A link to all events that have this in common."""
    if not value:
        return "–"
    return format_html('<a href="{}?{}">{}</a>', reverse(_LIST), urlencode({name: value}), words or value)


def _json(value: Any) -> str:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))
