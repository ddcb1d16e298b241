"""The admin's lists of the desk: to look and to search. Decisions are made and taken back at the desk alone."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import ModeratorReads
from desk.models import QueueItem
from detector.models import Review


@admin.register(QueueItem)
class QueueItemAdmin(ModeratorReads, admin.ModelAdmin[QueueItem]):
    list_display = ("upload", "reason", "state", "sampled", "assigned_to", "claimed_by", "created_at", "desk")
    list_filter = ("state", "reason", "sampled", "blind", "created_at")
    list_select_related = ("upload", "assigned_to", "claimed_by")
    search_fields = ("upload__name", "=upload__id", "assigned_to__username", "claimed_by__username")
    date_hierarchy = "created_at"
    fields = readonly_fields = (
        "upload", "reason", "state", "created_at", "sampled", "assigned_to", "claimed_by", "lease_until", "second_to",
        "review", "blind", "closed_at", "desk",
    )  # fmt: skip

    @admin.display(description=_("Desk"))
    def desk(self, item: QueueItem) -> str:
        return format_html('<a href="{}">{}</a>', reverse("desk:item", args=[item.pk]), _("open"))


@admin.register(Review)
class ReviewAdmin(ModeratorReads, admin.ModelAdmin[Review]):
    list_display = ("upload", "decision", "reviewer", "occasion", "machine_label", "created_at", "undone_at", "page")
    list_filter = ("decision", "occasion", "machine_label", "machine_version", "created_at")
    list_select_related = ("upload", "reviewer")
    search_fields = ("upload__name", "=upload__id", "reviewer__username", "note")
    date_hierarchy = "created_at"
    fields = readonly_fields = (
        "upload", "analysis", "reviewer", "decision", "occasion", "note", "tags", "machine_label",
        "machine_probability", "machine_version", "created_at", "effective_at", "undone_at", "settled_at", "page",
    )  # fmt: skip

    @admin.display(description=_("Page"))
    def page(self, made: Review) -> str:
        return format_html('<a href="{}">{}</a>', reverse("detector:verdict", args=[made.upload_id]), _("open"))
