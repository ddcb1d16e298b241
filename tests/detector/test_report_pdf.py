"""Reports: what they hold and leave out, for whom, in JSON and as PDF, whatever a file is called or lacks."""

import base64
import io
import json
import re

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import dossier, ledger_rows, model_figures, originals, report_pdf, report_words, signing
from detector.models import Analysis, Finding, Upload
from ml import serve
from tests.factories import picture

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = [
    '#panic("x") $a$ *b* _c_ `d` @e <f> \\ // /* ]] }} #image("/etc/passwd").jpg',
    "a\u202egnp.exe",
    "שלום مرحبا Привет 中文 हिन्दी 😀👩‍👩‍👧.jpg",
    "'\"“”–…\u200b\u2028.jpg",
    "x" * 251 + ".jpg",
]


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "report_key.pem"


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


def png(width=300, height=200):
    stream = io.BytesIO()
    picture(width, height).save(stream, "PNG")
    return stream.getvalue()


def with_findings(upload, *found):
    Finding.objects.bulk_create(ledger_rows.kept(upload.latest, found, 10))
    return Upload.objects.get(pk=upload.pk)


def document(upload, user=None, **options):
    return json.loads(dossier.document(Actor(user=user or upload.owner), upload=upload, **options))


def pages_of(data):
    return int(re.search(rb"/Count (\d+)", data)[1])


def words_of(upload, **options):
    content = document(upload, **options)
    return report_words.layout(content, {name: name for name in content["pictures"]})


def test_the_report_holds_what_a_reader_needs_to_check_it(upload, model):
    content = document(upload, base="https://check.example.org")
    assert content["file"]["sha256"] == upload.original_id
    assert content["file"]["name"] == "picture.jpg"
    assert content["verdict"]["label"] == "ai_generated"
    assert content["verdict"]["thresholds"]["fake_above"] > 0.5
    assert content["model"]["sha256"] == model.sha256
    assert content["software"].keys() >= {"fakedetect", "python", "pillow", "numpy", "ai-edge-litert"}
    assert content["made"]["by"] == "owner"
    assert content["made"]["check_at"] == "https://check.example.org/verify/"
    assert content["reviewer"] is None
    assert "probability, not a proof" in content["statement"]
    for moment in (content["uploaded_at"], content["analysed_at"], content["made"]["at"]):
        assert moment.endswith("+00:00")


def test_both_forms_are_signed_and_written_down(upload, as_owner):
    for kind in ("pdf", "json"):
        answer = as_owner.get(f"/uploads/{upload.pk}/report.{kind}")
        assert (answer.status_code, answer["Content-Type"]) == (200, f"application/{kind}")
        assert answer["Content-Disposition"] == f"attachment; filename*=UTF-8''picture.jpg%20report.{kind}"
        assert answer["Cache-Control"] == "private, no-store"
        assert signing.check(answer.content).valid
        event = AuditEvent.objects.filter(action="report.made").order_by("id").last()
        assert event.target == f"upload:{upload.pk}"
        assert event.details == {"format": kind, "private": False}
        assert event.personal["private"] == {"sha256": originals.digest(answer.content)}
        assert event.model == upload.latest.model.version


def test_the_api_hands_out_the_same_reports(upload, as_owner, as_stranger):
    for kind in ("pdf", "json"):
        answer = as_owner.get(f"/api/v1/uploads/{upload.pk}/report.{kind}")
        assert (answer.status_code, answer["Content-Type"]) == (200, f"application/{kind}")
        assert signing.check(answer.content).valid
        assert as_stranger.get(f"/api/v1/uploads/{upload.pk}/report.{kind}").status_code == 404


@pytest.mark.parametrize("kind", ["pdf", "json"])
def test_a_report_is_for_those_who_may_see_the_upload(upload, client, as_stranger, as_moderator, kind):
    address = f"/uploads/{upload.pk}/report.{kind}"
    assert client.get(address).status_code == 302
    assert as_stranger.get(address).status_code == 404
    assert as_moderator.get(address).status_code == 200
    assert AuditEvent.objects.filter(action="report.made").count() == 1


def test_there_is_no_report_before_there_is_an_answer(upload, as_owner):
    Analysis.objects.update(state="running")
    assert as_owner.get(f"/uploads/{upload.pk}/report.pdf").status_code == 409
    answer = as_owner.get(f"/api/v1/uploads/{upload.pk}/report.json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_ready")
    assert not AuditEvent.objects.filter(action="report.made").exists()


def test_a_failed_analysis_is_reported_as_such(upload, as_owner):
    Analysis.objects.update(state="failed", error_code="gave_up", error_detail="It never ended.", label="")
    found = Upload.objects.get(pk=upload.pk)
    assert document(found)["verdict"] is None
    assert words_of(found)["answer"]["sentence"] == "It never ended."
    assert pages_of(dossier.pdf(Actor(user=found.owner), upload=found)) >= 1


