"""One of everything, all of it its owner's, for whom each role stands in another relation to.

Whatever a person wrote or named carries MARK: where it is shown to a stranger, something has leaked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import consent, tokens
from accounts.audit import Actor
from accounts.models import ApiToken, Purpose, Role, Scope, User
from desk import appeals, deciding, queue
from detector import (
    batches,
    case_items,
    case_members,
    case_notes,
    cases,
    direct,
    direct_store,
    dossier,
    intake,
    models_in_use,
    originals,
    saved,
    shares,
)
from detector.models import ModelVersion, Upload
from detector.particulars import Particulars
from learning.models import DriftAlarm, Mistake, Rescoring, Shadow, TrainingRun, VerdictChange
from ml.serve import Finding
from notices import deliveries, endpoints, telling
from privacy.models import Erasure, Expiry, Kept, Kind, Progress, Retention
from tests.conftest import person
from tests.factories import image_bytes
from tests.scoring import PlainScorer
from tests.security.roles import SESSIONS

MARK = "kestrel"


def make(patch: pytest.MonkeyPatch) -> SimpleNamespace:
    """People, what is the owner's, what lies at the desk, what administrators see."""
    world = SimpleNamespace(model=models_in_use.ensure_shipped(), secrets={})
    _people(world)
    with _announced():
        _uploads(world, patch)
    _case(world)
    _desk(world)
    _notices(world)
    _privacy(world)
    _learning(world)
    return world


@contextmanager
def _announced() -> Iterator[None]:
    """What was announced for after the transaction is done, as after a request."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield


def _people(world: SimpleNamespace) -> None:
    roles = {"moderator": Role.MODERATOR, "administrator": Role.ADMINISTRATOR}
    for name in SESSIONS[1:]:
        setattr(world, name, person(name, roles.get(name, Role.USER)))
    person("second administrator", Role.ADMINISTRATOR)  # of the last one no account is erased,
    person("second owner")  # and the last owner leaves no case
    world.by = lambda who: Actor(user=who)
    for name, scope in (("read-only", Scope.READ), ("writing", Scope.WRITE), ("expired", None), ("revoked", None)):
        token, world.secrets[name] = _token(world.owner, scope or Scope.WRITE)
        world.token = token if name == "read-only" else world.token
        if name == "expired":
            ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
        if name == "revoked":
            tokens.revoke(world.by(world.owner), token=token)
    world.uid = urlsafe_base64_encode(force_bytes(world.owner.pk))


def _token(owner: User, scope: str) -> tuple[ApiToken, str]:
    return tokens.issue(Actor(user=owner), user=owner, name=MARK, scope=scope, expires_in=timedelta(days=1))


def _uploads(world: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
    """`upload` has all that hangs on one; the others are for an appeal, for the queue, decided, and nobody's guest."""
    scorer = PlainScorer(world.model)
    scorer.deep = (Finding("noise", "silent", "The noise is even.", {"level": 0.2}, image_bytes("PNG", 64, 48)),)
    patch.setattr(models_in_use, "scorer_of", lambda version: scorer)
    names = ("upload", "disputed", "waiting", "decided", "private")
    for seed, name in enumerate(names):
        data = image_bytes(seed=seed)
        taken = intake.submit(world.by(world.owner), owner=world.owner, name=f"{MARK}-{name}.jpg", data=data)
        setattr(world, name, taken)
    _announced_upload(world, patch)


def _announced_upload(world: SimpleNamespace, patch: pytest.MonkeyPatch) -> None:
    """The files of this world lie in a folder, which nobody can send to by themselves."""
    patch.setattr(direct_store, "ticket", lambda path, **told: direct_store.Ticket(f"https://store.example/{path}", {}))
    data = image_bytes(seed=77)
    told = {"name": f"{MARK}-sent.jpg", "size": len(data), "sha256": originals.digest(data), "mime": "image/jpeg"}
    world.announced, _ = direct.begin(world.by(world.owner), owner=world.owner, **told)
    world.sent = data


def _case(world: SimpleNamespace) -> None:
    by_owner, world.upload = world.by(world.owner), Upload.objects.with_verdicts().get(pk=world.upload.pk)
    world.case = cases.make(by_owner, title=f"{MARK} case", description=MARK)
    for name, role in (("viewer", "viewer"), ("editor", "editor"), ("second owner", "owner")):
        case_members.add(by_owner, case=world.case, username=name, role=role)
    case_items.add(by_owner, case=world.case, uploads=[world.upload])
    world.note = case_notes.write(by_owner, case=world.case, text=f"{MARK} note", upload=world.upload)
    dossier.document(by_owner, upload=world.upload)
    world.link, world.secret = shares.make(by_owner, upload=world.upload, days=7, shows_image=True)
    world.view = saved.keep(by_owner, name=f"{MARK} view", query="verdict=authentic")
    source = batches.Source(f"{MARK}.jpg", iter([image_bytes(seed=99)]))
    world.batch = batches.take_in(by_owner, owner=world.owner, sources=[source], told=Particulars())


def _desk(world: SimpleNamespace) -> None:
    by_moderator = world.by(world.moderator)
    raw = SimpleUploadedFile(f"{MARK}.dng", image_bytes("TIFF", seed=1))
    world.appeal = appeals.make(world.by(world.owner), upload=world.disputed, note=f"{MARK} appeal", file=raw)
    world.item = queue.put(by_moderator, upload=world.waiting)
    decided = queue.put(by_moderator, upload=world.decided)
    world.review = deciding.decide(by_moderator, item=decided, decision="authentic")


def _notices(world: SimpleNamespace) -> None:
    telling.tell(world.owner, kind="review.decided", text=f"{MARK} was reviewed.", target=f"upload:{world.upload.pk}")
    world.notice = world.owner.notices.first()
    url = f"http://127.0.0.1:9999/{MARK}"  # nobody is asked by name, and nothing is sent
    world.endpoint, _ = endpoints.make(world.by(world.owner), person=world.owner, url=url)
    world.delivery = deliveries.put(world.endpoint, "review.decided", {"name": MARK}, f"upload:{world.upload.pk}")


def _privacy(world: SimpleNamespace) -> None:
    consent.give(world.by(world.owner), person=world.owner, purpose=Purpose.TRAINING)
    Retention.objects.create(person=world.owner, days=100)
    Kept.objects.create(upload=world.private, by=world.owner)
    Expiry.objects.create(upload=world.waiting, due_at=timezone.now() + timedelta(days=3))
    done = {"kind": Kind.UPLOAD, "subject": "upload:gone", "state": Progress.DONE, "certificate": "{}"}
    world.erasure = Erasure.objects.create(person=world.owner.pk, finished_at=timezone.now(), **done)


def _learning(world: SimpleNamespace) -> None:
    candidate = ModelVersion.objects.create(version="9999.1", sha256="9" * 64, folder="nowhere", card=world.model.card)
    world.rescoring = Rescoring.objects.create(model=world.model, started_by=world.administrator)
    change = {"before": "authentic", "before_version": "old", "after": "ai_generated", "after_probability": 0.9}
    VerdictChange.objects.create(rescoring=world.rescoring, upload=world.upload, **change)
    world.trial = Shadow.objects.create(model=candidate, share=1.0, started_by=world.administrator)
    world.run = TrainingRun.objects.create(started_from=world.model, started_by=world.administrator)
    Mistake.objects.create(upload=world.decided, label="authentic", machine_label="ai_generated")
    DriftAlarm.objects.create(week=timezone.now().date(), measure="score", distance=1.0, count=9, reference="card")
