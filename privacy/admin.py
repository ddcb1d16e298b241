"""The admin's part: erasures with their certificates, and the acts that begin one. Deciding stays in the services."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.admin import PersonAdmin
from accounts.admin_base import ModeratorReads
from accounts.errors import Refused
from accounts.models import Consent, User
from accounts.requests import actor_of
from accounts.roles import is_administrator
from detector.admin import UploadAdmin
from detector.models import Upload
from privacy import erasing, keeping
from privacy.models import Erasure, Expiry, Kept, Retention


class ErasablePersonAdmin(PersonAdmin):
    """People, with the act that erases one."""

    actions = (*PersonAdmin.actions, "erase")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    @admin.action(description=gettext_lazy("Erase the account with all of its data, for good"), permissions=["erase"])
    def erase(self, request: HttpRequest, chosen: QuerySet[User]) -> HttpResponse | None:
        """Asks first, one account at a time: there is no way back."""
        if chosen.count() != 1:
            self.message_user(request, _("Choose one account: each is erased by itself."), messages.ERROR)
            return None
        person = chosen.get()
        if "sure" not in request.POST:
            facts = {
                "title": _("Erase %(name)s?") % {"name": person},
                "person": person,
                "uploads": person.uploads.count(),
            }
            context = {**self.admin_site.each_context(request), **facts, "opts": self.opts}
            return TemplateResponse(request, "admin/privacy/erase_account.html", context)
        _begun(self, request, lambda: erasing.erase_account(actor_of(request), person=person))
        return None


class ErasableUploadAdmin(UploadAdmin):
    """Uploads, with the acts that erase and that keep them."""

    actions = ("erase", "keep")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    @admin.action(description=gettext_lazy("Erase with all traces, and prove it"), permissions=["erase"])
    def erase(self, request: HttpRequest, chosen: QuerySet[Upload]) -> HttpResponse | None:
        if "sure" not in request.POST:
            facts = {"title": _("Erase these uploads?"), "uploads": chosen, "action": "erase"}
            context = {**self.admin_site.each_context(request), **facts, "opts": self.opts}
            return TemplateResponse(request, "admin/privacy/erase_uploads.html", context)
        for upload in chosen:
            _begun(self, request, lambda upload=upload: erasing.erase_upload(actor_of(request), upload=upload))
        return None

    @admin.action(description=gettext_lazy("Keep, whatever the retention periods say"), permissions=["view"])
    def keep(self, request: HttpRequest, chosen: QuerySet[Upload]) -> None:
        for upload in (kept := list(chosen)):
            keeping.keep(actor_of(request), upload=upload)
        sentence = ngettext("%(count)d upload is kept.", "%(count)d uploads are kept.", len(kept))
        self.message_user(request, sentence % {"count": len(kept)}, messages.SUCCESS)


def _begun(where: Any, request: HttpRequest, act: Any) -> None:
    """Say that an erasure has begun, or why not."""
    try:
        erasure = act()
    except Refused as error:
        where.message_user(request, error.detail, messages.ERROR)
        return
    address = reverse("privacy:erasure", args=[erasure.pk])
    begun, follow = _("The erasure has begun."), _("Follow it, and fetch its certificate.")
    told = format_html('{} <a href="{}">{}</a>', begun, address, follow)
    where.message_user(request, told, messages.SUCCESS)


admin.site.unregister(User)
admin.site.register(User, ErasablePersonAdmin)
admin.site.unregister(Upload)
admin.site.register(Upload, ErasableUploadAdmin)


@admin.register(Erasure)
class ErasureAdmin(ModeratorReads, admin.ModelAdmin[Erasure]):
    list_display = ("id", "kind", "subject", "state", "proven", "asked_at", "finished_at", "error")
    list_filter = ("kind", "state", "proven", "asked_at")
    search_fields = ("=id", "=subject", "=asked_by")
    fields = readonly_fields = (
        "id", "kind", "subject", "asked_by", "asked_at", "state", "step", "attempts", "error", "removed", "proven",
        "finished_at", "page",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("Page"))
    def page(self, erasure: Erasure) -> str:
        return format_html('<a href="{}">{}</a>', reverse("privacy:erasure", args=[erasure.pk]), _("open"))


@admin.register(Consent)
class ConsentAdmin(ModeratorReads, admin.ModelAdmin[Consent]):
    list_display = ("person", "purpose", "given_at", "withdrawn_at")
    list_filter = ("purpose", "given_at", "withdrawn_at")
    list_select_related = ("person",)
    search_fields = ("person__username",)
    fields = readonly_fields = ("person", "purpose", "text", "given_at", "withdrawn_at")


@admin.register(Retention)
class RetentionAdmin(ModeratorReads, admin.ModelAdmin[Retention]):
    list_display = fields = readonly_fields = ("person", "days", "changed_at")
    list_select_related = ("person",)
    search_fields = ("person__username",)


@admin.register(Kept)
class KeptAdmin(ModeratorReads, admin.ModelAdmin[Kept]):
    list_display = fields = readonly_fields = ("upload", "by", "reason", "since")
    list_select_related = ("upload", "by")
    search_fields = ("=upload__id", "upload__name")


@admin.register(Expiry)
class ExpiryAdmin(ModeratorReads, admin.ModelAdmin[Expiry]):
    list_display = fields = readonly_fields = ("upload", "due_at", "told_at")
    list_select_related = ("upload",)
    search_fields = ("=upload__id", "upload__name")
