"""Many at once, with real threads and real transactions."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import analysis, intake, integrity, models_in_use
from detector.models import Analysis, State, Upload
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act, arguments):
    def closing(argument):
        try:
            return act(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(closing, arguments))


def test_many_uploads_of_one_file_share_one_original(scorer, owner):
    data = image_bytes()
    actor = Actor(user=owner)
    at_once(lambda n: intake.submit(actor, owner=owner, name=f"{n}.jpg", data=data), range(16))
    assert Upload.objects.count() == 16
    assert Analysis.objects.filter(state=State.DONE).count() == 16
    assert list(integrity.faults(digests=True)) == []
    assert verify_chain() is None


def test_of_many_workers_one_gets_the_row(scorer, owner, monkeypatch):
    with monkeypatch.context() as silent:
        silent.setattr(analysis, "ring", lambda *row: None)
        upload = intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    pk = upload.analyses.get().pk
    claimed = at_once(lambda _: analysis.claim(analysis.queued(pk) or upload.analyses.get()), range(8))
    assert sum(claimed) == 1


def test_two_sweeps_at_once_score_once(scorer, owner, monkeypatch):
    with monkeypatch.context() as silent:
        silent.setattr(analysis, "ring", lambda *row: None)
        for seed in range(4):
            intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes(seed=seed))
    at_once(lambda _: analysis.sweep(), range(4))
    assert scorer.calls == 4
    assert AuditEvent.objects.filter(action="verdict").count() == 4


def test_uploading_while_the_last_copy_is_deleted_loses_nothing(scorer, owner):
    """Ten rounds of both at once: whatever order they take, every row keeps its file and no file is left over."""
    data, actor = image_bytes(), Actor(user=owner)
    for _ in range(10):
        last = intake.submit(actor, owner=owner, name="a.jpg", data=data)
        acts = [
            partial(intake.delete, actor, upload=last),
            partial(intake.submit, actor, owner=owner, name="b.jpg", data=data),
        ]
        at_once(lambda act: act(), acts)
        assert list(integrity.faults(digests=True)) == []
        for upload in Upload.objects.all():
            intake.delete(actor, upload=upload)
    assert list(integrity.faults()) == []


def test_the_served_model_is_loaded_once_and_shared(model):
    scorers = at_once(lambda _: models_in_use.current_scorer(), range(8))
    assert len({id(scorer) for scorer in scorers}) == 1
