"""What the whole ledger costs beside the decode of a picture, signal by signal, and its memory at 50 megapixels.

    python bench/ledger.py [--picture FILE] [--rounds N]

Without a picture of your own one is made: 12 megapixels, detail at every scale, a copied part and sensor noise. Times
are of the processor, least of some interleaved rounds, since others may use the machine. Each measurement runs in a
process of its own; this one stays small, for a child inherits the peak memory of its parent.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SMALL, LARGE = (4000, 3000), (8660, 5773)  # 12 and 50 megapixels


def child(step: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, __file__, "--step", step, *words], check=True, stdout=subprocess.PIPE, cwd=ROOT
    )
    return done.stdout.decode()


def make(path: str, width: str, height: str) -> None:
    """A picture that keeps every signal at work."""
    import numpy as np
    from PIL import Image

    size = int(width), int(height)
    random = np.random.default_rng(0)
    total = Image.new("RGB", size)
    for cells, weight in ((8, 0.5), (64, 0.35), (512, 0.4)):
        coarse = random.integers(0, 255, (cells * 3 // 4, cells, 3), dtype=np.uint8)
        layer = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        total = Image.blend(total, layer, weight)
    corner = size[0] // 10, size[1] // 10
    part = total.crop((*corner, corner[0] * 3, corner[1] * 3))
    total.paste(part, (size[0] // 2 + 37, size[1] // 2 + 11))
    noise = Image.effect_noise(size, 40).convert("RGB")
    Image.blend(total, noise, 0.12).save(path, "JPEG", quality=92)


def seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


def times(path: str, rounds: str) -> None:
    """Prints JSON: the least seconds of the decode and of each signal."""
    from functools import partial

    import cv2

    from ml import serve
    from ml.evidence import ledger
    from ml.evidence.subject import Subject
    from ml.images import Limits, read

    cv2.setNumThreads(1)
    data, scorer = Path(path).read_bytes(), serve.load(serve.shipped())
    limits = Limits(bytes=len(data))
    facts, _ = read(data, limits)
    least: dict[str, float] = {}
    for _ in range(int(rounds)):
        taken = {"decode": seconds(lambda: read(data, limits))}
        picture = scorer.open(data, limits)
        quick = Subject(data, facts, picture.image)
        deep = Subject(data, *read(data, limits), partial(scorer._opinion, facts))
        for signals, subject in ((ledger.QUICK, quick), (ledger.DEEP, deep)):
            taken |= {name: seconds(lambda n=name, s=subject: list(ledger.examine(s, [n]))) for name in signals}
        least = {name: min(value, least.get(name, value)) for name, value in taken.items()}
    print(json.dumps(least))


def memory(path: str) -> None:
    """Prints the megabytes at the peak of a process that answers an upload with the whole ledger, and before it."""
    import resource

    from ml import serve
    from ml.images import Limits

    scorer = serve.load(serve.shipped())
    data = Path(path).read_bytes()
    limits = Limits(bytes=len(data))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peaks = {"loaded": before}
    scorer.score(data, limits)
    peaks["verdict"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for finding in scorer.examine(data, limits):
        peaks[finding.signal] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(peaks))


def report(measured: dict[str, float], peaks: dict[str, float]) -> None:
    decode = measured.pop("decode")
    total = sum(measured.values())
    print(f"full decode {decode * 1000:.0f} ms; ledger {total * 1000:.0f} ms, {total / decode:.1f} times as much")
    for name, value in measured.items():
        print(f"  {name:14} {value * 1000:7.0f} ms {value / decode:6.1f} decodes {value / total:6.1%}")
    print(f"memory at 50 megapixels: {max(peaks.values()):.0f} MB at the peak; after each step")
    for name, value in peaks.items():
        print(f"  {name:14} {value:7.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = (f"{folder}/{name}.jpg" for name in ("small", "large"))
        if given.picture is None:
            child("make", small, *map(str, SMALL))
        child("make", large, *map(str, LARGE))
        measured = json.loads(child("times", str(given.picture or small), str(given.rounds)))
        report(measured, json.loads(child("memory", large)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        {"make": make, "times": times, "memory": memory}[sys.argv[2]](*sys.argv[3:])
    else:
        main()
