"""All addresses: pages at the root, the API under /api/v1/, the admin, health."""

from django.contrib import admin
from django.urls import include, path

from fakedetect_site import health, metrics

urlpatterns = [
    path("", include("detector.urls")),
    path("accounts/", include("accounts.urls")),
    path("", include("desk.appeal_urls")),
    path("notices/", include("notices.urls")),
    path("desk/", include("desk.urls")),
    path("dashboard/", include("overview.urls")),
    path("privacy/", include("privacy.urls")),
    path("api/", include("detector.api_urls")),
    path("api/v1/", include("accounts.api_urls")),
    path("api/v1/", include("notices.api_urls")),
    path("api/v1/", include("desk.api_urls")),
    path("api/v1/", include("privacy.api_urls")),
    path("learning/", include("learning.urls")),
    path("api/v1/", include("learning.api_urls")),
    path("admin/", admin.site.urls),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("metrics", metrics.metrics, name="metrics"),
]

handler400 = "fakedetect_site.errors.bad_request"
handler403 = "fakedetect_site.errors.forbidden"
handler404 = "fakedetect_site.errors.not_found"
handler500 = "fakedetect_site.errors.server_error"
