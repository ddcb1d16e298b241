"""A person with everything that a person can have here."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from accounts import consent, people, tokens
from accounts.audit import Actor
from accounts.models import Purpose, User
from desk.models import Appeal
from detector import dossier, originals
from detector.models import Case, CaseMember, CaseNote, CaseRole, CaseUpload, Decision, Review, Upload
from ml.serve import Finding
from notices import telling
from tests.conftest import PASSWORD
from tests.factories import picture

NAME, ADDRESS, FILE = "Zebulon.Quist", "zq@kestrel.example", "Kestrel over Brügge.jpg"


@pytest.fixture(autouse=True)
def keys(settings, tmp_path):
    """A site folder of its own as well: beside it lie the data bases of other test processes, with the same names."""
    settings.REPORT_KEY = tmp_path / "report_key.pem"
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()


def photograph(seed=7) -> bytes:
    stream = io.BytesIO()
    picture(320, 240, seed).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def drawn() -> bytes:
    stream = io.BytesIO()
    Image.effect_noise((64, 48), 40).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def person(db) -> User:
    who = {"username": NAME, "email": ADDRESS, "password": PASSWORD}
    return people.sign_up(Actor(name=NAME, address="203.0.113.7"), **who)


@pytest.fixture
def upload(person, submit, scorer) -> Upload:
    """An upload with a heat-map, evidence with a picture, and a report."""
    scorer.deep = (Finding("noise", "silent", "The noise is even.", {"level": 0.2}, drawn()),)
    taken = submit(person, photograph(), name=FILE)
    dossier.document(Actor(user=person), upload=taken)
    return taken


@pytest.fixture
def history(person, upload, moderator, stranger) -> Upload:
    """Reviewed, appealed, told of, shared, agreed to, and looked for by a log-in that failed."""
    review = Review.objects.create(
        upload=upload, analysis=upload.latest, reviewer=moderator, decision=Decision.AUTHENTIC, note=f"Of {NAME}."
    )
    raw = b"RAW of the very same moment " + photograph(8)
    path = default_storage.save(f"appeals/{upload.pk}/proof.raw", ContentFile(raw))
    Appeal.objects.create(
        upload=upload, note=f"I, {NAME}, took it.", attachment=path, attachment_name="Proof of mine.raw",
        attachment_sha256=originals.digest(raw), review=review,
    )  # fmt: skip
    target = f"upload:{upload.pk}"
    telling.tell(person, kind="review.decided", text=f"{FILE} was reviewed.", target=target)
    telling.tell(moderator, kind="appeal.made", text=f"{FILE} was appealed.", target=target)
    told = {"text": f"{NAME} added you to a case.", "target": "case:1", "data": {"by": NAME}}
    telling.tell(stranger, kind="case.added", **told)
    case = Case.objects.create(title="Birds")
    CaseMember.objects.create(case=case, user=person, role=CaseRole.OWNER)
    CaseMember.objects.create(case=case, user=stranger, role=CaseRole.EDITOR)
    CaseUpload.objects.create(case=case, upload=upload, added_by=person)
    CaseNote.objects.create(case=case, upload=upload, author=stranger, text=f"{FILE} looks right.")
    consent.give(Actor(user=person), person=person, purpose=Purpose.TRAINING)
    tokens.issue(Actor(user=person), user=person, name="Quist's script")
    Client().post("/accounts/login/", {"username": NAME, "password": "wrong"})
    return upload
