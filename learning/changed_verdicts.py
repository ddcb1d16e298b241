"""Verdicts that changed when history was scored again: written down, listed, told to their owners once."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Someone, is_account, is_moderator
from detector.models import Analysis, Review
from fakedetect_site import spreadsheets
from learning.models import Rescoring, VerdictChange
from ml.sentences import say, say_many
from notices import kinds
from notices.telling import tell

_OWNERS_AT_ONCE = 20
COLUMNS = (
    "upload", "name", "owner", "uploaded", "before", "before_probability", "before_model",
    "after", "after_probability", "after_model", "person_decided", "changed",
)  # fmt: skip


def note(run: Rescoring, *, before: Analysis, after: Analysis) -> None:
    """Copy both verdicts: evidence or a later run may change what the rows say."""
    VerdictChange.objects.create(
        rescoring=run,
        upload_id=after.upload_id,
        before=before.label,
        before_probability=before.fake_probability,
        before_version=before.model.version,
        after=after.label,
        after_probability=after.fake_probability,
    )


def visible_to(user: Someone, run: Rescoring) -> "QuerySet[Any]":
    """All of a run for moderators, otherwise those of what is theirs; each says whether a person's decision stands."""
    rows = with_decisions(run.changes.all()).select_related("upload__owner", "rescoring__model")
    if is_moderator(user):
        return rows
    return rows.filter(upload__owner_id=user.pk) if is_account(user) else rows.none()


def chosen(rows: "QuerySet[Any]", *, before: str = "", after: str = "", decided: str = "") -> "QuerySet[Any]":
    """Those from this verdict, to that one, with or without a person's decision; what is empty filters nothing."""
    named = {"before": before, "after": after, "decided": {"yes": True, "no": False}.get(decided)}
    return rows.filter(**{name: value for name, value in named.items() if value not in ("", None)})


def with_decisions(rows: "QuerySet[VerdictChange]") -> "QuerySet[Any]":
    """The same rows, each with `decided`: whether a person's decision stands above the machine's verdict."""
    standing = Review.objects.filter(upload=OuterRef("upload_id"), undone_at=None)
    return rows.annotate(decided=Exists(standing))


def tell_some(run: Rescoring) -> int:
    """Tell the next owners; how many were told. Nobody is told twice, whoever else is at it."""
    untold = VerdictChange.objects.filter(rescoring=run, told_at=None)
    owners = untold.order_by("upload__owner").values_list("upload__owner", flat=True).distinct()
    return sum(_tell(run, owner) for owner in list(owners[:_OWNERS_AT_ONCE]))


@transaction.atomic
def _tell(run: Rescoring, owner: int) -> bool:
    """One notice for all of theirs. What a person decided stays what is shown: that alone is no news."""
    Rescoring.objects.select_for_update().get(pk=run.pk)
    mine = VerdictChange.objects.filter(rescoring=run, told_at=None, upload__owner=owner)
    found = list(with_decisions(mine).values_list("pk", "decided"))
    for start in range(0, len(found), 500):
        part = [pk for pk, _decided in found[start : start + 500]]
        VerdictChange.objects.filter(pk__in=part).update(told_at=timezone.now())
    decided = sum(flag for _pk, flag in found)
    if len(found) > decided:
        _send(run, owner, len(found), decided)
    return bool(found)


def _send(run: Rescoring, owner: int, changed: int, decided: int) -> None:
    text = say_many(
        "Model {version} looked at your earlier uploads again: one verdict changed.",
        "Model {version} looked at your earlier uploads again: {count:,} verdicts changed.",
        count=changed,
        version=run.model.version,
    )
    if decided:
        text = say("{changed} What a person decided of {decided} of them stands.", changed=text, decided=decided)
    data: dict[str, Any] = {
        "rescoring": str(run.pk),
        "model": run.model.version,
        "changed": changed,
        "decided": decided,
    }
    link = reverse("learning:rescoring", args=[run.pk])
    tell(
        User.objects.get(pk=owner),
        kind=kinds.VERDICT_CHANGED,
        text=text,
        link=link,
        target=f"rescoring:{run.pk}",
        data=data,
    )


def table(rows: "QuerySet[VerdictChange]") -> Iterator[tuple[Any, ...]]:
    """The rows of a CSV file, its head first, in flat memory."""
    yield COLUMNS
    for row in rows.iterator(chunk_size=1_000):
        yield (
            row.upload_id, spreadsheets.cell(row.upload.name), spreadsheets.cell(row.upload.owner.get_username()),
            row.upload.created_at.isoformat(), row.before, row.before_probability, row.before_version,
            row.after, row.after_probability, row.rescoring.model.version,
            "yes" if getattr(row, "decided", False) else "no", row.created_at.isoformat(),
        )  # fmt: skip
