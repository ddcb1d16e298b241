"""Letters: plain text, one mail for all that is due, tried again while the mail server is away, easily ended."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import User
from ml.sentences import say
from notices import inbox, letters, preferences
from notices.models import Letter, Mailing
from tests.detector.test_concurrency import at_once
from tests.notices.conftest import later


@pytest.fixture
def mailing(owner):
    def act(choice, person=None):
        person = person or owner
        preferences.set_mailing(Actor(user=person), person=person, mailing=choice)

    return act


def test_who_wants_mails_at_once_gets_the_sentence_the_link_and_a_way_out(mailing, tell, owner, settings):
    mailing("at_once")
    tell()
    assert letters.sweep() == "1 went out"
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == ([owner.email], "FakeDetect: A moderator looked at beach.jpg.")
    assert sent.message().get_content_type() == "text/plain"
    assert f"{settings.SITE_URL}/uploads/" in sent.body
    assert f"{settings.SITE_URL}/notices/settings/" in sent.body
    address = re.fullmatch(r"<(http\S+)>", sent.extra_headers["List-Unsubscribe"])[1]
    assert address in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_was_mailed_is_not_mailed_again(mailing, tell):
    mailing("at_once")
    tell()
    letters.sweep()
    later(days=1)
    letters.sweep()
    assert len(mail.outbox) == 1


def test_all_that_is_due_goes_in_one_mail_in_the_order_in_which_it_was_told(mailing, tell):
    mailing("at_once")
    for n in (1, 2, 3):
        tell(text=f"Notice {n}.")
    letters.sweep()
    [sent] = mail.outbox
    assert sent.subject == "FakeDetect: 3 notices"
    assert re.findall(r"Notice (\d)", sent.body) == ["1", "2", "3"]


def test_each_person_gets_their_own_alone(mailing, tell, owner, stranger):
    for person in (owner, stranger):
        mailing("at_once", person)
        tell(person, text=f"For {person}.")
    letters.sweep()
    assert {sent.to[0]: f"For {sent.to[0].split('@')[0]}." in sent.body for sent in mail.outbox} == {
        owner.email: True,
        stranger.email: True,
    }


@pytest.mark.parametrize(("now", "due"), [("03:00", 0), ("06:59", 0), ("07:01", 1), ("23:00", 1)])
def test_a_digest_waits_for_the_next_morning(monkeypatch, now, due, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    hour, minute = map(int, now.split(":"))
    moment = datetime(2026, 11, 28, hour, minute, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "localtime", lambda: moment)
    at = preferences.due_at(Mailing.DAILY)
    assert (at.hour, at.minute, (at.date() - moment.date()).days) == (7, 0, due)


def test_a_digest_comes_once_with_all_of_the_day(mailing, tell):
    mailing("daily")
    for n in range(3):
        tell(text=f"Notice {n}.")
    letters.sweep()
    assert mail.outbox == []
    later(days=1)
    letters.sweep()
    assert [sent.subject for sent in mail.outbox] == ["FakeDetect: 3 notices"]


def test_choosing_never_throws_away_what_waits(mailing, tell):
    mailing("daily")
    tell()
    mailing("off")
    later(days=1)
    letters.sweep()
    assert (mail.outbox, Letter.objects.count()) == ([], 0)


def test_choosing_at_once_brings_what_waited_for_the_morning(mailing, tell):
    mailing("daily")
    tell()
    mailing("at_once")
    letters.sweep()
    assert len(mail.outbox) == 1


def test_a_choice_is_one_event_and_the_same_again_is_none(mailing, happened):
    mailing("daily")
    mailing("daily")
    assert happened() == ["notices.mailing"]


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": ""}])
def test_whoever_is_locked_out_or_lost_the_address_gets_no_mail(mailing, tell, owner, change):
    mailing("at_once")
    tell()
    User.objects.filter(pk=owner.pk).update(**change)
    letters.sweep()
    assert mail.outbox == []


def test_a_notice_that_was_deleted_is_not_mailed(mailing, tell):
    mailing("daily")
    inbox.remove(tell())
    later(days=1)
    letters.sweep()
    assert mail.outbox == []


def test_while_the_mail_server_is_away_letters_wait_longer_and_longer_then_go(mailing, tell, settings, caplog):
    mailing("at_once")
    tell()
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.accounts.no_mail.Backend"
    letters.sweep()
    first = Letter.objects.get()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert timedelta() < first.next_at - timezone.now() <= timedelta(minutes=1)
    later(minutes=1)
    letters.sweep()
    assert Letter.objects.get().next_at - timezone.now() > timedelta(minutes=1)
    settings.EMAIL_BACKEND = usual
    later(minutes=5)
    letters.sweep()
    assert len(mail.outbox) == 1


def test_a_letter_that_never_goes_is_given_up(mailing, tell, settings, caplog):
    mailing("at_once")
    tell()
    settings.EMAIL_BACKEND = "tests.accounts.no_mail.Backend"
    for _ in range(letters.MAX_ATTEMPTS + 2):
        letters.sweep()
        later(days=1)
    assert (Letter.objects.get().state, Letter.objects.get().attempts) == ("dead", letters.MAX_ATTEMPTS)


def test_a_process_that_dies_while_it_mails_loses_nothing(mailing, tell, owner):
    mailing("at_once")
    tell()
    assert letters._claim(owner.pk, "00000000-0000-0000-0000-000000000001") == 1
    letters.sweep()
    assert mail.outbox == []
    later(minutes=6)
    letters.sweep()
    assert len(mail.outbox) == 1


def test_a_hundred_go_in_one_mail_the_rest_in_the_next(mailing, tell):
    mailing("at_once")
    for n in range(letters.MOST + 1):
        tell(text=f"Notice {n}.")
    letters.sweep()
    letters.sweep()
    assert [sent.subject for sent in mail.outbox] == ["FakeDetect: 100 notices", "FakeDetect: Notice 100."]


def test_a_file_name_cannot_write_headers(mailing, tell):
    mailing("at_once")
    tell(text="A moderator looked at a\r\nBcc: everybody@example.org.")
    letters.sweep()
    sent = mail.outbox[0]
    assert "\n" not in sent.subject
    assert sent.bcc == []
    assert "Bcc" not in dict(sent.message().items())


def test_text_is_not_escaped_as_if_it_were_a_page(mailing, tell):
    mailing("at_once")
    tell(text="A moderator looked at <b>&.jpg.")
    letters.sweep()
    assert "<b>&.jpg" in mail.outbox[0].body


@pytest.mark.django_db(transaction=True)
def test_of_many_senders_one_mails(mailing, tell):
    mailing("at_once")
    for n in range(5):
        tell(text=f"Notice {n}.")
    at_once(lambda _: letters.post_due(), range(6))
    assert sum(len(re.findall(r"Notice \d", sent.body)) for sent in mail.outbox) == 5


def link(tell, mailing) -> str:
    mailing("at_once")
    tell()
    letters.sweep()
    return re.search(r"Never again: http://[^/]+(/\S+)", mail.outbox[0].body)[1]


def test_the_link_asks_and_its_button_ends_the_mails_without_a_log_in(mailing, tell, owner, client, happened):
    address = link(tell, mailing)
    asked = client.get(address)
    assert (asked.status_code, preferences.mailing_of(owner)) == (200, "at_once")
    assert "Stop the mails" in asked.content.decode()
    assert "No more mails" in client.post(address).content.decode()
    assert preferences.mailing_of(owner) == "off"
    assert happened()[-1] == "notices.mailing"


def test_a_mail_program_ends_the_mails_by_itself(mailing, tell, owner):
    from django.test import Client

    address = link(tell, mailing)
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, preferences.mailing_of(owner)) == (200, "off")


def test_the_link_ends_no_other_persons_mails_and_does_nothing_else(mailing, tell, owner, stranger, client):
    mailing("daily", stranger)
    address = link(tell, mailing)
    client.post(address)
    assert preferences.mailing_of(stranger) == "daily"
    assert client.get("/notices/").status_code == 302


def test_a_link_that_was_made_up_does_nothing(mailing, owner, client):
    mailing("daily")
    from django.core import signing

    for token in ("x", signing.dumps(owner.pk), signing.dumps(owner.pk, salt="other")):
        answer = client.post(f"/notices/unsubscribe/{token}/")
        assert (answer.status_code, preferences.mailing_of(owner)) == (404, "daily")
        assert "does not work" in answer.content.decode()


def test_a_german_reader_is_told_in_german_what_is_kept_in_english(mailing, tell, owner):
    User.objects.filter(pk=owner.pk).update(language="de")
    mailing("at_once")
    for name in ("strand.jpg", "meer.jpg"):
        tell(text=say("A moderator looked at “{name}” and judged it authentic.", name=name))
    kept = inbox.of(owner).last()
    assert kept.text == "A moderator looked at “strand.jpg” and judged it authentic."
    letters.sweep()
    [sent] = mail.outbox
    assert sent.subject == "FakeDetect: 2 Mitteilungen"
    assert "Die Moderation hat sich „strand.jpg“ angesehen und als authentisch beurteilt." in sent.body
    assert f"weil Sie, {owner}, gewählt haben" in sent.body


def test_the_subject_of_one_notice_is_its_sentence_in_the_language_of_its_reader(mailing, tell, owner):
    User.objects.filter(pk=owner.pk).update(language="de")
    mailing("at_once")
    tell(text=say("Your webhook {url} does not take what it is sent. You can send it again.", url="https://a.example"))
    letters.sweep()
    [sent] = mail.outbox
    assert sent.subject.startswith("FakeDetect: Ihr Webhook https://a.example nimmt nicht an")
