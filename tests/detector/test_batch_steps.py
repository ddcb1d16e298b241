"""Batches are worked through: people go first, nothing is lost or done twice."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone

from accounts import people
from accounts.audit import SYSTEM, Actor
from accounts.models import AuditEvent, UsageCounter
from detector import analysis, batch_bells, batch_steps, batches, intake
from detector.models import Analysis, Batch, BatchItem, BatchState, Upload
from tests.detector.batch_making import URL, pictures, results
from tests.detector.test_api_uploads import bearer, error
from tests.detector.test_concurrency import at_once
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(scorer, owner):
    return bearer(owner)


def test_while_somebody_waits_for_a_verdict_no_file_is_taken(client, owner, monkeypatch):
    with monkeypatch.context() as silent:
        silent.setattr(analysis, "ring", lambda *row: None)
        intake.submit(Actor(user=owner), owner=owner, name="a.jpg", data=image_bytes(seed=9))
    client.post(URL, {"files": pictures(2)})
    batch_bells.walk()
    assert Upload.objects.count() == 1
    analysis.run(analysis.queued(Analysis.objects.get().pk))
    Batch.objects.update(next_at=timezone.now())
    batch_bells.walk()
    assert Upload.objects.count() == 3


def test_a_large_batch_keeps_no_small_one_waiting(client, stranger, settled):
    client.post(URL, {"files": pictures(6)})
    bearer(stranger).post(URL, {"files": pictures(2)})
    for _ in range(4):
        pk = batch_bells._open().order_by("next_at").first().pk
        batch_steps.act(batch_steps.take(pk))
    assert Upload.objects.filter(owner=stranger).count() == 2
    batch_bells.walk()


def test_cancelling_keeps_what_was_handed_in_and_removes_the_rest(client, settled):
    body = client.post(URL, {"files": pictures(3)}).json()
    batch_steps.act(batch_steps.take(body["id"]))
    cancelled = client.post(body["links"]["cancel"]).json()
    assert (cancelled["state"], cancelled["counts"]["done"], cancelled["counts"]["cancelled"]) == ("cancelled", 1, 2)
    assert client.post(body["links"]["cancel"]).json() == cancelled
    batch_bells.walk()
    assert Upload.objects.count() == 1
    assert AuditEvent.objects.filter(action="batch.cancelled").count() == 1


def test_others_do_not_see_it(client, as_stranger, as_moderator):
    body = client.post(URL, {"files": pictures(1)}).json()
    for other in (as_stranger, as_moderator):
        error(other.get(body["links"]["api"]), 404, "not_found")
        error(other.post(body["links"]["cancel"]), 404, "not_found")
        assert other.get(URL).json()["results"] == []
    error(client.get(f"{URL}?cursor=zzz"), 400, "invalid_cursor")


def test_a_worker_that_dies_loses_nothing_and_does_nothing_twice(client, monkeypatch, settled):
    """Once before the upload is made, once after it and before its verdict."""
    body = client.post(URL, {"files": pictures(2)}).json()

    def die(*parts, **others):
        raise SystemExit

    for module, where in ((intake, "submit"), (analysis, "run")):
        with monkeypatch.context() as dying:
            dying.setattr(module, where, die)
            with pytest.raises(SystemExit):
                batch_steps.act(batch_steps.take(body["id"]))
        assert batch_steps.take(body["id"]) is None  # the lease is held by a dead one
        Batch.objects.update(next_at=timezone.now())
    batch_bells.walk()
    assert results(client, body) == {"0.jpg": "done", "1.jpg": "done"}
    assert Analysis.objects.filter(state="done").count() == Upload.objects.count() == 2


def test_a_file_that_kills_the_worker_each_time_is_given_up(client, monkeypatch, settled):
    body = client.post(URL, {"files": pictures(2)}).json()
    real = intake.submit

    def deadly(*parts, name, **others):
        if name == "0.jpg":
            raise SystemExit
        return real(*parts, name=name, **others)

    monkeypatch.setattr(intake, "submit", deadly)
    for _ in range(3):
        with pytest.raises(SystemExit):
            batch_steps.act(batch_steps.take(body["id"]))
        Batch.objects.update(next_at=timezone.now())
    batch_bells.walk()
    assert results(client, body) == {"0.jpg": "gave_up", "1.jpg": "done"}


def test_of_many_workers_one_takes_the_step(client):
    body = client.post(URL, {"files": pictures(1)}).json()
    assert sum(bool(taken) for taken in at_once(lambda _: batch_steps.take(body["id"]), range(8))) == 1


def test_many_workers_at_once_hand_each_file_in_once(client, settled):
    body = client.post(URL, {"files": pictures(8)}).json()
    at_once(lambda _: batch_bells.walk(), range(4))
    batch_bells.walk()
    assert set(results(client, body).values()) == {"done"}
    assert Upload.objects.count() == 8


def test_a_deleted_upload_takes_its_name_out_of_the_batch(client, owner, settled):
    body = client.post(URL, {"files": pictures(1)}).json()
    batch_bells.walk()
    intake.delete(Actor(user=owner), upload=Upload.objects.get())
    item = client.get(body["links"]["api"]).json()["items"][0]
    assert (item["name"], item["upload"], item["state"]) == ("", None, "done")


def test_of_a_person_who_is_locked_out_nothing_more_is_taken_and_with_the_account_all_goes(
    client, owner, administrator, settled
):
    client.post(URL, {"files": pictures(2)})
    people.deactivate(Actor(user=administrator), user=owner)
    batch_bells.walk()
    assert (Upload.objects.count(), Batch.objects.get().state) == (0, BatchState.CANCELLED)
    Batch.objects.update(state=BatchState.QUEUED, finished_at=None)
    path = default_storage.save("batches/x/0", SimpleUploadedFile("0", b"data"))
    BatchItem.objects.filter(position=0).update(staged=path)
    owner.delete()
    assert not default_storage.exists(path)


def test_what_is_long_over_or_never_arrived_is_forgotten(client, owner, settled):
    client.post(URL, {"files": pictures(1)})
    batch_bells.walk()
    Batch.objects.update(finished_at=timezone.now() - timedelta(days=31))
    left = Batch.objects.create(owner=owner, created_at=timezone.now() - timedelta(hours=3))
    path = default_storage.save(f"batches/{left.pk}/0", SimpleUploadedFile("0", b"data"))
    batches.sweep()
    assert not Batch.objects.exists()
    assert not default_storage.exists(path)
    assert Upload.objects.count() == 1


def test_the_round_takes_up_what_nobody_is_at(client, settled):
    client.post(URL, {"files": pictures(1)})
    Batch.objects.update(next_at=timezone.now() - timedelta(minutes=1))
    assert batches.sweep() == "1 taken up"
    assert Upload.objects.count() == 1


def test_a_thread_of_the_process_takes_the_steps(client, settings, settled):
    from tests.programs import wait_until

    settings.BATCHES = "rung"
    body = client.post(URL, {"files": pictures(2)}).json()
    wait_until(lambda: Batch.objects.get(pk=body["id"]).finished_at is not None, "the end of the batch", 60)
    assert set(results(client, body).values()) == {"done"}
    batch_bells.thread.end()
    batch_bells.thread.__init__(batch_bells._work)


def test_without_a_model_it_waits_and_fails_nothing(client, monkeypatch, model):
    from detector.errors import NoModel

    body = client.post(URL, {"files": pictures(1)}).json()
    with monkeypatch.context() as gone:
        gone.setattr(intake.models_in_use, "current", lambda: (_ for _ in ()).throw(NoModel("none")))
        batch_bells.walk()
    assert client.get(body["links"]["api"]).json()["state"] == "running"
    Batch.objects.update(next_at=timezone.now())
    batch_bells.walk()
    assert results(client, body) == {"0.jpg": "done"}


def test_the_site_itself_cancels_under_its_own_name(client, owner):
    client.post(URL, {"files": pictures(1)})
    assert batches.cancel(SYSTEM, batch=Batch.objects.get())
    assert not batches.cancel(SYSTEM, batch=Batch.objects.get())


def test_files_beyond_the_day_wait_for_the_next_one_and_are_not_lost(client, settings, settled):
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 2}
    body = client.post(URL, {"files": pictures(3)}).json()
    batch_bells.walk()
    assert sorted(results(client, body).values()) == ["done", "done", "queued"]
    item = BatchItem.objects.get(state="queued")
    assert (item.attempts, item.batch.next_at > timezone.now()) == (0, True)
    UsageCounter.objects.filter(period="day").update(since=F("since") - timedelta(days=1))
    Batch.objects.update(next_at=timezone.now())
    batch_bells.walk()
    assert set(results(client, body).values()) == {"done"}


def test_what_is_put_back_after_it_was_cancelled_is_cancelled_too(client, settings, settled):
    settings.LIMITS = settings.LIMITS | {"uploads_per_day": 1}
    body = client.post(URL, {"files": pictures(2)}).json()
    batch_steps.act(batch_steps.take(body["id"]))
    item = BatchItem.objects.get(state="queued")
    BatchItem.objects.filter(pk=item.pk).update(state="running")  # a worker has begun it …
    assert batches.cancel(SYSTEM, batch=Batch.objects.get())  # … when its owner thinks better of it
    item.refresh_from_db()
    assert (item.state, default_storage.exists(item.staged)) == ("running", True)
    batch_steps._put_back(item, 60.0)
    assert sorted(results(client, body).values()) == ["cancelled", "done"]
