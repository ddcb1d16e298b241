"""Run the exported model over a manifest, as the site would: decode, three views, logits."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.config import Experiment
from ml.data import Record
from ml.decide import combined, fake_by_view
from ml.runtime import Runtime
from ml.views import degraded_copy, stability_views, working_image

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Logits of shape (images, views, classes) for records, in their order."""

    records: Sequence[Record]
    logits: npt.NDArray[np.float32]

    @property
    def fake(self) -> npt.NDArray[np.bool_]:
        """Whether each record is labelled as anything but authentic."""
        return np.array([record.label != "authentic" for record in self.records])

    @property
    def sources(self) -> npt.NDArray[np.str_]:
        """The source of each record."""
        return np.array([record.source for record in self.records])

    def score(self, temperature: float, offset: float = 0.0) -> npt.NDArray[np.float64]:
        """Calibrated fake probability of each record, over its views."""
        return np.asarray(1 - combined(self.logits, temperature, offset)[..., 0])

    def score_by_view(self, temperature: float, offset: float = 0.0) -> npt.NDArray[np.float64]:
        """Fake probability of each view, (images, views)."""
        return fake_by_view(self.logits, temperature, offset)

    def only(self, rows: npt.NDArray[np.bool_]) -> "Predictions":
        """The predictions of some records."""
        return Predictions([r for r, keep in zip(self.records, rows, strict=True) if keep], self.logits[rows])


def predict(
    runtime: Runtime,
    experiment: Experiment,
    records: Sequence[Record],
    *,
    degraded: bool = False,
    workers: int = 2,
    tick: Tick = lambda done, total: None,
) -> Predictions:
    """Score records, as they are or each as one degraded copy that depends on its content alone."""
    size = experiment.network.input_size
    logits: list[npt.NDArray[np.float32]] = []

    def run(record: Record) -> npt.NDArray[np.float32]:
        image = working_image(Path(record.path).read_bytes(), size)
        if degraded:
            rng = np.random.default_rng(int(record.sha256[:8], 16))
            image = degraded_copy(image, size, experiment.degradation, rng)
        return np.stack([runtime(view).logits for view in stability_views(image, size)])

    with ThreadPoolExecutor(workers) as pool:
        for row in pool.map(run, records):
            logits.append(row)
            tick(len(logits), len(records))
    return Predictions(records, np.stack(logits))
