"""Language and time zone: the service, the profile's form, the choice at the foot of a page, sign-up, programs."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts import preferences
from accounts.audit import SYSTEM
from accounts.models import AuditEvent, User
from tests.conftest import PASSWORD

PROFILE, SAVE, CHOOSE = "/accounts/profile/", "/accounts/preferences/", "/accounts/language/"
GERMAN = {"Accept-Language": "de-AT,de;q=0.8"}


def html(client, headers=None, path="/help/"):
    return " ".join(client.get(path, headers=headers or {}).content.decode().split())


def test_a_choice_is_kept_and_the_history_does_not_say_which(owner, acts):
    with acts() as done:
        preferences.prefer(SYSTEM, user=owner, language="de", time_zone="Asia/Tokyo")
        preferences.prefer(SYSTEM, user=owner, language="de")
    assert (owner.language, owner.time_zone, done) == ("de", "Asia/Tokyo", ["account.preferences"])
    assert AuditEvent.objects.last().details == {"changed": ["language", "time_zone"]}


def test_mails_are_written_in_the_language_and_the_zone_of_whom_they_go_to(owner):
    preferences.prefer(SYSTEM, user=owner, language="de", time_zone="Asia/Tokyo")
    with preferences.speaking_to(owner):
        assert translation.get_language() == "de"
        assert timezone.localtime(datetime(2026, 1, 1, tzinfo=UTC)).hour == 9
    assert translation.get_language() == "en"


def test_a_language_that_the_site_lost_is_not_spoken(owner):
    owner.language, owner.time_zone = "tlh", "Vulcan/Shikahr"
    with preferences.speaking_to(owner):
        assert (translation.get_language(), timezone.get_current_timezone_name()) == ("en", "UTC")


def test_a_page_speaks_what_the_browser_asks_for(db, settings):
    settings.UNFINISHED_LANGUAGES = []
    assert '<html lang="de" dir="ltr">' in html(Client(), GERMAN)
    assert '<html lang="en" dir="ltr">' in html(Client(), {"Accept-Language": "tlh"})


def test_a_language_that_is_unfinished_is_spoken_to_whoever_chose_it_alone(db, settings):
    settings.UNFINISHED_LANGUAGES = ["de"]
    client = Client()
    assert '<html lang="en"' in html(client, GERMAN)
    client.post(CHOOSE, {"language": "de", "next": "/help/"})
    assert '<html lang="de"' in html(client, GERMAN)


def test_a_page_of_one_language_is_not_kept_for_another(db, settings):
    settings.UNFINISHED_LANGUAGES = []
    answer = Client().get("/", headers=GERMAN)
    assert answer["Content-Language"] == "de"
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in answer["Vary"].split(",")}


def test_the_choice_at_the_foot_of_a_page_holds_for_a_stranger(db):
    client = Client()
    answer = client.post(CHOOSE, {"language": "de", "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    cookie = answer.cookies["django_language"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 31_536_000)
    assert '<html lang="de"' in html(client, {"Accept-Language": "en"})


def test_the_choice_at_the_foot_of_a_page_is_kept_in_the_profile(as_owner, owner):
    as_owner.post(CHOOSE, {"language": "de", "next": "/"})
    owner.refresh_from_db()
    assert owner.language == "de"
    as_owner.cookies.pop("django_language")
    assert '<html lang="de"' in html(as_owner, {"Accept-Language": "en"})


@pytest.mark.parametrize("language", ["", "tlh", "de'", "x" * 600])
def test_a_language_that_is_none_changes_nothing(as_owner, owner, acts, language):
    with acts() as done:
        assert as_owner.post(CHOOSE, {"language": language, "next": "/"})["Location"] == "/"
    owner.refresh_from_db()
    assert (owner.language, done) == ("", [])


def test_it_never_leads_away_from_the_site(db):
    answer = Client().post(CHOOSE, {"language": "de", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_the_choice_wants_a_post_from_our_own_page(db):
    assert Client().get(CHOOSE).status_code == 405
    assert Client(enforce_csrf_checks=True).post(CHOOSE, {"language": "de"}).status_code == 403


def test_the_profile_keeps_both(as_owner, owner, acts):
    with acts() as done:
        answer = as_owner.post(SAVE, {"language": "de", "time_zone": "America/Argentina/Buenos_Aires"})
    owner.refresh_from_db()
    assert (answer["Location"], done) == (PROFILE, ["account.preferences"])
    assert (owner.language, owner.time_zone) == ("de", "America/Argentina/Buenos_Aires")
    text = html(as_owner, path=PROFILE)
    assert '<option value="America/Argentina/Buenos_Aires" selected>Argentina, Buenos Aires</option>' in text


def test_the_profile_gives_both_back_to_the_browser(as_owner, owner):
    preferences.prefer(SYSTEM, user=owner, language="de", time_zone="Asia/Tokyo")
    as_owner.post(SAVE, {"language": "", "time_zone": ""})
    owner.refresh_from_db()
    assert (owner.language, owner.time_zone) == ("", "")


def test_a_zone_that_is_none_is_refused_with_a_sentence(as_owner, owner):
    answer = as_owner.post(SAVE, {"language": "de", "time_zone": "Vulcan/Shikahr"}, follow=True)
    owner.refresh_from_db()
    assert (owner.language, "There is no such language or time zone." in answer.content.decode()) == ("", True)


def test_the_profile_is_for_people_who_are_logged_in(db):
    assert Client().post(SAVE, {"language": "de"})["Location"].startswith("/accounts/login/")


def test_who_signs_up_keeps_the_language_and_the_zone_of_that_page(db, settings):
    settings.UNFINISHED_LANGUAGES = []
    client = Client(headers=GERMAN)
    client.cookies["time_zone"] = "Europe/Vienna"
    form = {"username": "gast", "email": "gast@example.org", "password": PASSWORD, "repeated": PASSWORD}
    assert client.post("/accounts/signup/", form).status_code == 302
    person = User.objects.get(username="gast")
    assert (person.language, person.time_zone) == ("de", "Europe/Vienna")


@pytest.mark.parametrize("zone", ["Vulcan/Shikahr", "../../etc/passwd", "<b>", ""])
def test_a_browser_may_tell_any_zone_and_a_page_comes(db, zone):
    client = Client()
    client.cookies["time_zone"] = zone
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/uploads/", "/api/v1/nothing/", "/api/v1/me/"])
def test_programs_are_answered_in_english_whatever_they_ask_for(as_owner, owner, path):
    preferences.prefer(SYSTEM, user=owner, language="de", time_zone="Asia/Tokyo")
    plain, asked = as_owner.get(path), as_owner.get(path, headers=GERMAN)
    assert plain.content == asked.content
    assert asked["Content-Language"] == "en"
    assert "Accept-Language" not in asked.get("Vary", "")


def test_a_form_that_a_program_sends_wrong_is_refused_in_english(as_owner):
    answers = [as_owner.post("/api/v1/uploads/", {}, headers=headers) for headers in ({}, GERMAN)]
    assert answers[0].status_code == 400
    assert answers[0].content == answers[1].content
