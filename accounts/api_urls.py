"""Addresses of the accounts' part of the API."""

from django.urls import path

from accounts import usage_api

app_name = "accounts-api"

urlpatterns = [path("usage/", usage_api.read, name="usage")]
