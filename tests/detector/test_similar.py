"""Seen before: exactly and nearly, for each reader only what that reader may see, and nothing that was deleted."""

import uuid

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from PIL import Image, ImageOps

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import fingerprints, intake, originals, report, similar
from detector.models import Analysis, Original, PictureHash, State, Upload
from tests.factories import picture
from tests.ml.making import as_bytes

pytestmark = pytest.mark.django_db


def copy_bytes(seed: int = 0, quality: int = 60, mirrored: bool = False) -> bytes:
    """A smaller copy, compressed again."""
    image = picture(seed=seed).resize((240, 180))
    return as_bytes(ImageOps.mirror(image) if mirrored else image, quality=quality)


def row(upload: Upload, reader) -> dict:
    return similar.row_of(Upload.objects.get(pk=upload.pk), reader)


def kinds(upload: Upload, reader) -> list[tuple[str, str]]:
    return [(copy.upload.name, copy.kind) for copy in similar.copies_of(upload, reader)]


def delete(on_commit, upload: Upload) -> None:
    with on_commit():
        intake.delete(Actor(user=upload.owner), upload=upload)


def test_the_fingerprint_is_kept_with_the_original_and_once(submit, owner):
    first, again = submit(owner), submit(owner)
    kept = PictureHash.objects.get()
    assert kept.original_id == first.original_id == again.original_id
    assert len(kept.bits) == 40


def test_a_picture_that_nobody_handed_in_before_is_silent(submit, owner):
    submit(owner, seed=1)
    found = row(submit(owner, seed=2), owner)
    assert (found["stance"], found["details"]) == ("silent", {})
    assert found["summary"] == "No copy of this picture is among the uploads that you may see."


def test_the_same_file_and_copies_of_it_are_found(submit, owner):
    first = submit(owner, name="first.jpg")
    submit(owner, copy_bytes(), "smaller.jpg")
    submit(owner, copy_bytes(mirrored=True), "mirrored.jpg")
    submit(owner, name="again.jpg")
    submit(owner, seed=5)
    assert kinds(first, owner) == [("smaller.jpg", "copy"), ("mirrored.jpg", "mirrored"), ("again.jpg", "same_file")]


def test_the_row_names_the_day_and_the_verdict_of_the_earliest(submit, owner, settings):
    settings.TIME_ZONE = "UTC"
    first = submit(owner, name="first.jpg")
    Upload.objects.filter(pk=first.pk).update(created_at="2026-05-03T12:00:00Z")
    copy = submit(owner, copy_bytes(), "copy.jpg")
    found = row(copy, owner)
    assert found["signal"] == "similar"
    assert found["stance"] == "silent"
    assert found["summary"] == (
        "A copy of this picture was seen before on 3 May 2026; the verdict then: likely AI-generated."
    )
    (told,) = found["details"]["copies"]
    assert told["id"] == str(first.pk)
    assert told["verdict"] == "ai_generated"
    assert 0 < told["distance"] <= 64
    assert told["compare"] == f"/compare/?a={copy.pk}&b={first.pk}"
    assert "handed in again" in row(first, owner)["summary"]


@pytest.mark.parametrize(
    ("state", "words"), [(State.FAILED, "none, the analysis failed"), (State.QUEUED, "not yet given")]
)
def test_a_copy_without_a_verdict_is_told_without_one(submit, owner, state, words):
    Analysis.objects.filter(upload=submit(owner)).update(state=state)
    found = row(submit(owner), owner)
    assert f"the verdict then: {words}." in found["summary"]
    assert found["details"]["copies"][0]["verdict"] is None


def test_a_stranger_learns_nothing(submit, owner, stranger):
    submit(owner, name="secret.jpg")
    submit(owner, copy_bytes(), "secret copy.jpg")
    theirs = submit(stranger, copy_bytes(quality=80), "theirs.jpg")
    found = row(theirs, stranger)
    assert found["details"] == {}
    assert found["summary"] == similar._NONE
    assert row(submit(stranger, name="exact.jpg"), stranger)["details"]["copies"][0]["name"] == "theirs.jpg"


