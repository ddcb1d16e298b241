"""What the verdict's page offers about keeping and erasing an upload."""

from typing import Any
from uuid import UUID

from django import template
from django.template.context import RequestContext

from accounts.roles import is_moderator
from privacy.models import Expiry, Kept

register = template.Library()


@register.inclusion_tag("privacy/_controls.html", takes_context=True)
def privacy_controls(context: RequestContext, upload_id: str) -> dict[str, Any]:
    """Keep it, let it go, erase it: for those who may, each as far as they may."""
    user, upload = context["request"].user, UUID(str(upload_id))
    may_keep = context.get("is_owner") or is_moderator(user)
    return {
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
        "upload_id": upload_id,
        "may_keep": may_keep,
        "may_erase": context.get("can_delete"),
        "kept": Kept.objects.filter(upload_id=upload).first() if may_keep else None,
        "expiry": Expiry.objects.filter(upload_id=upload).first() if may_keep else None,
    }
