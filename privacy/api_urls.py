"""Addresses of this part of the API."""

from django.urls import path

from privacy import api

app_name = "privacy-api"

urlpatterns = [
    path("privacy/consents/<slug:purpose>/", api.consents, name="consents"),
    path("privacy/retention/", api.retention, name="retention"),
    path("privacy/export/", api.export, name="export"),
    path("privacy/account/erase/", api.erase_account, name="erase-account"),
    path("privacy/erasures/<uuid:pk>/", api.erasure, name="erasure"),
    path("privacy/erasures/<uuid:pk>/certificate/", api.certificate, name="certificate"),
    path("uploads/<uuid:pk>/keep/", api.keep, name="keep"),
    path("uploads/<uuid:pk>/erase/", api.erase_upload, name="erase-upload"),
]
