"""All addresses: pages at the root, the API under /api/v1/, the admin, health."""

from django.contrib import admin
from django.urls import include, path

from fakedetect_site import health

urlpatterns = [
    path("", include("detector.urls")),
    path("accounts/", include("accounts.urls")),
    path("api/", include("detector.api_urls")),
    path("admin/", admin.site.urls),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
]

handler400 = "fakedetect_site.errors.bad_request"
handler403 = "fakedetect_site.errors.forbidden"
handler404 = "fakedetect_site.errors.not_found"
handler500 = "fakedetect_site.errors.server_error"
