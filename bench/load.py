"""The whole site under load, beside the machine's own limit and the origin's design, in interleaved rounds of one run.

    python bench/load.py [--rounds 5] [--seconds 10] [--photographs FOLDER] [--faces FOLDER] [--network NAME]

Two web and two worker processes, PostgreSQL (each commit on the disk), Redis, files in a folder; verdict and quick
signals, the deep ones deferred. Four sides: photographs of 12 megapixels through the site, and through nothing but
Pillow (decode, resize) and LiteRT in two processes; faces of 256 pixels through the site, and through the origin's
design. Then photographs at 80 % of what was reached, at random moments: the time from when each was due to its verdict.

Each side's uploads a second, and its processor time an upload, which other programs on the machine disturb least.
"""

import argparse
import io
import itertools
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.clients import Sender
from bench.pictures import FACE, PHOTOGRAPH, pictures, unlike
from bench.stand import Side, Stand, origin, processor_seconds

CLIENTS = 8


@dataclass
class Rates:
    """Of one side, a figure a round: pictures a second, and processor milliseconds a picture."""

    each_second: list[float] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def main() -> None:
    options = _options()
    photographs = pictures(options.photographs, PHOTOGRAPH, 12)
    faces = pictures(options.faces, FACE, 2_000)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stand = Stand(Path(folder), stack)
        web, workers = stack.enter_context(stand.web()), stack.enter_context(stand.workers(2))
        ours = Side(web.port, web.path, web.headers, (*web.pids, *workers))
        theirs = stack.enter_context(origin(options.network))
        big, small = Sender(ours, unlike(photographs)), Sender(ours, unlike(faces))
        plain = Sender(theirs, unlike(faces))
        sides = {
            "photographs": lambda: _ours(stand, big, options.seconds),
            "Pillow and LiteRT": lambda: _limit(photographs, options.seconds),
            "faces": lambda: _ours(stand, small, options.seconds),
            "origin, faces": lambda: _theirs(plain, options.seconds),
        }
        rates = _measured(sides, options.rounds)
        _show(rates)
        _show_patience(stand, big, 0.8 * statistics.median(rates["photographs"].each_second), options.patience)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--patience", type=float, default=60, help="seconds of the load at 80 %%")
    parser.add_argument("--photographs", type=Path, help="JPEG files; default: made on the spot")
    parser.add_argument("--faces", type=Path, help="JPEG files; default: made on the spot")
    parser.add_argument("--network", help="of the origin's side: a name of keras.applications; default: our own model")
    return parser.parse_args()


def _measured(sides: dict[str, Callable[[], tuple[float, float]]], rounds: int) -> dict[str, Rates]:
    rates = {name: Rates() for name in sides}
    for number in range(-1, rounds):  # the first round warms up and is not counted
        for name, side in sides.items():
            each_second, milliseconds = side()
            print(f"round {number + 1}: {name:18} {each_second:7.1f}/s {milliseconds:7.1f} ms", file=sys.stderr)
            if number >= 0:
                rates[name].each_second.append(each_second)
                rates[name].milliseconds.append(milliseconds)
    return rates


def _ours(stand: Stand, sender: Sender, seconds: float) -> tuple[float, float]:
    """Verdicts a second: those that are owed at the end do not count, and are waited for before the next side."""
    owed = Watch(stand)
    before, used, started = sender.sent, processor_seconds(sender.side.pids), time.monotonic()
    with owed:
        sender.closed(CLIENTS, seconds, owed)
    while stand.waiting():
        time.sleep(0.02)
    over = time.monotonic() - started
    sent = sender.sent - before
    return sent / over, 1000 * (processor_seconds(sender.side.pids) - used) / sent


class Watch:
    """How many verdicts are owed, looked up ten times a second by one thread for all clients."""

    def __init__(self, stand: Stand) -> None:
        self._stand, self._owed, self._over = stand, 0, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __call__(self) -> int:
        return self._owed

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self._owed = self._stand.waiting()


def _theirs(sender: Sender, seconds: float) -> tuple[float, float]:
    before, used, started = sender.sent, processor_seconds(sender.side.pids), time.monotonic()
    sender.closed(CLIENTS, seconds)
    over, sent = time.monotonic() - started, sender.sent - before
    return sent / over, 1000 * (processor_seconds(sender.side.pids) - used) / sent


def _limit(files: list[bytes], seconds: float) -> tuple[float, float]:
    """Two processes, each with one file after the other, for so long."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_alone, [(files[:1], 0.0)] * 2, chunksize=1)  # what is loaded is loaded
        done = pool.map(_alone, [(files, seconds)] * 2, chunksize=1)
    number, over, used = (sum(column) for column in zip(*done, strict=True))
    return number / (over / 2), 1000 * used / number


def _alone(task: tuple[list[bytes], float]) -> tuple[int, float, float]:
    """Pillow decodes and resizes, LiteRT scores: how many, in how many seconds, of how many of the processor."""
    from ml import registry
    from ml.runtime import Runtime

    files, seconds = task
    version = registry.read(registry.shipped())
    size, run = int(version.card["recipe"]["input_size"]), Runtime(version.content)
    started, used, number = time.monotonic(), time.process_time(), 0
    for data in itertools.cycle(files):
        run(np.asarray(Image.open(io.BytesIO(data)).convert("RGB").resize((size, size)), dtype=np.uint8))
        number += 1
        if time.monotonic() - started >= seconds:
            break
    return number, time.monotonic() - started, time.process_time() - used


def _show(rates: dict[str, Rates]) -> None:
    for name, rate in rates.items():
        spread = f"{min(rate.each_second):.1f} to {max(rate.each_second):.1f}"
        used = statistics.median(rate.milliseconds)
        print(f"{name:18} {statistics.median(rate.each_second):7.1f}/s ({spread}), {used:.1f} ms of the processor each")
    for ours, other in (("photographs", "Pillow and LiteRT"), ("faces", "origin, faces")):
        pairs = list(zip(rates[ours].each_second, rates[other].each_second, strict=True))
        ratios = [one / two for one, two in pairs]
        work = statistics.median(rates[other].milliseconds) / statistics.median(rates[ours].milliseconds)
        print(f"{ours} : {other} = {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}), "
              f"by processor time {work:.2f}")  # fmt: skip


def _show_patience(stand: Stand, sender: Sender, rate: float, seconds: float) -> None:
    due = sender.opened(rate, seconds)
    while stand.waiting():
        time.sleep(0.1)
    ended = dict(stand.ask("SELECT upload_id::text, extract(epoch FROM finished_at) FROM detector_analysis"))
    waits = sorted(float(ended[name]) - moment for name, moment in due.items())
    half, late = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"at {rate:.1f}/s, {len(waits)} photographs: median {half:.2f} s, p99 {late:.2f} s, {late / half:.1f} times")


if __name__ == "__main__":
    main()
