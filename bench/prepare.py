"""Time and memory of prepare_dataset from 1,000 images upwards: both runs, the first and one that finds all known.

    python bench/prepare.py [--counts 1000 10000 140000] [--folder DIR]

Every count runs in a process of its own, whose peak of resident memory is its own. The images are small (64 pixels)
and all different, so that what is timed is the work for a file and not the decoding of pixels.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
LABELS, PER_FOLDER = ("authentic", "ai_generated"), 5_000


def make(folder: Path, count: int) -> None:
    """`count` different JPEG files, half of each class."""
    random = np.random.default_rng(0)
    for number in range(count):
        place = folder / LABELS[number % 2] / f"{number // PER_FOLDER:03}"
        if number % PER_FOLDER < 2:
            place.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 255, (8, 8, 3), dtype=np.uint8))
        coarse.resize((64, 64), Image.Resampling.BICUBIC).save(place / f"{number:07}.jpg", quality=85)


def measure(folder: Path, out: Path) -> dict[str, float]:
    """One run of `prepare`, in this process: seconds of the whole, processor seconds, and the peak in MB."""
    from ml.prepare import prepare

    begun, spent = time.perf_counter(), time.process_time()
    report = prepare({"bench": folder}, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds, spent = time.perf_counter() - begun, time.process_time() - spent
    return {"images": report["images"], "seconds": seconds, "processor": spent, "peak_mb": peak}


def in_process(folder: Path, out: Path) -> dict[str, float]:
    words = [sys.executable, __file__, "--one", str(folder), str(out)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def show(name: str, rows: list[dict[str, float]]) -> None:
    first = rows[0]
    names = ("images", "seconds", "processor", "ms/image", "× first", "peak MB", "× first")
    print(f"{name}\n{' '.join(f'{name:>9}' for name in names)}")
    for row in rows:
        each, of_first = (1000 * one["processor"] / one["images"] for one in (row, first))
        figures = f"{row['images']:>9,} {row['seconds']:>9.1f} {row['processor']:>9.1f} {each:>9.2f}"
        print(f"{figures} {each / of_first:>9.2f} {row['peak_mb']:>9.0f} {row['peak_mb'] / first['peak_mb']:>9.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 10_000, 140_000])
    parser.add_argument("--folder", type=Path, help="where the images are made (default: a temporary folder)")
    parser.add_argument("--one", type=Path, nargs=2, metavar=("FOLDER", "OUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one)))
        return
    work = Path(tempfile.mkdtemp(dir=options.folder))
    first, again = [], []
    try:
        for count in options.counts:
            make(work / str(count), count)
            first.append(in_process(work / str(count), work / f"{count}.jsonl"))
            again.append(in_process(work / str(count), work / f"{count}.jsonl"))
            shutil.rmtree(work / str(count))
    finally:
        shutil.rmtree(work)
    show("first run", first)
    show("second run, nothing new", again)


if __name__ == "__main__":
    main()