def test_an_owner_does_not_learn_that_a_stranger_has_it_too(submit, owner, stranger):
    mine = submit(owner)
    submit(stranger)
    assert row(mine, owner)["details"] == {}


def test_a_moderator_sees_all_and_whose_they_are(submit, owner, stranger, moderator):
    mine = submit(moderator, copy_bytes(quality=80))
    submit(owner, name="a.jpg")
    submit(stranger, copy_bytes(), "b.jpg")
    found = row(mine, moderator)["details"]["copies"]
    assert [(copy["name"], copy["owner"]) for copy in found] == [("a.jpg", "owner"), ("b.jpg", "stranger")]


def test_what_is_deleted_does_not_come_back(submit, on_commit, owner):
    first, copy = submit(owner), submit(owner, copy_bytes())
    assert len(kinds(copy, owner)) == 1
    held = fingerprints.near(bytes(PictureHash.objects.get(original=copy.original).bits))
    delete(on_commit, first)
    assert not PictureHash.objects.filter(original=first.original_id).exists()
    assert kinds(copy, owner) == []
    assert len(held) == 2  # memory had both: the data base decides


def test_a_row_that_only_memory_still_holds_is_not_told_of(submit, owner, monkeypatch):
    first, copy = submit(owner), submit(owner, copy_bytes())
    held = fingerprints._memory.blocks()
    PictureHash.objects.filter(original=first.original).delete()
    monkeypatch.setattr(fingerprints._memory, "blocks", lambda: held)
    assert kinds(copy, owner) == []


def test_a_reused_id_is_told_apart_by_what_the_data_base_says(submit, owner, monkeypatch):
    first, copy = submit(owner), submit(owner, copy_bytes())
    held = fingerprints._memory.blocks()
    other = PictureHash.objects.get(original=first.original)
    other.bits = bytes(byte ^ 0xFF for byte in other.bits)
    other.save()
    monkeypatch.setattr(fingerprints._memory, "blocks", lambda: held)
    assert kinds(copy, owner) == []


def test_memory_reads_each_row_once_and_still_sees_what_is_committed_late(db, monkeypatch):
    monkeypatch.setattr(fingerprints, "_SMALL", 4)
    monkeypatch.setattr(fingerprints, "_BLOCK", 8)
    memory = fingerprints.Memory()
    late = []
    for number in range(40):
        kept = kept_print(number)
        if number % 3 == 0:  # seen by nobody until the next row is there
            PictureHash.objects.filter(pk=kept.pk).delete()
            late.append(kept)
        assert ids(memory) == list(PictureHash.objects.order_by("pk").values_list("pk", flat=True))
        while late and number % 3 == 2:
            late.pop().save(force_insert=True)
    assert len(memory._filed) > 2
    assert all(len(block.ids) < 8 + 5 for block in memory._filed)


def test_memory_asks_only_for_what_it_has_not(db, monkeypatch):
    memory = fingerprints.Memory()
    for number in range(6):
        kept_print(number)
    memory.blocks()
    came = []
    monkeypatch.setattr(memory, "_note", came.append)
    with CaptureQueriesContext(connection) as asked:
        memory.blocks()
    assert (len(asked), came) == (1, [])


def test_memory_waits_for_no_id_for_ever(db, monkeypatch):
    monkeypatch.setattr(fingerprints, "_OVERLAP", 2)
    memory = fingerprints.Memory()
    kept = [kept_print(number) for number in range(3)]
    PictureHash.objects.filter(pk=kept[1].pk).delete()
    monkeypatch.setattr(fingerprints.time, "monotonic", lambda: 1_000.0)
    memory.blocks()
    assert memory._waited_for() == [kept[1].pk]
    monkeypatch.setattr(fingerprints.time, "monotonic", lambda: 1_000.0 + fingerprints._PATIENCE)
    assert memory._waited_for() == []


