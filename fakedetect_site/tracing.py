"""Traces for OpenTelemetry, once OTEL_EXPORTER_OTLP_ENDPOINT says where: a request, and what workers do for it.

Spans are named by views and tasks and hold method, status and the id of the request: no address that somebody asked
for, no person, no file. The ready instrumentations tell addresses, queries and statements, so they are not used.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from fakedetect_site.middleware import request_id

_tracer: Any = None
_open: ContextVar[ExitStack | None] = ContextVar("open", default=None)  # the span of the task under way


def start() -> None:
    global _tracer
    if not settings.OTLP_ENDPOINT:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "fakedetect"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))  # the address it reads by itself
    _tracer = provider.get_tracer("fakedetect")


@contextmanager
def span(name: str, kind: str, parent: str = "") -> Iterator[Any]:
    """A stretch of work, under another one's `traceparent` where there is one; None where nobody traces."""
    if _tracer is None:
        yield None
        return
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    above = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    told = {"fakedetect.request_id": request_id.get()}
    options = {"record_exception": False, "set_status_on_exception": False}  # its text quotes names and rows
    with _tracer.start_as_current_span(name, above, SpanKind[kind], attributes=told, **options) as one:
        yield one


class TraceMiddleware:
    """One span a request. It is named when the view is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with span("request", "SERVER") as one:
            response = self.get_response(request)
            if one is not None:
                view = request.resolver_match.view_name if request.resolver_match else "none"
                one.update_name(f"{request.method} {view}")
                one.set_attribute("http.request.method", str(request.method))
                one.set_attribute("http.response.status_code", response.status_code)
            return response


@before_task_publish.connect  # type: ignore[untyped-decorator]
def _carry(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if _tracer is not None and headers is not None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        TraceContextTextMapPropagator().inject(headers)


@task_prerun.connect  # type: ignore[untyped-decorator]
def _take_up(task: Any, **kwargs: Any) -> None:
    stack = ExitStack()
    stack.enter_context(span(task.name, "CONSUMER", str(getattr(task.request, "traceparent", None) or "")))
    _open.set(stack)


@task_postrun.connect  # type: ignore[untyped-decorator]
def _lay_down(**kwargs: Any) -> None:
    if stack := _open.get():
        _open.set(None)
        stack.close()
