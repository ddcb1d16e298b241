"""Batches come in: many files or an archive, each with its own result; a bad one fails alone."""

import io
import struct
import zipfile
import zlib
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import batch_bells, batches, cases
from detector.models import Analysis, Batch, State, Upload
from tests.detector.batch_making import URL, pictures, results
from tests.detector.test_api_uploads import bearer, error, file
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(scorer, owner):
    return bearer(owner)


def zipped(*members, **options) -> SimpleUploadedFile:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return packed(stream.getvalue())


def packed(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("many.zip", data, "application/zip")


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


def test_while_verdicts_are_late_a_batch_waits_outside_and_one_image_does_not(client, settled, submit, owner, settings):
    waiting = submit(owner).latest
    late = {"state": State.QUEUED, "created_at": timezone.now() - timedelta(minutes=11)}
    Analysis.objects.filter(pk=waiting.pk).update(**late)
    refused = client.post(URL, {"files": pictures(1)}, headers={"Idempotency-Key": "the-same-batch"})
    assert refused["Retry-After"] == "60"
    error(refused, 503, "busy")
    assert "10 minutes" in refused.json()["error"]["detail"]
    assert not Batch.objects.exists()
    assert client.post("/api/v1/uploads/", {"image": file(image_bytes(seed=9))}).status_code == 201
    settings.QUEUE_MINUTES = 12
    assert client.post(URL, {"files": pictures(1)}, headers={"Idempotency-Key": "the-same-batch"}).status_code == 202
    settings.QUEUE_MINUTES = 0
    assert client.post(URL, {"files": pictures(1)}).status_code == 202


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


def test_a_member_without_any_name_fails_alone(client, settled):
    data = named("b")
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    entry = data[start : start + 28] + b"\0\0" + data[start + 30 : end - 1]
    data = data[:start] + entry + data[end : end + 12] + struct.pack("<L", len(entry)) + data[end + 16 :]
    body = client.post(URL, {"archive": packed(data)}).json()
    batch_bells.walk()
    assert list(results(client, body).values()) == ["invalid_name"]


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
