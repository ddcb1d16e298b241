"""What tells of a person or of a file never enters the chain, whichever service records it.

Besides the journey below, every event that any test of the suite records is looked at (tests/chained.py).
"""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.audit import Actor
from accounts.models import AuditEvent, Role
from detector import case_notes, cases, review
from detector.models import Upload
from tests import chained
from tests.conftest import PASSWORD, logged_in
from tests.factories import UserFactory, image_bytes

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = (
    "Winifred.Quill",
    "quill@paper.example",
    "198.51.100.23",
    "my-holiday.jpg",
    "A secret remark",
    "Operation Lark",
)


def test_a_life_on_the_site_leaves_nothing_personal_in_the_chain(scorer, client):
    person = UserFactory(username=WORDS[0], email=WORDS[1], role=Role.MODERATOR)
    client.defaults["REMOTE_ADDR"] = WORDS[2]
    client.post("/accounts/login/", {"username": WORDS[0], "password": "wrong"})
    client.post("/accounts/login/", {"username": WORDS[0], "password": PASSWORD})
    file = SimpleUploadedFile(WORDS[3], image_bytes(), content_type="image/jpeg")
    client.post("/upload/", {"image": file})
    upload = Upload.objects.get()
    client.get(f"/uploads/{upload.pk}/report.json")
    client.post("/accounts/tokens/", {"name": WORDS[4], "scope": "read"})
    _by_services(person, upload)
    logged_in(person).post(f"/uploads/{upload.pk}/delete/")
    chain = json.dumps([_chained(event) for event in AuditEvent.objects.all()], default=str)
    assert AuditEvent.objects.count() > 12
    for word in (*WORDS, upload.original_id):
        assert word.lower() not in chain.lower(), word


def _by_services(person, upload):
    actor = Actor(user=person, address=WORDS[2])
    review.decide(actor, upload=upload, decision="authentic", note=WORDS[4], tags=["lark"])
    case = cases.make(actor, title=WORDS[5], description=WORDS[4])
    case_notes.write(actor, case=case, text=WORDS[4])


@pytest.mark.parametrize(
    ("target", "details"),
    [
        ("user:anna@paper.example", {}),
        ("upload:7", {"changed": ["anna@paper.example"]}),
        ("upload:7", {"stored": "IMG_0001.JPG"}),
        ("upload:7", {"from": "198.51.100.23"}),
        ("upload:7", {"from": "2001:db8::7"}),
        ("case:7", {"title": "Lark"}),
        ("case:7", {"why": "She asked me to."}),
        ("case:7", {"deep": [{"er": {"name": "Lark"}}]}),
    ],
)
def test_the_eye_on_the_whole_suite_sees(target, details):
    assert list(chained.faults(target, details))


@pytest.mark.parametrize(
    "details",
    [
        {"model": "2026.11.5", "before": None, "label": "ai_generated"},
        {"sha256": "ab" * 32, "at": "2026-11-28T11:00:00+00:00"},
        {"uploads": ["4569e621-7932-4db4-b902-a592c1f3d671"], "note": 17, "to": "user:17"},
    ],
)
def test_the_eye_on_the_whole_suite_lets_codes_numbers_and_references_pass(details):
    assert list(chained.faults("upload:4569e621-7932-4db4-b902-a592c1f3d671", details)) == []


def _chained(event):
    covered = ("id", "at", "action", "actor", "target", "details", "request_id", "model", "personal_digest")
    return [getattr(event, name) for name in covered]
