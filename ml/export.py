"""Keras → LiteRT, with the class-activation map as second output, and proof that both say the same."""

import json
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml import config, data, half_precision, network
from ml.config import Experiment
from ml.data import Record
from ml.metrics import softmax
from ml.pixels import pixels_of
from ml.runtime import Runtime
from ml.views import Pixels, detail_views, stability_views

TOLERANCE = 1e-4
CAM, PROBABILITIES = "cam", "probabilities"
# The map is looked at, in 256 steps of colour: this is a quarter of one. A hidden layer enlarges what single cells
# differ by thirty times, and no mean over cells makes it smaller again.
TOLERANCES = {CAM: 1e-3}
MODEL = "model.keras"
_BATCH = 32
Values = npt.NDArray[np.floating]


class ExportRefused(RuntimeError):
    """The exported model does not say what the trained one says."""


def export(model: keras.Model, target: Path, samples: Iterable[Pixels], *, half: bool = False) -> dict[str, float]:
    """Write `model.tflite`; returns `differences` over samples of shape (size, size, 3).

    With `half`, weights are stored in half precision: `half_precision.halve` has made that exact.

    Raises:
        ExportRefused: a difference exceeds `TOLERANCE`, that of the map its own in `TOLERANCES`; nothing is written.
    """
    content = convert(model, half=half)
    found = differences(model, Runtime(content), samples)
    for name, difference in found.items():
        bound = TOLERANCES.get(name, TOLERANCE)
        if not difference <= bound:  # also when it is not a number
            raise ExportRefused(f"LiteRT and Keras differ by {difference:.2g} in {name}, more than {bound:g}.")
    target.write_bytes(content)
    return found


def differences(model: keras.Model, runtime: Runtime, samples: Iterable[Pixels]) -> dict[str, float]:
    """The largest difference between Keras and LiteRT in each output that the site reads, and in the probabilities.

    Of probabilities as they are, since people read them; of the outputs in proportion to the largest value of the same
    image, where that is above 1: single precision keeps seven digits, whatever stands before the point.
    """
    whole = keras.Model(model.input, outputs(model))
    largest = dict.fromkeys([*whole.output, PROBABILITIES], 0.0)
    for batch in _batches(samples):
        expected = whole.predict(np.stack(batch), verbose=0)
        actual = [runtime(pixels)._asdict() for pixels in batch]
        for name, found in _compared(expected, {name: np.stack([one[name] for one in actual]) for name in expected}):
            largest[name] = float(np.maximum(largest[name], found))  # unlike max(), it keeps what is not a number
    return largest


def _compared(expected: Mapping[str, Values], actual: Mapping[str, Values]) -> Iterator[tuple[str, float]]:
    for name, values in expected.items():
        yield name, _difference(values, actual[name])
    stated, repeated = (softmax(one[network.LOGITS]) for one in (expected, actual))
    yield PROBABILITIES, float(np.abs(stated - repeated).max())


def _difference(expected: Values, actual: Values) -> float:
    scale = np.maximum(1, np.abs(expected).max(axis=tuple(range(1, expected.ndim)), keepdims=True))
    return float((np.abs(expected - actual) / scale).max())


def _batches(samples: Iterable[Pixels]) -> Iterator[list[Pixels]]:
    remaining = iter(samples)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def convert(model: keras.Model, *, half: bool = False) -> bytes:
    """The LiteRT flat buffer: image (1, size, size, 3) of 0 to 255 → what `outputs` names."""
    import tensorflow as tf  # the one step that needs it

    both = keras.Model(model.input, outputs(model))
    # One image at a time: LiteRT plans its memory for a fixed shape.
    image = tf.TensorSpec([1, *model.input_shape[1:]], tf.float32, name="image")
    with tempfile.TemporaryDirectory() as folder:
        both.export(folder, format="tf_saved_model", input_signature=[image], verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if half:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def outputs(model: keras.Model) -> dict[str, Any]:
    """All that the site reads: logits, their map over the picture, pooled features and, where learned, the mask."""
    features = model.get_layer(network.FEATURES).output
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    return dict(model.output) | {CAM: network.apply_head(model, features), "features": pooled}


def export_run(run: Path, manifest: Path, images: int = 240) -> float:
    """Export a finished run's model, compared on what the site would see of validation and test images.

    Notes the differences in `run.json` and returns the largest.

    Raises:
        ExportRefused: see `export`.
    """
    description = json.loads((run / "run.json").read_text("utf-8"))
    experiment = config.from_dict(description["experiment"])
    records = [record for side in ("validation", "test") for record in data.select(manifest, experiment, side)]
    chosen = sample(records, images, experiment.training.seed)
    model = _trained(run, experiment)
    seen = seen_by_the_site(chosen, experiment.network.input_size)
    found = export(model, run / "model.tflite", seen, half=experiment.training.half_precision)
    description["export_difference"] = max(found.values())
    description["export"] = {"images": len(chosen), "differences": found}
    (run / "run.json").write_text(json.dumps(description, indent=1, ensure_ascii=False), "utf-8")
    return float(description["export_difference"])


def _trained(run: Path, experiment: Experiment) -> keras.Model:
    """The run's model; where the experiment says so, rounded to half precision first and written again."""
    model = keras.saving.load_model(run / MODEL, compile=False)
    if experiment.training.half_precision:
        half_precision.halve(model)
        model.save(run / MODEL)
        _deflate(run / MODEL)
    return model


def _deflate(archive: Path) -> None:
    """Keras stores weights as they are; those that were rounded are half zeros."""
    beside = archive.with_suffix(".part")
    with zipfile.ZipFile(archive) as stored, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as deflated:
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name))
    beside.replace(archive)


def sample(records: Sequence[Record], count: int, seed: int) -> list[Record]:
    """A seeded sample that takes one of each source in turn, so that a large one does not crowd out the others."""
    rounds: Counter[str] = Counter()
    ranked = []
    for place, at in enumerate(np.random.default_rng(seed).permutation(len(records)).tolist()):
        ranked.append((rounds[records[at].source], place, at))
        rounds[records[at].source] += 1
    return [records[at] for _, _, at in sorted(ranked)[:count]]


def seen_by_the_site(records: Iterable[Record], size: int) -> Iterator[Pixels]:
    """Every view and every detail of each record's picture, one at a time."""
    for record in records:
        image, _ = pixels_of(record, size)
        yield from (*stability_views(image, size), *detail_views(image, size))
