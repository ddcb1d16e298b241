"""Addresses under /notices/."""

from django.urls import path

from notices import views, webhook_views

app_name = "notices"

urlpatterns = [
    path("", views.notice_list, name="inbox"),
    path("<int:pk>/", views.open_notice, name="open"),
    path("<int:pk>/read/", views.change_notice, {"act": "read"}, name="read"),
    path("<int:pk>/unread/", views.change_notice, {"act": "unread"}, name="unread"),
    path("<int:pk>/delete/", views.change_notice, {"act": "delete"}, name="delete"),
    path("read/", views.read_all, name="read_all"),
    path("delete-read/", views.remove_read, name="remove_read"),
    path("settings/", views.settings_page, name="settings"),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("webhooks/new/", webhook_views.new, name="endpoint_new"),
    path("webhooks/help/", webhook_views.explained, name="webhooks_help"),
    path("webhooks/<uuid:pk>/", webhook_views.endpoint, name="endpoint"),
    path("webhooks/<uuid:pk>/rotate/", webhook_views.rotate, name="endpoint_rotate"),
    path("webhooks/<uuid:pk>/delete/", webhook_views.delete, name="endpoint_delete"),
    path("webhooks/<uuid:pk>/test/", webhook_views.test, name="endpoint_test"),
    path("webhooks/<uuid:pk>/again/", webhook_views.send_again, name="send_again"),
    path("webhooks/<uuid:pk>/again/<uuid:delivery_pk>/", webhook_views.send_again, name="send_one_again"),
]
