"""Two moderators, twenty programs, one queue on PostgreSQL: each image is reviewed once, and none is lost."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.programs import manage, postgresql, site

IMAGES, CLIENTS, VANISHING = 120, 20, 4
SENT = {"decision": "manipulated", "note": "Cut and pasted.", "tags": ["test"]}

FILL = """
from accounts.audit import Actor
from accounts.models import Role, User
from desk import queue
from detector.models import Original, Upload
people = [
    User.objects.create_user(name, f"{name}@example.org", "correct horse battery", role=role)
    for name, role in (("ada", Role.MODERATOR), ("bo", Role.MODERATOR), ("owner", Role.USER))
]
for n in range(%d):
    original = Original.objects.create(
        sha256=f"{n:064x}", format="JPEG", mime="image/jpeg", extension="jpg", bytes=1, width=1, height=1
    )
    upload = Upload.objects.create(owner=people[2], original=original, name=f"{n}.jpg")
    queue.put(Actor(user=people[0]), upload=upload)
"""
TELL = """
import json
from accounts.models import AuditEvent
from desk.models import QueueItem
from detector.models import Review
print("TOLD" + json.dumps({
    "states": list(QueueItem.objects.values_list("state", flat=True)),
    "reviews": [str(pk) for pk in Review.objects.values_list("upload", flat=True)],
    "people": list(Review.objects.values_list("reviewer__username", flat=True)),
    "events": AuditEvent.objects.filter(action="review.decided").count(),
    "strays": QueueItem.objects.filter(state="done", review=None).count(),
}))
"""


def test_twenty_clients_of_two_moderators_review_each_image_once_and_lose_none(tmp_path):
    with postgresql(tmp_path) as address:
        env = {"FAKEDETECT_VAR": str(tmp_path / "var"), "DATABASE_URL": address, "LOG_LEVEL": "ERROR"}
        env |= {"FAKEDETECT_CLAIM_SECONDS": "10"}
        manage("bootstrap", env=env)
        manage("shell", "-c", FILL % IMAGES, env=env)
        tokens = [manage("issue_token", name, "--name", "test", env=env).strip() for name in ("ada", "bo")]
        with site(env, workers=2) as home, ThreadPoolExecutor(CLIENTS) as pool:
            decided = list(pool.map(lambda n: _work(home, tokens[n % 2], vanish=n < VANISHING), range(CLIENTS)))
        told = json.loads(manage("shell", "-c", TELL, env=env).partition("TOLD")[2])
        manage("verify_audit", env=env)
    assert sum(decided) == IMAGES
    assert Counter(told["states"]) == {"done": IMAGES}
    assert len(told["reviews"]) == len(set(told["reviews"])) == IMAGES
    assert set(told["people"]) == {"ada", "bo"}
    assert (told["events"], told["strays"]) == (IMAGES, 0)


def _work(home: str, token: str, *, vanish: bool) -> int:
    """Claim and decide until nothing waits; who vanishes takes one image and never comes back to it."""
    session, done = requests.Session(), 0
    session.headers["Authorization"] = f"Bearer {token}"
    while session.get(f"{home}/api/v1/queue/", timeout=60).json()["count"]:
        answer = session.post(f"{home}/api/v1/queue/next/", timeout=60)
        if answer.status_code == 204:  # the rest is in other hands
            time.sleep(0.5)
            continue
        assert answer.status_code == 200, answer.text
        if vanish:
            return 0
        made = session.post(f"{home}/api/v1/queue/{answer.json()['id']}/decide/", json=SENT, timeout=60)
        assert made.status_code == 201, made.text  # what one was given, nobody else can have decided
        done += 1
    return done
