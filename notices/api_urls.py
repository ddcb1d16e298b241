"""Addresses of the notices' part of the API."""

from django.urls import path

from notices import api, webhook_api

app_name = "notices-api"

urlpatterns = [
    path("notices/", api.notice_list, name="notices"),
    path("notices/read/", api.read_all, name="read-all"),
    path("notices/settings/", api.mailing, name="mailing"),
    path("notices/<int:pk>/", api.notice, name="notice"),
    path("notices/<int:pk>/read/", api.read, name="read"),
    path("webhooks/", webhook_api.webhook_list, name="webhooks"),
    path("webhooks/deliveries/", webhook_api.all_deliveries, name="all-deliveries"),
    path("webhooks/deliveries/<uuid:pk>/", webhook_api.one_delivery, name="one-delivery"),
    path("webhooks/deliveries/<uuid:pk>/again/", webhook_api.delivery_again, name="delivery-again"),
    path("webhooks/<uuid:pk>/", webhook_api.webhook, name="webhook"),
    path("webhooks/<uuid:pk>/rotate/", webhook_api.rotate, name="rotate"),
    path("webhooks/<uuid:pk>/test/", webhook_api.test, name="test"),
    path("webhooks/<uuid:pk>/deliveries/", webhook_api.delivery_list, name="deliveries"),
    path("webhooks/<uuid:pk>/deliveries/again/", webhook_api.send_again, name="again"),
    path("webhooks/<uuid:pk>/deliveries/<uuid:delivery>/again/", webhook_api.send_one_again, name="one-again"),
]
