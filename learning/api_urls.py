"""Addresses of the API of models at work."""

from django.urls import path

from learning import api

app_name = "learning_api"

urlpatterns = [
    path("rescorings/", api.rescorings, name="rescorings"),
    path("rescorings/<uuid:pk>/", api.rescoring, name="rescoring"),
    path("shadows/", api.shadows, name="shadows"),
    path("shadows/<uuid:pk>/", api.shadow, name="shadow"),
    path("drift/", api.drifts, name="drift"),
]
