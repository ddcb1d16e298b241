"""What the history costs for a person with a thousand uploads and with a million: server time of each list, as ratios.

    python bench/history.py [--small 1000] [--large 1000000] [--rounds 25] [--sqlite] [--only WORD]

Two data bases of one fresh PostgreSQL (or two files of SQLite) are filled by SQL; a process for each answers requests
as the site does, without a network between. Rounds are interleaved, medians compared. What is rare is so by count, so
that both sides answer with equally many rows. Ends with 1 when a list costs more than 1.5 times as much.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HISTORY, API = "/uploads/", "/api/v1/uploads/"
LISTS = {  # what is asked: of whom, at which address; what stands in braces is a row's of the data base
    "first page": ("owner", HISTORY),
    "deep page": ("owner", f"{HISTORY}?cursor={{deep}}"),
    "near the end": ("owner", f"{HISTORY}?cursor={{end}}"),
    "oldest first": ("owner", f"{HISTORY}?sort=oldest"),
    "gallery": ("owner", f"{HISTORY}?view=gallery"),
    "verdict, frequent": ("owner", f"{HISTORY}?verdict=authentic"),
    "verdict, rare": ("owner", f"{HISTORY}?verdict=manipulated"),
    "verdict, rare, deep": ("owner", f"{HISTORY}?verdict=manipulated&cursor={{deep}}"),
    "verdict, oldest first": ("owner", f"{HISTORY}?verdict=manipulated&sort=oldest"),
    "status, done": ("owner", f"{HISTORY}?status=done"),
    "status, failed": ("owner", f"{HISTORY}?status=failed"),
    "model, served long ago": ("owner", f"{HISTORY}?model=old"),
    "verdict and model": ("owner", f"{HISTORY}?verdict=manipulated&model=old"),
    "from and until, long ago": ("owner", f"{HISTORY}?after={{from}}&before={{until}}"),
    "the last 7 days": ("owner", f"{HISTORY}?after=7d"),
    "case": ("owner", f"{HISTORY}?case={{case}}"),
    "tag, on half": ("owner", f"{HISTORY}?tag=half"),
    "tag, rare": ("owner", f"{HISTORY}?tag=rare"),
    "tag, on old ones only": ("owner", f"{HISTORY}?tag=old"),
    "name, frequent": ("owner", f"{HISTORY}?name=IMG"),
    "name, rare": ("owner", f"{HISTORY}?name=lighthouse"),
    "name, of none": ("owner", f"{HISTORY}?name=zeppelin"),
    "external id": ("owner", f"{HISTORY}?external_id=booking-12"),
    "search, a name": ("owner", f"{HISTORY}?q=lighthouse"),
    "search, a note": ("owner", f"{HISTORY}?q=grandmother"),
    "search, a tag": ("owner", f"{HISTORY}?q=rare"),
    "search, a digest": ("owner", f"{HISTORY}?q={{sha256}}"),
    "search, an id": ("owner", f"{HISTORY}?q={{id}}"),
    "search, of none": ("owner", f"{HISTORY}?q=zeppelin"),
    "search, two letters": ("owner", f"{HISTORY}?q=li"),
    "search, two words": ("owner", f"{HISTORY}?q=IMG+grandmother"),
    "search, deep page": ("owner", f"{HISTORY}?q=IMG&cursor={{deep}}"),
    "search and verdict, 7 days": ("owner", f"{HISTORY}?verdict=inconclusive&after=7d&q=IMG"),
    "dashboard": ("owner", "/dashboard/"),
    "dashboard, a year": ("owner", "/dashboard/?days=365"),
    "API": ("owner", API),
    "API, deep page": ("owner", f"{API}?cursor={{deep}}"),
    "API, verdict": ("owner", f"{API}?verdict=manipulated"),
    "API, search": ("owner", f"{API}?q=lighthouse"),
    "a newcomer's history": ("newcomer", HISTORY),
    "a newcomer's search": ("newcomer", f"{HISTORY}?q=IMG"),
    "a newcomer's search, of none": ("newcomer", f"{HISTORY}?q=lighthouse"),
    "a newcomer's dashboard": ("newcomer", "/dashboard/"),
    "everybody's, first page": ("moderator", f"{HISTORY}?all=1"),
    "everybody's, deep page": ("moderator", f"{HISTORY}?all=1&cursor={{deep}}"),
    "everybody's, verdict": ("moderator", f"{HISTORY}?all=1&verdict=manipulated"),
    "everybody's, name": ("moderator", f"{HISTORY}?all=1&name=lighthouse"),
    "everybody's, search": ("moderator", f"{HISTORY}?all=1&q=lighthouse"),
    "everybody's dashboard": ("moderator", "/dashboard/?of=all"),
}
BOUND = 1.5  # a list of a million may cost so many times what a list of a thousand does


def main() -> None:
    options = _options()
    if options.answer:
        answer(options.answer)
        return
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_:
        addresses = open_.enter_context(_bases(Path(folder), options))
        sides = [open_.enter_context(_side(*one, Path(folder))) for one in addresses]
        if not _show(_measured(sides, options), options):
            sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--only", default="", help="measure only lists with this word in their names")
    parser.add_argument("--answer", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


@contextmanager
def _bases(folder: Path, options: argparse.Namespace) -> Iterator[list[tuple[str, int]]]:
    sizes = (options.small, options.large)
    if options.sqlite:
        yield [(f"sqlite:///{folder / f'{size}.sqlite3'}", size) for size in sizes]
        return
    import psycopg

    from tests.programs import postgresql

    with postgresql(folder) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            for size in sizes:
                connection.execute(f"CREATE DATABASE rows_{size}")
        yield [(address.replace("/postgres", f"/rows_{size}"), size) for size in sizes]


@contextmanager
def _side(address: str, size: int, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is told an address in a line and says in one how many milliseconds its answer took."""
    env = os.environ | {"DATABASE_URL": address, "FAKEDETECT_VAR": str(folder / f"var-{size}"), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, __file__, "--answer", str(size)]
    process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdin
    ready = process.stdout.readline()
    assert ready.startswith("ready"), ready
    print(f"{size:,} rows: {ready.strip()}", flush=True)
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait()


