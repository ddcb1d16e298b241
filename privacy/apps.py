"""Consent, retention, erasure, and everybody's right to their data."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "privacy"
