"""Addresses of the pages."""

from django.urls import path

from detector import compare_views, pages, report_views, views

app_name = "detector"

urlpatterns = [
    path("", views.home, name="home"),
    path("upload/", views.upload, name="upload"),
    path("samples/", views.try_sample, name="try_sample"),
    path("samples/<str:name>/thumbnail/", views.sample_thumbnail, name="sample_thumbnail"),
    path("uploads/", views.history, name="history"),
    path("uploads/<uuid:pk>/", views.verdict, name="verdict"),
    path("uploads/<uuid:pk>/image/", views.image, name="image"),
    path("uploads/<uuid:pk>/preview/", views.preview, name="preview"),
    path("uploads/<uuid:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("uploads/<uuid:pk>/heatmap/", views.heatmap, name="heatmap"),
    path("uploads/<uuid:pk>/evidence/<slug:name>.png", views.evidence, name="evidence"),
    path("uploads/<uuid:pk>/delete/", views.delete, name="delete"),
    path("uploads/<uuid:pk>/retry/", views.retry, name="retry"),
    path("uploads/<uuid:pk>/report.pdf", report_views.report_pdf, name="report_pdf"),
    path("uploads/<uuid:pk>/report.json", report_views.report_json, name="report_json"),
    path("verify/", report_views.verify, name="verify"),
    path("verify/key.pem", report_views.public_key, name="public_key"),
    path("compare/", compare_views.page, name="compare"),
    path("compare/<slug:name>/", compare_views.part, name="compare_part"),
    path("help/", pages.help_page, name="help"),
    path("help/signals/", pages.signals, name="signals"),
    path("help/signals/<str:name>/", pages.signal, name="signal"),
    path("models/", pages.current_card, name="current_card"),
    path("models/<str:version>/", pages.card, name="card"),
]
