"""What the network sees in training: balanced draws, degraded afresh each time, the same again for the same seed."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml import balance
from ml.config import Experiment
from ml.data import LABELS, Record
from ml.degrade import Mask, degrade, to_grid
from ml.images import to_input
from ml.network import CELL, LOGITS, MASK
from ml.store import PixelStore

Part = tuple[int, int]  # (i, n): the i-th of n equal parts of each batch, for the i-th of n workers
Targets = dict[str, npt.NDArray[np.float32]]
UNKNOWN = -1.0  # in a target mask: nobody knows whether this place was altered
_VISIBLE = 0.005  # share of a view that must have been altered for the view to show it


class DegradedBatches(keras.utils.PyDataset):  # type: ignore[misc]  # keras has no types
    """Batches of (uint8 images, {"logits": one-hot labels, "mask": altered shares}) for `fit`, drawn with weights.

    The draws and degradations of an epoch depend on seed and epoch alone, so that a resumed run sees what the
    uninterrupted one would have seen, whatever the number of threads and of workers that share a batch.
    """

    def __init__(
        self,
        store: PixelStore,
        records: Sequence[Record],
        experiment: Experiment,
        epoch: int,
        part: Part = (0, 1),
    ) -> None:
        super().__init__(workers=experiment.training.workers, use_multiprocessing=False, max_queue_size=16)
        self.store, self.experiment, self.epoch = store, experiment, epoch
        self.labels = [record.label for record in records]
        self.drawn = draw(records, experiment, epoch)
        self.part = part

    def __len__(self) -> int:
        return len(self.drawn) // self.experiment.training.batch

    def __getitem__(self, index: int) -> tuple[npt.NDArray[Any], Targets]:
        views = [self._view(place) for place in places(index, self.experiment.training.batch, self.part)]
        images, labels, masks = zip(*views, strict=True)
        targets = {LOGITS: np.stack(labels)}
        return np.stack(images), targets | ({MASK: np.stack(masks)} if self.experiment.network.mask_filters else {})

    def _view(self, place: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        row, size = int(self.drawn[place]), self.experiment.network.input_size
        rng = np.random.default_rng([self.experiment.training.seed, self.epoch, place])
        image, mask = degrade(self.store.image(row), self.store.mask(row), size, self.experiment.degradation, rng)
        return image, self._target(self.labels[row], mask), _grid(mask, size // CELL)

    def _target(self, label: str, mask: Mask | None) -> npt.NDArray[np.float32]:
        """One-hot; a view of an altered photograph that shows nothing of the alteration is authentic."""
        if label == LABELS[2] and mask and np.asarray(mask).mean() < 255 * _VISIBLE:
            label = LABELS[0]
        return np.asarray(one_hot([label], self.experiment.network.classes)[0])


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
        return degrade(image, None, size, self.experiment.degradation, np.random.default_rng([row, 1]))[0]


def draw(records: Sequence[Record], experiment: Experiment, epoch: int) -> npt.NDArray[np.int64]:
    """Positions of the records that an epoch sees, in the order in which it sees them."""
    training = experiment.training
    rng = np.random.default_rng([training.seed, epoch])
    count = training.images_per_epoch or len(records)
    if not training.balanced:
        return rng.permutation(len(records))[:count]
    return rng.choice(len(records), size=count, p=_weights(records, experiment))


def _weights(records: Sequence[Record], experiment: Experiment) -> npt.NDArray[np.float64]:
    labels, sources = [record.label for record in records], [record.source for record in records]
    emphasis, reviews = experiment.training.emphasis, experiment.reviews
    if not reviews.sources:
        return balance.weights(labels, sources, emphasis)
    return balance.mixed(labels, sources, emphasis, reviews.sources, reviews.share)


def places(index: int, batch: int, part: Part) -> range:
    """The places in an epoch's draw of one worker's part of a batch."""
    own = batch // part[1]
    return range(index * batch + part[0] * own, index * batch + (part[0] + 1) * own)


def one_hot(labels: Sequence[str], classes: Sequence[str]) -> npt.NDArray[np.float32]:
    """Shape (labels, classes)."""
    return np.eye(len(classes), dtype=np.float32)[[classes.index(label) for label in labels]]


def _grid(mask: Mask | None, cells: int) -> npt.NDArray[np.float32]:
    return np.full((cells, cells), UNKNOWN, np.float32) if mask is None else to_grid(mask, cells)
