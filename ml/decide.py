"""From calibrated probabilities to a label and its reasons: pure functions whose parameters travel in the card.

A verdict is conclusive only when it is clear of the threshold, survives a small re-encoding, and concerns a picture
of a kind that the model was tested on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ml.familiar import Familiar
from ml.findings import Finding
from ml.metrics import softmax
from ml.quality import Quality, QualityRange
from ml.sentences import Sentence, say

Logits = npt.NDArray[np.floating]

INCONCLUSIVE, AUTHENTIC = "inconclusive", "authentic"
HALF = "at half size"
VIEWS = ("as it is", "after JPEG 75", HALF, "mirrored")  # each of the whole picture; a fifth row holds its details
_KINDS = {"ai_generated": say("AI generation"), "manipulated": say("manipulation")}
_NOT_TRAINED = {
    "ai_generated": say("This model was not trained to find AI-generated pictures."),
    "manipulated": say("This model was not trained to find manipulated photographs: it looks for AI generation alone."),
}
_UNSTEADY = say(
    "The verdict changes when the picture is saved again, made smaller or mirrored, so it cannot be relied on."
)
_AGAIN, _HALVED, _MIRRORED = say("saved again (JPEG 75)"), say("made half as large"), say("mirrored")
# What was compared beside the size: (quality, kind).
_WITHIN = {
    (False, False): say("The picture's size is within what the model was tested on."),
    (True, False): say("The picture's size and quality are within what the model was tested on."),
    (False, True): say("The picture's size and kind are within what the model was tested on."),
    (True, True): say("The picture's size, quality and kind are within what the model was tested on."),
}


@dataclass(frozen=True, slots=True)
class SizeRange:
    """What the model was tested on; edges in pixels, `aspect` is the longer edge over the shorter."""

    short_edge: tuple[float, float]
    megapixels: tuple[float, float]
    aspect: float

    def complaint(self, width: int, height: int) -> Sentence | None:
        """Why a picture of this size is outside, or None."""
        short, megapixels = min(width, height), width * height / 1e6
        if short < self.short_edge[0] or megapixels < self.megapixels[0]:
            return say(
                "At {width} × {height} pixels the picture is smaller than those the model was tested on.",
                width=width, height=height,
            )  # fmt: skip
        if short > self.short_edge[1] or megapixels > self.megapixels[1]:
            return say(
                "At {width} × {height} pixels the picture is larger than those the model was tested on.",
                width=width, height=height,
            )  # fmt: skip
        if max(width, height) > self.aspect * short:
            return say("The picture is longer and narrower than those the model was tested on.")
        return None


class Seen(NamedTuple):
    """What tells a picture's kind beside its size: its file's compression, its quality, and the network's features."""

    jpeg_quality: int | None = None
    quality: Quality | None = None
    features: npt.NDArray[np.floating] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`band` holds the fake probabilities, round the threshold, that are too close to call.

    Two views contradict each other when one lies below `contradiction` and one above: with both ends at the threshold,
    every flip counts.
    """

    classes: tuple[str, ...]
    temperature: float
    offset: float
    threshold: float
    band: tuple[float, float]
    contradiction: tuple[float, float]
    tested: SizeRange
    detail: float = 0.0  # share of the details beside the views of the whole, 0 to 1
    familiar: Familiar | None = None
    quality: QualityRange | None = None

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> "Rule":
        """Raises KeyError, TypeError or ValueError on a card that lacks a part."""
        decision, tested = card["decision"], card["decision"]["tested"]
        low, high = map(float, decision["band"])
        below, above = map(float, decision["contradiction"])
        edges, megapixels = tuple(map(float, tested["short_edge"])), tuple(map(float, tested["megapixels"]))
        return cls(
            classes=tuple(card["classes"]),
            temperature=float(decision["temperature"]),
            offset=float(decision["offset"]),
            threshold=float(decision["threshold"]),
            band=(low, high),
            contradiction=(below, above),
            tested=SizeRange((edges[0], edges[1]), (megapixels[0], megapixels[1]), float(tested["aspect"])),
            detail=float(decision.get("detail", 0.0)),
            familiar=Familiar.from_card(decision["familiar"]) if "familiar" in decision else None,
            quality=QualityRange.from_card(tested["quality"]) if "quality" in tested else None,
        )

    def unlike(self, seen: Seen) -> Sentence | None:
        """Why a picture is of a kind that was not tested, or None; of what the card does not know nothing is said."""
        if self.quality and seen.quality and (complaint := self.quality.complaint(seen.jpeg_quality, seen.quality)):
            return complaint
        return self.familiar.complaint(seen.features) if self.familiar and seen.features is not None else None


@dataclass(frozen=True, slots=True)
class Decision:
    """The label, what it rests on, and what was checked."""

    label: str
    fake_probability: float
    probabilities: dict[str, float]
    reasons: tuple[Sentence, ...]
    findings: tuple[Finding, ...]


def calibrated(logits: Logits, temperature: float, offset: float) -> npt.NDArray[np.float64]:
    """Probabilities of logits, (…, classes). `offset` are log-odds for class 0, authentic: the prior of fakes."""
    scaled = logits / temperature
    scaled[..., 0] += offset
    return softmax(scaled)


def pooled(logits: Logits, detail: float) -> Logits:
    """One row from those of the views and of the details: (…, 5, classes) → (…, classes)."""
    whole = logits[..., : len(VIEWS), :].mean(axis=-2)
    return np.asarray((1 - detail) * whole + detail * logits[..., -1, :])


def combined(logits: Logits, temperature: float, offset: float, detail: float) -> npt.NDArray[np.float64]:
    """Calibrated probabilities of the pooled logits: (…, 5, classes) → (…, classes)."""
    return calibrated(pooled(logits, detail), temperature, offset)


def fake_by_view(logits: Logits, temperature: float, offset: float) -> npt.NDArray[np.float64]:
    """Fake probability of each view of the whole by itself: (…, 5, classes) → (…, 4)."""
    return np.asarray(1 - calibrated(logits[..., : len(VIEWS), :].copy(), temperature, offset)[..., 0])


def is_steady(fake: Sequence[float], rule: Rule) -> bool:
    """Whether no view clearly contradicts another: none below `rule.contradiction` while another is above it."""
    return not (min(fake) < rule.contradiction[0] and max(fake) > rule.contradiction[1])


def counted(views: Sequence[float], width: int, height: int, rule: Rule) -> dict[str, float]:
    """The views that can contradict each other, by name.

    Half of a small picture is smaller than anything that was tested: uploaded by itself it would be inconclusive, so
    it is no witness against the whole one either.
    """
    named = dict(zip(VIEWS, views, strict=True))
    if rule.tested.complaint(width // 2, height // 2):
        del named[HALF]
    return named


def decide(logits: Logits, width: int, height: int, rule: Rule, unlike: Sentence | None = None) -> Decision:
    """Judge one picture from its logits, shape (5, classes), its size in pixels, and what `Rule.unlike` says of it."""
    unlike = rule.tested.complaint(width, height) or unlike
    probabilities = combined(logits, rule.temperature, rule.offset, rule.detail)
    by_class = dict(zip(rule.classes, map(float, probabilities), strict=True))
    fake = 1 - by_class[AUTHENTIC]
    views = [float(value) for value in fake_by_view(logits, rule.temperature, rule.offset)]
    witnesses = counted(views, width, height, rule)
    doubts = _doubts(fake, list(witnesses.values()), unlike, rule)
    label = INCONCLUSIVE if doubts else _label(by_class, fake, rule)
    return Decision(
        label=label,
        fake_probability=fake,
        probabilities={name: by_class.get(name, 0.0) for name in (AUTHENTIC, *_KINDS)},
        reasons=(*(doubts or [_verdict(label, fake, rule)]), *_untrained(rule)),
        findings=(_stability(witnesses, rule), _tested_range(unlike, rule)),
    )


def _label(by_class: Mapping[str, float], fake: float, rule: Rule) -> str:
    if fake < rule.threshold:
        return AUTHENTIC
    return max((name for name in by_class if name != AUTHENTIC), key=by_class.__getitem__)


def _doubts(fake: float, views: Sequence[float], unlike: Sentence | None, rule: Rule) -> list[Sentence]:
    doubts = []
    if rule.band[0] <= fake <= rule.band[1]:
        doubts.append(
            say(
                "At {score:.0%} the score is too close to the threshold of {threshold:.0%} to call.",
                score=fake,
                threshold=rule.threshold,
            )
        )
    if not is_steady(views, rule):
        doubts.append(_UNSTEADY)
    return [*doubts, *([unlike] if unlike else [])]


def _verdict(label: str, fake: float, rule: Rule) -> Sentence:
    if label == AUTHENTIC:
        return say(
            "No sign of {kinds:or} found (score {score:.0%}). This is no proof that the picture is authentic.",
            kinds=[words for name, words in _KINDS.items() if name in rule.classes],
            score=fake,
        )
    return say(
        "The model finds traces of {kind} (score {score:.0%}, threshold {threshold:.0%}).",
        kind=_KINDS[label], score=fake, threshold=rule.threshold,
    )  # fmt: skip


def _untrained(rule: Rule) -> tuple[Sentence, ...]:
    return tuple(sentence for name, sentence in _NOT_TRAINED.items() if name not in rule.classes)


def _stability(witnesses: Mapping[str, float], rule: Rule) -> Finding:
    steady = is_steady(list(witnesses.values()), rule)
    done = [_AGAIN, *([_HALVED] if HALF in witnesses else []), _MIRRORED]
    held = say("The verdict held when the picture was {done:and}.", done=done)
    changed = say("The verdict changed when the picture was {done:or}.", done=done)
    return Finding(
        signal="stability",
        stance="silent",
        summary=held if steady else changed,
        details={"steady": steady, "fake_probability": dict(witnesses)},
    )


def _tested_range(complaint: Sentence | None, rule: Rule) -> Finding:
    return Finding(
        signal="tested_range",
        stance="silent",
        summary=complaint or _WITHIN[rule.quality is not None, rule.familiar is not None],
        details={
            "inside": complaint is None,
            "short_edge": list(rule.tested.short_edge),
            "megapixels": list(rule.tested.megapixels),
            "aspect": rule.tested.aspect,
        },
    )
