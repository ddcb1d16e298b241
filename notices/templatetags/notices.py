"""What the pages ask of the notices."""

from django import template
from django.template import RequestContext

from notices import inbox, kinds

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notices(context: RequestContext) -> int:
    """How many notices are new; asked only by pages that show the bell."""
    return inbox.unread(context["user"]) if "user" in context else 0


@register.filter
def kind_icon(kind: str) -> str:
    return kinds.ICONS.get(kind, "bell")
