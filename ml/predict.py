"""Run the exported model over a manifest, as the site would: decode, views, logits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.data import Record
from ml.decide import combined, fake_by_view
from ml.journeys import Journey
from ml.look import Look, look
from ml.pixels import pixels_of
from ml.runtime import Runtime

Tick = Callable[[int, int], None]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Logits of shape (images, 5, classes) for records, in their order; see `look.Look`.

    Where the model makes them, `maps` are the probabilities that a place was altered, (images, rows, columns), and
    `features` what its head reads, (images, n). `quality` are roughness and plainness, (images, 2), NaN for None.
    """

    records: Sequence[Record]
    logits: Floats
    maps: Floats | None = None
    features: Floats | None = None
    quality: Floats | None = None

    @property
    def fake(self) -> npt.NDArray[np.bool_]:
        """Whether each record is labelled as anything but authentic."""
        return np.array([record.label != "authentic" for record in self.records], dtype=bool)

    @property
    def sources(self) -> npt.NDArray[np.str_]:
        """The source of each record."""
        return np.array([record.source for record in self.records], dtype=str)

    @property
    def groups(self) -> npt.NDArray[np.str_]:
        """What each record shares with others of one scene, person or video."""
        return np.array([f"{record.source}/{record.group}" for record in self.records], dtype=str)

    def score(self, temperature: float, offset: float = 0.0, detail: float = 0.0) -> npt.NDArray[np.float64]:
        """Calibrated fake probability of each record, over its views and, by the share `detail`, its details."""
        return np.asarray(1 - combined(self.logits, temperature, offset, detail)[..., 0])

    def score_by_view(self, temperature: float, offset: float = 0.0) -> npt.NDArray[np.float64]:
        """Fake probability of each view, (images, views)."""
        return fake_by_view(self.logits, temperature, offset)

    def only(self, rows: npt.NDArray[np.bool_]) -> "Predictions":
        """The predictions of some records."""
        records = [record for record, keep in zip(self.records, rows, strict=True) if keep]
        rest = (None if part is None else part[rows] for part in (self.maps, self.features, self.quality))
        return Predictions(records, self.logits[rows], *rest)


def predict(
    runtime: Runtime,
    size: int,
    records: Sequence[Record],
    *,
    journey: Journey | None = None,
    workers: int = 2,
    tick: Tick = lambda done, total: None,
) -> Predictions:
    """Score records with a model of this input edge in pixels, as they are or each at the end of a journey.

    The records of the result describe the picture at its end.
    """

    def run(record: Record) -> tuple[Record, Look]:
        image, _ = pixels_of(record, size)
        if journey:
            image = journey(image, record.sha256)
            record = journey.arrived(record, image.width, image.height)
        return record, look(runtime, image, size)

    seen: list[tuple[Record, Look]] = []
    with ThreadPoolExecutor(workers) as pool:
        for found in pool.map(run, records):
            seen.append(found)
            tick(len(seen), len(records))
    return _gathered(seen)


def _gathered(seen: Sequence[tuple[Record, Look]]) -> Predictions:
    looks = [one for _, one in seen]
    masks, features = [one.mask for one in looks], [one.features for one in looks]
    return Predictions(
        [record for record, _ in seen],
        np.stack([one.logits for one in looks]),
        None if masks[0] is None else (1 / (1 + np.exp(-np.clip(_stacked(masks), -30, 30)))).astype(np.float32),
        None if features[0] is None else _stacked(features),
        np.array([one.quality for one in looks], dtype=np.float32),  # None becomes NaN
    )


def _stacked(parts: Sequence[Floats | None]) -> Floats:
    return np.stack([part for part in parts if part is not None])
