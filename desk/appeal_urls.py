"""Addresses of appeals: pages below the upload's own, and the API's below the upload's there."""

from django.urls import include, path

from desk import appeal_api, appeal_views

app_name = "appeals"

_api = [
    path("", appeal_api.appeal_list, name="api-list"),
    path("<int:appeal>/", appeal_api.appeal, name="api-one"),
    path("<int:appeal>/attachment/", appeal_api.attachment, name="api-attachment"),
]

urlpatterns = [
    path("uploads/<uuid:pk>/appeal/", appeal_views.dispute, name="dispute"),
    path("uploads/<uuid:pk>/appeal/<int:appeal_pk>/take-back/", appeal_views.take_back, name="take_back"),
    path("uploads/<uuid:pk>/appeal/<int:appeal_pk>/attachment/", appeal_views.attachment, name="attachment"),
    path("api/v1/uploads/<uuid:pk>/appeals/", include(_api)),
]
