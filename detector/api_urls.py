"""Addresses of the API, its schema and its documentation."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from detector import (
    api,
    batch_api,
    bulk_api,
    case_api,
    case_part_api,
    direct_api,
    pages,
    parts_api,
    picture_api,
    report_api,
    saved_api,
    share_api,
)

router = SimpleRouter(use_regex_path=False)
router.register("uploads", api.UploadViewSet, basename="upload")

schema = SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[])

v1 = (
    [
        path("uploads/bulk/", bulk_api.act, name="upload-bulk"),
        path("uploads/export/", bulk_api.export, name="upload-export"),
        path("uploads/search/", picture_api.search, name="upload-search"),
        path("uploads/direct/", direct_api.begin, name="direct"),
        path("uploads/direct/<uuid:pk>/complete/", direct_api.complete, name="direct-complete"),
        *router.urls,
        path("uploads/<uuid:pk>/report.pdf", report_api.report_pdf, name="report-pdf"),
        path("uploads/<uuid:pk>/report.json", report_api.report_json, name="report-json"),
        path("uploads/<uuid:pk>/evidence/", parts_api.evidence, name="upload-evidence-list"),
        path("uploads/<uuid:pk>/reviews/", parts_api.reviews, name="upload-reviews"),
        path("uploads/<uuid:pk>/cases/", parts_api.cases, name="upload-cases"),
        path("uploads/<uuid:pk>/links/", share_api.links, name="links"),
        path("uploads/<uuid:pk>/links/<uuid:link>/", share_api.link, name="link"),
        path("cases/", case_api.case_list, name="cases"),
        path("cases/<uuid:pk>/", case_api.case, name="case"),
        path("cases/<uuid:pk>/report.pdf", case_api.report_pdf, name="case-report-pdf"),
        path("cases/<uuid:pk>/report.json", case_api.report_json, name="case-report-json"),
        path("cases/<uuid:pk>/export.zip", case_api.export, name="case-export"),
        path("cases/<uuid:pk>/members/", case_part_api.members, name="case-members"),
        path("cases/<uuid:pk>/members/<str:username>/", case_part_api.member, name="case-member"),
        path("cases/<uuid:pk>/items/", case_part_api.items, name="case-items"),
        path("cases/<uuid:pk>/items/<uuid:upload>/", case_part_api.item, name="case-item"),
        path("cases/<uuid:pk>/notes/", case_part_api.notes, name="case-notes"),
        path("cases/<uuid:pk>/notes/<int:note>/", case_part_api.note, name="case-note"),
        path("batches/", batch_api.batch_list, name="batches"),
        path("batches/<uuid:pk>/", batch_api.batch, name="batch"),
        path("batches/<uuid:pk>/cancel/", batch_api.cancel, name="batch-cancel"),
        path("views/", saved_api.views, name="views"),
        path("views/<int:pk>/", saved_api.view, name="view"),
        path("verify/", report_api.verify, name="verify"),
        path("me/", api.me, name="me"),
        path("models/", api.models, name="models"),
    ],
    "api",
)

urlpatterns = [
    path("v1/", include(v1)),
    path("v1/schema/", schema, name="api-schema"),
    path("docs/", pages.api_docs, name="api-docs"),
]
