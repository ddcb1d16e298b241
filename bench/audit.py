"""How long the history takes to be proved, exported and searched, and in how much memory, at several lengths.

    python bench/audit.py [--events 10000 1000000] [--database postgres://…]

The events are made with proper digests and put in by bulk SQL, into a SQLite file of its own or an empty PostgreSQL
data base. Each measurement runs in a process of its own; its memory is the peak of the whole process, Django included.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
BATCH = 5_000


def child(step: str, folder: str, database: str, *words: str) -> dict:
    env = os.environ | {"FAKEDETECT_VAR": folder, "DATABASE_URL": database, "LOG_LEVEL": "WARNING"}
    command = [sys.executable, __file__, "--step", step, *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT, env=env)
    return json.loads(done.stdout.decode().splitlines()[-1])


def site() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "fakedetect_site.settings"
    django.setup()


def events(count: int) -> Iterator[list]:
    """A chain as a busy site writes it: people, uploads, verdicts, views."""
    from datetime import UTC, datetime, timedelta

    from accounts import audit_chain
    from accounts.models import AuditEvent

    previous, start = audit_chain.GENESIS, datetime(2026, 1, 1, tzinfo=UTC)
    kinds = ("upload.created", "verdict", "ledger", "upload.viewed")
    for number in range(1, count + 1):
        kind, upload = kinds[number % 4], f"upload:00000000-0000-4000-8000-{number // 4:012d}"
        salt, personal = f"{number:032x}", {"name": f"person{number % 500}", "address": f"192.0.2.{number % 250}"}
        at = start + timedelta(seconds=number, microseconds=number % 1_000_000)
        event = AuditEvent(
            id=number, at=at, action=kind, actor=f"user:{number % 500}", target=upload, previous=previous,
            details={"label": "inconclusive", "stances": {"silent": 9, "not_run": 3}}, request_id=f"{number:032x}",
            model="2026.11.5", form=audit_chain.FORM, personal=personal, salt=salt,
            personal_digest=audit_chain.personal_digest_of(salt, personal),
        )  # fmt: skip
        row = {name: getattr(event, name) for name in audit_chain.FIELDS} | {"at": at.isoformat()}
        event.digest = previous = audit_chain.digest_of(row)
        yield event


def build(count: str) -> dict:
    site()
    from itertools import islice

    from django.core.management import call_command

    from accounts.models import AuditEvent, AuditHead

    call_command("migrate", verbosity=0)
    made, started = events(int(count)), time.monotonic()
    while batch := list(islice(made, BATCH)):
        AuditEvent.objects.bulk_create(batch)
    AuditHead.objects.update_or_create(pk=1, defaults={"last_id": int(count), "last_digest": last_digest()})
    return {"seconds": time.monotonic() - started}


def last_digest() -> str:
    from accounts.models import AuditEvent

    return AuditEvent.objects.order_by("-id").values_list("digest", flat=True)[0]


def verify() -> dict:
    site()
    from accounts.audit import verify_chain

    return timed(lambda: expect(verify_chain() is None))


def export(path: str) -> dict:
    """To a file, as an administrator downloads it."""
    site()
    from accounts import audit, audit_export
    from accounts.models import AuditEvent

    def write() -> None:
        pieces = audit_export.export(audit.SYSTEM, events=AuditEvent.objects.all(), form="jsonl", filters={})
        with open(path, "w", encoding="utf-8") as stream:
            stream.writelines(pieces)

    return timed(write)


def copy(path: str) -> dict:
    """The exported copy, proved without a data base."""
    site()
    from accounts import audit_file
    from fakedetect_site import site_key

    keys = [site_key.public_key()]
    return timed(lambda: expect(audit_file.verify(Path(path), heads={}, keys=keys).faults == []))


def search(query: str) -> dict:
    """The newest page of what a filter finds, and how many there are: what the admin asks for."""
    site()
    from accounts.audit_search import EventFilter
    from accounts.models import AuditEvent

    name, _, value = query.partition("=")

    def look() -> None:
        found = EventFilter({name: value}, AuditEvent.objects.all()).qs
        list(found.order_by("-id")[:100])
        found.count()

    return timed(look)


def expect(holds: bool) -> None:
    if not holds:
        raise SystemExit("This does not hold.")


def timed(act: Callable[[], object]) -> dict:
    started, busy = time.monotonic(), time.process_time()
    act()
    told = {"seconds": time.monotonic() - started, "busy": time.process_time() - busy}
    return told | {"megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


STEPS = {"build": build, "verify": verify, "export": export, "copy": copy, "search": search}
SEARCHES = ("action=upload.viewed", "actor=user:17", "actor=person17", "address=192.0.2.17", "model=2026.11.5")


def measure(count: int, database: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        address = database or f"sqlite:///{folder}/db.sqlite3"
        built = child("build", folder, address, str(count))
        print(f"{count:>9,} events, made in {built['seconds']:.0f} s")
        path = f"{folder}/export.jsonl"
        tell("verify_audit", child("verify", folder, address))
        tell("export as JSON lines", child("export", folder, address, path))
        tell("verify_audit --file", child("copy", folder, address, path))
        for query in SEARCHES:
            tell(f"search {query}", child("search", folder, address, query))


def tell(what: str, told: dict) -> None:
    print(
        f"  {what:<28} {told['seconds']:8.2f} s, {told['busy']:8.2f} s of the processor, {told['megabytes']:7.0f} MB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--database", default="", help="an empty PostgreSQL data base, for one length only")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(STEPS[options.step](*options.words)))
        return
    for count in options.events:
        measure(count, options.database)


if __name__ == "__main__":
    main()