SECRET = {"gps": {"latitude": 48.1374}, "private": {"serial": "A123"}, "nested": [{"gps": 1, "kept": 2}], "make": "X"}


def test_place_serial_numbers_and_names_are_left_out_unless_the_owner_asks(upload, as_owner, as_moderator):
    found = with_findings(upload, serve.Finding("camera", "silent", "The camera left notes.", SECRET))
    address = f"/uploads/{found.pk}/report.json"
    for client, query, told in (
        (as_owner, "", False),
        (as_owner, "?private=1", True),
        (as_moderator, "?private=1", False),
    ):
        answer = client.get(address + query)
        assert (b"48.1374" in answer.content, b"A123" in answer.content) == (told, told)
        content = json.loads(answer.content)
        assert content["made"]["with_private_details"] is told
        details = next(row["details"] for row in content["evidence"] if row["signal"] == "camera")
        assert details["make"] == "X"
        assert details["nested"][0]["kept"] == 2


def test_the_pdf_tells_private_details_only_when_they_were_asked_for(upload):
    found = with_findings(upload, serve.Finding("camera", "silent", "The camera left notes.", SECRET))
    assert "48.14" not in json.dumps(words_of(found))
    assert "48.14" in json.dumps(words_of(found, private=True))


def test_the_pictures_travel_inside_the_json(upload):
    found = with_findings(
        upload,
        serve.Finding("noise", "supports_fake", "The noise changes.", {"score": 0.9}, png()),
        serve.Finding("spectrum", "silent", "Nothing stands out."),
    )
    content = document(found)
    rows = {row["signal"]: row for row in content["evidence"]}
    assert rows["spectrum"]["picture"] is None
    assert set(content["pictures"]) == {"image", "heatmap", rows["noise"]["picture"]}
    data = base64.b64decode(content["pictures"][rows["noise"]["picture"]].partition(",")[2])
    assert Image.open(io.BytesIO(data)).size == (300, 200)


def test_the_picture_is_made_smaller_and_loses_its_metadata(submit, owner):
    exif = Image.Exif()
    exif[0x013B] = "Secret Artist"
    found = submit(owner, width=1400, height=700, exif=exif)
    content = dossier.document(Actor(user=owner), upload=found)
    data = base64.b64decode(json.loads(content)["pictures"]["image"].partition(",")[2])
    assert max(Image.open(io.BytesIO(data)).size) == 1000
    assert b"Secret Artist" not in data


def test_pictures_that_are_gone_leave_a_report_without_them(upload):
    found = with_findings(upload, serve.Finding("noise", "silent", "The noise is even.", {}, png()))
    default_storage.delete(originals.path_of(found.original_id, "jpg"))
    default_storage.delete(found.latest.findings.get(signal="noise").picture)
    Analysis.objects.update(heatmap=None)
    found = Upload.objects.get(pk=upload.pk)
    assert document(found)["pictures"] == {}
    assert words_of(found)["image"] is None
    assert signing.check(dossier.pdf(Actor(user=found.owner), upload=found)).valid


def test_a_report_without_a_single_finding_says_so(upload):
    Finding.objects.all().delete()
    found = Upload.objects.get(pk=upload.pk)
    assert all(not group["rows"] for group in words_of(found)["groups"])
    assert pages_of(dossier.pdf(Actor(user=found.owner), upload=found)) >= 2


def test_what_was_not_checked_is_told_with_the_reason(upload):
    found = with_findings(upload, serve.Finding("faces", "not_run", "There is no face in the picture."))
    Analysis.objects.update(ledger_state="running")
    told = words_of(Upload.objects.get(pk=found.pk))["unchecked"]
    assert ["Faces", "There is no face in the picture."] in told
    assert any("still running" in words for _, words in told)
    assert "No program reads that from pixels" in told[-1][1]


def test_what_the_model_said_alone_is_told_where_other_evidence_moved_the_answer(upload):
    assert "alone" not in words_of(upload)["answer"]["marks"]
    Analysis.objects.update(label="manipulated", fake_probability=0.99)
    found = Upload.objects.get(pk=upload.pk)
    assert document(found)["model_alone"]["label"] == "ai_generated"
    assert "The image model alone: Likely AI-generated, 93" in words_of(found)["answer"]["marks"]


def test_other_uploads_of_the_same_picture_stay_out_of_a_report(submit, owner):
    first, second = submit(owner), submit(owner)
    content = dossier.document(Actor(user=owner), upload=second, private=True)
    assert str(first.pk).encode() not in content
    assert "similar" not in {row["signal"] for row in json.loads(content)["evidence"]}


def test_every_finding_stands_in_the_pdf_under_its_stance(upload):
    stances = ("supports_fake", "supports_authentic", "silent")
    found = with_findings(upload, *(serve.Finding(f"signal_{stance}", stance, f"It {stance}.") for stance in stances))
    groups = {group["stance"]: [row["summary"] for row in group["rows"]] for group in words_of(found)["groups"]}
    for stance in stances:
        assert f"It {stance}." in groups[stance]


