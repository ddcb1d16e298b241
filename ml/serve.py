"""The interface of `ml`: load a model, score the bytes of an image. Light enough for a web process."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml import fingerprint, registry, report_charts
from ml.apart import CannotStart
from ml.cards import render as card_text
from ml.decide import Decision, Rule, Seen, decide
from ml.decoder import missing as missing_locks
from ml.evidence import ledger
from ml.evidence.ledger import together
from ml.evidence.pair import Overlay
from ml.evidence.subject import Opinion, Subject
from ml.findings import Finding
from ml.fuse import fuse
from ml.heatmap import render_heatmap
from ml.images import FORMATS, ImageFacts, InvalidImage, Limits, decode, read, thumbnail, too_large
from ml.look import Look, glance, look
from ml.place import PlaceRemains, blanked, without_place
from ml.promotion import objections
from ml.registry import ModelRefused, shipped
from ml.runtime import Runtime
from ml.sentences import Sentence, Teller, say, say_many
from ml.views import reduced, working_picture

__all__ = [
    "DEEP", "FORMATS", "LABELS", "OF_THE_MODEL", "SIGNALS", "CannotStart", "Finding", "ImageFacts", "InvalidImage",
    "Limits", "ModelInfo", "ModelRefused", "Overlay", "Picture", "PlaceRemains", "Score", "Scorer", "Sentence",
    "Teller", "blanked", "card_text", "decode", "fingerprint", "fuse", "lay_over", "load", "missing_locks",
    "objections", "render_heatmap", "report_charts", "say", "say_many", "shipped", "thumbnail", "together", "too_large",
    "without_place",
]  # fmt: skip

LABELS = ("authentic", "ai_generated", "manipulated")
DEEP = ledger.DEEP
SIGNALS = (*ledger.QUICK, *DEEP)  # in the order of the page
OF_THE_MODEL = ("stability", "where")  # deep signals whose word is about the model; the others read the picture alone


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model spoke: its version, the SHA-256 of `model.tflite`, and its card."""

    version: str
    sha256: str
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """What the model says of one picture.

    `label` is one of LABELS or "inconclusive"; `probabilities` hold all LABELS and sum to 1; `heatmap` are rows of
    0 to 1 over the whole picture, 0.5 where a place speaks for neither side; of a manipulated photograph they say how
    likely each place was altered, where the model found such a place.
    """

    label: str
    fake_probability: float
    probabilities: dict[str, float]
    reasons: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    heatmap: list[list[float]] | None
    facts: ImageFacts
    model: ModelInfo

    @property
    def own(self) -> dict[str, Any]:
        """The verdict alone, as `fuse` takes it and the data base keeps it."""
        named = {"label": self.label, "fake_probability": self.fake_probability}
        return named | {"probabilities": self.probabilities, "reasons": list(self.reasons)}


@dataclass(frozen=True, slots=True)
class Picture:
    """A file that was checked and decoded once: its facts, its pixels at the model's working scale, its bytes.

    `apart`: in a process of its own, as whatever is decoded of it later.
    """

    facts: ImageFacts
    image: Image.Image
    data: bytes
    apart: bool = False


