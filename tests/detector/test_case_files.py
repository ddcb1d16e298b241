"""The report and the export of a case: what is in them, who is told what, how they are signed and bounded."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import (
    case_dossier,
    case_export,
    case_items,
    case_manifest,
    case_notes,
    case_words,
    cases,
    originals,
    report_pdf,
    review,
    signing,
)
from detector.errors import Refused
from detector.models import Analysis, Finding, Upload
from fakedetect_site import spreadsheets
from tests.factories import picture

pytestmark = pytest.mark.django_db

PLACE = {1: "N", 2: (50.0, 30.0, 0.0), 3: "E", 4: (7.0, 5.0, 0.0)}


def by(person) -> Actor:
    return Actor(user=person)


def located(seed: int = 3) -> bytes:
    """A photograph that says where it was taken, and with which camera."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of Owner"
    exif.get_ifd(0x8825).update(PLACE)
    stream = io.BytesIO()
    picture(seed=seed).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def has_place(data: bytes) -> bool:
    return bool(Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825).get(2))


@pytest.fixture
def flood(case, owner, editor, moderator, submit):
    """Two uploads of the owner, one with a place; one of the editor, judged by a moderator; two notes."""
    mine = [submit(owner, located(), name="here.jpg"), submit(owner, name="=cmd|' C calc'!A1.jpg", seed=1)]
    theirs = submit(editor, name="third.jpg", seed=2)
    case_items.add(by(owner), case=case, uploads=mine)
    case_items.add(by(editor), case=case, uploads=[theirs])
    review.decide(by(moderator), upload=theirs, decision="manipulated", note="The shadow is wrong.")
    case_notes.write(by(owner), case=case, text="Ask the photographer.")
    case_notes.write(by(editor), case=case, text="An agency had it in 2019.", upload=theirs)
    return case


def document(person, case, **options) -> dict:
    return json.loads(case_dossier.document(by(person), case=case, **options))


def archive(person, case) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(case_export.stream(by(person), case=case))))


def test_the_json_holds_every_image_with_verdict_and_decision(flood, viewer):
    told = document(viewer, flood, base="https://example.org")
    assert (told["format"], told["title"], told["only"]) == ("fakedetect-case-report/1", "The flood", None)
    assert told["uploads"] == {
        "all": 3, "authentic": 0, "ai_generated": 2, "manipulated": 1, "inconclusive": 0, "pending": 0,
    }  # fmt: skip
    assert [item["number"] for item in told["items"]] == [1, 2, 3]
    third = told["items"][2]
    assert (third["uploaded_by"], third["verdict"]["label"]) == ("editor", "ai_generated")
    assert (third["review"]["decision"], third["review"]["note"]) == ("manipulated", "The shadow is wrong.")
    assert third["picture"] in told["pictures"]
    assert [note["about"] for note in told["notes"]] == [None, third["id"]]
    assert told["made"]["by"] == "viewer"
    assert told["made"]["check_at"] == "https://example.org/verify/"
    assert set(told["models"]) == {third["verdict"]["model"]["version"]}


def test_what_only_an_owner_may_know_is_in_no_report(flood, owner, viewer, submit):
    Finding.objects.create(
        analysis=Analysis.objects.first(),
        position=99,
        signal="camera",
        stance="silent",
        summary="A camera.",
        details={"gps": {"latitude": 50.5}, "private": {"serial": "SECRET-1"}},
    )
    for person in (owner, viewer):
        text = json.dumps(document(person, flood))
        assert "50.5" not in text
        assert "SECRET-1" not in text


def test_a_report_may_be_on_one_verdict_alone(flood, viewer):
    told = document(viewer, flood, verdict="manipulated")
    assert (told["only"], [item["file"]["name"] for item in told["items"]]) == ("manipulated", ["third.jpg"])
    assert told["uploads"]["all"] == 3
    assert document(viewer, flood, verdict="nonsense")["only"] is None


def test_the_pdf_is_typeset_with_a_page_for_each_image(flood, viewer, monkeypatch):
    laid = {}
    typeset = report_pdf.typeset

    def overheard(template, made_at, layout, pictures):
        laid.update(layout({name: f"{name}.jpg" for name in pictures}), pictures=pictures)
        return typeset(template, made_at, layout, pictures)

    monkeypatch.setattr(report_pdf, "typeset", overheard)
    made = case_dossier.pdf(by(viewer), case=flood, base="https://example.org")
    assert made.startswith(b"%PDF-")
    assert signing.check(made).valid
    assert [row["name"] for row in laid["table"]] == ["here.jpg", "=cmd|' C calc'!A1.jpg", "third.jpg"]
    assert laid["table"][2]["decision"] == "Judged manipulated by a person, by moderator"
    assert [row["count"] for row in laid["tally"]] == ["2", "1"]
    assert laid["images"][2]["review"][1] == "“The shadow is wrong.”"
    assert laid["images"][2]["notes"][0]["text"] == "An agency had it in 2019."
    assert len(laid["pictures"]) == 3


