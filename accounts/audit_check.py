"""Is the history whole? It is walked in pages, in flat memory, beside running requests."""

from collections.abc import Iterator
from typing import Any

from django.db.models.functions import Coalesce

from accounts.audit_chain import FIELDS, Break, Row, Walk
from accounts.models import AuditEvent, AuditHead

_PAGE = 2_000


def verify_chain() -> Break | None:
    """Walk the whole chain and return the first break, or None.

    A chain that was cut at its end shows as a head that no event matches. Events recorded during the walk are
    left for the next one: the head that was read first says where this walk ends.
    """
    return verify(Walk())


def verify(walk: Walk) -> Break | None:
    """The same, held against the signed heads that the walk knows; afterwards it says how far it came."""
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    return walk.along(rows_until(head.last_id)) or walk.short_of() or _fault_at_the_end(head, walk)


def _fault_at_the_end(head: AuditHead, walk: Walk) -> Break | None:
    if head.last_id != walk.position:
        return Break(walk.position + 1, f"{head.last_id} events were recorded, and only {walk.position} are here")
    if head.last_digest != walk.digest:
        return Break(walk.position, "it is not the event that was recorded last")
    # One statement, hence one moment: an event beyond the head was not written by `record`.
    end = Coalesce(AuditHead.objects.filter(pk=1).values("last_id")[:1], 0)
    stray = AuditEvent.objects.filter(id__gt=end).order_by("id").first()
    return Break(stray.id, "it was added past the recorded end") if stray else None


def rows_until(last_id: int) -> Iterator[Row]:
    """All events up to this one, oldest first."""
    return rows_of(AuditEvent.objects.filter(id__lte=last_id))


def rows_of(events: Any) -> Iterator[Row]:
    """Events of a queryset as rows, oldest first, page by page: no transaction stays open for a slow reader."""
    ordered, after = events.order_by("id").values(*FIELDS), None
    while page := list((ordered if after is None else ordered.filter(id__gt=after))[:_PAGE]):
        for row in page:
            row["at"] = row["at"].isoformat()
            yield row
        after = page[-1]["id"]
