"""Programs at the API's door."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.audit import SYSTEM
from accounts.models import ApiToken, AuditEvent, Scope

ME, UPLOADS = "/api/v1/me/", "/api/v1/uploads/"


@pytest.fixture
def key(owner):
    return tokens.issue(SYSTEM, user=owner, name="script", scope=Scope.WRITE)[1]


def ask(key, word="Bearer", path=ME, method="get"):
    return getattr(Client(), method)(path, headers={"authorization": f"{word} {key}"})


@pytest.mark.parametrize("word", ["Bearer", "bearer", "Token"])
def test_a_token_says_who_asks(key, word):
    answer = ask(key, word)
    assert answer.status_code == 200
    assert answer.json()["username"] == "owner"


@pytest.mark.parametrize("wrong", ["", "nonsense", "fd_aaaaaaaa_bbbb"])
def test_a_wrong_token_gets_401_and_the_errors_one_shape(db, wrong):
    answer = ask(wrong)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert set(answer.json()["error"]) == {"code", "detail", "fields"}


def test_without_a_token_or_session_the_answer_is_401(db):
    assert Client().get(ME).status_code == 401


@pytest.mark.parametrize(
    "change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
)
def test_a_revoked_or_expired_token_gets_401(key, change):
    ApiToken.objects.update(**change)
    assert ask(key).status_code == 401


def test_the_token_of_a_deactivated_person_gets_401(key, owner):
    type(owner).objects.update(is_active=False)
    assert ask(key).status_code == 401


def test_a_read_only_token_reads_and_does_not_write(owner):
    key = tokens.issue(SYSTEM, user=owner, name="reader", scope=Scope.READ)[1]
    assert ask(key, path=UPLOADS).status_code == 200
    refused = ask(key, path=UPLOADS, method="post")
    assert refused.status_code == 403
    assert "only read" in refused.json()["error"]["detail"]


def test_a_read_write_token_comes_past_the_door(key):
    assert ask(key, path=UPLOADS, method="post").status_code == 400  # no file; but allowed to send one


def test_the_use_is_written_down_with_the_token_as_actor(key):
    ask(key)
    ask(key)
    used = AuditEvent.objects.filter(action="token.used")
    assert [event.actor for event in used] == [f"token:{ApiToken.objects.get().pk}"]


def test_a_session_needs_the_csrf_token_to_write(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(UPLOADS).status_code == 403
