"""What a verdict page and the desk show of appeals."""

from typing import Any
from uuid import UUID

from django import template

from accounts.roles import can_see, owns
from desk import appeals
from desk.models import Outcome
from detector.models import Upload

register = template.Library()


@register.inclusion_tag("desk/_appeal_panel.html", takes_context=True)
def appeal_panel(context: dict[str, Any], upload_id: object, blind: bool = False) -> dict[str, Any]:
    """For the owner the way to dispute and how it went; for moderators what was said and attached.

    `blind` is for who must not know yet what the machine, or another person, said: neither label nor outcome is told.
    """
    person = context["request"].user
    upload = Upload.objects.with_verdicts().filter(pk=UUID(str(upload_id))).first()
    if upload is None or not can_see(person, upload):
        return {"shown": False}
    made, mine = list(appeals.of(upload)), owns(person, upload)
    made = [appeal for appeal in made if appeal.outcome == Outcome.PENDING] if blind else made
    refusal = appeals.why_not(person, upload) if mine else None
    can_dispute = mine and refusal is None
    return {
        "shown": bool(made) or can_dispute,
        "upload": upload,
        "made": made,
        "mine": mine,
        "blind": blind,
        "can_dispute": can_dispute,
    }
