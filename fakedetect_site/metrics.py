"""/metrics, for Prometheus: what processes count (meters.py) and what the data base says (readings.py)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from fakedetect_site import meters, readings


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no secret is set: how busy a newsroom is, is nobody else's business."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _knows_the_secret(request):
        told = "Send METRICS_TOKEN in the header 'Authorization: Bearer …'.\n"
        return HttpResponse(told, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
    read = CollectorRegistry()
    read.register(readings.Readings())
    body = generate_latest(meters.registry()) + generate_latest(read)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _knows_the_secret(request: HttpRequest) -> bool:
    kind, _, sent = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and constant_time_compare(sent.strip(), settings.METRICS_TOKEN)
