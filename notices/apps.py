"""What people are told: in the page, by e-mail, by webhook."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"
