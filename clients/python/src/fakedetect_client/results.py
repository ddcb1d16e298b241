"""A result: what the site says about one image. `raw` is the whole answer, with whatever this version does not know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fakedetect_client.reading import Fields

FAKE = frozenset({"ai_generated", "manipulated"})
OVER = frozenset({"done", "failed"})  # states in which nothing changes any more


@dataclass(frozen=True, slots=True)
class File:
    name: str
    sha256: str
    bytes: int
    format: str
    width: int
    height: int

    @classmethod
    def of(cls, raw: Any) -> "File":
        read = Fields(raw)
        digest, kind = read.text("sha256"), read.text("format")
        return cls(read.text("name"), digest, read.whole("bytes"), kind, read.whole("width"), read.whole("height"))


@dataclass(frozen=True, slots=True)
class Model:
    version: str
    sha256: str

    @classmethod
    def of(cls, raw: Any) -> "Model":
        read = Fields(raw)
        return cls(read.text("version"), read.text("sha256"))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Below the first no sign was found, above the second it is called fake; between them it is inconclusive."""

    authentic_below: float
    fake_above: float

    @classmethod
    def of(cls, raw: Any) -> "Thresholds":
        read = Fields(raw)
        return cls(read.number("authentic_below"), read.number("fake_above"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The machine's answer. `label` is authentic (no sign found, never a proof), ai_generated, manipulated or
    inconclusive; `fake_probability` is calibrated."""

    label: str
    fake_probability: float
    probabilities: Mapping[str, float]
    reasons: tuple[str, ...]
    thresholds: Thresholds | None
    model: Model | None

    @classmethod
    def of(cls, raw: Any) -> "Verdict":
        read = Fields(raw)
        return cls(
            label=read.must("label"),
            fake_probability=read.number("fake_probability"),
            probabilities=dict(read.object("probabilities")),
            reasons=read.many("reasons", str),
            thresholds=read.part("thresholds", Thresholds.of),
            model=read.part("model", Model.of),
        )


@dataclass(frozen=True, slots=True)
class Review:
    """What a person decided. It stands before the machine's verdict."""

    decision: str
    note: str
    by: str | None
    at: datetime | None
    final: bool

    @classmethod
    def of(cls, raw: Any) -> "Review":
        read = Fields(raw)
        said = read.must("decision"), read.text("note"), read.text_or_none("by")
        return cls(*said, read.time("at"), read.flag("final"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One signal. `stance` is supports_fake, supports_authentic, silent or not_run."""

    signal: str
    stance: str
    summary: str
    details: Mapping[str, Any]
    picture: str | None

    @classmethod
    def of(cls, raw: Any) -> "Evidence":
        read = Fields(raw)
        said = read.text("signal"), read.text("stance"), read.text("summary")
        return cls(*said, read.object("details"), read.text_or_none("picture"))

    @property
    def picture_name(self) -> str | None:
        """What `Client.evidence` is asked for."""
        return self.picture.rstrip("/").rpartition("/")[2].removesuffix(".png") if self.picture else None


@dataclass(frozen=True, slots=True)
class Failure:
    code: str
    detail: str

    @classmethod
    def of(cls, raw: Any) -> "Failure":
        read = Fields(raw)
        return cls(read.text("code"), read.text("detail"))


@dataclass(frozen=True, slots=True)
class Result:
    id: str
    status: str
    created_at: datetime | None
    duplicate_of: str | None
    file: File
    verdict: Verdict | None
    review: Review | None
    evidence: tuple[Evidence, ...]
    ledger: str
    heatmap: str | None
    error: Failure | None
    links: Mapping[str, str]
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Any) -> "Result":
        read = Fields(raw)
        return cls(
            id=read.must("id"),
            status=read.must("status"),
            created_at=read.time("created_at"),
            duplicate_of=read.text_or_none("duplicate_of"),
            file=File.of(read.object("file")),
            verdict=read.part("verdict", Verdict.of),
            review=read.part("review", Review.of),
            evidence=read.many("evidence", Evidence.of),
            ledger=read.text("ledger"),
            heatmap=read.text_or_none("heatmap"),
            error=read.part("error", Failure.of),
            links=read.object("links"),
            raw=read.raw,
        )

    @property
    def label(self) -> str | None:
        """What is to be shown: a person's decision before the machine's verdict. None as long as there is neither."""
        if self.review:
            return "inconclusive" if self.review.decision == "unsure" else self.review.decision
        return self.verdict.label if self.verdict else None

    @property
    def fake_probability(self) -> float | None:
        return self.verdict.fake_probability if self.verdict else None

    @property
    def is_fake(self) -> bool:
        """Whether it is called AI-generated or manipulated. False proves nothing."""
        return self.label in FAKE

    @property
    def is_over(self) -> bool:
        """Whether there is a verdict, or there will be none."""
        return self.status in OVER

    @property
    def ledger_is_over(self) -> bool:
        """Whether no more evidence will come."""
        return self.status == "failed" or (self.is_over and self.ledger in {*OVER, ""})
