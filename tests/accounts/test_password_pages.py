"""/accounts/password/ and /accounts/reset/: changing a password, and getting in again without one."""

import re

import pytest
from django.contrib.auth.forms import PasswordResetForm
from django.test import Client
from django.utils.translation import get_language

from accounts import tokens
from accounts.audit import SYSTEM
from accounts.models import User
from tests.conftest import logged_in

CHANGE, RESET = "/accounts/password/", "/accounts/reset/"
NEW = "a better horse battery"
FORM = {"old_password": "correct horse battery", "new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def token(owner):
    return tokens.issue(SYSTEM, user=owner, name="script")[0]


def link(mail):
    return re.search(r"http://[^/]+(/accounts/reset/\S+)", mail.body)[1]


def opened(client, mailoutbox, email="owner@example.org"):
    """Ask for a link, open it, and return the address of the form behind it."""
    client.post(RESET, {"email": email})
    return client.get(link(mailoutbox[-1]))["Location"]


def test_a_change_keeps_this_session_and_ends_the_others(as_owner, owner, acts):
    elsewhere = logged_in(owner)
    with acts() as done:
        answer = as_owner.post(CHANGE, FORM)
    assert (answer["Location"], done) == ("/accounts/password/done/", ["password.changed"])
    assert as_owner.get("/accounts/password/done/").status_code == 200
    assert elsewhere.get("/accounts/profile/").status_code == 302
    assert User.objects.get().check_password(NEW)


@pytest.mark.parametrize(("choice", "status"), [({}, "active"), ({"revoke_tokens": "on"}, "revoked")])
def test_a_change_revokes_tokens_if_the_person_says_so(as_owner, token, choice, status):
    as_owner.post(CHANGE, FORM | choice)
    token.refresh_from_db()
    assert token.status == status


@pytest.mark.parametrize(
    "wrong", [{"old_password": "no"}, {"new_password2": "no"}, {"new_password1": "1", "new_password2": "1"}]
)
def test_a_change_that_cannot_be_changes_nothing(as_owner, acts, wrong):
    with acts() as done:
        assert as_owner.post(CHANGE, FORM | wrong).status_code == 200
    assert done == []
    assert User.objects.get().check_password("correct horse battery")


def test_a_change_is_for_people_who_are_logged_in(client, db):
    assert client.get(CHANGE)["Location"].startswith("/accounts/login/?next=")


def test_the_answer_to_a_reset_never_tells_whether_there_is_an_account(client, owner, stranger, mailoutbox):
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    asked = ["owner@example.org", "nobody@example.org", "stranger@example.org"]
    answers = [client.post(RESET, {"email": email}, follow=True) for email in asked]
    assert len({(answer.status_code, re.sub(rb'value="\w{64}"', b"", answer.content)) for answer in answers}) == 1
    assert [mail.to for mail in mailoutbox] == [["owner@example.org"]]


def test_the_mail_is_written_in_the_language_of_whom_it_goes_to(client, owner, monkeypatch):
    User.objects.filter(pk=owner.pk).update(language="de")
    spoken = []
    monkeypatch.setattr(PasswordResetForm, "send_mail", lambda *args, **options: spoken.append(get_language()))
    client.post(RESET, {"email": owner.email})
    assert spoken == ["de"]


def test_the_mail_is_plain_text_and_points_to_the_configured_address(client, owner, mailoutbox):
    Client(headers={"host": "localhost"}).post(RESET, {"email": "OWNER@example.org"})
    mail = mailoutbox[0]
    assert mail.alternatives == []
    assert "http://127.0.0.1:8000/accounts/reset/" in mail.body
    assert "within 3 hours" in mail.body
    assert "\n" not in mail.subject


def test_the_link_sets_a_new_password_once_and_revokes_the_tokens(client, owner, token, mailoutbox, acts):
    form = opened(client, mailoutbox)
    assert client.get(form).status_code == 200
    with acts() as done:
        answer = client.post(form, {"new_password1": NEW, "new_password2": NEW})
    assert (answer["Location"], done) == ("/accounts/reset/complete/", ["password.changed"])
    token.refresh_from_db()
    assert (User.objects.get().check_password(NEW), token.status) == (True, "revoked")
    again = Client().get(link(mailoutbox[0]), follow=True).content.decode()
    assert "does not work any more" in again


def test_the_link_ends_a_thiefs_session(client, owner, as_owner, mailoutbox):
    client.post(opened(client, mailoutbox), {"new_password1": NEW, "new_password2": NEW})
    assert as_owner.get("/accounts/profile/").status_code == 302


def test_the_link_grows_old(client, owner, mailoutbox, settings):
    client.post(RESET, {"email": owner.email})
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "does not work any more" in client.get(link(mailoutbox[0]), follow=True).content.decode()


@pytest.mark.parametrize("wrong", ["MQ/aaa-bbb", "x/y", "OTk5/aaa-bbb"])
def test_a_made_up_link_does_not_work(client, owner, wrong):
    answer = client.get(f"/accounts/reset/{wrong}/")
    assert answer.status_code == 200
    assert "does not work any more" in answer.content.decode()
    assert "new_password1" not in answer.content.decode()


def test_a_weak_new_password_is_refused(client, owner, mailoutbox):
    form = opened(client, mailoutbox)
    answer = client.post(form, {"new_password1": "12345", "new_password2": "12345"})
    assert answer.status_code == 200
    assert User.objects.get().check_password("correct horse battery")


def test_a_mail_server_that_is_down_changes_nothing_of_the_answer(client, owner, settings):
    settings.EMAIL_BACKEND = "tests.accounts.no_mail.Backend"
    assert client.post(RESET, {"email": owner.email})["Location"] == "/accounts/reset/sent/"