@pytest.mark.parametrize(
    ("score", "told"), [(0.98231, ["0.982"]), (120_871.4, ["120,871"]), (1e300, ["1e+300"]), (None, [])]
)
def test_a_measured_score_is_told_as_a_person_would_write_it(upload, score, told):
    found = with_findings(upload, serve.Finding("noise", "supports_fake", "It changes.", {"score": score}))
    (row,) = words_of(found)["groups"][0]["rows"]
    assert row["notes"] == [f"Measured score {figure}" for figure in told]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_name_breaks_a_report_or_becomes_markup(upload, name):
    Upload.objects.update(name=name)
    found = Upload.objects.get()
    assert document(found)["file"]["name"] == name
    whole = dossier.pdf(Actor(user=found.owner), upload=found)
    assert signing.check(whole).valid
    assert b"root:" not in whole


def test_all_of_a_row_may_be_hostile(upload):
    words = HOSTILE[0] + HOSTILE[2]
    found = with_findings(
        upload, serve.Finding(HOSTILE[0][:40], "supports_fake", words, {"score": 1e300, "gps": words})
    )
    assert signing.check(dossier.pdf(Actor(user=found.owner), upload=found, private=True)).valid


def test_characters_that_turn_or_hide_writing_are_told_by_their_number():
    assert report_words.readable("a\u202egnp.exe") == "a⟨U+202E⟩gnp.exe"
    assert report_words.readable("😀\u200b中") == "⟨U+1F600⟩⟨U+200B⟩⟨U+4E2D⟩"
    assert report_words.readable("Grüße, Привет, שלום, “a” – b") == "Grüße, Привет, שלום, “a” – b"


def test_numbers_that_json_readers_disagree_on_are_told_as_text(upload):
    found = with_findings(upload, serve.Finding("odd", "silent", "Odd.", {"large": [2**64], "small": 2**53 - 1}))
    row = next(row for row in document(found)["evidence"] if row["signal"] == "odd")
    assert row["details"] == {"large": [str(2**64)], "small": 2**53 - 1}


def test_the_figures_of_the_card_come_with_their_intervals_and_sets(model):
    told = model_figures.of_card(model.card)
    assert told["test"]["images"] == model.card["metrics"]["test"]["all"]["images"]
    assert len(told["test"]["accuracy"]["interval"]) == 2
    assert told["test"]["false_alarms"]["of"] > 0
    assert told["calibration"]["expected_error"] >= 0
    assert not told["tested_on"][0]["trained_on"]
    assert {row["set"] for row in told["tested_on"]} >= set(model.card["metrics"]["test"]) - {"all"}
    assert told["limits"] == model.card["limits"]


@pytest.mark.parametrize("card", [{}, {"metrics": {}}, {"metrics": {"test": {"a": {"images": 3}}}}])
def test_a_card_that_lacks_parts_still_makes_a_report(upload, card):
    content = document(upload)
    content["model"] |= model_figures.of_card(card)
    assert report_pdf.render(content, {}).startswith(b"%PDF-")


@pytest.mark.parametrize("label", ["authentic", "ai_generated", "manipulated", "inconclusive"])
def test_every_answer_has_its_words_and_never_claims_proof(upload, label):
    Analysis.objects.update(label=label)
    told = words_of(Upload.objects.get(pk=upload.pk))
    assert told["outcome"] == label
    assert told["answer"]["sentence"]
    assert told["title"] != "Authentic"


def test_the_verdict_page_offers_both_forms(upload, as_owner, as_moderator):
    page = as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    for address in ("report.pdf", "report.json", "report.pdf?private=1"):
        assert f"/uploads/{upload.pk}/{address}" in page
    assert "private=1" not in as_moderator.get(f"/uploads/{upload.pk}/").content.decode()


def test_large_pictures_of_findings_do_not_make_a_large_report(submit, owner):
    shown = png(1500, 1000)
    found = with_findings(submit(owner), serve.Finding("noise", "silent", "Shown.", {}, shown))
    assert len(shown) > 2_000_000
    assert len(dossier.pdf(Actor(user=owner), upload=found)) < 500_000


def test_a_typesetter_that_fails_is_loud(upload, monkeypatch, tmp_path):
    (tmp_path / "broken.typ").write_text("#panic()")
    monkeypatch.setattr(report_pdf, "_TEMPLATE", tmp_path / "broken.typ")
    with pytest.raises(RuntimeError, match="panicked"):
        dossier.pdf(Actor(user=upload.owner), upload=upload)
    assert not AuditEvent.objects.filter(action="report.made").exists()


def test_the_template_reads_nothing_beyond_its_folder(upload, monkeypatch, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "curious.typ").write_text(f'#read("../secret.txt") #read("{tmp_path}/secret.txt")')
    monkeypatch.setattr(report_pdf, "_TEMPLATE", tmp_path / "curious.typ")
    with pytest.raises(RuntimeError, match="typesetter failed"):
        dossier.pdf(Actor(user=upload.owner), upload=upload)
