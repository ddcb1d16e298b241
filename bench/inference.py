"""One image through LiteRT (one thread) against Keras `model.predict`, in interleaved rounds.

    python bench/inference.py [MODEL_FOLDER]

Interleaved, because the load of a machine drifts: each round times both, and medians over rounds are compared. Beside
the time by the clock stands that of the processor, over all threads: others' load stretches the first most for what
waits for several threads, so on a busy machine the second is the one to believe.
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
CLOCKS = {"by the clock": time.perf_counter, "of the processor": time.process_time}
Times = dict[str, list[tuple[float, ...]]]  # of each runtime, a row for each round: milliseconds by each clock


def milliseconds(act: Callable[[], object]) -> tuple[float, ...]:
    started = [clock() for clock in CLOCKS.values()]
    act()
    return tuple((clock() - start) * 1000 for clock, start in zip(CLOCKS.values(), started, strict=True))


def interleaved(acts: dict[str, Callable[[], object]]) -> Times:
    rounds = [{name: milliseconds(act) for name, act in acts.items()} for _ in range(WARM_UP + ROUNDS)]
    return {name: [row[name] for row in rounds[WARM_UP:]] for name in acts}


def show(times: Times) -> None:
    for place, clock in enumerate(CLOCKS):
        medians = {name: statistics.median(row[place] for row in rows) for name, rows in times.items()}
        told = ", ".join(f"{name} {value:.2f} ms" for name, value in medians.items())
        print(f"{clock:17} {told}, ratio {medians['Keras predict'] / medians['LiteRT']:.1f}")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else registry.shipped()
    version = registry.read(folder)
    size = int(version.card["recipe"]["input_size"])
    image = np.random.default_rng(0).integers(0, 255, (size, size, 3), dtype=np.uint8)
    import keras  # after the digests were verified, and only here

    model, runtime = keras.saving.load_model(folder / registry.KERAS, compile=False), Runtime(version.content)
    print(f"model {folder.name}, {size} pixels, {ROUNDS} interleaved rounds, median per image")
    acts = {"LiteRT": lambda: runtime(image), "Keras predict": lambda: model.predict(image[None], verbose=0)}
    show(interleaved(acts))
    difference = np.abs(runtime(image).logits - model.predict(image[None], verbose=0)["logits"][0]).max()
    print(f"largest difference of a logit {difference:.1e}")


if __name__ == "__main__":
    main()
