"""From scores to stated probabilities, a threshold that holds false alarms, and a band too close to call.

All three are fitted on validation images as they are and on degraded copies of them, because that is what people
upload; classes weigh alike, and so do the sources within a class.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ml import balance
from ml.config import Judgement
from ml.metrics import softmax
from ml.predict import Predictions

Weights = npt.NDArray[np.float64]
_TEMPERATURES = np.geomspace(0.2, 10, 200)


def calibrate(predictions: list[Predictions], judgement: Judgement) -> dict[str, Any]:
    """The card's `decision` from predictions of the same validation images, as they are and degraded."""
    fake = np.concatenate([p.fake for p in predictions])
    weights = np.concatenate([_weights(p) for p in predictions])
    temperature = fit_temperature(np.concatenate([p.logits for p in predictions]).mean(axis=1), fake, weights)
    score = np.concatenate([p.score(temperature) for p in predictions])
    threshold = max(0.5, hold_false_alarms(score[~fake], weights[~fake], judgement.false_alarms))
    low, high = band(score, weights, threshold, judgement.band_share)
    return {
        "temperature": temperature,
        "threshold": threshold,
        # "No sign found" beside a probability above one half would contradict itself.
        "band": [min(low, 0.5), high],
        "false_alarms": judgement.false_alarms,
        "tested": {
            "short_edge": judgement.tested_short_edge,
            "megapixels": judgement.tested_megapixels,
            "aspect": judgement.tested_aspect,
        },
    }


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
    return float(np.nextafter(score[order][place], np.inf))


def band(score: npt.NDArray[np.floating], weights: Weights, threshold: float, share: float) -> list[float]:
    """Fake probabilities, symmetric round the threshold in log-odds, that hold this weighted share of images."""
    centre = _log_odds(np.array([threshold]))[0]
    distance = np.abs(_log_odds(score) - centre)
    order = np.argsort(distance)
    place = int(np.searchsorted(np.cumsum(weights[order]) / weights.sum(), share))
    width = float(distance[order][min(place, len(order) - 1)])
    return [float(1 / (1 + np.exp(-(centre + side * width)))) for side in (-1, 1)]


def _weights(predictions: Predictions) -> Weights:
    sides = ["fake" if fake else "authentic" for fake in predictions.fake]
    return balance.weights(sides, predictions.sources.tolist())


def _log_odds(probability: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    clipped = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped / (1 - clipped)))
