"""What decoding in a process of its own costs, against decoding in this one, in interleaved rounds.

    python bench/decoder.py [--rounds 30]

A JPEG of 12 megapixels and one of 256 by 256 pixels, decoded as an upload is (at the scale that the model works at, 512
pixels at least) and in full, as the deep signals need it. Interleaved, because the load of a machine drifts: each round
times both, and medians over rounds are compared. Ratios are of one run, milliseconds of one machine.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.pictures import FACE, PHOTOGRAPH, jpeg
from ml import images
from ml.decoder import Decoder
from ml.images import Limits

WARM_UP = 3
SIZES = {"12 megapixels": PHOTOGRAPH, "256 pixels": FACE}
SCALES = {"as an upload": 512, "in full": None}


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    decoder, limits = Decoder(2_000_000_000), Limits()
    started = milliseconds(decoder.locks)
    print(f"start of the process {started:.0f} ms, once; {', '.join(decoder.locks())}")
    for size, edges in SIZES.items():
        data = jpeg(*edges)
        for scale, at_least in SCALES.items():
            here, there = compare(decoder, data, limits, at_least, rounds)
            told = f"{len(data) / 1e6:.2f} MB, inline {here:.2f} ms, process {there:.2f} ms"
            print(f"{size:14} {scale:13} {told}, ratio {there / here:.2f}, {there - here:+.2f} ms")
    decoder.close()


def compare(decoder: Decoder, data: bytes, limits: Limits, at_least: int | None, rounds: int) -> tuple[float, float]:
    """Medians of the two, inline first."""
    acts = (lambda: images.read_here(data, limits, at_least), lambda: decoder.read(data, limits, at_least))
    times = [[milliseconds(act) for act in acts] for _ in range(WARM_UP + rounds)][WARM_UP:]
    here, there = (statistics.median(column) for column in zip(*times, strict=True))
    return here, there


if __name__ == "__main__":
    main()
