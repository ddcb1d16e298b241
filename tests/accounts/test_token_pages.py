"""/accounts/tokens/: make one, see its key once, revoke it."""

import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import tokens
from accounts.audit import SYSTEM
from accounts.models import ApiToken, AuditEvent

PAGE = "/accounts/tokens/"
FORM = {"name": "newsroom", "scope": "write", "expires": "30"}


def made(client, **change):
    answer = client.post(PAGE, FORM | change)
    found = re.search(r"fd_[a-z0-9]{8}_[a-z0-9]{40}", answer.content.decode())
    return answer, found and found[0]


def test_a_new_token_shows_its_key_in_the_answer_and_the_key_works(as_owner, owner, acts):
    with acts() as done:
        answer, key = made(as_owner)
    token = tokens.find(key)
    assert (answer.status_code, done) == (200, ["token.issued"])
    assert (token.user, token.name, token.scope) == (owner, "newsroom", "write")
    assert "no-store" in answer["Cache-Control"]


def test_the_page_has_a_copy_button_and_a_command_that_uses_the_key(as_owner):
    answer, key = made(as_owner)
    text = answer.content.decode()
    assert f'data-copy="{key}"' in text
    assert f"Authorization: Bearer {key}" in text.replace("&quot;", '"')
    assert "http://testserver/api/v1/uploads/" in text
    assert "image=@photo.jpg" in text
    assert "image=@photo.jpg" not in made(as_owner, scope="read")[0].content.decode()


def test_the_key_is_kept_nowhere_and_never_shown_again(as_owner, caplog):
    caplog.set_level(logging.DEBUG)
    _, key = made(as_owner)
    secret = key.split("_")[2]
    kept = [str(list(model.objects.values())) for model in (ApiToken, AuditEvent)]
    kept += [str(row.get_decoded()) for row in Session.objects.all()] + [caplog.text]
    kept += [as_owner.get(PAGE).content.decode(), str(as_owner.cookies)]
    assert not any(secret in place for place in kept)


@pytest.mark.parametrize(("choice", "days"), [("7", 7), ("30", 30), ("90", 90), ("365", 365), ("", None)])
def test_it_expires_as_chosen(as_owner, choice, days):
    made(as_owner, expires=choice)
    token = ApiToken.objects.get()
    lasts = token.expires_at and round((token.expires_at - token.created_at).total_seconds() / 86_400)
    assert lasts == days


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"scope": "all"}, "scope"),
        ({"expires": "8"}, "expires"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_made(as_owner, change, field):
    answer, key = made(as_owner, **change)
    assert (list(answer.context["form"].errors), key, ApiToken.objects.count()) == ([field], None, 0)


def test_read_only_is_what_the_form_proposes(as_owner):
    assert as_owner.get(PAGE).context["form"]["scope"].value() == "read"


def test_the_list_shows_own_tokens_only(as_owner, owner, stranger):
    tokens.issue(SYSTEM, user=owner, name="mine alone")
    tokens.issue(SYSTEM, user=stranger, name="of a stranger")
    text = as_owner.get(PAGE).content.decode()
    assert "mine alone" in text
    assert "of a stranger" not in text


def test_revoking_asks_first_and_is_one_act(as_owner, owner, acts):
    token, key = tokens.issue(SYSTEM, user=owner, name="old")
    page = f"{PAGE}{token.pk}/revoke/"
    assert "Revoke this token?" in as_owner.get(page).content.decode()
    assert tokens.find(key) == token
    with acts() as done:
        assert as_owner.post(page)["Location"] == PAGE
    assert done == ["token.revoked"]
    assert "chip-revoked" in as_owner.get(PAGE).content.decode()


def test_anothers_token_is_not_there(as_stranger, owner):
    token, key = tokens.issue(SYSTEM, user=owner, name="old")
    page = f"{PAGE}{token.pk}/revoke/"
    assert (as_stranger.get(page).status_code, as_stranger.post(page).status_code) == (404, 404)
    assert tokens.find(key) == token


def test_the_pages_are_for_people_who_are_logged_in(db):
    for page in (PAGE, f"{PAGE}1/revoke/"):
        assert Client().get(page)["Location"].startswith("/accounts/login/")


def test_a_name_is_shown_as_text(as_owner):
    made(as_owner, name="<script>alert(1)</script>")
    assert "<script>alert" not in as_owner.get(PAGE).content.decode()
