"""The admin for moderators: they look, search and filter; what changes anything goes through a service."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_base import ModeratorReads
from accounts.requests import actor_of
from accounts.roles import can_delete, is_administrator
from detector import intake, models_in_use
from detector.errors import NoModel, PromotionRefused
from detector.models import Analysis, Case, CaseMember, Finding, ModelVersion, Upload


def _picture(upload: Upload, edge: int) -> str:
    address = reverse("detector:thumbnail", args=[upload.pk])
    return format_html('<img src="{}" alt="" width="{}" loading="lazy">', address, edge)


class AnalysisInline(ModeratorReads, admin.TabularInline[Analysis, Upload]):
    model = Analysis
    fields = readonly_fields = ("model", "state", "label", "fake_probability", "finished_at", "error_detail")
    extra = 0
    show_change_link = True


class FindingInline(ModeratorReads, admin.TabularInline[Finding, Analysis]):
    model = Finding
    fields = readonly_fields = ("signal", "stance", "summary")
    extra = 0


@admin.register(Upload)
class UploadAdmin(ModeratorReads, admin.ModelAdmin[Upload]):
    list_display = ("thumbnail", "name", "owner", "verdict", "created_at", "page")
    list_display_links = ("name",)
    list_filter = ("analyses__label", "analyses__state", "original__format", "created_at")
    list_select_related = ("owner", "original")
    search_fields = ("name", "=id", "original__sha256__startswith", "owner__username", "owner__email")
    date_hierarchy = "created_at"
    fields = readonly_fields = ("large", "name", "owner", "original", "duplicate_of", "created_at", "page")
    inlines = (AnalysisInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        return super().get_queryset(request).prefetch_related("analyses")

    @admin.display(description="")
    def thumbnail(self, upload: Upload) -> str:
        return _picture(upload, 72)

    @admin.display(description=gettext_lazy("Image"))
    def large(self, upload: Upload) -> str:
        return _picture(upload, 320)

    @admin.display(description=gettext_lazy("Verdict"))
    def verdict(self, upload: Upload) -> str:
        latest = upload.latest
        return latest.get_label_display() or latest.get_state_display() if latest else "–"

    @admin.display(description=gettext_lazy("Page"))
    def page(self, upload: Upload) -> str:
        return format_html('<a href="{}">{}</a>', reverse("detector:verdict", args=[upload.pk]), _("open"))

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """Looking at somebody's upload is an act, here as on its page."""
        if request.method == "GET" and (found := self.get_object(request, object_id)):
            intake.note_view(actor_of(request), upload=found)
        return super().change_view(request, object_id, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        return can_delete(request.user, obj) if obj else is_administrator(request.user)

    def delete_model(self, request: HttpRequest, obj: Upload) -> None:
        intake.delete(actor_of(request), upload=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        for upload in queryset:
            intake.delete(actor_of(request), upload=upload)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Verdicts go with their upload; that they cannot be deleted alone is no obstacle."""
        to_delete, count, _needed, protected = super().get_deleted_objects(objs, request)
        return to_delete, count, set(), protected


@admin.register(Analysis)
class AnalysisAdmin(ModeratorReads, admin.ModelAdmin[Analysis]):
    list_display = (
        "upload",
        "model",
        "state",
        "label",
        "fake_probability",
        "attempts",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "label", "model", "created_at")
    list_select_related = ("upload", "model")
    search_fields = ("upload__name", "=upload__id", "upload__original__sha256__startswith", "error_code")
    fields = readonly_fields = (
        "upload", "model", "state", "attempts", "label", "fake_probability", "probabilities", "reasons",
        "error_code", "error_detail", "ledger_state", "created_at", "finished_at",
    )  # fmt: skip
    inlines = (FindingInline,)


class CaseMemberInline(ModeratorReads, admin.TabularInline[CaseMember, Case]):
    model = CaseMember
    fields = readonly_fields = ("user", "role", "added_at")
    extra = 0


@admin.register(Case)
class CaseAdmin(ModeratorReads, admin.ModelAdmin[Case]):
    """Which cases there are and who works on them. What lies in one is on its page, where a look is written down."""

    list_display = ("title", "uploads", "people", "created_at", "closed_at", "page")
    list_filter = ("created_at", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("title", "=id", "members__user__username")
    fields = readonly_fields = ("title", "description", "created_at", "closed_at", "page")
    inlines = (CaseMemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        rows: Any = super().get_queryset(request)
        counted: QuerySet[Case] = rows.with_counts()
        return counted

    @admin.display(description=gettext_lazy("Uploads"))
    def uploads(self, case: Any) -> int:
        return int(case.uploads)

    @admin.display(description=gettext_lazy("People"))
    def people(self, case: Any) -> int:
        return int(case.people)

    @admin.display(description=gettext_lazy("Page"))
    def page(self, case: Case) -> str:
        return format_html('<a href="{}">{}</a>', reverse("detector:case", args=[case.pk]), _("open"))


@admin.register(ModelVersion)
class ModelVersionAdmin(ModeratorReads, admin.ModelAdmin[ModelVersion]):
    list_display = ("version", "is_current", "sha256", "registered_at", "promoted_at")
    fields = readonly_fields = ("version", "is_current", "sha256", "registered_at", "promoted_at", "card")
    search_fields = ("version", "sha256__startswith")
    actions = ("promote",)
    promote_template = "admin/detector/modelversion/promote.html"

    def has_promote_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    @admin.action(description=gettext_lazy("Let this model serve"), permissions=["promote"])
    def promote(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> HttpResponse | None:
        """Asks first; with objections it asks for a reason too."""
        if chosen.count() != 1:
            self.message_user(request, _("Choose one version: only one can serve."), messages.ERROR)
            return None
        model = chosen.get()
        if "sure" not in request.POST:
            return self._asked(request, model, models_in_use.objections_to(model.version))
        return self._promoted(request, model)

    def _promoted(self, request: HttpRequest, model: ModelVersion) -> HttpResponse | None:
        reason, force = request.POST.get("reason", "")[:500], "forced" in request.POST
        try:
            models_in_use.promote(actor_of(request), version=model.version, reason=reason, force=force)
        except PromotionRefused as error:
            return self._asked(request, model, error.objections, _("Write down why it shall serve all the same."))
        except NoModel as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        self.message_user(request, _("Model %(model)s serves.") % {"model": model}, messages.SUCCESS)
        self.after_promotion(request, model)
        return None

    def promotion_facts(self) -> dict[str, Any]:
        """What else the page of promotion needs to know."""
        return {}

    def after_promotion(self, request: HttpRequest, model: ModelVersion) -> None:
        """What else was ticked on the page: apps above this one add to it."""

    def _asked(self, request: HttpRequest, model: ModelVersion, objections: list[str], error: str = "") -> HttpResponse:
        facts: dict[str, Any] = {
            "title": _("Let model %(model)s serve?") % {"model": model},
            "model": model,
            "objections": objections,
            "error": error,
        }
        served = ModelVersion.objects.filter(is_current=True).first()
        facts |= {"served": served, "opts": self.opts, **self.promotion_facts()}
        context = {**self.admin_site.each_context(request), **facts}
        return TemplateResponse(request, self.promote_template, context)
