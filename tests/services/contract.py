"""A site with something of everything in it, and generated requests to all of its API, in the name of several people.

`python -m tests.services.contract 40` asks for as many cases an operation as one has the patience for.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from tests.programs import ROOT, environment, manage, site

PEOPLE = """
import json
from accounts import tokens
from accounts.audit import SYSTEM
from accounts.models import Role, Scope, User
olga = User.objects.create_user("olga", "olga@example.org", "correct horse battery")
ada = User.objects.create_user("ada", "ada@example.org", "correct horse battery", role=Role.MODERATOR)
admin = User.objects.get(username="admin")
asking = {"owner": olga, "reader": olga, "moderator": ada, "administrator": admin}
keys = {
    who: tokens.issue(SYSTEM, user=user, name=who, scope=Scope.READ if who == "reader" else Scope.WRITE)[1]
    for who, user in asking.items()
}
print("TOLD" + json.dumps(keys))
"""
WHO = ("owner", "reader", "moderator", "administrator")
# All but two, which ask for what a generated request cannot know: that a file is an image, a name somebody's, a cursor
# one that was told. Misspelt values of a query, which one of them finds, have a test of their own.
LEFT_OUT = "positive_data_acceptance,negative_data_rejection"


@dataclass
class Installation:
    """Where it is, who may ask, and what is in it: ids by the place that they have in an address."""

    address: str
    tokens: dict[str, str]
    ids: dict[str, list[str | int]] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        answer = requests.request(method, f"{self.address}/api/v1/{path}", headers=headers, timeout=60, **options)
        assert answer.ok, f"{method} {path}: {answer.text}"
        return answer

    def made(self, who: str, path: str, **options):
        return self.ask(who, "POST", path, **options).json()


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    env = {"FAKEDETECT_VAR": str(folder), "LOG_LEVEL": "ERROR", "FAKEDETECT_WEBHOOKS_PRIVATE": "1"}
    kinds = ("READS", "WRITES", "ANONYMOUS_READS", "ANONYMOUS_WRITES")  # of limits, which would answer most of it
    env |= {f"FAKEDETECT_{kind}_PER_MINUTE": "0" for kind in kinds} | {"FAKEDETECT_UPLOADS_PER_MINUTE": "0"}
    manage("bootstrap", env=env)
    tokens = json.loads(manage("shell", "-c", PEOPLE, env=env).partition("TOLD")[2])
    with site(env, workers=2) as address:
        made = Installation(address, tokens)
        _fill(made)
        yield made


def _fill(on: Installation) -> None:
    pictures = sorted((ROOT / "samples").glob("*.jpg"))[:4]
    uploads = [on.made("owner", "uploads/", files={"image": path.open("rb")})["id"] for path in pictures]
    case = on.made("owner", "cases/", json={"title": "The flood"})["id"]
    on.ask("owner", "POST", f"cases/{case}/items/", json={"uploads": uploads[:2]})
    on.ask("owner", "POST", f"cases/{case}/members/", json={"username": "ada", "role": "editor"})
    note = on.made("owner", f"cases/{case}/notes/", json={"text": "Look at the horizon."})["id"]
    hook = on.made("owner", "webhooks/", json={"url": "http://127.0.0.1:61999/hook"})["id"]
    delivery = on.made("owner", f"webhooks/{hook}/test/")["id"]
    appeal = on.made("owner", f"uploads/{uploads[0]}/appeals/", json={"note": "It is my photograph."})["id"]
    items = [on.made("moderator", "queue/", json={"upload": one})["id"] for one in uploads]
    review = on.made("moderator", f"queue/{items[-1]}/decide/", json={"decision": "authentic"})["id"]
    batch = on.made("owner", "batches/", files={"files": pictures[0].open("rb")})["id"]
    notices = [row["id"] for row in on.ask("moderator", "GET", "notices/").json()["results"]]
    on.ids = {
        "uploads": uploads, "cases": [case], "notes": [note], "webhooks": [hook], "deliveries": [delivery],
        "appeals": [appeal], "queue": items, "reviews": [review], "batches": [batch], "notices": notices,
    }  # fmt: skip


def settings(ids: dict[str, list[str | int]]) -> str:
    """Four of five generated addresses are of what there is; the fifth is of what there is not."""
    lines = []
    for name, values in ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    for place, name in PLACES.items():
        regex, _, parameter = place.partition(" ")
        bound = f'{{ "path.{parameter}" = {{ dictionary = "{name}", probability = 0.8 }} }}'
        lines += ["[[operations]]", f"include-path-regex = {json.dumps(regex)}", f"parameters = {bound}"]
    return "\n".join(lines)


PLACES = {
    "/uploads/.id id": "uploads", "/cases/.id id": "cases", "/queue/.id id": "queue", "/reviews/.id id": "reviews",
    "/batches/.id id": "batches", "/webhooks/.id id": "webhooks", "/webhooks/deliveries/.id id": "deliveries",
    "/notices/.id id": "notices",
}  # fmt: skip


def command(on: Installation, who: str, examples: int, *more: str) -> list[str]:
    """One worker: with several, Python 3.11 may fail while two threads parse what draws the values."""
    program = str(Path(sys.executable).with_name("schemathesis"))
    return [
        program, "--config-file", "schemathesis.toml", "run", f"{on.address}/api/v1/schema/?format=json",
        "-H", f"Authorization: Bearer {on.tokens[who]}", "--max-examples", str(examples), "--seed", "1",
        "--checks", "all", "--exclude-checks", LEFT_OUT, "--workers", "1", "--warnings", "off", *more,
    ]  # fmt: skip


def run(on: Installation, who: str, folder: Path, examples: int, *more: str) -> subprocess.CompletedProcess:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schemathesis.toml").write_text(settings(on.ids))
    asked = command(on, who, examples, *more)
    return subprocess.run(asked, cwd=folder, env=environment(), capture_output=True, text=True)


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp())
    with installation(folder / "var") as on:
        for who in WHO:
            done = run(on, who, folder, int(sys.argv[1]), *sys.argv[2:])
            print(f"== {who}: {done.returncode}", done.stdout, done.stderr, sep="\n", flush=True)