def test_memory_waits_for_the_last_ids_alone(db, monkeypatch):
    monkeypatch.setattr(fingerprints, "_OVERLAP", 3)
    memory = fingerprints.Memory()
    kept = [kept_print(number) for number in range(10)]
    PictureHash.objects.exclude(pk__in=[kept[0].pk, kept[9].pk]).delete()
    memory.blocks()
    assert memory._waited_for() == [kept[7].pk, kept[8].pk]


def kept_print(number: int) -> PictureHash:
    original = Original.objects.create(sha256=f"{number:064}", bytes=1, width=1, height=1)
    return PictureHash.objects.create(original=original, bits=number.to_bytes(40))


def ids(memory: fingerprints.Memory) -> list[int]:
    return sorted(int(row) for block in memory.blocks() for row in block.ids)


def test_a_report_that_is_not_asked_for_copies_searches_for_none(submit, owner):
    submit(owner)
    upload = submit(owner)
    assert "similar" not in [found["signal"] for found in report.of_upload(upload, reader=owner)["evidence"]]
    assert report.of_upload(upload, reader=owner, copies=True)["evidence"][-1]["signal"] == "similar"


def test_a_list_of_many_copies_is_cut_and_says_so(submit, owner, monkeypatch):
    monkeypatch.setattr(similar, "LISTED", 3)
    uploads = [submit(owner, name=f"{number}.jpg") for number in range(6)]
    found = row(uploads[-1], owner)
    assert [copy["name"] for copy in found["details"]["copies"]] == ["0.jpg", "1.jpg", "2.jpg"]
    assert found["details"]["more"] is True
    assert "More than 2 further copies are known." in found["summary"]


def test_a_search_asks_the_data_base_a_few_times_however_many_copies(submit, owner):
    uploads = [submit(owner, copy_bytes(quality=quality), f"{quality}.jpg") for quality in range(50, 62)]
    with CaptureQueriesContext(connection) as asked:
        assert len(row(uploads[0], owner)["details"]["copies"]) == 11
    assert len(asked) <= 11


def test_a_plain_picture_is_told_apart_from_one_that_is_not_indexed(submit, owner):
    white = as_bytes(Image.new("RGB", (300, 200), "white"))
    plain = submit(owner, white, "white.jpg")
    assert (row(plain, owner)["stance"], row(plain, owner)["summary"]) == ("not_run", similar._PLAIN)
    PictureHash.objects.all().delete()
    assert row(plain, owner)["summary"] == similar._NO_PRINT
    submit(owner, white, "again.jpg")
    assert row(plain, owner)["details"]["copies"][0]["kind"] == "same_file"


def test_earlier_uploads_are_indexed_by_a_command(submit, owner, capsys):
    first = submit(owner)
    before = bytes(PictureHash.objects.get().bits)
    PictureHash.objects.all().delete()
    copy = submit(owner, copy_bytes())
    assert kinds(copy, owner) == []
    call_command("index_pictures")
    assert capsys.readouterr().err.endswith("1 pictures fingerprinted, 0 could not be read\n")
    after = bytes(PictureHash.objects.get(original=first.original).bits)
    assert (int.from_bytes(before[8:]) ^ int.from_bytes(after[8:])).bit_count() <= 8
    assert kinds(copy, owner) == [("picture.jpg", "copy")]
    call_command("index_pictures")
    assert capsys.readouterr().err == "0 pictures fingerprinted, 0 could not be read\n"


def test_a_picture_that_cannot_be_read_is_named_and_the_others_are_indexed(submit, owner, capsys):
    gone = submit(owner)
    submit(owner, seed=1)
    PictureHash.objects.all().delete()
    originals._remove(gone.original_id, "jpg")
    with pytest.raises(SystemExit):
        call_command("index_pictures")
    written = capsys.readouterr()
    assert gone.original_id in written.out
    assert PictureHash.objects.count() == 1


