"""What the signals say comes in the reader's language; rows, API and signed JSON keep it in English."""

import json
import re
import string

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from accounts.audit import Actor
from detector import case_dossier, case_words, cases, dossier, ledger_rows, report_words, sentences, signing
from detector.models import Analysis, Finding, Upload
from detector.sentences import of_a_card, parts_of, restored, told
from fakedetect_site import catalogues
from ml import card_words, serve
from ml.sentences import Sentence, say, say_many
from tests.factories import image_bytes
from tests.ml.test_sentences import spoken, templates
from tests.test_architecture import ROOT


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "report_key.pem"


HOSTILE = "<script>alert(1)</script>{0}%(x)s"
SHARE = say(
    "At {score:.0%} the score is too close to the threshold of {threshold:.0%} to call.", score=0.523, threshold=0.5
)
NOISE = say(
    "The noise is about {level:.1f} grey levels; the picture shows where it is unusual for the brightness and "
    "texture there, which has many innocent causes and is not counted for or against.",
    level=1.25,
)
CHANGED = say(
    "It was changed on {changed:date}, before it was taken on {taken:date}.",
    changed="2024-03-05T00:00:00", taken="2024-10-06T00:00:00",
)  # fmt: skip
MADE = say(
    "The file says of itself that it was made with {generator} ({where}); anyone can write or remove such a note.",
    generator=HOSTILE, where="EXIF Software",
)  # fmt: skip


@pytest.fixture
def upload(scorer, as_owner):
    scorer.deep = (
        serve.Finding("noise", "silent", NOISE, {"noise_level": 1.25}),
        serve.Finding("camera", "supports_fake", CHANGED, {"contradictions": [CHANGED]}),
        serve.Finding("ai_metadata", "silent", MADE, {"generator": HOSTILE}),
    )
    as_owner.post("/upload/", {"image": SimpleUploadedFile("a.jpg", image_bytes(), "image/jpeg")})
    return Upload.objects.get()


def german(client):
    client.cookies["django_language"] = "de"
    return client


def page_of(client, upload):
    return client.get(f"/uploads/{upload.pk}/").content.decode()


def test_numbers_dates_lists_and_plurals_are_those_of_the_language():
    with translation.override("de"):
        assert told(SHARE) == "Mit 52\u00a0% liegt der Wert zu nah an der Schwelle von 50\u00a0%, um zu urteilen."
        assert told(NOISE).startswith("Das Rauschen beträgt etwa 1,2 Graustufen")
        assert told(CHANGED) == (
            "Das Bild wurde am 5. März 2024 geändert, noch bevor es am 6. Oktober 2024 aufgenommen wurde."
        )
        done = [say("cropped by 3 %"), say("blurred a little"), say("mirrored")]
        assert told(say("The verdict held when the picture was {done:and}.", done=done)) == (
            "Das Urteil blieb bestehen, als das Bild um 3 % beschnitten, leicht unscharf gemacht und gespiegelt wurde."
        )
        faces = [told(say_many("One face was found", "{count} faces were found", count)) for count in (1, 3)]
        assert faces == ["Es wurde ein Gesicht gefunden", "Es wurden 3 Gesichter gefunden"]
        following = "; behind the picture's end stands {part} of {bytes:,} bytes"
        part = Sentence(following, part=say("an HDR gain map"), bytes=1234567)
        assert "1.234.567 Byte" in told(part)


def test_it_is_the_same_sentence_in_english():
    with translation.override("en"):
        for sentence in (SHARE, NOISE, CHANGED, MADE):
            assert told(sentence) == str(sentence)


def test_what_a_catalogue_does_not_know_stays_english():
    with translation.override("de"):
        assert told(Sentence("A sentence of {share:.0%} that nobody translated.", share=0.5)) == (
            "A sentence of 50% that nobody translated."
        )
        assert told("a plain text") == "a plain text"
        assert of_a_card("A limit that nobody {translated}.") == "A limit that nobody {translated}."


