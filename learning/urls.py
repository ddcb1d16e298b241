"""Addresses of the pages of learning."""

from django.urls import path

from learning import drift_views, rescoring_views, run_views, shadow_views

app_name = "learning"

urlpatterns = [
    path("runs/", run_views.runs_page, name="runs"),
    path("runs/<uuid:pk>/", run_views.run_page, name="run"),
    path("runs/<uuid:pk>/cancel/", run_views.cancel, name="run_cancel"),
    path("rescorings/", rescoring_views.rescorings, name="rescorings"),
    path("rescorings/<uuid:pk>/", rescoring_views.run, name="rescoring"),
    path("rescorings/<uuid:pk>/cancel/", rescoring_views.cancel, name="rescoring_cancel"),
    path("shadow/", shadow_views.page, name="shadow"),
    path("shadow/<uuid:pk>/", shadow_views.trial, name="shadow_trial"),
    path("shadow/<uuid:pk>/stop/", shadow_views.stop, name="shadow_stop"),
    path("drift/", drift_views.page, name="drift"),
]
