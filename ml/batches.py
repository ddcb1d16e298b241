"""What the network sees in training: balanced draws, degraded afresh each time, the same again for the same seed."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml import balance
from ml.config import Experiment
from ml.data import Record
from ml.images import to_input
from ml.store import PixelStore
from ml.views import degrade


class DegradedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # keras has no types
    """Batches of (uint8 images, one-hot labels) for `fit`, drawn with `balance.weights`.

    The draws and degradations of an epoch depend on seed and epoch alone, so that a resumed run sees what the
    uninterrupted one would have seen, whatever the number of worker threads.
    """

    def __init__(self, store: PixelStore, records: Sequence[Record], experiment: Experiment, epoch: int) -> None:
        super().__init__(workers=experiment.training.workers, use_multiprocessing=False, max_queue_size=16)
        self.store, self.experiment, self.epoch = store, experiment, epoch
        classes = experiment.network.classes
        self.targets = np.eye(len(classes), dtype=np.float32)[[classes.index(r.label) for r in records]]
        training = experiment.training
        weights = balance.weights([r.label for r in records], [r.source for r in records], training.emphasis)
        rng = np.random.default_rng([training.seed, epoch])
        self.drawn = rng.choice(len(records), size=training.images_per_epoch, p=weights)

    def __len__(self) -> int:
        return len(self.drawn) // self.experiment.training.batch

    def __getitem__(self, index: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        training, size = self.experiment.training, self.experiment.network.input_size
        rows = self.drawn[index * training.batch : (index + 1) * training.batch]
        rng = np.random.default_rng([training.seed, self.epoch, index])
        images = [degrade(self.store.image(row), size, self.experiment.degradation, rng) for row in rows]
        return np.stack(images), self.targets[rows]


class FixedBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of images alone, each once and in order: as they are, or one fixed degraded copy of each."""

    def __init__(self, store: PixelStore, experiment: Experiment, degraded: bool) -> None:
        super().__init__(workers=experiment.training.workers, use_multiprocessing=False)
        self.store, self.experiment, self.degraded = store, experiment, degraded

    def __len__(self) -> int:
        return -(-len(self.store) // self.experiment.training.batch)

    def __getitem__(self, index: int) -> tuple[npt.NDArray[Any]]:
        batch = self.experiment.training.batch
        rows = range(index * batch, min((index + 1) * batch, len(self.store)))
        return (np.stack([self._view(row) for row in rows]),)

    def _view(self, row: int) -> npt.NDArray[np.uint8]:
        image, size = self.store.image(row), self.experiment.network.input_size
        if not self.degraded:
            return to_input(image, size)
        return degrade(image, size, self.experiment.degradation, np.random.default_rng([row, 1]))
