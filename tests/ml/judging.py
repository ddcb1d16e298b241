"""Images judged to order, without a model: scores, sources and groups as a test wants them."""

import numpy as np

from ml.decide import Rule
from ml.judged import Judged, judge
from ml.predict import Predictions
from tests.ml.making import record

TWO, THREE = ("authentic", "ai_generated"), ("authentic", "ai_generated", "manipulated")


def rule(classes=TWO, **decision) -> Rule:
    values = {
        "temperature": 1.0, "offset": 0.0, "threshold": 0.5, "band": [0.4, 0.6], "contradiction": [0.5, 0.5],
        "tested": {"short_edge": [32, 6000], "megapixels": [0.001, 25], "aspect": 3.0},
    }  # fmt: skip
    return Rule.from_card({"classes": classes, "decision": values | decision})


def logits_of(probabilities) -> np.ndarray:
    """Five equal rows of logits whose softmax are these probabilities."""
    row = np.log(np.clip(np.asarray(probabilities, dtype=np.float64), 1e-9, 1)).astype(np.float32)
    return np.repeat(row[None], 5, axis=0)


def judged(rows, classes=TWO, **decision) -> Judged:
    """From (label, probabilities by class, changes of the record); a number stands for the fake probability of two."""
    records, logits = [], []
    for number, (label, score, changes) in enumerate(rows):
        values = {"sha256": f"{number:064x}", "group": str(number), "width": 200, "height": 200}
        records.append(record(label=label, **values | changes))
        logits.append(logits_of(score if isinstance(score, tuple) else (1 - score, score)))
    return judge(Predictions(records, np.stack(logits)), rule(classes, **decision))


def spread(count=200, seed=0, apart=1.0, **changes) -> Judged:
    """As many fakes as photographs, with scores that overlap."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        fake = number % 2 == 0
        score = 1 / (1 + np.exp(-(rng.normal() * 1.5 + (apart if fake else -apart))))
        rows.append(("ai_generated" if fake else "authentic", float(score), changes))
    return judged(rows)
