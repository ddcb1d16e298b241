"""Items and reviews as the API tells them."""

from typing import Any

from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from desk.models import QueueItem
from detector.models import Review, Upload

Answer = dict[str, Any]


def of_item(item: QueueItem, base: str) -> Answer:
    """One item. A claim whose time is over is none."""
    held = item.lease_until is not None and item.lease_until >= timezone.now()
    return {
        "id": item.pk,
        "reason": item.reason,
        "state": item.state,
        "created_at": item.created_at.isoformat(),
        "assigned_to": item.assigned_to.get_username() if item.assigned_to else None,
        "claimed_by": item.claimed_by.get_username() if item.claimed_by and held else None,
        "lease_until": item.lease_until.isoformat() if item.lease_until and held else None,
        "review": item.review_id,
        "upload": _upload(item.upload, base),
        "page": base + reverse("desk:item", args=[item.pk]),
    }


def _upload(upload: Upload, base: str) -> Answer:
    names = {"page": "detector:verdict", "api": "api:upload-detail", "image": "detector:image"}
    links = {key: base + reverse(name, args=[upload.pk]) for key, name in names.items()}
    thumbnail = base + reverse("detector:thumbnail", args=[upload.pk])
    return {"id": str(upload.pk), "name": upload.name, "sha256": upload.original_id, **links, "thumbnail": thumbnail}


def of_review(made: Review) -> Answer:
    """One decision, with what the machine said at that moment."""
    machine = {"label": made.machine_label or None, "fake_probability": made.machine_probability}
    return {
        "id": made.pk,
        "upload": str(made.upload_id),
        "decision": made.decision,
        "occasion": made.occasion,
        "note": made.note,
        "tags": made.tags,
        "by": made.reviewer.get_username() if made.reviewer else None,
        "at": made.created_at.isoformat(),
        "effective_at": made.effective_at.isoformat(),
        "undone_at": made.undone_at.isoformat() if made.undone_at else None,
        "machine": {**machine, "version": made.machine_version or None},
    }


def page_of(request: Request, page: Page[Any], results: list[Answer]) -> Answer:
    """A list with the addresses of its neighbours."""
    return {
        "count": page.paginator.count,
        "next": _address(request, page.next_page_number()) if page.has_next() else None,
        "previous": _address(request, page.previous_page_number()) if page.has_previous() else None,
        "results": results,
    }


def _address(request: Request, number: int) -> str:
    address = request.build_absolute_uri()
    found: str = replace_query_param(remove_query_param(address, "page"), "page", str(number))
    return found
