"""The admin of tokens: never a key, never a digest; revoking goes through the service."""

import pytest

from accounts import tokens
from accounts.audit import SYSTEM

LIST = "/admin/accounts/apitoken/"


@pytest.fixture
def made(owner):
    return tokens.issue(SYSTEM, user=owner, name="newsroom")


def revoke(client, token):
    return client.post(LIST, {"action": "revoke", "_selected_action": token.pk})


def test_neither_key_nor_digest_is_on_any_page(as_moderator, as_administrator, made):
    token, key = made
    for client in (as_moderator, as_administrator):
        for address in (LIST, f"{LIST}{token.pk}/change/"):
            text = client.get(address).content.decode()
            assert token.prefix in text
            assert token.digest not in text
            assert key.split("_")[2] not in text


def test_it_is_found_by_name_prefix_and_person(as_moderator, made):
    for word in ("newsroom", made[0].prefix, "owner@example.org"):
        assert "1 API token" in as_moderator.get(LIST, {"q": word}).content.decode()


def test_administrators_revoke_through_the_service_once(as_administrator, made, acts):
    with acts() as done:
        assert revoke(as_administrator, made[0]).status_code == 302
        revoke(as_administrator, made[0])
    made[0].refresh_from_db()
    assert (made[0].status, done) == ("revoked", ["token.revoked"])


def test_moderators_do_not_revoke(as_moderator, made, acts):
    with acts() as done:
        revoke(as_moderator, made[0])
    made[0].refresh_from_db()
    assert (made[0].status, done) == ("active", [])


@pytest.mark.parametrize("who", ["as_moderator", "as_administrator"])
def test_nobody_adds_changes_or_deletes(request, made, who):
    client, page = request.getfixturevalue(who), f"{LIST}{made[0].pk}"
    answers = [client.post(f"{LIST}add/"), client.post(f"{page}/change/"), client.post(f"{page}/delete/")]
    assert [answer.status_code for answer in answers] == [403] * 3
