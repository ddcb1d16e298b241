"""From scores to stated probabilities, a prior that holds false alarms, and a band too close to call.

All three are fitted on validation images as they are and on degraded copies of them, because that is what people
upload; classes weigh alike, and so do the sources within a class.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ml import balance, familiar, quality
from ml.config import Judgement
from ml.decide import pooled
from ml.metrics import softmax
from ml.predict import Predictions
from ml.quality import Quality

Weights = npt.NDArray[np.float64]
_OF_A_SOURCE = 300
_DETAILS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_TEMPERATURES = np.geomspace(0.2, 10, 200)


def calibrate(
    predictions: list[Predictions], judgement: Judgement, emphasis: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """The card's `decision` from predictions of the same validation images, as they are and degraded.

    `emphasis` is that of training: a source that hardly counted there must not say here how sure the model may be.

    The threshold is one half, so that "no sign found" never stands beside a probability above it. What holds the
    false alarms is the prior: probabilities are stated for a queue with that share of fakes, at most a half.
    """
    fake = np.concatenate([p.fake for p in predictions])
    weights = np.concatenate([_weights(p, emphasis) for p in predictions])
    temperature, detail = fit_views(np.concatenate([p.logits for p in predictions]), fake, weights)
    even = np.concatenate([p.score(temperature, 0.0, detail) for p in predictions])
    offset = max(0.0, _log_odds(hold_false_alarms(even[~fake], weights[~fake], judgement.false_alarms)))
    score = np.concatenate([p.score(temperature, offset, detail) for p in predictions])
    return {
        "temperature": temperature,
        "detail": detail,
        "offset": offset,
        "prior": float(1 / (1 + np.exp(offset))),
        "threshold": 0.5,
        "band": band(score, weights, 0.5, judgement.band_share),
        "contradiction": [float(1 / (1 + np.exp(-side * judgement.steady_log_odds))) for side in (-1, 1)],
        "false_alarms": judgement.false_alarms,
        "tested": {
            "short_edge": judgement.tested_short_edge,
            "megapixels": judgement.tested_megapixels,
            "aspect": judgement.tested_aspect,
            **_tested_quality(predictions, judgement),
        },
        **_familiar(predictions),
    }


def _tested_quality(predictions: list[Predictions], judgement: Judgement) -> dict[str, Any]:
    measured = [Quality.of(pair) for part in predictions if part.quality is not None for pair in part.quality]
    if not measured:
        return {}
    return {"quality": quality.fit(measured, judgement.tested_jpeg_quality).to_card()}


def _familiar(predictions: list[Predictions]) -> dict[str, Any]:
    """The gate of features, from the same number of images of each source; nothing where a model exports none."""
    chosen = [part.only(_even(part.sources)) for part in predictions if part.features is not None]
    if not chosen:
        return {}
    features = np.concatenate([part.features for part in chosen if part.features is not None])
    labels = [record.label for part in chosen for record in part.records]
    groups = [group for part in chosen for group in part.groups.tolist()]
    kinds = [record.source for part in chosen for record in part.records]
    try:
        return {"familiar": familiar.fit(features, labels, groups, kinds).to_card()}
    except familiar.FamiliarityError:  # too few images or features to know what is usual: then nothing is said of it
        return {}


def _even(sources: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
    """At most so many rows of each source, the first ones: a large source must not say alone what is usual."""
    names, places = np.unique(sources, return_inverse=True)
    rank = np.empty(len(sources), dtype=int)
    for place in range(len(names)):
        rank[places == place] = np.arange((places == place).sum())
    return np.asarray(rank < _OF_A_SOURCE)


def fit_views(logits: npt.NDArray[np.floating], fake: npt.NDArray[np.bool_], weights: Weights) -> tuple[float, float]:
    """Temperature, and share of the details, that minimise the loss; logits of shape (n, 5, classes)."""
    fitted = []
    for detail in _DETAILS:
        rows = pooled(logits, detail)
        temperature = fit_temperature(rows, fake, weights)
        fitted.append((log_loss(1 - softmax(rows / temperature)[:, 0], fake, weights), temperature, detail))
    return min(fitted)[1:]


def fit_temperature(logits: npt.NDArray[np.floating], fake: npt.NDArray[np.bool_], weights: Weights) -> float:
    """The divisor of the logits, shape (n, classes), that minimises the weighted log loss (Guo et al., 2017)."""
    losses = [log_loss(1 - softmax(logits / t)[:, 0], fake, weights) for t in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def log_loss(score: npt.NDArray[np.floating], fake: npt.NDArray[np.bool_], weights: Weights) -> float:
    """Weighted negative log-likelihood of the labels."""
    likelihood = np.clip(np.where(fake, score, 1 - score), 1e-12, 1)
    return float(-(weights * np.log(likelihood)).sum() / weights.sum())


def hold_false_alarms(score: npt.NDArray[np.floating], weights: Weights, at_most: float) -> float:
    """The lowest threshold at which the weighted share of authentic images at or above it is `at_most` or less."""
    order = np.argsort(score)
    above = 1 - np.cumsum(weights[order]) / weights.sum()  # the share strictly after each image
    place = int(np.argmax(above <= at_most + 1e-12))
    highest_below = score[order][place]
    above_it = score[score > highest_below].min(initial=1.0)
    # Half way to the next image, so that rounding of what follows cannot lift one over it.
    return float(max(np.nextafter(highest_below, np.inf), (highest_below + above_it) / 2))


def band(score: npt.NDArray[np.floating], weights: Weights, threshold: float, share: float) -> list[float]:
    """Fake probabilities, symmetric round the threshold in log-odds, that hold this weighted share of images."""
    centre = _log_odds(threshold)
    distance = np.abs([_log_odds(value) - centre for value in score])
    order = np.argsort(distance)
    place = int(np.searchsorted(np.cumsum(weights[order]) / weights.sum(), share))
    width = float(distance[order][min(place, len(order) - 1)])
    return [float(1 / (1 + np.exp(-(centre + side * width)))) for side in (-1, 1)]


def _weights(predictions: Predictions, emphasis: Mapping[str, float] | None) -> Weights:
    sides = ["fake" if fake else "authentic" for fake in predictions.fake]
    return balance.weights(sides, predictions.sources.tolist(), emphasis)


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, 1e-9), 1 - 1e-9)
    return float(np.log(clipped / (1 - clipped)))