def test_an_empty_case_has_a_report_and_an_export_too(case, owner):
    assert signing.check(case_dossier.pdf(by(owner), case=case)).valid
    assert document(owner, case)["items"] == []
    assert "manifest.csv" in archive(owner, case).namelist()


def test_an_image_that_waits_or_failed_is_in_the_report(flood, owner):
    Analysis.objects.filter(upload__name="here.jpg").update(state="queued", label="")
    Analysis.objects.filter(upload__name="third.jpg").update(state="failed", label="", error_detail="It broke.")
    told = document(owner, flood)
    assert [item["status"] for item in told["items"]] == ["queued", "done", "failed"]
    assert signing.check(case_dossier.pdf(by(owner), case=flood)).valid


def test_what_people_write_is_set_as_text_and_never_read_as_markup(owner, submit):
    case = cases.make(by(owner), title="#panic() *bold* $x$ \\ \u202e", description='= Heading\n#read("/etc/passwd")')
    one = submit(owner, name="#image.jpg")
    case_items.add(by(owner), case=case, uploads=[one])
    case_notes.write(by(owner), case=case, text='#eval("1") @label <label>', upload=one)
    assert signing.check(case_dossier.pdf(by(owner), case=case)).valid
    laid = case_words.layout(document(owner, case), {})
    assert "⟨U+202E⟩" in laid["title"]


def test_a_stored_file_that_is_gone_leaves_a_report_without_that_picture(flood, owner):
    gone = Upload.objects.get(name="here.jpg")
    default_storage.delete(originals.path_of(gone.original_id, "jpg"))
    told = document(owner, flood)
    assert told["items"][0]["picture"] is None
    assert told["items"][1]["picture"]


def test_many_images_are_shown_by_their_thumbnails_and_only_as_many_as_fit(flood, owner, monkeypatch):
    monkeypatch.setattr(case_dossier, "_LARGE", 0)
    thumbnails = [
        default_storage.open(originals.thumbnail_path(one.original_id)).read() for one in Upload.objects.all()
    ]
    monkeypatch.setattr(case_dossier, "_PICTURES_BYTES", sum(map(len, thumbnails)) - 1)
    told = document(owner, flood)
    assert [bool(item["picture"]) for item in told["items"]] == [True, True, False]
    assert signing.check(case_dossier.pdf(by(owner), case=flood)).valid


def test_a_report_on_too_many_images_is_refused_with_a_way_out(flood, owner, as_owner, monkeypatch):
    monkeypatch.setattr(case_dossier, "MOST", 2)
    with pytest.raises(Refused) as error:
        case_dossier.document(by(owner), case=flood)
    assert (error.value.code, error.value.status) == ("too_many_images", 413)
    assert case_dossier.document(by(owner), case=flood, verdict="manipulated")
    assert "Choose a verdict" in as_owner.get(f"/cases/{flood.pk}/report.pdf").content.decode()
    assert not AuditEvent.objects.filter(action="case.report_made", details__uploads=3).exists()


@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_a_report_is_one_event_and_is_checked_like_any_other(flood, viewer, as_viewer, kind, tmp_path):
    response = as_viewer.get(f"/cases/{flood.pk}/report.{kind}")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Cache-Control"] == "private, no-store"
    event = AuditEvent.objects.get(action="case.report_made")
    assert (event.target, event.actor) == (f"case:{flood.pk}", f"user:{viewer.pk}")
    assert event.details == {"format": kind, "uploads": 3, "only": None}
    assert event.personal["private"]["sha256"] == originals.digest(response.content)

    kept = tmp_path / f"report.{kind}"
    kept.write_bytes(response.content)
    call_command("verify_report", str(kept), stdout=io.StringIO())
    page = as_viewer.post("/verify/", {"report": SimpleUploadedFile(kept.name, response.content)}).content.decode()
    assert "The report is as it was made" in page
    changed = response.content.replace(b"flood", b"fl00d", 1) if kind == "json" else response.content[:-200] + b"x"
    assert not signing.check(changed).valid


def test_the_archive_holds_everything(flood, owner):
    found = archive(owner, flood)
    assert found.testzip() is None
    assert sorted(found.namelist()) == sorted([
        "README.txt", "manifest.csv", "notes.txt", "case.json",
        *(f"{folder}/{name}{ending}" for name, ending in (
            ("0001-here", ".jpg"), ("0002-=cmd_' C calc'!A1", ".jpg"), ("0003-third", ".jpg")) for folder in
            ("files", "thumbnails")),
        "reports/0001-here.json", "reports/0002-=cmd_' C calc'!A1.json", "reports/0003-third.json",
    ])  # fmt: skip
    for name in found.namelist():
        if name.startswith("reports/"):
            assert signing.check(found.read(name)).valid
    assert found.read("notes.txt").decode().count("\n") > 3
    assert json.loads(found.read("case.json"))["members"][0] == {"username": "owner", "role": "owner"}


