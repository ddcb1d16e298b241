"""Reviewed pictures as a data set, and confirmed mistakes as a regression set: with their owners' consent, or not.

Each export is an act of its own in the audit history. Who withdraws consent is left out of the next one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit, consent
from accounts.audit import Actor
from accounts.models import Purpose
from detector.models import Review, Upload
from learning import families, folders, mistakes, opinions
from learning.folders import Row, Written
from learning.models import Mistake
from learning.opinions import Opinion

REVIEWS, REGRESSION = "reviews.jsonl", "regression.jsonl"
SOURCE = "reviews"
NO_CONSENT, MISSING = "no_consent", "missing"
TERMS = "Uploaded to this installation; the owner agreed to the training of its detector, and to nothing else."

Contents = Mapping[str, list[Upload]]


@dataclass(frozen=True, slots=True)
class Exported:
    """Where the manifest lies, how many pictures of each label it lists, and how many were left out, by reason."""

    manifest: Path
    labels: Mapping[str, int]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def images(self) -> int:
        return sum(self.labels.values())


def export(actor: Actor, *, out: Path) -> Exported:
    """Write the reviewed pictures into the folder `out`: `reviews.jsonl`, for `prepare_dataset`, and their bytes.

    Raises:
        LearningRefused: the folder holds something else.
        OSError: it cannot be written.
    """
    contents, left_out = _contents(), Counter({NO_CONSENT: _without_consent()})
    heard = {sha256: opinions.of(_reviews(uploads)) for sha256, uploads in contents.items()}
    known = {sha256: one for sha256, one in heard.items() if one}
    left_out.update(one.left_out for one in known.values() if one.left_out)
    chosen = {sha256: one for sha256, one in known.items() if one.label}
    rows = _rows({sha256: contents[sha256] for sha256 in chosen}, chosen)
    written = folders.write(out, REVIEWS, rows, partial(_seal, actor, "dataset.exported", left_out))
    return _exported(written, left_out)


def export_regression(actor: Actor, *, out: Path) -> Exported:
    """Write the regression set into the folder `out`: `regression.jsonl`, for `evaluate_model`, and the bytes.

    Raises:
        LearningRefused, OSError: as for `export`.
    """
    left_out: Counter[str] = Counter()
    rows = [_mistake(one) for one in mistakes.tested()]
    written = folders.write(out, REGRESSION, rows, partial(_seal, actor, "regression.exported", left_out))
    return _exported(written, left_out)


def _contents() -> Contents:
    """Uploads with a decision that is for good, of owners who agree, by the digest of their file."""
    reviewed = _final().values("upload")
    rows = Upload.objects.filter(pk__in=reviewed, owner__in=consent.people(Purpose.TRAINING))
    found: dict[str, list[Upload]] = defaultdict(list)
    for upload in rows.select_related("original").prefetch_related("reviews", "case_items").order_by("created_at"):
        found[upload.original_id].append(upload)
    return found


def _final() -> QuerySet[Review]:
    return Review.objects.filter(undone_at=None, effective_at__lte=timezone.now())


def _without_consent() -> int:
    """Pictures that were decided on and belong only to people who do not agree."""
    reviewed = Upload.objects.filter(pk__in=_final().values("upload"))
    agreed = reviewed.filter(owner__in=consent.people(Purpose.TRAINING)).values("original")
    return reviewed.exclude(original__in=agreed).values("original").distinct().count()


def _reviews(uploads: Iterable[Upload]) -> list[Review]:
    return [review for upload in uploads for review in upload.reviews.all()]


def _rows(contents: Contents, chosen: Mapping[str, Opinion]) -> Iterator[Row]:
    group = families.groups(contents)
    for sha256, uploads in contents.items():
        yield Row(uploads[0].original, _told(chosen[sha256], group[sha256], uploads[0]))


def _told(opinion: Opinion, group: str, upload: Upload) -> dict[str, Any]:
    """A line of the manifest: what `prepare_dataset` reads, then where the label comes from. No person is named."""
    newest = opinion.newest
    return {
        "label": opinion.label,
        "source": SOURCE,
        "group": group,
        "licence": TERMS,
        "reviews": opinion.reviews,
        "reviewers": opinion.reviewers,
        "agreement": opinion.agreement,
        "first_review": opinion.first,
        "last_review": opinion.last,
        "uploaded": f"{upload.created_at:%Y-%m-%d}",
        "machine_label": newest.machine_label,
        "machine_probability": newest.machine_probability,
        "model": newest.machine_version,
    }


def _mistake(mistake: Mistake) -> Row:
    told = {
        "label": mistake.label,
        "source": "regression",
        "group": mistake.key,
        "licence": TERMS,
        "key": mistake.key,
        "entered": f"{mistake.entered_at:%Y-%m-%d}",
        "machine_label": mistake.machine_label,
        "machine_probability": mistake.machine_probability,
        "model": mistake.machine_version,
    }
    return Row(mistake.upload.original, told)


@transaction.atomic
def _seal(actor: Actor, action: str, left_out: Counter[str], written: Written) -> None:
    """The event, before the manifest: no list of private pictures lies anywhere that the history does not know of."""
    left_out[MISSING] = len(written.missing)
    told = {"images": len(written.rows), "labels": _labels(written), "left_out": _counted(left_out)}
    audit.record(actor, action, target="dataset", details={**told, "manifest_sha256": written.sha256})


def _exported(written: Written, left_out: Counter[str]) -> Exported:
    return Exported(written.manifest, _labels(written), _counted(left_out))


def _labels(written: Written) -> dict[str, int]:
    return dict(sorted(Counter(str(row.told["label"]) for row in written.rows).items()))


def _counted(left_out: Counter[str]) -> dict[str, int]:
    return {reason: count for reason, count in sorted(left_out.items()) if count}
