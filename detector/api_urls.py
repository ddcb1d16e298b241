"""Addresses of the API, its schema and its documentation."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from detector import api, pages, report_api

router = SimpleRouter(use_regex_path=False)
router.register("uploads", api.UploadViewSet, basename="upload")

schema = SpectacularAPIView.as_view(permission_classes=[AllowAny], authentication_classes=[])

v1 = (
    [
        *router.urls,
        path("uploads/<uuid:pk>/report.pdf", report_api.report_pdf, name="report-pdf"),
        path("uploads/<uuid:pk>/report.json", report_api.report_json, name="report-json"),
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
