"""What the desk shows of an image while its decision is open, and what it hides until then."""

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from desk import habits
from desk.models import ItemState, QueueItem
from detector import models_in_use, report
from detector.models import Review, Upload

# Findings that tell what the machine answered, or where it looked: hidden with its verdict.
_OF_THE_MACHINE = {"stability", "where", "faces", "similar", "familiar", "tested_range"}


@dataclass(frozen=True, slots=True)
class Sight:
    """An image as one reviewer sees it. `earlier` are the decisions on it that the reviewer may know of."""

    item: QueueItem
    report: dict[str, Any]
    card: Any
    hides_machine: bool
    hides_first: bool
    earlier: list[Review]

    @property
    def hides_anything(self) -> bool:
        """Whether this person must not know yet what the machine, or another person, said."""
        return self.hides_machine or self.hides_first


def of(item: QueueItem, person: User) -> Sight:
    """What this person may see of the image now.

    A second opinion is only worth something if the first one is not known; and who asked for it is not told what the
    machine said before they have decided themselves.
    """
    upload: Upload = Upload.objects.with_verdicts().get(pk=item.upload_id)
    is_open = item.state == ItemState.OPEN
    blind, second = is_open and habits.of(person).hide_machine, is_open and item.second_to_id is not None
    told = report.of_upload(upload, reader=person, copies=not (blind or second))
    latest = upload.latest
    return Sight(
        item=item,
        report=_blind(told) if blind else told,
        card=models_in_use.card_of(latest.model) if latest else {},
        hides_machine=blind,
        hides_first=second,
        earlier=[] if second else decisions_of(upload),
    )


def _blind(told: dict[str, Any]) -> dict[str, Any]:
    """The same without the machine's answer."""
    rows = [row for row in told["evidence"] if row["signal"] not in _OF_THE_MACHINE]
    return told | {"verdict": None, "heatmap": None, "evidence": rows, "earlier": []}


def decisions_of(upload: Upload) -> list[Review]:
    """All decisions on an upload, newest first, those that were taken back among them."""
    return sorted(upload.reviews.all(), key=lambda one: -one.pk)
