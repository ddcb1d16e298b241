"""A site as it is served, and thousands of hostile requests to its three doors for files, which must take none down.

`python -m tests.services.hostile 10000 [SEED [SECONDS]]` sends so many, or as many as it can in these seconds, and
tells what came back and what the processes held. Each request is made from the seed and its number alone, so a finding
can be sent again. FAKEDETECT_LEDGER=after has the deep signals look at what is taken in; that takes several times as
long.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import requests

from tests.fuzz import archives, bodies, hostile
from tests.programs import answers, environment, free_port, manage, running, wait_until
from tests.services.faults import check
from tests.services.processes import Watch

DOORS = ("uploads/", "uploads/search/", "batches/")
WEB, CLIENTS = 2, 4
_UNLIMITED = ("READS", "WRITES", "ANONYMOUS_READS", "ANONYMOUS_WRITES", "UPLOADS")
_BROKEN = ("Traceback", "WORKER TIMEOUT", "SIGKILL", "SIGSEGV", "CRITICAL")  # nothing of it may stand in the log


class Asked(NamedTuple):
    kind: str
    door: str
    type: str
    body: bytes


class Got(NamedTuple):
    number: int
    kind: str
    door: str
    status: int  # 0: no answer came
    told: dict

    @property
    def code(self) -> str:
        return str(self.told.get("error", {}).get("code", "")) if self.status >= 400 else ""


@dataclass
class Siege:
    """A site under fire, and what it answered."""

    address: str
    token: str
    watch: Watch
    faults: list[str] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)

    def send(self, seed: int, number: int, until: float) -> None:
        """Unless the time is up."""
        if time.monotonic() > until:
            return
        kind, door, said, body = asked(seed, number)
        try:
            answer = self.ask("POST", door, data=body, headers={"Content-Type": said} if said else {})
            self.got.append(Got(number, kind, door, answer.status_code, _json(answer)))
        except requests.RequestException as error:
            self.got.append(Got(number, kind, door, 0, {"error": {"code": repr(error)}}))

    def ask(self, method: str, path: str, headers: dict | None = None, **options) -> requests.Response:
        """On a connection of its own: one that rested may be closed by the site as it is used again."""
        headers = {"Authorization": f"Bearer {self.token}"} | (headers or {})
        return requests.request(method, f"{self.address}/api/v1/{path}", headers=headers, timeout=300, **options)

    def counts(self) -> Counter[tuple[str, int, str]]:
        return Counter((one.door, one.status, one.code) for one in self.got)


def asked(seed: int, number: int) -> Asked:
    """Five of six are a file under a plain name; the others are archives and bodies that are hostile themselves."""
    chance = random.Random(f"{seed}:{number}")
    way = chance.random()
    if way < 0.04:
        return Asked("archive", "batches/", *bodies.form(bodies.part(archives.archive(chance), "archive", "x.zip")))
    if way < 0.15:
        return Asked("body", chance.choice(DOORS), *bodies.body(chance))
    kind, data = hostile.file(chance)
    door = "uploads/search/" if way < 0.27 else "uploads/"
    return Asked(kind, door, *bodies.form(bodies.part(data), boundary="f" * 40))


def besiege(folder: Path, count: int, seed: int, seconds: float = 1e9) -> Siege:
    """What broke its promise stands in `faults`; what the data base and the files must hold is checked at the end."""
    env = _installed(folder)
    with _served(env, folder / "stderr") as (address, master), Watch(master) as watch:
        siege = Siege(address, env["TOKEN"], watch)
        siege.ask("GET", "uploads/")
        until = time.monotonic() + seconds
        before = watch.pids("web")
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda number: siege.send(seed, number, until), range(count)))
        batched = _finished(siege)
        siege.faults += undocumented(siege)
        if watch.pids("web") != before or len(before) != WEB:
            siege.faults.append(f"web processes were {before} and are {watch.pids('web')}")
    siege.faults += [line for line in (folder / "stderr").read_text().splitlines() if any(map(line.count, _BROKEN))]
    found = check(env, "hostile files")
    taken = siege.counts()["uploads/", 201, ""] + batched
    if (found["done"], found["uploads"]) != (taken, taken):
        siege.faults.append(f"{taken} were taken in, {found['uploads']} are kept, {found['done']} have a verdict")
    return siege


def undocumented(siege: Siege) -> list[str]:
    """Answers with a status or a code that the published schema does not name for their door."""
    paths = siege.ask("GET", "schema/?format=json").json()["paths"]
    known = {door: paths[f"/api/v1/{door}"]["post"]["responses"] for door in DOORS}
    return [
        f"request {one.number}, {one.kind} to {one.door}: {one.status} {str(one.told)[:300]}"
        for one in siege.got
        if not _is_documented(one, known[one.door])
    ]


def _is_documented(one: Got, known: dict) -> bool:
    answer = known.get(str(one.status))
    if not answer or one.status < 400:
        return bool(answer)
    return one.code in answer["content"]["application/json"]["examples"]


def _finished(siege: Siege) -> int:
    """Wait for every batch; how many uploads they became."""
    rows = [one.told["id"] for one in siege.got if one.door == "batches/" and one.status == 202]
    ended = [_ended(siege, row) for row in rows]
    return sum(row["counts"]["done"] for row in ended)


def _ended(siege: Siege, row: str) -> dict:
    found: dict = {}

    def over() -> bool:
        found.update(siege.ask("GET", f"batches/{row}/").json())
        return bool(found["finished_at"])

    wait_until(over, "the end of a batch", 300)
    return found


def _json(answer: requests.Response) -> dict:
    try:
        return answer.json()
    except ValueError:
        return {"error": {"code": f"no JSON: {answer.text[:80]}"}}


def _installed(folder: Path) -> dict[str, str]:
    env = {"FAKEDETECT_VAR": str(folder / "var"), "LOG_LEVEL": "ERROR"}
    env |= {"FAKEDETECT_LEDGER": os.environ.get("FAKEDETECT_LEDGER", "off")}
    env |= {f"FAKEDETECT_{kind}_PER_MINUTE": "0" for kind in _UNLIMITED}
    manage("bootstrap", env=env)
    return env | {"TOKEN": manage("issue_token", "admin", "--name", "test", env=env).strip()}


@contextmanager
def _served(env: dict[str, str], log: Path) -> Iterator[tuple[str, int]]:
    """As `tests.programs.site`, but nobody is renewed, and what is said on standard error is kept."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "fakedetect_site.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(WEB), "--max-requests", "0", "--access-logfile", "/dev/null"]
    with log.open("w") as stream, running(command, env=environment(**env), stderr=stream) as process:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{address}/health/live/"), "the site")
        yield address, process.pid


def _tell(siege: Siege, seconds: float) -> None:
    print(f"{len(siege.got)} requests in {seconds:.0f} s; by door, status and code:")
    for (door, status, code), count in sorted(siege.counts().items()):
        print(f"  {door:16} {status} {code:28} {count}")
    for kind in siege.watch.held:
        early, late, ratio = siege.watch.steady(kind)
        many = len(siege.watch.seen[kind])
        print(f"{kind}: {many} processes, {early:.0f} MB early, {late:.0f} MB late, {ratio:.2f} times")
    print("faults:", *(siege.faults or ["none"]), sep="\n  ")


if __name__ == "__main__":
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp())
    _tell(besiege(folder, *map(int, sys.argv[1:2] + (sys.argv[2:] or ["1"]))), time.monotonic() - begun)
    print(f"The log and what was kept lie in {folder}.")
