"""Two workers against one, and on paper up to a hundred: how far verdicts are given in parallel.

    python bench/workers.py [--rounds 5] [--photographs FOLDER] [--faces FOLDER]

The queue is filled while no worker runs; then one worker empties it, or two, in interleaved rounds: verdicts a second
between the first and the last. What cannot be shared is measured beside it: how long a verdict holds the head of the
audit history, from taking its row to the commit. From these a closed queueing network of two stations is made, workers
on a core of their own each and the head as a single server, and solved exactly by mean value analysis (Reiser and
Lavenberg, 1980). It holds as long as nothing else is shared: data base, store and network must have room.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.clients import Sender
from bench.pictures import FACE, PHOTOGRAPH, pictures, unlike
from bench.stand import Stand
from tests.programs import wait_until

WORKERS = (1, 2)
TABLE = (1, 2, 5, 10, 20, 50, 100)
PROBED = 40  # verdicts of which the time at the head is taken
_SPEED = """
SELECT (count(*) - 1) / extract(epoch FROM max(finished_at) - min(finished_at))
FROM detector_analysis WHERE id > {last} AND state = 'done'
"""


def main() -> None:
    options = _options()
    kinds = {
        "photographs": (pictures(options.photographs, PHOTOGRAPH, 12), options.number),
        "faces": (pictures(options.faces, FACE, 500), 6 * options.number),
    }
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stand = Stand(Path(folder), stack)
        side = stack.enter_context(stand.web())
        for kind, (files, number) in kinds.items():
            sender = Sender(side, unlike(files))
            speeds = _speeds(stand, sender, number, options.rounds)
            _show(kind, speeds, _at_the_head(stand, sender))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--number", type=int, default=60, help="photographs of a round; six times as many faces")
    parser.add_argument("--photographs", type=Path, help="JPEG files; default: made on the spot")
    parser.add_argument("--faces", type=Path, help="JPEG files; default: made on the spot")
    return parser.parse_args()


def _speeds(stand: Stand, sender: Sender, number: int, rounds: int) -> dict[int, list[float]]:
    speeds: dict[int, list[float]] = {count: [] for count in WORKERS}
    for turn in range(rounds):
        for count in WORKERS:
            speeds[count].append(_emptied(stand, sender, number, count))
            print(f"round {turn + 1}: {count} workers, {speeds[count][-1]:.1f} verdicts/s", file=sys.stderr)
    return speeds


def _emptied(stand: Stand, sender: Sender, number: int, workers: int) -> float:
    """Verdicts a second of so many workers on a full queue."""
    last = _filled(stand, sender, number)
    with stand.workers(workers):
        wait_until(lambda: stand.waiting() == 0, "an empty queue", seconds=600)
    return float(stand.ask(_SPEED.format(last=last))[0][0])


def _filled(stand: Stand, sender: Sender, number: int) -> int:
    """Hand in so many; the newest analysis of before."""
    last = int(stand.ask("SELECT coalesce(max(id), 0) FROM detector_analysis")[0][0])
    sender.all(4, number)
    return last


def _at_the_head(stand: Stand, sender: Sender) -> float:
    """Seconds, in the median, that a verdict alone holds the head of the history."""
    last = _filled(stand, sender, PROBED)
    with _as_the_site(stand):
        from detector import analysis

        held: list[float] = []
        with _timed(held):
            for (pk,) in stand.ask(f"SELECT id FROM detector_analysis WHERE id > {last} ORDER BY id"):
                analysis.run(analysis.queued(pk))
    return statistics.median(held)


@contextmanager
def _as_the_site(stand: Stand) -> Iterator[None]:
    """This process is one of the site's."""
    os.environ.update(stand.env, DJANGO_SETTINGS_MODULE="fakedetect_site.settings")
    import django

    django.setup()
    yield
    from django.db import connection

    connection.close()


@contextmanager
def _timed(held: list[float]) -> Iterator[None]:
    """Notes how long each transaction goes on from where it asks for the head."""
    from django.db import transaction

    from accounts import audit

    record = audit.record

    def noted(*args: object, **options: object) -> object:
        began = time.perf_counter()
        transaction.on_commit(lambda: held.append(time.perf_counter() - began))
        return record(*args, **options)

    audit.record = noted
    try:
        yield
    finally:
        audit.record = record


def throughput(alone: float, head: float, workers: int) -> float:
    """Verdicts a second of so many workers, by exact mean value analysis.

    `alone`: seconds of a verdict of one worker by itself; `head`: those of them in which it holds the head.
    """
    queue, speed = 0.0, 0.0
    for count in range(1, workers + 1):
        there = head * (1 + queue)
        speed = count / (alone - head + there)
        queue = speed * there
    return speed


def _show(kind: str, speeds: dict[int, list[float]], head: float) -> None:
    one, two = (statistics.median(speeds[count]) for count in WORKERS)
    ratios = [b / a for a, b in zip(*speeds.values(), strict=True)]
    print(f"{kind}: {one:.1f} and {two:.1f} verdicts/s, two to one {statistics.median(ratios):.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f}), at the head {1000 * head:.1f} ms")  # fmt: skip
    for count in TABLE:
        speed = throughput(1 / one, head, count)
        print(f"{count:5} workers {speed:8.1f}/s, {speed / one / count:.0%} of linear")


if __name__ == "__main__":
    main()