def _measured(sides: list[subprocess.Popen[str]], options: argparse.Namespace) -> dict[str, list[float]]:
    """Medians by list, one of each side."""
    names = [name for name in LISTS if options.only in name]
    times: dict[str, list[list[float]]] = {name: [[] for _ in sides] for name in names}
    for number in range(options.rounds + 3):
        for name in names:
            for place, side in enumerate(sides):
                assert side.stdin
                assert side.stdout
                side.stdin.write(f"{name}\n")
                side.stdin.flush()
                took = float(side.stdout.readline())
                if number >= 3:  # the first ones fill caches
                    times[name][place].append(took)
    return {name: [statistics.median(one) for one in of_sides] for name, of_sides in times.items()}


def _show(medians: dict[str, list[float]], options: argparse.Namespace) -> bool:
    print(f"\n| list | {options.small:,} rows, ms | {options.large:,} rows, ms | ratio |\n|---|---|---|---|")
    for name, (small, large) in medians.items():
        print(f"| {name} | {small:.1f} | {large:.1f} | {large / small:.2f} |")
    slow = [name for name, (small, large) in medians.items() if large > BOUND * small]
    print(f"\nmore than {BOUND} times: {', '.join(slow) or 'none'}")
    return not slow


def answer(size: int) -> None:
    """One side: fill the data base, then answer."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fakedetect_site.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    from accounts.models import User
    from bench import history_rows

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    known, told = history_rows.fill(size)
    print(f"ready: {told}", flush=True)
    clients = {name: Client() for name in known["people"].split()}
    for name, client in clients.items():
        client.force_login(User.objects.get(username=name))
    for line in sys.stdin:
        who, address = LISTS[line.strip()]
        start = time.perf_counter()
        response = clients[who].get(address.format(**known), secure=settings.HTTPS)
        took = (time.perf_counter() - start) * 1000
        assert response.status_code == 200, (address, response.status_code)
        print(f"{took:.3f}", flush=True)


if __name__ == "__main__":
    main()
