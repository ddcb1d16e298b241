"""Predictions with what the rule makes of them: worked out once, then cut into sources and slices."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.data import Record
from ml.decide import AUTHENTIC, INCONCLUSIVE, Rule, Seen, decide
from ml.metrics import Flags
from ml.predict import Predictions
from ml.quality import Quality


@dataclass(frozen=True, slots=True)
class Judged:
    """Images as a person would see them judged; every array has a row for each record.

    `score` is the calibrated fake probability, `by_view` that of each view by itself (images, views), `labels` the
    verdict shown, `outside` whether the picture is of a kind that was not tested.
    """

    rule: Rule
    records: Sequence[Record]
    score: npt.NDArray[np.float64]
    by_view: npt.NDArray[np.float64]
    labels: npt.NDArray[np.str_]
    outside: Flags

    @property
    def truth(self) -> npt.NDArray[np.str_]:
        """The label of each record."""
        return np.array([record.label for record in self.records], dtype=str)

    @property
    def fake(self) -> Flags:
        """Whether each record is labelled as anything but authentic."""
        return np.asarray(self.truth != AUTHENTIC)

    @property
    def sources(self) -> npt.NDArray[np.str_]:
        """The source of each record."""
        return np.array([record.source for record in self.records], dtype=str)

    @property
    def groups(self) -> npt.NDArray[np.str_]:
        """What each record shares with others of one scene, person or video."""
        return np.array([f"{record.source}/{record.group}" for record in self.records], dtype=str)

    @property
    def above(self) -> Flags:
        """Whether the score lies at or above the threshold."""
        return np.asarray(self.score >= self.rule.threshold)

    @property
    def conclusive(self) -> Flags:
        """Whether the verdict is one."""
        return np.asarray(self.labels != INCONCLUSIVE)

    @property
    def alarms(self) -> Flags:
        """Whether the verdict is a kind of fake."""
        return np.asarray(self.conclusive & (self.labels != AUTHENTIC))

    def digest(self) -> str:
        """16 hexadecimal digits that tell whether two evaluations speak of the same images and labels."""
        lines = sorted(f"{record.sha256} {record.edit} {record.seed} {record.label}" for record in self.records)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def only(self, rows: Flags) -> "Judged":
        """Some of the images."""
        records = [record for record, keep in zip(self.records, rows, strict=True) if keep]
        score, by_view, labels, outside = self.score, self.by_view, self.labels, self.outside
        return Judged(self.rule, records, score[rows], by_view[rows], labels[rows], outside[rows])


def judge(predictions: Predictions, rule: Rule) -> Judged:
    """Apply the rule to each image, as the site does."""
    rows = list(zip(predictions.records, predictions.logits, map(rule.unlike, _seen(predictions)), strict=True))
    labels = [decide(logits, record.width, record.height, rule, unlike).label for record, logits, unlike in rows]
    outside = [bool(rule.tested.complaint(record.width, record.height) or unlike) for record, _, unlike in rows]
    return Judged(
        rule,
        predictions.records,
        predictions.score(rule.temperature, rule.offset, rule.detail),
        predictions.score_by_view(rule.temperature, rule.offset),
        np.array(labels, dtype=str),
        np.array(outside, dtype=bool),
    )


def _seen(predictions: Predictions) -> list[Seen]:
    """What the gate reads of each image; the compression of one that was changed on the way is not known."""
    count = len(predictions.records)
    features = [None] * count if predictions.features is None else list(predictions.features)
    measured = [None] * count if predictions.quality is None else list(map(Quality.of, predictions.quality))
    return [
        Seen(None if record.edit or record.normalise else record.jpeg_quality, quality, own)
        for record, quality, own in zip(predictions.records, measured, features, strict=True)
    ]


def joined(parts: Sequence[Judged]) -> Judged:
    """Several sets of images, judged by one rule, as one."""
    return Judged(
        parts[0].rule,
        [record for part in parts for record in part.records],
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("score", "by_view", "labels", "outside")
        ),
    )
