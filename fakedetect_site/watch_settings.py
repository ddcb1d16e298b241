"""Where errors and traces go, for those who want it: nowhere, unless these say so. A part of settings.py."""

from fakedetect_site import env

__all__ = ["OTLP_ENDPOINT", "SENTRY_DSN"]

SENTRY_DSN = env.text("SENTRY_DSN").strip()
OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT").strip()
if SENTRY_DSN:
    env.needs("SENTRY_DSN", "sentry_sdk", "requirements-watch.txt")
if OTLP_ENDPOINT:
    env.needs("OTEL_EXPORTER_OTLP_ENDPOINT", "opentelemetry.exporter.otlp.proto.http", "requirements-watch.txt")
