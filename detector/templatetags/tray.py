"""What a page tells the scripts that hand pictures in: addresses, limits and every word that they say."""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context

from detector.limits import ACCEPT, refusals
from detector.models import Label

register = template.Library()


@register.inclusion_tag("detector/_tray.html", takes_context=True)
def tray(context: Context) -> dict[str, Any]:
    """The tray of files at the foot of a page, empty and hidden."""
    return {
        "person": context["user"],
        "csrf_token": context.get("csrf_token"),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "endings": " ".join(kind for kind in ACCEPT.split(",") if kind.startswith(".")),
        "refusals": refusals(),
        "outcomes": [*Label.values, "pending", "failed"],
    }
