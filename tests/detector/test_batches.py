"""Batches: each file has its own result, a bad one fails alone, people go first, nothing is lost or done twice."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.utils import timezone

from accounts import people
from accounts.audit import SYSTEM, Actor, verify_chain
from accounts.models import AuditEvent, UsageCounter
from detector import analysis, batch_bells, batch_steps, batches, cases, intake, integrity
from detector.models import Analysis, Batch, BatchItem, BatchState, Upload
from tests.detector.test_api_uploads import bearer, error, file
from tests.detector.test_concurrency import at_once
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/batches/"


@pytest.fixture
def client(scorer, owner):
    return bearer(owner)


@pytest.fixture
def settled():
    """No file of a batch is left in the storage, and rows and files fit."""
    yield
    assert list(integrity.faults()) == []


def pictures(count: int) -> list[SimpleUploadedFile]:
    return [file(image_bytes(seed=n), f"{n}.jpg") for n in range(count)]


def zipped(*members, **options) -> SimpleUploadedFile:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed(stream.getvalue())


def packed(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("many.zip", data, "application/zip")


def results(client, body) -> dict[str, str]:
    found = client.get(body["links"]["api"]).json()
    return {item["name"]: item["error"]["code"] if item["error"] else item["state"] for item in found["items"]}


def test_many_files_are_taken_one_after_the_other(client, settled):
    response = client.post(URL, {"files": [*pictures(3), file(b"no image", "notes.txt")], "external_id": "cms-1"})
    body = response.json()
    assert (response.status_code, response["Location"], response["Retry-After"]) == (202, body["links"]["api"], "2")
    assert (body["state"], body["counts"]["queued"], body["progress"]) == ("queued", 4, 0)
    batch_bells.walk()
    body = client.get(body["links"]["api"]).json()
    assert (body["state"], body["progress"]) == ("done", 1)
    assert body["counts"] == {"total": 4, "queued": 0, "running": 0, "done": 3, "failed": 1, "cancelled": 0}
    assert [item["verdict"] for item in body["items"]] == ["ai_generated"] * 3 + [None]
    assert body["items"][3]["error"]["code"] == "not_an_image"
    assert client.get(body["items"][0]["api"]).json()["external_id"] == "cms-1"
    assert [row["id"] for row in client.get(f"{URL}?external_id=cms-1").json()["results"]] == [body["id"]]
    assert [item["position"] for item in client.get(f"{body['links']['api']}?item=failed").json()["items"]] == [3]
    assert not default_storage.listdir("batches/" + body["id"])[1]
    assert verify_chain() is None


def test_a_zip_is_unpacked_and_folders_and_what_systems_leave_are_passed_over(client, settled):
    archive = zipped(
        ("photos/", b""), ("photos/a.jpg", image_bytes(seed=1)), ("b.jpg", image_bytes(seed=2)),
        ("__MACOSX/photos/._a.jpg", b"junk"), ("photos/.DS_Store", b"junk"),
    )  # fmt: skip
    body = client.post(URL, {"archive": archive}).json()
    batch_bells.walk()
    assert results(client, body) == {"a.jpg": "done", "b.jpg": "done"}


def encrypted() -> bytes:
    data = bytearray(zipped(("secret.jpg", b"x" * 100)).read())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def lying() -> bytes:
    """Says that it unpacks to 100 bytes and goes on for 3 megabytes."""
    data = bytearray(zipped(("lie.jpg", bytes(3_000_000)), compression=zipfile.ZIP_DEFLATED).read())
    data[22:26] = struct.pack("<L", 100)
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<L", 100)
    return bytes(data)


def link() -> bytes:
    info = zipfile.ZipInfo("link.jpg")
    info.external_attr = 0o120777 << 16
    return zipped((info, b"/etc/passwd")).read()


def damaged() -> bytes:
    data = bytearray(zipped(("d.jpg", image_bytes())).read())
    data[200] ^= 0xFF
    return bytes(data)


def named(name: str) -> bytes:
    return zipped((name, image_bytes())).read()


def raw_name(name: bytes) -> bytes:
    return named("x" * len(name)).replace(b"x" * len(name), name)


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (encrypted, "encrypted"),
        (lying, "bad_member"),
        (link, "invalid_name"),
        (damaged, "bad_member"),
        (lambda: named("../../etc/passwd.jpg"), "invalid_name"),
        (lambda: named("/etc/passwd.jpg"), "invalid_name"),
        (lambda: raw_name(b"a\\b.jpg"), "invalid_name"),
        (lambda: named("a\x07.jpg"), "invalid_name"),
        (lambda: zipped(("inner.zip", named("a.jpg"))).read(), "nested_archive"),
        (lambda: zipped(("photo.jpg", named("a.jpg"))).read(), "nested_archive"),
        (lambda: zipped(("a.tgz", b"\x1f\x8b\x08" + bytes(40))).read(), "nested_archive"),
        (lambda: zipped(("bomb.png", bytes(20_000_000)), compression=zipfile.ZIP_DEFLATED).read(), "suspicious_ratio"),
        (lambda: zipped(("a.jpg", image_bytes()), compression=zipfile.ZIP_LZMA).read(), "unsupported_compression"),
        (lambda: zipped(("a.jpg", image_bytes()), compression=zipfile.ZIP_BZIP2).read(), "unsupported_compression"),
        (lambda: zipped(("empty.jpg", b"")).read(), "empty_file"),
    ],
)
def test_a_bad_member_fails_alone_under_its_name(client, settled, archive, code):
    both = io.BytesIO(archive())
    with zipfile.ZipFile(both, "a") as added:
        added.writestr("good.jpg", image_bytes(seed=5))
    body = client.post(URL, {"archive": packed(both.getvalue())}).json()
    batch_bells.walk()
    found = results(client, body)
    assert found.pop("good.jpg") == "done"
    assert list(found.values()) == [code]
    assert Upload.objects.count() == 1


def test_a_name_that_ends_early_for_some_is_refused(client, settled):
    body = client.post(URL, {"archive": packed(raw_name(b"a.jpg\0.exe"))}).json()
    assert list(results(client, body).values()) == ["invalid_name"]
    batch_bells.walk()


def many_entries() -> bytes:
    return zipped(*((f"{n}", b"") for n in range(12))).read()


def long_list() -> bytes:
    """A list of files that is itself the bomb: zipfile would read all of it into memory."""
    data = zipped(("a.jpg", b"x")).read()
    at = data.index(b"PK\x01\x02")
    listing = data[at : data.index(b"PK\x05\x06")] * 4_000
    return data[:at] + listing + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(listing), at, 0)


def zip64() -> bytes:
    data = zipped(("a.jpg", b"x")).read()
    end = data.index(b"PK\x05\x06")
    return data[:end] + b"PK\x06\x07" + bytes(16) + data[end:]


@pytest.mark.parametrize(
    ("archive", "status", "code"),
    [
        (many_entries, 413, "too_many_files"),
        (long_list, 413, "too_many_files"),
        (zip64, 400, "bad_archive"),
        (lambda: zipped(("a", b"x")).read()[:-22] + b"PK\x05\x06" + b"\xff" * 18, 400, "bad_archive"),
        (lambda: b"Rar!\x1a\x07\x00" + bytes(100), 400, "bad_archive"),
        (lambda: b"", 400, "bad_archive"),
        (lambda: zipped().read(), 400, "no_file"),
        (lambda: zipped(*((f"{n}.bin", bytes([n]) * 300_000) for n in range(10))).read(), 413, "batch_too_large"),
    ],
)
def test_an_archive_that_cannot_be_taken_is_refused_whole_and_leaves_nothing(
    client, settled, settings, archive, status, code
):
    settings.MAX_BATCH_FILES, settings.MAX_BATCH_BYTES = 10, 2_000_000
    data = archive()
    settings.MAX_BATCH_BYTES = max(2_000_000, len(data)) if code != "batch_too_large" else 2_000_000
    error(client.post(URL, {"archive": packed(data)}), status, code)
    assert not Batch.objects.exists()


def test_overlapping_members_count_each_time(client, settled, settings):
    """One kernel of bytes under many names: what is unpacked is what counts."""
    settings.MAX_BATCH_BYTES = 500_000
    kernel = zlib.compress(bytes(100_000))[2:-4]
    entries, body = b"", struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, zlib.crc32(bytes(100_000)),
                                     len(kernel), 100_000, 1, 0) + b"a" + kernel  # fmt: skip
    for _ in range(20):
        entries += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, zlib.crc32(bytes(100_000)),
                               len(kernel), 100_000, 1, 0, 0, 0, 0, 0, 0) + b"a"  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 20, 20, len(entries), len(body), 0)
    response = client.post(URL, {"archive": packed(body + entries + end)})
    if response.status_code == 202:  # newer versions of zipfile know overlaps by themselves
        assert set(results(client, response.json()).values()) == {"bad_member"}
        batches._remove(Batch.objects.get())
    else:
        error(response, 413, "batch_too_large")
        assert not Batch.objects.exists()


def test_a_file_over_the_limit_fails_alone(client, settled, settings):
    settings.MAX_UPLOAD_BYTES = 20_000
    large = file(image_bytes(width=900, height=900), "large.jpg")
    assert large.size > 20_000
    body = client.post(URL, {"files": [large, file(image_bytes(width=64, height=64), "small.jpg")]}).json()
    batch_bells.walk()
    assert results(client, body) == {"large.jpg": "file_too_large", "small.jpg": "done"}
    in_archive = zipped(("large.jpg", image_bytes(width=900, height=900)))
    body = client.post(URL, {"archive": in_archive}).json()
    assert results(client, body) == {"large.jpg": "file_too_large"}
    batch_bells.walk()


def test_nothing_both_and_too_many_are_refused(client, settings):
    error(client.post(URL, {}), 400, "no_file")
    error(client.post(URL, {"files": pictures(1), "archive": zipped(("a.jpg", b"x"))}), 400, "no_file")
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    error(client.post(URL, {"files": pictures(3)}), 413, "too_many_files")
    error(client.post(URL, {"files": pictures(1), "external_id": "x" * 201}), 400, "invalid")
    assert not Batch.objects.exists()


def test_what_is_told_of_a_batch_is_told_of_each_upload(client, owner, settled):
    case = cases.make(Actor(user=owner), title="The flood")
    client.post(URL, {"files": pictures(2), "case": str(case.pk), "tags": ["storm"]})
    batch_bells.walk()
    assert case.items.count() == 2
    assert [[tag.name for tag in row.tags.all()] for row in Upload.objects.all()] == [["storm"]] * 2
    created = AuditEvent.objects.filter(action="upload.created")
    assert {event.actor.partition(":")[0] for event in created} == {"token"}


def test_a_case_that_is_closed_meanwhile_fails_the_items(client, owner, settled):
    case = cases.make(Actor(user=owner), title="The flood")
    body = client.post(URL, {"files": pictures(1), "case": str(case.pk)}).json()
    cases.close(Actor(user=owner), case=case)
    batch_bells.walk()
    assert results(client, body) == {"0.jpg": "case_closed"}


def test_a_key_makes_one_batch(client, settled):
    def act(count=2):
        return client.post(URL, {"files": pictures(count)}, headers={"Idempotency-Key": "nightly"})

    first, again = act(), act()
    assert again.json()["id"] == first.json()["id"]
    assert (again.status_code, again["Idempotency-Replayed"]) == (202, "true")
    error(act(3), 422, "idempotency_key_reused")
    assert Batch.objects.count() == 1
    batch_bells.walk()


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
