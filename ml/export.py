"""Keras → LiteRT, with the class-activation map as second output, and proof that both say the same."""

import json
import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from ml import config, data, network
from ml.images import to_input
from ml.runtime import Runtime
from ml.views import working_image

TOLERANCE = 1e-4


class ExportRefused(RuntimeError):
    """The exported model does not say what the trained one says."""


def export(model: keras.Model, target: Path, samples: npt.NDArray[np.uint8]) -> float:
    """Write `model.tflite` and return the largest difference of any output over `samples`, (n, size, size, 3).

    Raises:
        ExportRefused: the difference exceeds `TOLERANCE`; nothing is written.
    """
    content = convert(model)
    difference = largest_difference(model, Runtime(content), samples)
    if not difference <= TOLERANCE:  # also when it is not a number
        raise ExportRefused(f"LiteRT and Keras differ by {difference:.2g}, more than {TOLERANCE:g}.")
    target.write_bytes(content)
    return difference


def largest_difference(model: keras.Model, runtime: Runtime, samples: npt.NDArray[np.uint8]) -> float:
    """The largest absolute difference of any output between Keras and LiteRT."""
    expected = keras.Model(model.input, outputs(model)).predict(samples, verbose=0)
    actual = [runtime(sample)._asdict() for sample in samples]
    return max(
        float(np.abs(values - np.stack([one[name] for one in actual])).max()) for name, values in expected.items()
    )


def convert(model: keras.Model) -> bytes:
    """The LiteRT flat buffer: image (1, size, size, 3) of 0 to 255 → what `outputs` names."""
    import tensorflow as tf  # the one step that needs it

    both = keras.Model(model.input, outputs(model))
    # One image at a time: LiteRT plans its memory for a fixed shape.
    image = tf.TensorSpec([1, *model.input_shape[1:]], tf.float32, name="image")
    with tempfile.TemporaryDirectory() as folder:
        both.export(folder, format="tf_saved_model", input_signature=[image], verbose=False)
        return bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())


def outputs(model: keras.Model) -> dict[str, Any]:
    """All that the site reads: logits, their map over the picture, pooled features and, where learned, the mask."""
    features = model.get_layer(network.FEATURES).output
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(features)
    return dict(model.output) | {"cam": model.get_layer(network.HEAD)(features), "features": pooled}


def export_run(run: Path, manifest: Path, samples: int = 32) -> float:
    """Export a finished run's model, compared on validation images; notes the difference in `run.json`.

    Raises:
        ExportRefused: see `export`.
    """
    description = json.loads((run / "run.json").read_text("utf-8"))
    experiment = config.from_dict(description["experiment"])
    size = experiment.network.input_size
    records = data.select(manifest, experiment, "validation")
    records = records[:: max(1, len(records) // samples)][:samples]  # across all sources
    images = np.stack([to_input(working_image(Path(r.path).read_bytes(), size), size) for r in records])
    model = keras.saving.load_model(run / "model.keras", compile=False)
    description["export_difference"] = export(model, run / "model.tflite", images)
    (run / "run.json").write_text(json.dumps(description, indent=1, ensure_ascii=False), "utf-8")
    return float(description["export_difference"])
