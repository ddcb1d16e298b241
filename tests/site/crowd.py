"""A site with as many rows of every kind as a test wants: uploads and all that hangs on them, cases, notices."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import ApiToken, User
from desk.models import Appeal, QueueItem, Reason
from detector.models import (
    Analysis,
    Batch,
    BatchItem,
    Case,
    CaseMember,
    CaseNote,
    CaseUpload,
    Finding,
    ModelVersion,
    Original,
    PictureHash,
    Review,
    SavedView,
    Tag,
    Tagging,
    Upload,
)
from learning.models import Rescoring, VerdictChange
from notices.models import Delivery, Endpoint, Notice
from tests.conftest import person

MARK = "crowd-"  # every name begins so, by which a test counts what a page lists
BITS = bytes(range(40))  # of every picture: each is a copy of all others


def grow(owner: User, moderator: User, model: ModelVersion, numbers: range) -> None:
    """Add the rows of these numbers. What lies in something lies in the first of it."""
    uploads = [_upload(owner, model, number) for number in numbers]
    _sort(owner, uploads, numbers)
    _share(owner, uploads, numbers)
    _look_at(moderator, model, uploads)
    for number in numbers:
        for one in (owner, moderator):
            Notice.objects.create(person=one, kind="review.decided", text=f"{MARK}{number}")
            SavedView.objects.create(owner=one, name=f"{MARK}{number}", key=f"{MARK}{number}", query=f"q={number}")
            ApiToken.objects.create(user=one, name=f"{MARK}{number}", prefix=f"{one.pk}-{number}", digest="0" * 64)
    endpoint = Endpoint.objects.filter(person=owner).order_by("created_at").first()
    for number in numbers:
        made = Endpoint.objects.create(person=owner, url=f"https://example.org/{MARK}{number}", seed="0" * 32)
        Delivery.objects.create(endpoint=endpoint or made, kind="review.decided", target=f"{MARK}{number}", body="{}")


def _upload(owner: User, model: ModelVersion, number: int) -> Upload:
    at = timezone.now() - timedelta(minutes=number)
    facts = {"format": "JPEG", "mime": "image/jpeg", "extension": "jpg", "bytes": 1000, "width": 640, "height": 480}
    original = Original.objects.create(sha256=f"{number:064x}", **facts)
    PictureHash.objects.create(original=original, bits=BITS)
    upload = Upload.objects.create(owner=owner, original=original, name=f"{MARK}{number}.jpg", created_at=at)
    verdict = {"state": "done", "ledger_state": "done", "label": "inconclusive", "fake_probability": 0.5}
    analysis = Analysis.objects.create(
        upload=upload,
        model=model,
        finished_at=at,
        probabilities={"authentic": 0.5, "ai_generated": 0.5, "manipulated": 0.0},
        reasons=["Not sure."],
        **verdict,
    )
    for position in range(2):
        Finding.objects.create(analysis=analysis, position=position, signal="stability", stance="silent", summary="So.")
    return upload


def _sort(owner: User, uploads: list[Upload], numbers: range) -> None:
    """A tag for all, and one of each number."""
    common, _ = Tag.objects.get_or_create(owner=owner, name=f"{MARK}all", key=f"{MARK}all")
    for upload, number in zip(uploads, numbers, strict=True):
        own = Tag.objects.create(owner=owner, name=f"{MARK}{number}", key=f"{MARK}{number}")
        for tag in (common, own):
            Tagging.objects.create(tag=tag, upload=upload, created_at=upload.created_at)


def _share(owner: User, uploads: list[Upload], numbers: range) -> None:
    """Cases, the first of which holds all uploads, has a note on each and a member more for each; and batches."""
    for upload, number in zip(uploads, numbers, strict=True):
        made = Case.objects.create(title=f"{MARK}{number}", created_at=timezone.now() - timedelta(minutes=number))
        CaseMember.objects.create(case=made, user=owner, role="owner")
        first = Case.objects.order_by("-created_at").first()
        CaseUpload.objects.create(case=first, upload=upload, added_by=owner)
        CaseNote.objects.create(case=first, upload=upload, author=owner, text=f"{MARK}{number}")
        CaseMember.objects.create(case=first, user=person(f"{MARK}member-{number}"), role="viewer")
        Batch.objects.create(owner=owner, external_id=f"{MARK}{number}", state="done", finished_at=timezone.now())
        batch = Batch.objects.order_by("created_at").first()
        item = {"name": f"{MARK}{number}", "state": "done", "upload": upload}
        BatchItem.objects.create(batch=batch, position=number, **item)


def _look_at(moderator: User, model: ModelVersion, uploads: list[Upload]) -> None:
    """What people and newer models said of the uploads."""
    rescoring = Rescoring.objects.first() or Rescoring.objects.create(model=model, started_by=moderator)
    for upload in uploads:
        decided = {"decision": "unsure", "machine_label": "inconclusive", "machine_version": model.version}
        item = QueueItem.objects.create(upload=upload, reason=Reason.INCONCLUSIVE)
        Appeal.objects.create(upload=upload, item=item, note=f"{MARK}appeal")
        Review.objects.create(upload=upload, reviewer=moderator, **decided)
        change = {"before": "authentic", "before_version": "old", "after": "inconclusive"}
        VerdictChange.objects.create(rescoring=rescoring, upload=upload, after_probability=0.5, **change)