def test_the_api_lists_copies_for_who_may_see_them(submit, owner, stranger, as_owner, as_stranger, as_moderator):
    upload, copy = submit(owner), submit(owner, copy_bytes(), "copy.jpg")
    theirs = submit(stranger, copy_bytes(quality=80), "theirs.jpg")
    body = as_owner.get(f"/api/v1/uploads/{upload.pk}/similar/").json()
    assert [found["id"] for found in body["copies"]] == [str(copy.pk)]
    assert body["more"] is False
    assert body["copies"][0]["page"].startswith("http://testserver/uploads/")
    assert as_stranger.get(f"/api/v1/uploads/{upload.pk}/similar/").status_code == 404
    assert as_owner.get(f"/api/v1/uploads/{uuid.uuid4()}/similar/").status_code == 404
    everyone = as_moderator.get(f"/api/v1/uploads/{upload.pk}/similar/").json()["copies"]
    assert [found["id"] for found in everyone] == [str(copy.pk), str(theirs.pk)]
    assert AuditEvent.objects.filter(action="upload.viewed", target=f"upload:{upload.pk}").count() == 1


def test_page_and_api_show_the_row_to_each_reader(submit, owner, stranger, as_owner, as_stranger, as_moderator):
    mine, theirs = submit(owner, name="mine.jpg"), submit(stranger, copy_bytes(), "theirs.jpg")
    for client, upload, expected in (
        (as_owner, mine, []), (as_stranger, theirs, []), (as_moderator, mine, ["theirs.jpg"]),
    ):  # fmt: skip
        evidence = client.get(f"/api/v1/uploads/{upload.pk}/").json()["evidence"]
        (found,) = [line for line in evidence if line["signal"] == "similar"]
        assert [copy["name"] for copy in found["details"].get("copies", [])] == expected
        page = client.get(f"/uploads/{upload.pk}/").content.decode()
        assert "Seen before" in page
        assert ("theirs.jpg" in page and "mine.jpg" in page) == bool(expected)


def test_a_copy_on_the_page_leads_to_its_verdict_and_to_the_comparison(submit, owner, as_owner):
    first, copy = submit(owner, name="first.jpg"), submit(owner, copy_bytes(), "copy.jpg")
    page = as_owner.get(f"/uploads/{copy.pk}/").content.decode()
    assert f'href="/uploads/{first.pk}/"' in page
    assert page.count(f'href="/compare/?a={copy.pk}&amp;b={first.pk}"') == 2  # above the verdict, and in the ledger


def test_an_uploads_fingerprint_comes_to_nothing_with_the_upload(submit, owner, monkeypatch):
    monkeypatch.setattr(intake.audit, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        submit(owner)
    assert not PictureHash.objects.exists()
    assert not Original.objects.exists()


def test_another_picture_is_no_copy(submit, owner):
    submit(owner, as_bytes(picture(seed=3), "PNG"), "other.png")
    assert kinds(submit(owner, seed=4), owner) == []


def read_ahead() -> None:
    fingerprints.read_ahead().join(10)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_begins_has_read_all_before_anybody_asks(submit, owner, monkeypatch):
    monkeypatch.setattr(fingerprints, "_memory", fingerprints.Memory())
    first = submit(owner)
    read_ahead()
    monkeypatch.setattr(fingerprints, "_read", lambda *_: iter(()))  # nothing is read any more
    assert ids(fingerprints._memory) == [first.original.fingerprint.pk]


def test_a_data_base_that_is_away_at_the_start_is_asked_again_later(monkeypatch, caplog):
    def away(*_):
        raise DatabaseError("away")

    monkeypatch.setattr(fingerprints, "_memory", fingerprints.Memory())
    monkeypatch.setattr(fingerprints, "_read", away)
    read_ahead()
    assert "not read ahead: away" in caplog.text
    monkeypatch.setattr(fingerprints, "_read", lambda *_: iter([([7], fingerprints.Block.of([(7, b"1" * 40)]))]))
    assert ids(fingerprints._memory) == [7]
