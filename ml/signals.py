"""How much each signal of the ledger may weigh, and what that gains: measured on files, written into the card.

A weight is the logarithm of a likelihood ratio: how much oftener a signal speaks against a fake of its kind than
against a photograph. Both shares are taken at the cautious end of their 95 % intervals (Wilson, 1927), so that a signal
measured on few images weighs little.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from ml import metrics
from ml.data import Record
from ml.evidence import ledger
from ml.evidence.subject import Subject
from ml.findings import Finding
from ml.fuse import fuse
from ml.images import InvalidImage, Limits, read
from ml.normalise import normalised_file
from ml.promotion import wilson
from ml.serve import Score, Scorer

# Those that may speak of a trace in the pixels. What a file says of itself has no error rate; stability and faces are
# the model's, whose word is not counted twice.
KINDS: Mapping[str, str] = {
    "copy_move": "manipulated",
    "compression": "manipulated",
}
AUTHENTIC, INCONCLUSIVE = "authentic", "inconclusive"
Tick = Callable[[int, int], None]  # how many are done, of how many
_LIMITS = Limits(bytes=100_000_000, pixels=100_000_000)


class Examined(NamedTuple):
    """One labelled picture: what the model says of it, and what the signals found."""

    label: str
    source: str
    score: Score
    findings: list[Finding]


def examine(scorer: Scorer, records: Sequence[Record], tick: Tick = lambda done, total: None) -> list[Examined]:
    """Model and signals over the files of a manifest, those of a leaking source re-encoded alike for both classes.

    Edits that exist only as pixels have no file and are left out.
    """
    found = []
    for number, record in enumerate(records, 1):
        tick(number, len(records))
        if not record.edit and (data := _file(record)):
            found.append(Examined(record.label, record.source, scorer.score(data, _LIMITS), list(_findings(data))))
    return found


def weights(examined: Sequence[Examined]) -> dict[str, dict[str, Any]]:
    """For each signal: its kind of fake, how often it spoke of how many, and its log-likelihood ratio (0: none)."""
    photographs = [one for one in examined if one.label == AUTHENTIC]
    found = {}
    for signal, kind in KINDS.items():
        fakes = _most_telling([one for one in examined if one.label == kind], signal)
        if fakes and photographs:
            hits, alarms = _spoke(fakes, signal), _spoke(photographs, signal)
            shares = {"hits": [hits, len(fakes)], "false_alarms": [alarms, len(photographs)]}
            ratio = log_ratio((hits, len(fakes)), (alarms, len(photographs)))
            row = {"kind": kind, "source": fakes[0].source, **shares, "log_likelihood_ratio": ratio}
            found[signal] = row
    return found


def _most_telling(fakes: Sequence[Examined], signal: str) -> list[Examined]:
    """The fakes of the source in which the signal speaks most often: a set of face swaps says nothing of copies, and
    nobody knows which share of the manipulations that reach a site are copies. Ties go to the larger source."""
    by_source = [[one for one in fakes if one.source == source] for source in sorted({one.source for one in fakes})]
    return max(by_source, key=lambda some: (_spoke(some, signal) / len(some), len(some)), default=[])


def log_ratio(hits: tuple[int, int], alarms: tuple[int, int]) -> float:
    """Of (spoke, images) among fakes and among photographs; never below 0: silence is no witness."""
    least, most = (wilson(count / images, images) for count, images in (hits, alarms))
    return round(max(0.0, math.log(least.low / most.high)), 3) if least.low > 0 else 0.0


def gain(examined: Sequence[Examined], card: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By source and in all: AUC and what is said outright, of the model alone and with the evidence."""
    rows = {}
    for source in ["all", *sorted({one.source for one in examined})]:
        chosen = [one for one in examined if source in ("all", one.source)]
        alone = [one.score.own for one in chosen]
        fused = [fuse(own, one.findings, card) for own, one in zip(alone, chosen, strict=True)]
        fake = np.array([one.label != AUTHENTIC for one in chosen])
        rows[source] = {"images": len(chosen), "alone": _figures(fake, alone), "fused": _figures(fake, fused)}
    return rows


def _figures(fake: metrics.Flags, verdicts: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Those that are defined: a source of one class has no AUC."""
    labels = np.array([verdict["label"] for verdict in verdicts])
    accused = (labels != AUTHENTIC) & (labels != INCONCLUSIVE)
    found = {
        "auc": metrics.auc(fake, np.array([verdict["fake_probability"] for verdict in verdicts])),
        "found": float(accused[fake].mean()) if fake.any() else math.nan,
        "false_alarms": float(accused[~fake].mean()) if not fake.all() else math.nan,
        "inconclusive": float((labels == INCONCLUSIVE).mean()),
    }
    return {name: round(value, 4) for name, value in found.items() if not math.isnan(value)}


def _file(record: Record) -> bytes | None:
    """None for a file that cannot be read; the manifest has reported it."""
    try:
        data = Path(record.path).read_bytes()
        return normalised_file(_decoded(data), record.sha256) if record.normalise else data
    except (OSError, InvalidImage):
        return None


def _decoded(data: bytes) -> Image.Image:
    return read(data, _LIMITS)[1]


def _findings(data: bytes) -> Iterable[Finding]:
    facts, image = read(data, _LIMITS)
    return ledger.examine(Subject(data, facts, image), [name for name in ledger.DEEP if name in KINDS])


def _spoke(examined: Sequence[Examined], signal: str) -> int:
    return sum(any(row.signal == signal and row.stance == "supports_fake" for row in one.findings) for one in examined)
