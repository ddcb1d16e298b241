"""What pages show of the queue: the chip of an item, and the moderators' part of a verdict page."""

from typing import Any
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import is_moderator, moderators
from desk import habits, showing
from desk.models import ItemState, QueueItem
from detector import review
from detector.models import State, Upload
from detector.templatetags import verdicts

register = template.Library()


@register.filter
def is_held(item: QueueItem) -> bool:
    """Whether somebody looks at it now."""
    return bool(item.claimed_by_id and item.lease_until and item.lease_until >= timezone.now())


@register.inclusion_tag("detector/_chip.html")
def item_chip(item: QueueItem, person: User) -> dict[str, Any]:
    """What is shown of an item: the decision, or the machine's verdict, unless that is hidden until one decides."""
    upload: Upload = item.upload
    is_open = item.state == ItemState.OPEN
    if is_open and (item.second_to_id or _hides(person)):
        return verdicts.chip("pending", _("Hidden"))
    if decided := review.standing(upload):
        return verdicts.chip(verdicts.decision_key(decided.decision), verdicts.decision_short(decided.decision))
    latest = upload.latest
    if latest is None or latest.state != State.DONE:
        return verdicts.chip("failed" if latest and latest.state == State.FAILED else "pending")
    return verdicts.chip(latest.label, probability=latest.fake_probability)


def _hides(person: User) -> bool:
    """Asked once a page: it stays with the person."""
    if not hasattr(person, "_hides_machine"):
        person._hides_machine = habits.of(person).hide_machine  # type: ignore[attr-defined]
    return bool(person._hides_machine)  # type: ignore[attr-defined]


@register.inclusion_tag("desk/_panel.html", takes_context=True)
def desk_panel(context: dict[str, Any], upload_id: str) -> dict[str, Any]:
    """Of a verdict page, for moderators: what was decided so far, and the way into the queue."""
    request = context["request"]
    if not is_moderator(request.user):
        return {"shown": False}
    upload = Upload.objects.prefetch_related("reviews__reviewer").get(pk=UUID(str(upload_id)))
    item = QueueItem.objects.open().filter(upload=upload).select_related("claimed_by", "assigned_to").first()
    return {
        "shown": True,
        "upload": upload,
        "item": item,
        "standing": review.standing(upload),
        "decisions": showing.decisions_of(upload),
        "people": moderators(),
        "user": request.user,
        "csrf_token": context.get("csrf_token"),
    }
