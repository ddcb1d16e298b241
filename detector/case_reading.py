"""What pages and API show of cases, in few queries however many cases and uploads there are."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber

from accounts.roles import Someone, is_moderator, owns
from detector.models import Case, CaseMember, CaseNote, CaseUpload, Label, Upload
from detector.queries import UploadQuerySet

COVERS = 4  # pictures on the lid of a case
NOTES = 50  # on the page, unless all are asked for


def covers(cases: Iterable[Case]) -> dict[UUID, list[UUID]]:
    """The uploads that were put last into each case, newest first."""
    place = Window(RowNumber(), partition_by=F("case"), order_by=[F("added_at").desc(), F("id").desc()])
    rows = CaseUpload.objects.filter(case__in=list(cases)).annotate(place=place).filter(place__lte=COVERS)
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for case_id, upload_id in rows.order_by("place").values_list("case_id", "upload_id"):
        found[case_id].append(upload_id)
    return dict(found)


def uploads_of(case: Case, verdict: str = "") -> UploadQuerySet:
    """What lies in a case, newest first; with a verdict, only what it is shown as."""
    rows: UploadQuerySet = Upload.objects.in_case(case.pk)
    if verdict not in Label.values:
        return rows
    return rows.filter(shown_label=verdict)


def outcomes(case: Case) -> dict[str, int]:
    """How many uploads are shown as what, in the order of the labels; "pending" are those without a verdict."""
    rows = uploads_of(case).order_by()
    counted = dict(rows.values_list("shown_label").annotate(count=Count("pk")))
    found = {label: counted.get(label, 0) for label in Label.values}
    return found | {"pending": sum(counted.values()) - sum(found.values())}


def members_of(case: Case) -> list[CaseMember]:
    """Owners first, then by name."""
    rank = {"owner": 0, "editor": 1, "viewer": 2}
    rows = case.members.select_related("user")
    return sorted(rows, key=lambda one: (rank[one.role], one.user.get_username().casefold()))


def notes_of(case: Case, before: int | None = None, at_most: int = NOTES) -> list[CaseNote]:
    """Newest first, with authors and uploads; `still_here`: the upload that one is about lies in the case yet."""
    inside = CaseUpload.objects.filter(case=OuterRef("case"), upload=OuterRef("upload"))
    rows = case.notes.select_related("author", "upload").annotate(still_here=Exists(inside))
    return list((rows.filter(pk__lt=before) if before else rows)[:at_most])


def cases_of(upload: Upload, reader: Someone) -> list[Case]:
    """The cases in which an upload lies, as far as the reader may see them."""
    found: Any = Case.objects.visible_to(reader).filter(items__upload=upload)
    return list(found.with_membership(reader))


def unseen_cases_of(upload: Upload, reader: Someone) -> list[CaseUpload]:
    """Where else it lies: a case that the reader has left, or into which a moderator put it. Told to its owner only."""
    if is_moderator(reader):
        return []
    others = ~Q(case__members__user=reader.pk)
    return list(CaseUpload.objects.filter(others, upload=upload))


def receiving(pk: str, reader: Someone) -> Case | None:
    """The open case with this id into which the reader may put uploads; None for anything else."""
    try:
        wanted = UUID(pk)
    except ValueError:
        return None
    found: Case | None = Case.objects.edited_by(reader).filter(pk=wanted).first()
    return found


def reachable(pk: UUID, uploads: Iterable[Upload], reader: Someone) -> Case | None:
    """A case that one may see; or, where one's own uploads lie in it, any: they can be taken out of it."""
    case: Case | None = Case.objects.visible_to(reader).filter(pk=pk).first()
    own = [one.pk for one in uploads if owns(reader, one)]
    item = CaseUpload.objects.select_related("case").filter(case=pk, upload__in=own).first()
    return case or (item.case if item else None)
