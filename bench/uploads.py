"""Uploads a second: FakeDetect as `make run` serves it, beside the origin's design, in interleaved rounds of one run.

    python bench/uploads.py [--rounds 5] [--seconds 8] [--clients 8] [--network MobileNetV3Small] [FOLDER of images]

Both run with two gunicorn workers on this machine. Ours does all that the product does: it checks a token, validates,
hashes, stores, scores four views for stability, writes verdict, evidence and audit, and makes a thumbnail. The deep
signals, which would follow in the background, are off: they would be paid for in the other side's rounds.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.clients import Sender
from bench.pictures import FACE, pictures, unlike
from bench.stand import LIMITS, UPLOADS, Side, gunicorn, installed, origin, processor_seconds


def main() -> None:
    options = _options()
    files = pictures(options.folder, FACE, 2_000)
    with tempfile.TemporaryDirectory() as var, _ours(var) as ours, origin(options.network) as theirs:
        sides = {"fakedetect": Sender(ours, unlike(files)), "origin": Sender(theirs, unlike(files))}
        _show(_measured(sides, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="JPEG files to upload; default: made on the spot")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--network", help="of the origin's side: a name of keras.applications; default: our own model")
    return parser.parse_args()


@contextmanager
def _ours(var: str) -> Iterator[Side]:
    env = LIMITS | {"FAKEDETECT_VAR": var, "LOG_LEVEL": "ERROR", "FAKEDETECT_LEDGER": "off"}
    headers = installed(env)
    with gunicorn("fakedetect_site.wsgi", env, 2, []) as (port, pid):
        yield Side(port, UPLOADS, headers, (pid,))


def _measured(sides: dict[str, Sender], options: argparse.Namespace) -> dict[str, list[tuple[float, float]]]:
    """Of each side, round by round: uploads a second, and milliseconds of the processor an upload."""
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for number in range(-1, options.rounds):  # the first round warms up and is not counted
        for name, sender in sides.items():
            rate = _round(sender, options)
            print(f"round {number + 1}: {name} {rate[0]:.1f} uploads/s, {rate[1]:.1f} ms each", file=sys.stderr)
            rates[name] += [rate] if number >= 0 else []
    return rates


def _round(sender: Sender, options: argparse.Namespace) -> tuple[float, float]:
    sent, used, began = sender.sent, processor_seconds(sender.side.pids), time.monotonic()
    sender.closed(options.clients, options.seconds)
    number, over = sender.sent - sent, time.monotonic() - began
    return number / over, 1000 * (processor_seconds(sender.side.pids) - used) / number


def _show(rates: dict[str, list[tuple[float, float]]]) -> None:
    for name, rounds in rates.items():
        speeds, used = zip(*rounds, strict=True)
        spread = f"{min(speeds):.1f} to {max(speeds):.1f}"
        each = f"{statistics.median(used):.1f} ms of the processor each"
        print(f"{name:11} {statistics.median(speeds):6.1f} uploads/s (median; {spread}), {each}")
    pairs = list(zip(*rates.values(), strict=True))
    speeds, work = [ours[0] / other[0] for ours, other in pairs], [other[1] / ours[1] for ours, other in pairs]
    spread = f"{min(speeds):.1f} to {max(speeds):.1f}"
    print(f"ratio       {statistics.median(speeds):6.1f} (median of {len(speeds)} pairs; {spread}), "
          f"by processor time {statistics.median(work):.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
