"""Errors for Sentry, once SENTRY_DSN says where: what broke and where in the code, nothing of people and files.

What is sent is made of a list of what may be: no request, no user, no local variable, no text of an error, since that
quotes names and rows. The id of the request leads to the log and the history, which stay here.
"""

from typing import Any

from django.conf import settings

from fakedetect_site.middleware import request_id

_EVENT = ("event_id", "timestamp", "platform", "level", "logger", "transaction", "release", "environment", "sdk")
_FRAME = ("filename", "function", "module", "lineno", "in_app", "pre_context", "context_line", "post_context")


def start() -> None:
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        settings.SENTRY_DSN,
        integrations=[DjangoIntegration(transaction_style="function_name"), CeleryIntegration(propagate_traces=False)],
        auto_enabling_integrations=False,
        before_send=allowed,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        trace_propagation_targets=[],  # nothing is added to what webhooks and fetched images send
        auto_session_tracking=False,
        send_client_reports=False,
    )


def allowed(event: Any, hint: Any = None) -> Any:
    """Of an event what may be told."""
    kept: dict[str, Any] = {name: event[name] for name in _EVENT if name in event}
    kept["tags"] = {"request_id": request_id.get()}
    if values := (event.get("exception") or {}).get("values"):
        kept["exception"] = {"values": [_error(one) for one in values]}
    if message := (event.get("logentry") or {}).get("message"):
        kept["logentry"] = {"message": message}  # with its %s: what stood in their place is not told
    return kept


def _error(found: dict[str, Any]) -> dict[str, Any]:
    frames = (found.get("stacktrace") or {}).get("frames", [])
    told = [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
    return {"type": found.get("type"), "module": found.get("module"), "stacktrace": {"frames": told}}
