"""What a web process counts itself for /metrics: requests by view and status with their time, uploads by outcome.

With several processes each writes a file of its own (gunicorn.conf.py); whoever is asked adds them up.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from accounts.errors import Refused

_OWN = CollectorRegistry()
_SECONDS = (0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
requests = Counter("fakedetect_requests", "Requests answered, by view and status.", ("view", "status"), registry=_OWN)
seconds = Histogram(
    "fakedetect_request_seconds", "Time to an answer, by view.", ("view",), registry=_OWN, buckets=_SECONDS
)
uploads = Counter(
    "fakedetect_uploads",
    "Files handed in one by one, by outcome: taken, or the code of the refusal. Those of batches are counted apart.",
    ("outcome",),
    registry=_OWN,
)


class MeterMiddleware:
    """Count every answer. Views are known by their names: an address may hold what nobody else shall read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        view = request.resolver_match.view_name if request.resolver_match else "none"
        seconds.labels(view).observe(time.perf_counter() - begun)
        requests.labels(view, response.status_code).inc()
        return response


@contextmanager
def upload() -> Iterator[None]:
    """Count what becomes of one file. What broke on our side is `broke`."""
    outcome = "broke"
    try:
        yield
        outcome = "taken"
    except Refused as error:
        outcome = error.code
        raise
    finally:
        uploads.labels(outcome).inc()


def registry() -> CollectorRegistry:
    """What was counted, by all processes of this server."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _OWN
    found = CollectorRegistry()
    MultiProcessCollector(found)  # type: ignore[no-untyped-call]
    return found
