"""The mean of models of one shape, where each was trained on from another of them.

It keeps what the earlier one knew of pictures unlike the new ones, and most of what the later one learned: Wortsman et
al., *Robust Fine-Tuning of Zero-Shot Models*, CVPR (2022).
"""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np


def average(models: Sequence[Path], target: Path) -> None:
    """Write the model whose every weight is the mean of theirs.

    Raises:
        ValueError: there are fewer than two, one is no model, or their shapes differ.
        OSError: one cannot be read, or `target` not be written.
    """
    if len(models) < 2:
        raise ValueError("A mean takes two models and more.")
    read = [keras.saving.load_model(path, compile=False) for path in models]
    weights = [model.get_weights() for model in read]
    if len({tuple(value.shape for value in one) for one in weights}) > 1:
        raise ValueError("These models are not of one shape, so their weights have no mean.")
    read[0].set_weights([np.mean(values, axis=0) for values in zip(*weights, strict=True)])
    read[0].save(target)