class Scorer:
    """A loaded model; any number of threads may score with it."""

    def __init__(self, version: registry.Version) -> None:
        """Raises KeyError, TypeError or ValueError where the card lacks a part or the file is no model."""
        card = version.card
        self.info = ModelInfo(str(card["version"]), version.sha256, card)
        self._rule = Rule.from_card(card)
        self._size = int(card["recipe"]["input_size"])
        self._run = Runtime(version.content)
        self._run(np.zeros((self._size, self._size, 3), np.uint8))  # a file that cannot run is refused now, not later

    def score(self, data: bytes, limits: Limits | None = None) -> Score:
        """Score the bytes of one image file; raises what `open` raises."""
        return self.judge(self.open(data, limits))

    def open(self, data: bytes, limits: Limits | None = None) -> Picture:
        """Check and decode a file at the scale that this model works at.

        Raises:
            InvalidImage: whatever `images.read` raises.
        """
        return Picture(*working_picture(data, self._size, limits), data, bool(limits and limits.apart))

    def judge(self, picture: Picture) -> Score:
        """Score a picture that `open` of this very scorer made; the ledger's quick signals are among the findings."""
        seen, decision = self._see(look, picture.image, picture.facts)
        subject = Subject(picture.data, picture.facts, picture.image, apart=picture.apart)
        quick = ledger.examine(subject, ledger.QUICK)
        return Score(
            label=decision.label,
            fake_probability=decision.fake_probability,
            probabilities=decision.probabilities,
            reasons=decision.reasons,
            findings=(*decision.findings, *quick),
            heatmap=_where(seen, decision.label, self._rule),
            facts=picture.facts,
            model=self.info,
        )

    def examine(self, data: bytes, limits: Limits | None = None) -> Iterator[Finding]:
        """The ledger's deep signals, one by one; the whole picture is decoded once for all of them.

        Raises:
            InvalidImage: whatever `images.read` raises.
        """
        facts, image = read(data, limits)
        yield from ledger.examine(Subject(data, facts, image, partial(self._opinion, facts)), ledger.DEEP)

    def steadiness(self, data: bytes, limits: Limits | None = None) -> list[Finding]:
        """The one deep signal about the model that a verdict hears: does it hold when the picture is changed a little?

        Raises:
            InvalidImage: whatever `images.read` raises.
        """
        facts, image = read(data, limits)
        return list(ledger.examine(Subject(data, facts, image, partial(self._opinion, facts)), OF_THE_MODEL[:1]))

    def _see(self, how: Callable[..., Look], image: Image.Image, facts: ImageFacts) -> tuple[Look, Decision]:
        seen = how(self._run, image, self._size, details=self._rule.detail > 0)
        unlike = self._rule.unlike(Seen(facts.jpeg_quality, seen.quality, seen.features))
        return seen, decide(seen.logits, facts.width, facts.height, self._rule, unlike)

    def _opinion(self, facts: ImageFacts, image: Image.Image) -> Opinion:
        """The model at a glance, of any picture: that of a file, a part of it or a copy compressed again."""
        width, height = image.size
        seen, decision = self._see(glance, reduced(image, self._size), replace(facts, width=width, height=height))
        altered = None if seen.mask is None else _rows(seen.mask)
        return Opinion(decision.label, decision.fake_probability, _where(seen, decision.label, self._rule), altered)


def load(folder: Path) -> Scorer:
    """Verify and load the model of a folder.

    Raises:
        ModelRefused: a digest is wrong, the card is missing or unreadable, or the file is no model.
    """
    version = registry.read(folder)
    try:
        return Scorer(version)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelRefused(f"The model in {folder.name} or its card is incomplete ({error}).") from error


def lay_over(one: Image.Image, other: Image.Image) -> Overlay:
    """Compare two RGB pictures: how the second lies over the first, what they share, where they differ."""
    from ml.evidence import overlay  # OpenCV is loaded where it is first needed, not at the start of every process

    return overlay.lay_over(one, other)


def _where(seen: Look, label: str, rule: Rule) -> list[list[float]]:
    """Of a manipulated photograph: how likely each place was altered. Of any other: how each place speaks for fake.

    A mask that finds no place likelier altered than not would be an empty map: face swaps were learned without masks.
    """
    if label == "manipulated" and seen.mask is not None and seen.mask.max() > 0:
        return _rows(seen.mask)
    authentic = rule.classes.index("authentic")
    fake = np.logaddexp.reduce(np.delete(seen.cam, authentic, axis=-1), axis=-1)
    return _rows((fake - seen.cam[..., authentic]) / rule.temperature - rule.offset)


def _rows(log_odds: npt.NDArray[np.floating]) -> list[list[float]]:
    return [[round(float(value), 4) for value in row] for row in 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))]
