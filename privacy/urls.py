"""Addresses under /privacy/."""

from django.urls import path

from privacy import erasure_views, views

app_name = "privacy"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("consent/", views.consent_page, name="consent"),
    path("retention/", views.retention, name="retention"),
    path("expiring/", views.expiring, name="expiring"),
    path("expiring/keep/", views.keep_all, name="keep_all"),
    path("export/", erasure_views.export, name="export"),
    path("uploads/<uuid:pk>/keep/", views.keep, name="keep"),
    path("uploads/<uuid:pk>/erase/", erasure_views.erase_upload, name="erase_upload"),
    path("account/erase/", erasure_views.erase_account, name="erase_account"),
    path("erasures/<uuid:pk>/", erasure_views.erasure, name="erasure"),
    path("erasures/<uuid:pk>/certificate.json", erasure_views.certificate, name="certificate"),
]
