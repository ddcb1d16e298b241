"""Many at once, with real threads and real transactions."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import analysis, examination, intake, integrity, models_in_use, tasks
from detector.models import Analysis, State, Upload
from detector.processor import turn
from fakedetect_site.background import Background
from ml.serve import Finding
from tests.factories import image_bytes
from tests.programs import wait_until

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


def test_of_two_workers_one_examines(scorer, owner, monkeypatch):
    with monkeypatch.context() as silent:
        silent.setattr(examination, "ring", lambda *row: None)
        for seed in range(4):
            intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes(seed=seed))
    pks = list(Analysis.objects.values_list("pk", flat=True))
    at_once(tasks.examine, [pk for pk in pks for _ in range(2)])
    at_once(lambda _: examination.sweep(), range(2))
    assert scorer.examinations == 4
    assert AuditEvent.objects.filter(action="ledger").count() == 4
    assert set(Analysis.objects.values_list("ledger_state", flat=True)) == {"done"}
    assert verify_chain() is None


def test_two_sweeps_take_a_dead_workers_ledger_up_once(scorer, owner):
    intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    past = timezone.now() - timedelta(seconds=1)
    Analysis.objects.update(ledger_state=State.RUNNING, ledger_lease_until=past)
    at_once(lambda _: examination.sweep(), range(4))
    assert scorer.examinations == 2
    assert Analysis.objects.get().ledger_attempts == 2


def test_while_a_verdict_is_made_no_signal_starts(scorer, owner):
    upload = intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    Analysis.objects.update(ledger_state=State.QUEUED)
    with ThreadPoolExecutor(1) as pool:
        with turn:
            waits = pool.submit(at_once, tasks.examine, [upload.analyses.get().pk])
            assert wait([waits], timeout=0.5).not_done
            assert scorer.examinations == 1  # the one that came with the upload
        waits.result(timeout=30)
    assert scorer.examinations == 2


@pytest.fixture
def after(settings, monkeypatch):
    """The site's default: a thread of the process examines once the answer is out."""
    settings.LEDGER = "after"
    thread = Background(examination._asked)
    monkeypatch.setattr(examination, "background", thread)
    yield thread
    thread.end()


def ledgers() -> set[str]:
    return set(Analysis.objects.values_list("ledger_state", flat=True))


def test_the_thread_examines_after_the_answer(scorer, owner, after, monkeypatch):
    go_on = threading.Event()

    def slow(data, limits=None):
        assert go_on.wait(30)
        yield from ()

    monkeypatch.setattr(scorer, "examine", slow)
    answered = intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert (answered.latest.state, ledgers() <= {"queued", "running"}) == ("done", True)
    go_on.set()
    wait_until(lambda: ledgers() == {"done"}, "the ledger")


def test_the_thread_takes_up_what_another_process_left(scorer, owner, after):
    yesterday = timezone.now() - timedelta(days=1)
    for seed in range(3):
        intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes(seed=seed))
    wait_until(lambda: ledgers() == {"done"}, "the first ledgers")
    left = {"ledger_state": State.RUNNING, "ledger_lease_until": yesterday}
    Analysis.objects.update(finished_at=yesterday, **left)
    examination.nudge(Analysis.objects.first())
    wait_until(lambda: ledgers() == {"done"}, "all ledgers")
    assert scorer.examinations == 6


def test_a_thread_that_is_told_to_end_lays_its_work_down(scorer, owner, after, monkeypatch):
    started, go_on = threading.Event(), threading.Event()

    def slow(data, limits=None):
        started.set()
        assert go_on.wait(30)
        yield from scorer.deep

    scorer.deep = (Finding("noise", "silent", "The noise is even."),)
    monkeypatch.setattr(scorer, "examine", slow)
    intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes())
    assert started.wait(30)
    ending = threading.Thread(target=after.end)
    ending.start()
    wait_until(lambda: after.stopping, "the end")
    go_on.set()
    ending.join(30)
    row = Analysis.objects.get()
    assert (row.ledger_state, row.findings.count()) == ("queued", 1)


def test_what_breaks_in_the_thread_does_not_end_it(db):
    done = []

    def act(key):
        if key == 1:
            raise RuntimeError("the data base is away")
        done.append(key)

    thread = Background(act)
    for key in (1, 2, 2, 3):
        thread.ask(key)
    wait_until(lambda: len(done) == 2, "the second and third")
    thread.end()
    assert done == [2, 3]  # what waited already was not put in line again


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