@pytest.mark.django_db(transaction=True)
def test_a_german_reader_reads_german_and_the_api_speaks_english(upload, as_owner):
    page = page_of(german(as_owner), upload)
    assert "Das Rauschen beträgt etwa 1,2 Graustufen" in page
    assert page.count("Das Bild wurde am 5. März 2024 geändert") >= 2  # the summary, and the detail that says the same
    body = as_owner.get(f"/api/v1/uploads/{upload.pk}/", headers={"Accept-Language": "de"}).json()
    told_there = {row["signal"]: row["summary"] for row in body["evidence"]}
    assert told_there["noise"] == str(NOISE)
    assert told_there["camera"] == str(CHANGED)
    assert body["evidence"][2]["details"] == {"contradictions": [str(CHANGED)]}


@pytest.mark.django_db(transaction=True)
def test_a_row_keeps_english_whoever_handed_it_in(scorer, as_owner):
    scorer.deep = (serve.Finding("noise", "silent", NOISE),)
    german(as_owner).post("/upload/", {"image": SimpleUploadedFile("a.jpg", image_bytes(), "image/jpeg")})
    assert Finding.objects.get(signal="noise").summary == str(NOISE)
    assert "Das Rauschen" in page_of(as_owner, Upload.objects.get())


@pytest.mark.django_db(transaction=True)
def test_a_row_from_before_is_shown_in_english(upload, as_owner):
    Finding.objects.update(parts={})
    page = page_of(german(as_owner), upload)
    assert "The noise is about 1.2 grey levels" in page
    assert "Das Rauschen beträgt" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "form", [{}, {"say": 5, "with": {}}, {"say": "{a}", "with": {}}, {"say": "Another thing.", "with": {}}, [], None]
)
def test_damaged_parts_show_the_text_of_the_row(upload, as_owner, form):
    row = Finding.objects.get(signal="noise")
    Finding.objects.filter(pk=row.pk).update(parts={row.summary: form})
    assert "The noise is about 1.2 grey levels" in page_of(german(as_owner), upload)


@pytest.mark.django_db(transaction=True)
def test_what_a_file_says_is_escaped_in_every_language(upload, as_owner):
    for client in (as_owner, german(as_owner)):
        page = page_of(client, upload)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{0}%(x)s" in page
    assert "sie sei mit &lt;script&gt;" in page


@pytest.mark.django_db(transaction=True)
def test_reasons_are_told_in_german_too(upload, as_owner):
    analysis = Analysis.objects.get()
    Analysis.objects.update(reasons=[str(SHARE)], parts=parts_of([SHARE]))
    assert "liegt der Wert zu nah an der Schwelle" in page_of(german(as_owner), upload)
    assert as_owner.get(f"/api/v1/uploads/{upload.pk}/").json()["verdict"]["reasons"] == [str(SHARE)]
    analysis.refresh_from_db()
    assert json.loads(json.dumps(restored(analysis.reasons, analysis.parts))) == [str(SHARE)]


@pytest.mark.django_db(transaction=True)
def test_a_finding_of_a_row_is_what_the_signal_said(upload):
    found = {row.signal: ledger_rows.finding(row) for row in Finding.objects.all()}
    assert found["noise"].summary.form == NOISE.form
    assert found["camera"].details["contradictions"][0].form == CHANGED.form


def test_a_refused_file_is_refused_in_the_language_of_who_sends_it(as_owner, scorer):
    empty = {"image": SimpleUploadedFile("a.jpg", b"no picture at all", "image/jpeg")}
    assert "kein lesbares Bild" in german(as_owner).post("/upload/", empty).content.decode()
    empty["image"].seek(0)
    answer = as_owner.post("/api/v1/uploads/", empty, headers={"Accept-Language": "de"}).json()
    assert answer["error"]["detail"].startswith("This file is no image that can be read")


