"""One image through LiteRT (one thread) against Keras `model.predict`, in interleaved rounds.

    python bench/inference.py [MODEL_FOLDER]

Interleaved, because the load of a machine drifts: each round times both, and medians over rounds are compared.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ml import registry
from ml.runtime import Runtime

ROUNDS, WARM_UP = 60, 5


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else registry.shipped()
    version = registry.read(folder)
    size = int(version.card["recipe"]["input_size"])
    image = np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8)
    import keras  # after the digests were verified, and only here

    model, runtime = keras.saving.load_model(folder / registry.KERAS, compile=False), Runtime(version.content)
    acts = {"LiteRT": lambda: runtime(image), "Keras predict": lambda: model.predict(image[None], verbose=0)}
    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(WARM_UP + ROUNDS):
        for name, act in acts.items():
            times[name].append(milliseconds(act))
    medians = {name: statistics.median(values[WARM_UP:]) for name, values in times.items()}
    difference = np.abs(runtime(image).logits - model.predict(image[None], verbose=0)[0]).max()
    print(f"model {folder.name}, {size} pixels, {ROUNDS} interleaved rounds, median per image")
    for name, value in medians.items():
        print(f"{name:14} {value:8.2f} ms")
    print(f"ratio {medians['Keras predict'] / medians['LiteRT']:.1f}, largest difference of a logit {difference:.1e}")


if __name__ == "__main__":
    main()
