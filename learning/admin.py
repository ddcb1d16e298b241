"""The admin for moderators: the regression set, to look at; runs are started and followed on pages of their own."""

from importlib import import_module

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ModeratorReads
from learning.models import Mistake


@admin.register(Mistake)
class MistakeAdmin(ModeratorReads, admin.ModelAdmin[Mistake]):
    list_display = ("thumbnail", "label", "machine_label", "machine_probability", "machine_version", "standing", "page")
    list_display_links = ("label",)
    list_filter = ("label", "machine_label", "machine_version", "left_because", "entered_at")
    search_fields = ("=key", "upload__name", "=upload__id")
    fields = readonly_fields = (
        "thumbnail", "key", "label", "machine_label", "machine_probability", "machine_version", "entered_at",
        "left_at", "left_because", "page",
    )  # fmt: skip

    @admin.display(description="")
    def thumbnail(self, mistake: Mistake) -> str:
        address = reverse("detector:thumbnail", args=[mistake.upload_id])
        return format_html('<img src="{}" alt="" width="72" loading="lazy">', address)

    @admin.display(description=_("In the set"), boolean=True)
    def standing(self, mistake: Mistake) -> bool:
        return mistake.left_at is None

    @admin.display(description=_("Page"))
    def page(self, mistake: Mistake) -> str:
        return format_html('<a href="{}">{}</a>', reverse("detector:verdict", args=[mistake.upload_id]), _("open"))


import_module("learning.trial_admin")  # the admin is looked for in this module alone