@pytest.mark.parametrize("app", ["ml", "detector"])
def test_every_sentence_that_can_be_said_is_in_the_catalogue(app):
    """A template that was changed without `make messages`, or not translated, would be English for a German reader."""
    lacking = []
    with translation.override("de"):
        for path, call in spoken():
            if path.is_relative_to(ROOT / app):
                texts = [template.value for template in templates(call)]
                found = translation.pgettext(sentences.CONTEXT, texts[0])
                if len(texts) > 1:
                    found = translation.npgettext(sentences.CONTEXT, *texts, 2)
                if found in texts and any(map(str.isalpha, sentences._HOLE.sub("", texts[0]))) and texts[0] != "RGB":
                    lacking.append(texts[0])
    assert lacking == []


def test_translations_write_a_value_in_the_same_way():
    """A German template that lacks a value, or formats it otherwise, would say something else."""
    wanted = catalogues.messages(catalogues.folders()[ROOT / "ml" / "locale"])
    said = [message for message in wanted if message.context == sentences.CONTEXT]
    assert len(said) > 200
    with translation.override("de"):
        for message in said:
            german_text = translation.pgettext(sentences.CONTEXT, message.text)
            if message.plural is None:
                assert holes(german_text) == holes(message.text), message.text


def holes(text):
    return sorted((name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None)


def words_of_the_pdf(upload, owner):
    content, pictures = dossier._gather(Actor(user=owner), upload, "https://check.example.org", False)
    return report_words.layout(content, {name: name for name in pictures})


@pytest.mark.django_db(transaction=True)
def test_a_german_page_gives_a_german_pdf_whose_signature_holds(upload, as_owner):
    answer = german(as_owner).get(f"/uploads/{upload.pk}/report.pdf")
    assert signing.check(answer.content).valid
    assert re.search(rb"/Lang\s*\(de\)", answer.content)
    again = as_owner.get(f"/api/v1/uploads/{upload.pk}/report.pdf", headers={"Accept-Language": "de"})
    assert signing.check(again.content).valid
    assert re.search(rb"/Lang\s*\(en\)", again.content)


@pytest.mark.django_db(transaction=True)
def test_the_words_of_a_report_are_german_and_its_figures_the_same(upload, owner):
    english = json.dumps(words_of_the_pdf(upload, owner))
    with translation.override("de"):
        words = words_of_the_pdf(upload, owner)
    told_there = json.dumps(words, ensure_ascii=False)
    assert "Das Bild wurde am 5. März 2024 geändert" in told_there
    assert words["statement"].startswith("Ein Urteil ist eine Wahrscheinlichkeit, kein Beweis.")
    assert words["words"]["page"] == "Seite {page} von {pages}"
    assert words["file"][2] == ["SHA-256", upload.original_id]
    for left in ("How to read", "The file", "was it", "Report made", "What it is", "of images that"):
        assert left not in told_there
    assert "How to read this." in english


@pytest.mark.django_db(transaction=True)
def test_a_signed_json_is_english_whoever_asks(upload, as_owner):
    answer = german(as_owner).get(f"/uploads/{upload.pk}/report.json")
    assert signing.check(answer.content).valid
    body = answer.json()
    assert body["statement"].startswith("A verdict is a probability, not a proof.")
    assert str(NOISE) in [row["summary"] for row in body["evidence"]]
    assert "Das Rauschen" not in answer.content.decode()


@pytest.mark.django_db
def test_the_report_on_a_case_has_german_words(owner):
    made = cases.make(Actor(user=owner), title="Die Flut", description="")
    with translation.override("de"):
        content, _ = case_dossier._gather(Actor(user=owner), made, "", "")
        words = case_words.layout(content, {})
    assert words["words"]["all_images"] == "Alle Bilder"
    assert [name for name, _ in words["facts"]] == [
        "Bilder",
        "Von Menschen entschieden",
        "Fall angelegt",
        "Bericht erstellt",
    ]


def test_the_cards_that_ship_are_told_whole():
    known = {str(sentence) for sentence in card_words.SENTENCES}
    for path in (ROOT / "ml" / "models").glob("*/card.json"):
        card = json.loads(path.read_text("utf-8"))
        assert {card["description"], *card["limits"]} <= known, path
    with translation.override("de"):
        assert all(of_a_card(text) != text for text in known)
