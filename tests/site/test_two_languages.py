"""What one service says: to a German reader's page in German, to a program and in rows in English."""

from datetime import date

from django.utils import translation

from accounts.models import User
from desk import telling
from detector import similar, timeline
from detector.models import Label, Review
from detector.sentences import told
from learning import drift, measures
from notices.models import Notice


def test_a_refusal_is_german_on_a_page_and_english_for_a_program(as_owner, owner):
    User.objects.filter(pk=owner.pk).update(language="de")
    page = as_owner.get("/uploads/?cursor=damaged")
    program = as_owner.get("/api/v1/uploads/?cursor=damaged", headers={"Accept-Language": "de"})
    assert "Die Adresse dieser Seite ist beschädigt. Beginnen Sie bei der ersten Seite." in page.content.decode()
    assert program.json()["error"]["detail"] == "This page address is damaged. Start at the first page."


def test_acts_and_their_details_are_told_in_the_readers_language(submit, owner):
    upload = submit(owner)
    with translation.override("de"):
        words = [(entry.words, entry.who) for entry in timeline.of_upload(upload, reader=owner).entries]
    assert words[:2] == [("Eingereicht", "Sie"), ("Urteil der Maschine: KI-generiert", "Diese Website")]


def test_a_notice_that_a_german_readers_act_makes_is_kept_in_english(submit, owner, moderator):
    upload = submit(owner)
    with translation.override("de"):
        decided = Review(upload=upload, reviewer=moderator, decision="unsure", machine_label=Label.MANIPULATED)
        telling._tell_of_review(decided)
    assert Notice.objects.get().text == (
        f"A moderator looked at “{upload.name}” and could not tell. The machine had said: likely manipulated."
    )


def test_a_row_of_what_was_seen_before_is_english_until_it_is_told(submit, owner):
    submit(owner)
    with translation.override("de"):
        summary = similar.row_of(submit(owner), owner)["summary"]
        german = told(summary)
    assert summary.startswith("This same file was seen before on ")
    assert summary.endswith("; the verdict then: likely AI-generated.")
    assert german.startswith("Ebendiese Datei wurde schon am ")
    assert german.endswith("; das Urteil damals: wahrscheinlich KI-generiert.")


def test_an_alarm_is_told_with_its_day_and_figures_in_the_readers_way():
    course = drift.Course(measures.BY_KEY["format"], None, [])
    words = drift.words(course, drift.Week(date(2026, 7, 6), {"PNG": 1200}, 0.5, "alarm"), "")
    assert words.endswith("(distance 0.50, alarm from 0.25; 1,200 images).")
    with translation.override("de"):
        german = told(words)
    assert german.startswith("Formate: Die Woche ab dem 6. Juli 2026 weicht von den ersten vier Wochen ab")
    assert german.endswith("(Abstand 0,50, Alarm ab 0,25; 1.200 Bilder).")
