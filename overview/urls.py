"""The address of the dashboard."""

from django.urls import path

from overview import views

app_name = "overview"

urlpatterns = [path("", views.page, name="page")]