def test_each_gets_their_own_files_whole_and_those_of_others_without_a_place(flood, owner, editor):
    mine = Upload.objects.get(name="here.jpg")
    own = archive(owner, flood).read("files/0001-here.jpg")
    assert own == originals.read(mine.original)
    assert has_place(own)
    shared = archive(editor, flood).read("files/0001-here.jpg")
    assert not has_place(shared)
    assert len(shared) == len(own)


def test_the_table_can_be_read_and_runs_nothing(flood, owner):
    rows = list(csv.DictReader(io.StringIO(archive(owner, flood).read("manifest.csv").decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["here.jpg", "'=cmd|' C calc'!A1.jpg", "third.jpg"]
    third = rows[2]
    assert (third["verdict"], third["shown_as"], third["decision"]) == ("ai_generated", "manipulated", "manipulated")
    assert (third["fake_probability"], third["decided_by"], third["uploaded_by"]) == ("0.93", "moderator", "editor")
    assert {row["remark"] for row in rows} == {""}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "|cmd", "\n=1", "\x00=1", "  @x"]
)
def test_what_a_spreadsheet_would_run_is_text(text):
    assert spreadsheets.cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["first.jpg", "a=b", "2026-11-28", 0.93, 12, "", "x-1"])
def test_what_is_harmless_stays_as_it_is(value):
    assert spreadsheets.cell(value) == value


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b.jpg", "a_b.jpg"),
        ("..", ""),
        ("con?.jpg", "con_.jpg"),
        ("x" * 300 + ".jpg", "x" * 90 + ".jpg"),
        (".jpg", "jpg"),
    ],
)
def test_no_name_leaves_the_archive(name, safe):
    assert case_manifest.safe(name) == safe


def test_a_file_that_is_gone_and_an_upload_without_an_answer_are_told_in_the_table(flood, owner):
    gone = Upload.objects.get(name="here.jpg")
    default_storage.delete(originals.path_of(gone.original_id, "jpg"))
    default_storage.delete(originals.thumbnail_path(gone.original_id))
    Analysis.objects.filter(upload__name="third.jpg").update(state="running", label="")
    found = archive(owner, flood)
    rows = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode("utf-8-sig"))))
    assert (rows[0]["file"], rows[0]["remark"]) == ("", "The stored file is gone.")
    assert rows[2]["report"] == ""
    assert "no answer to report on yet" in rows[2]["remark"]
    assert "files/0001-here.jpg" not in found.namelist()
    assert "reports/0003-third.json" not in found.namelist()


def test_a_file_that_would_tell_its_place_stays_with_its_owner(flood, editor, monkeypatch):
    def refuse(original):
        raise Refused("place_remains", "Only its owner may have this file.")

    monkeypatch.setattr(originals, "read_without_place", refuse)
    found = archive(editor, flood)
    rows = list(csv.DictReader(io.StringIO(found.read("manifest.csv").decode("utf-8-sig"))))
    assert [row["remark"] for row in rows] == ["Only its owner may have this file."] * 2 + [""]
    assert [name for name in found.namelist() if name.startswith("files/")] == ["files/0003-third.jpg"]


def test_an_upload_that_is_deleted_while_the_archive_is_on_its_way_is_left_out(flood, owner, monkeypatch):
    monkeypatch.setattr(case_export, "_CHUNK", 1)
    pieces = case_export.stream(by(owner), case=flood)
    begun = next(pieces)
    Upload.objects.get(name="third.jpg").delete()
    found = zipfile.ZipFile(io.BytesIO(begun + b"".join(pieces)))
    assert found.testzip() is None
    assert not [name for name in found.namelist() if "third" in name]


def test_the_archive_is_sent_in_small_pieces_and_is_one_event(case, owner, as_owner, submit):
    noise = submit(owner, _noise(), name="noise.png")
    case_items.add(by(owner), case=case, uploads=[noise])
    response = as_owner.get(f"/cases/{case.pk}/export.zip")
    assert response.streaming
    pieces = [len(piece) for piece in response.streaming_content]
    assert sum(pieces) > 1_000_000
    assert max(pieces) < 600_000
    event = AuditEvent.objects.get(action="case.exported")
    assert (event.target, event.details) == (f"case:{case.pk}", {"uploads": 1})


def _noise() -> bytes:
    """A file of some megabytes: noise cannot be compressed."""
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (900, 1200, 3), dtype=np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize("act", [case_dossier.pdf, case_dossier.document, case_export.stream])
def test_without_a_key_nothing_is_begun(flood, owner, act, settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "broken.pem"
    settings.REPORT_KEY.write_text("no key")
    with pytest.raises(Refused) as error:
        act(by(owner), case=flood)
    assert error.value.code == "no_report_key"
    assert not AuditEvent.objects.filter(action__in=["case.exported", "case.report_made"]).exists()
