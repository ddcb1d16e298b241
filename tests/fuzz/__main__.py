"""`python -m tests.fuzz SECONDS [HARNESS…]`: each harness for so long, with atheris where it is installed.

Atheris sees which lines an input reaches and goes on from there (requirements-fuzz.txt); without it inputs are drawn by
chance. What breaks a promise is written to the folder `findings` below the temporary folder, and the exit status is 1.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

FINDINGS = Path(tempfile.gettempdir()) / "findings"
_OF_LIBFUZZER = ("-max_len=60000", "-timeout=60", "-rss_limit_mb=3000", "-print_final_stats=1")


def main(seconds: int, names: list[str]) -> int:
    FINDINGS.mkdir(exist_ok=True)
    _set_up()
    from tests.fuzz import harnesses

    run = _guided if find_spec("atheris") else _by_chance
    return max([run(name, seconds) for name in names or list(harnesses.ALL)])


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    warnings.simplefilter("ignore")


def _by_chance(name: str, seconds: int) -> int:
    from tests.fuzz import corpus, harnesses

    chance, until, count, broken = random.Random(time.time_ns()), time.monotonic() + seconds, 0, set()
    while time.monotonic() < until:
        data, count = corpus.drawn(name, chance), count + 1
        try:
            harnesses.ALL[name](data)
        except Exception as error:
            broken.add(_kept(name, data, error))
    print(f"{name}: {count} executions by chance, {len(broken)} findings", flush=True)
    return int(bool(broken))


def _kept(name: str, data: bytes, error: Exception) -> str:
    """Where it broke; the first input of each place is kept."""
    place = "".join(traceback.format_tb(error.__traceback__)[-1:]).strip() + f"\n  {type(error).__name__}: {error}"
    path = FINDINGS / f"{name}-{sha256(place.encode()).hexdigest()[:8]}"
    if not path.exists():
        path.write_bytes(data)
        print(f"{name}: {path}\n  {place}", flush=True)
    return place.partition("\n")[0]


def _guided(name: str, seconds: int) -> int:
    """In a process of its own, since libFuzzer ends the one that it runs in."""
    from tests.fuzz import corpus

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(corpus.of(name)):
            (Path(folder) / str(number)).write_bytes(data)
        limits = [*_OF_LIBFUZZER, f"-max_total_time={seconds}", f"-artifact_prefix={FINDINGS}/{name}-"]
        command = [sys.executable, "-m", "tests.fuzz.guided", name, folder, *limits]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
    told = [line for line in done.stderr.splitlines() if line.startswith(("stat::number_of_exec", "stat::peak"))]
    print(f"{name}: {'; '.join(told)}, status {done.returncode}", flush=True)
    if done.returncode:
        print(done.stderr[-4_000:])
    return int(bool(done.returncode))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
