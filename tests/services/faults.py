"""What the tests of faults share: an installation, how it is put in trouble, and what must hold after each."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.pictures import image_bytes
from tests.programs import environment, manage, running, wait_until

FAULTY = "tests.services.faulty_settings"
_CHECKS = """
import json
from collections import Counter
from django.core.management import call_command
from accounts.models import AuditEvent
from detector import integrity
from detector.models import Analysis, State, Upload
call_command("verify_audit")
ends = AuditEvent.objects.filter(action__in=("verdict", "analysis.failed")).values_list("target", "model")
pairs = Analysis.objects.values_list("upload", "model")
ended = Analysis.objects.filter(state__in=(State.DONE, State.FAILED))
named = {f"upload:{pk}" for pk in Upload.objects.values_list("pk", flat=True)}
print(json.dumps({
    "uploads": Upload.objects.count(),
    "done": Analysis.objects.filter(state=State.DONE).count(),
    "failed": Analysis.objects.filter(state=State.FAILED).count(),
    "attempts": sorted(Analysis.objects.values_list("attempts", flat=True)),
    "unanswered": Upload.objects.exclude(pk__in=ended.values("upload")).count() + len(named - {one for one, _ in ends}),
    "answered twice": sum(n > 1 for n in Counter(ends).values()) + sum(n > 1 for n in Counter(pairs).values()),
    "faults": list(integrity.faults(digests=True)),
    "files": sum(1 for _ in integrity.stored()),
    "events": AuditEvent.objects.count(),
}))
"""
_HAND_IN = """
from pathlib import Path
from accounts.audit import SYSTEM
from accounts.models import User
from detector import intake
owner = User.objects.get(username="admin")
for path in sorted(Path({folder!r}).iterdir()):
    print(intake.submit(SYSTEM, owner=owner, name=path.name, data=path.read_bytes(), ring=False).original_id)
"""


def check(env: dict[str, str], fault: str, **expected) -> dict:
    """The five that must hold: every upload has an answer, none has two, no file lacks its row, no row its file, the
    audit chain is whole. Then what the test knows besides."""
    found = json.loads(manage("shell", "-c", _CHECKS, env=plain(env)).splitlines()[-1])
    print(f"{fault}: {json.dumps(found)}")
    assert found["unanswered"] == 0, found
    assert found["answered twice"] == 0, found
    assert [fault for fault in found["faults"] if "has no row" in fault] == []
    assert found["faults"] == []  # with rows without files, among others
    assert {name: found[name] for name in expected} == expected, found
    return found


def plain(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name != "DJANGO_SETTINGS_MODULE"}


def hand_in(env: dict[str, str], count: int) -> list[str]:
    """Uploads that wait for whoever sweeps; their digests."""
    folder = Path(env["FAULTS"]).parent / "pictures"
    folder.mkdir()
    for seed in range(count):
        (folder / f"{seed}.jpg").write_bytes(image_bytes(seed=seed))
    return manage("shell", "-c", _HAND_IN.format(folder=str(folder)), env=plain(env)).split()[-count:]


def tell(env: dict[str, str], name: str, value: str) -> None:
    """Put a fault in place (faulty.py), at once and whole; an empty value takes it away."""
    place = Path(env["FAULTS"]) / name
    if not value:
        return place.unlink(missing_ok=True)
    place.with_suffix(".new").write_text(value)
    return place.with_suffix(".new").rename(place) and None


def halted(env: dict[str, str]) -> int:
    """Wait until a process is where `halt` holds it; its number."""
    reached = Path(env["FAULTS"]) / "reached"
    wait_until(lambda: reached.exists() and bool(reached.read_text()), "the step at which to halt")
    pid = int(reached.read_text())
    reached.unlink()
    return pid


def kill_at(env: dict[str, str], step: str) -> None:
    """Halt whoever gets to this step and kill it there, with a signal that it cannot catch."""
    tell(env, "halt", step)
    os.kill(halted(env), signal.SIGKILL)
    tell(env, "halt", "")


@contextmanager
def worker(env: dict[str, str], pool: str = "solo"):
    command = [sys.executable, "-m", "celery", "-A", "fakedetect_site", "worker", "-l", "error", "--pool", pool]
    command += ["--concurrency", "1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with running(command, env=environment(**env), **quiet) as process:
        yield process


def post(address: str, env: dict[str, str], data: bytes) -> requests.Response:
    return requests.post(
        f"{address}/api/v1/uploads/",
        headers={"Authorization": f"Bearer {env['TOKEN']}"},
        files={"image": ("x.jpg", data)},
        timeout=60,
    )


def sweep_until_answered(env: dict[str, str], address: str, seconds: float = 90) -> None:
    """Walk the rounds, as beat would, until nothing waits or runs."""
    headers = {"Authorization": f"Bearer {env['TOKEN']}"}

    def answered() -> bool:
        manage("sweep", "--files", env=plain(env))
        rows = requests.get(f"{address}/api/v1/uploads/", headers=headers, timeout=30).json()["results"]
        return all(row["status"] in ("done", "failed") for row in rows)

    wait_until(answered, "an answer for each upload", seconds)
