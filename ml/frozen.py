"""A head on a backbone that never learns: the features of each image and of its mirror image, computed once.

An epoch then costs what the head costs: seconds in the place of an hour.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from ml import network
from ml.ahead import ahead
from ml.batches import Part, Targets, draw, one_hot, places
from ml.config import Experiment
from ml.data import Record, digest
from ml.images import to_input
from ml.pixels import pixels_of
from ml.progress import Tick

Features = npt.NDArray[np.float32]  # (images, 2, channels): as it is, mirrored
_CHUNK = 64


def head(model: keras.Model) -> keras.Model:
    """The head alone, on pooled features; it shares its layers, and so its weights, with the model."""
    pooled = keras.Input(model.get_layer(network.AVERAGE).output.shape[1:])
    return keras.Model(pooled, {network.LOGITS: network.apply_head(model, pooled)})


def open_features(
    model: keras.Model, records: Sequence[Record], experiment: Experiment, cache: Path, tick: Tick
) -> Features:
    """The pooled features of records, memory-mapped from `cache`; computed once for the same images and weights.

    Raises:
        InvalidImage, OSError: an image can no longer be read.
    """
    body = keras.Model(model.input, model.get_layer(network.AVERAGE).output)
    path = cache / f"features-{_key(body, records, experiment)}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        shape = (len(records), 2, body.output.shape[1])
        stored = np.lib.format.open_memmap(partial, "w+", np.float32, shape)
        for start, values in _computed(body, records, experiment):
            stored[start : start + len(values)] = values
            tick(start + len(values), len(records))
        stored.flush()
        partial.replace(path)
    return np.asarray(np.load(path, mmap_mode="r"))


class FeatureBatches(keras.utils.PyDataset):  # type: ignore[misc]  # keras has no types
    """Batches of (features, {"logits": one-hot labels}); drawn as `DegradedBatches` draws, mirrored by chance."""

    def __init__(
        self, features: Features, records: Sequence[Record], experiment: Experiment, epoch: int, part: Part = (0, 1)
    ) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.features, self.batch, self.part = features, experiment.training.batch, part
        self.labels = one_hot([record.label for record in records], experiment.network.classes)
        self.drawn = draw(records, experiment, epoch)
        rng = np.random.default_rng([experiment.training.seed, epoch, 1])
        self.mirrored = (rng.random(len(self.drawn)) < experiment.degradation.flip).astype(int)

    def __len__(self) -> int:
        return len(self.drawn) // self.batch

    def __getitem__(self, index: int) -> tuple[Features, Targets]:
        chosen = places(index, self.batch, self.part)
        rows = self.drawn[chosen.start : chosen.stop]
        return self.features[rows, self.mirrored[chosen.start : chosen.stop]], {network.LOGITS: self.labels[rows]}


class FixedFeatures(keras.utils.PyDataset):  # type: ignore[misc]
    """Every image once and in order, as it is or mirrored."""

    def __init__(self, features: Features, mirrored: bool) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self.features = features[:, int(mirrored)]

    def __len__(self) -> int:
        return -(-len(self.features) // 1024)

    def __getitem__(self, index: int) -> tuple[Features]:
        return (self.features[index * 1024 : (index + 1) * 1024],)


def _key(body: keras.Model, records: Sequence[Record], experiment: Experiment) -> str:
    """Of what the features depend on: images, network and the weights before the head."""
    total = hashlib.sha256(digest(records).encode())
    named = (experiment.network.backbone, experiment.network.input_size, experiment.training.precision)
    total.update(json.dumps(named).encode())
    for values in body.get_weights():
        total.update(values.tobytes())
    return total.hexdigest()[:16]


def _computed(body: keras.Model, records: Sequence[Record], experiment: Experiment) -> Iterator[tuple[int, Features]]:
    """The position of the first of some images, and their features; the next ones are decoded meanwhile."""
    size = experiment.network.input_size

    def pixels(start: int) -> npt.NDArray[np.uint8]:
        plain = [to_input(pixels_of(record, size)[0], size) for record in records[start : start + _CHUNK]]
        return np.stack([view for image in plain for view in (image, image[:, ::-1])])

    starts = range(0, len(records), _CHUNK)
    for start, batch in zip(starts, ahead(pixels, starts, experiment.training.workers), strict=True):
        values = np.asarray(keras.ops.convert_to_numpy(body.predict_on_batch(batch)), np.float32)
        yield start, values.reshape(-1, 2, values.shape[-1])
