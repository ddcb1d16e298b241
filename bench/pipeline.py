"""Is the input pipeline the brake? Images a second of training from batches, and of the same step on tensors in memory.

    python bench/pipeline.py --data MANIFEST --cache FOLDER [--config FILE] [--steps N] [--rounds N] [--threads N]

Both sides run the same compiled step, in turns, in one process, because the load of a machine drifts; the ratio of
each round is taken before the median over rounds. A third figure is the pipeline alone, with no step to share the
processors with. Where the step runs on the processor, pictures and step compete for the same cores, and the ratio says
what of the time the pictures take; with an accelerator it says whether the step ever waits.
"""

import argparse
import dataclasses
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import keras

from ml import checkpoint, config, data, fitting, train
from ml.ahead import ahead
from ml.distribute import Alone
from ml.feeds import open_feed
from ml.run import Run

IN_MEMORY = 4  # batches that the tensors in memory are taken from


class Held(keras.utils.PyDataset):
    """A few batches that are made already, over and over."""

    def __init__(self, made: list[object], steps: int) -> None:
        super().__init__(workers=1)
        self.made, self.steps = made, steps

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> object:
        return self.made[index % len(self.made)]


def measured(act: Callable[[], object], images: int) -> tuple[float, float]:
    """Images a second, and milliseconds of processor time an image, which other programs disturb less."""
    started, used = time.perf_counter(), time.process_time()
    act()
    return images / (time.perf_counter() - started), (time.process_time() - used) * 1000 / images


def opened(experiment: config.Experiment, manifest: Path, cache: Path, at_most: int) -> Run:
    """A run whose first step is about to be taken, on at most so many of each class of each source."""
    sides = tuple(data.thinned(data.select(manifest, experiment, side), at_most) for side in ("train", "validation"))
    models = train._start(experiment, None, Alone(), print)
    feed = open_feed(experiment, models, sides, cache)
    return Run(experiment, *models, feed, sides[1], Path(tempfile.mkdtemp()), Alone(), False, print)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path(__file__).parent.parent / "ml/configs/baseline.toml")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=100, help="of each class of each source, at most")
    words = parser.parse_args()
    experiment = config.load(words.config)
    batch = experiment.training.batch
    changed = {"images_per_epoch": words.steps * batch, "workers": words.threads, "frozen_epochs": 0, "stages": ()}
    experiment = dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, **changed))
    run = opened(experiment, words.data, words.cache, words.images)
    start = run.model.get_weights()
    fitting.prepare(run, checkpoint.State(0, start, [], start), words.steps)
    batches = run.feed.epoch(0)
    held = Held([batches[index] for index in range(min(IN_MEMORY, words.steps))], words.steps)
    learner, images = run.feed.learner, words.steps * batch
    learner.fit(held, verbose=0)  # compiled and warm
    sides = {
        "pixels and step": lambda: learner.fit(run.feed.epoch(0), shuffle=False, verbose=0),
        "step alone": lambda: learner.fit(held, shuffle=False, verbose=0),
        "pixels alone": lambda: list(ahead(batches.__getitem__, range(len(batches)), words.threads)),
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(words.rounds):
        for name, act in sides.items():
            found[name].append(measured(act, images))
    print(f"{experiment.network.backbone}, {experiment.network.input_size} pixels, batch {batch}, ", end="")
    print(f"{words.threads} threads, {words.rounds} interleaved rounds of {words.steps} steps; medians")
    print(f"{'':16} {'images a second':>16} {'processor ms an image':>22}")
    for name, values in found.items():
        speed, used = (statistics.median(one[place] for one in values) for place in (0, 1))
        print(f"{name:16} {speed:16.1f} {used:22.2f}")
    pairs = list(zip(found["pixels and step"], found["step alone"], strict=True))
    ratios = [both[0] / step[0] for both, step in pairs]
    print(f"ratio of speeds  {statistics.median(ratios):16.2f}   ({', '.join(f'{one:.2f}' for one in ratios)})")
    print(f"of processor time {statistics.median(step[1] / both[1] for both, step in pairs):37.2f}")


if __name__ == "__main__":
    main()
