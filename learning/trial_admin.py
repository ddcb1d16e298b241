"""The admin of models at work: runs, trials and alarms to look at, and what a promotion page offers beside."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_base import ModeratorReads
from accounts.requests import actor_of
from detector.admin import ModelVersionAdmin
from detector.errors import Refused
from detector.models import ModelVersion
from learning import rescoring
from learning.models import DriftAlarm, Rescoring, Shadow

admin.site.unregister(ModelVersion)


@admin.register(ModelVersion)
class PromotingAdmin(ModelVersionAdmin):
    """As the detector has it; whoever promotes may have history scored again with the same click."""

    promote_template = "admin/learning/promote.html"

    def after_promotion(self, request: HttpRequest, model: ModelVersion) -> None:
        if "rescore" not in request.POST:
            return
        pace = request.POST.get("per_minute", "")
        try:
            asked = int(pace) if pace.isdigit() else rescoring.PER_MINUTE
            rescoring.start(actor_of(request), version=model.version, per_minute=asked)
        except Refused as error:
            self.message_user(
                request, _("History is not scored again: %(detail)s") % {"detail": error.detail}, messages.ERROR
            )
        else:
            self.message_user(request, _("It looks at earlier uploads now, in the background."), messages.SUCCESS)

    def promotion_facts(self) -> dict[str, Any]:
        """What the page needs to know of the offer."""
        return {"per_minute": rescoring.PER_MINUTE, "most_per_minute": rescoring.MOST_PER_MINUTE}


@admin.register(Rescoring)
class RescoringAdmin(ModeratorReads, admin.ModelAdmin[Rescoring]):
    list_display = ("created_at", "model", "state", "scored", "failed", "changed", "page")
    list_filter = ("state", "model")
    fields = readonly_fields = (
        "model", "state", "per_minute", "since", "until", "owner", "label", "started_by", "created_at", "finished_at",
        "total", "scored", "failed", "changed", "trouble", "page",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("Page"))
    def page(self, run: Rescoring) -> str:
        return format_html('<a href="{}">{}</a>', reverse("learning:rescoring", args=[run.pk]), _("open"))


@admin.register(Shadow)
class ShadowAdmin(ModeratorReads, admin.ModelAdmin[Shadow]):
    list_display = ("started_at", "model", "share", "at_most", "ended_at", "ended_because", "page")
    fields = readonly_fields = (
        "model", "share", "at_most", "started_by", "started_at", "ended_at", "ended_because", "trouble", "page",
    )  # fmt: skip

    @admin.display(description=gettext_lazy("Page"))
    def page(self, trial: Shadow) -> str:
        return format_html('<a href="{}">{}</a>', reverse("learning:shadow_trial", args=[trial.pk]), _("open"))


@admin.register(DriftAlarm)
class DriftAlarmAdmin(ModeratorReads, admin.ModelAdmin[DriftAlarm]):
    list_display = ("week", "measure", "version", "distance", "count", "reference")
    list_filter = ("measure", "version")
    fields = readonly_fields = ("week", "measure", "version", "distance", "count", "reference", "created_at")
