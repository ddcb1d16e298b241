"""Passes of a model over records, kept beside the run: what was scored once is never scored again.

A new threshold, another rule or another table then costs seconds, and a pass that was stopped goes on where it was.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ml.data import Record
from ml.journeys import Journey
from ml.predict import Predictions, predict
from ml.runtime import Runtime

FOLDER = "predictions"
# Code that makes the pixels a model sees: after a change of it, what was scored before is no longer true.
_ALWAYS = ("images.py", "views.py", "look.py", "pixels.py", "quality.py")
_WITH_JOURNEY, _NORMALISED, _EDITED = ("degrade.py", "journeys.py"), ("normalise.py",), ("synth/*.py",)
_CHUNK = 1000
_EVERY = 10.0  # seconds between two lines
Log = Callable[[str], None]


class Scorer:
    """A model whose predictions lie in a folder, by the digests of model and images and the name of the journey."""

    def __init__(self, content: bytes, size: int, folder: Path, log: Log) -> None:
        """`content` is the LiteRT file, `size` the model's input edge in pixels."""
        self.sha256, self.size, self.folder, self.log = hashlib.sha256(content).hexdigest(), size, folder, log
        self._runtime = Runtime(content)

    def __call__(self, records: Sequence[Record], what: str, journey: Journey | None = None) -> Predictions:
        """Predictions of these records, from the folder where they are there; `what` names the pass in the log.

        Raises:
            InvalidImage, OSError: an image of the manifest can no longer be read.
        """
        told = Told(self.log, what, len(records))
        parts = [self._chunk(chunk, journey, told) for chunk in _chunks(records)]
        return _joined(parts)

    def _chunk(self, records: Sequence[Record], journey: Journey | None, told: "Told") -> Predictions:
        path = self.folder / f"{self._key(records, journey)}.npz"
        if not path.is_file():
            _save(path, predict(self._runtime, self.size, records, journey=journey, tick=told.tick))
        told.finish(len(records))
        return _load(path, records, journey)

    def _key(self, records: Sequence[Record], journey: Journey | None) -> str:
        code = _ALWAYS + _WITH_JOURNEY * bool(journey)
        code += _NORMALISED * any(one.normalise for one in records) + _EDITED * any(one.edit for one in records)
        pixels = [(one.sha256, one.edit, one.seed, one.donor, one.normalise) for one in records]
        whole = [self.sha256, self.size, _digest(code), journey.name if journey else "", pixels]
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:24]


@cache
def _digest(code: tuple[str, ...]) -> str:
    paths = sorted(path for name in code for path in Path(__file__).parent.glob(name))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


class Told:
    """A line now and then: how far a pass is, how fast, and how long it will take."""

    def __init__(self, log: Log, what: str, total: int) -> None:
        self.log, self.what, self.total = log, what, total
        self.done, self.fresh, self.started, self.last = 0, 0, time.monotonic(), time.monotonic()

    def tick(self, within: int, of: int) -> None:
        """Note that `within` images of the present chunk are scored."""
        now = time.monotonic()
        if now - self.last >= _EVERY:
            self.last, rate = now, (self.fresh + within) / (now - self.started)
            left = (self.total - self.done - within) / rate
            self.log(f"{self.what}: {self.done + within} of {self.total}, {rate:.0f} a second, {_span(left)} left")
        self.fresh += of * (within == of)

    def finish(self, count: int) -> None:
        """Note that a chunk is there, scored now or before."""
        self.done += count


def _span(seconds: float) -> str:
    return f"about {seconds / 60:.0f} minutes" if seconds > 90 else f"about {seconds:.0f} seconds"


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for at in range(0, len(records), _CHUNK):
        yield records[at : at + _CHUNK]


def _save(path: Path, predictions: Predictions) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = np.array([(record.width, record.height) for record in predictions.records], np.int32)
    parts: dict[str, Any] = {"logits": predictions.logits, "sizes": sizes}
    if predictions.maps is not None:
        parts["maps"] = predictions.maps.astype(np.float16)
    if predictions.features is not None:
        parts["features"] = predictions.features
    if predictions.quality is not None:
        parts["quality"] = predictions.quality
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **parts)
    partial.replace(path)


def _load(path: Path, records: Sequence[Record], journey: Journey | None) -> Predictions:
    with np.load(path) as stored:
        sizes = stored["sizes"].tolist()
        arrived = [
            journey.arrived(record, *size) if journey else record for record, size in zip(records, sizes, strict=True)
        ]
        maps = stored["maps"].astype(np.float32) if "maps" in stored else None
        return Predictions(arrived, stored["logits"], maps, stored.get("features"), stored.get("quality"))


def _joined(parts: Sequence[Predictions]) -> Predictions:
    if len(parts) == 1:
        return parts[0]
    rest = ([getattr(part, name) for part in parts] for name in ("maps", "features", "quality"))
    return Predictions(
        [record for part in parts for record in part.records],
        np.concatenate([part.logits for part in parts]),
        *(None if some[0] is None else np.concatenate(some) for some in rest),
    )
