"""Tokens: what is kept, what is found, what is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import ApiToken, Scope


@pytest.fixture
def made(owner):
    return tokens.issue(Actor(user=owner), user=owner, name="script")


def test_a_key_finds_its_token_and_its_person(made, owner):
    token, key = made
    found = tokens.find(key)
    assert (found, found.user) == (token, owner)


def test_the_data_base_holds_prefix_and_digest_and_never_the_key(made):
    _, key = made
    _, prefix, secret = key.split("_")
    values = [str(value) for value in ApiToken.objects.values_list().get()]
    assert prefix in values
    assert len(secret) == 40
    assert not any(secret in value or key in value for value in values)


@pytest.mark.parametrize("change", ["secret", "prefix", "empty", "shape", "digest", "long", "accents"])
def test_a_wrong_key_is_refused(made, change):
    token, key = made
    wrong = {
        "secret": key[:-1] + ("a" if key[-1] != "a" else "b"),
        "prefix": key.replace(token.prefix, "aaaaaaaa"),
        "empty": "",
        "shape": key.replace("_", ""),
        "digest": f"fd_{token.prefix}_{token.digest}",
        "long": key + "a" * 100_000,
        "accents": "fd_é_ü",
    }[change]
    with pytest.raises(tokens.InvalidToken):
        tokens.find(wrong)


def test_an_expired_token_is_refused(owner):
    token, key = tokens.issue(SYSTEM, user=owner, name="short", expires_in=timedelta(days=7))
    assert tokens.find(key) == token
    ApiToken.objects.update(expires_at=timezone.now())
    with pytest.raises(tokens.InvalidToken):
        tokens.find(key)


def test_a_revoked_token_is_refused_and_revoking_is_one_act(made, acts):
    token, key = made
    with acts() as done:
        tokens.revoke(SYSTEM, token=token)
        tokens.revoke(SYSTEM, token=token)
    assert (done, token.status) == (["token.revoked"], "revoked")
    with pytest.raises(tokens.InvalidToken):
        tokens.find(key)


def test_the_token_of_a_deactivated_person_is_refused(made, owner):
    type(owner).objects.update(is_active=False)
    with pytest.raises(tokens.InvalidToken):
        tokens.find(made[1])


def test_issuing_is_one_act_and_tells_the_scope(owner, acts):
    with acts() as done:
        token, _ = tokens.issue(SYSTEM, user=owner, name="writer", scope=Scope.WRITE)
    assert (done, token.scope) == (["token.issued"], Scope.WRITE)


def test_use_is_written_down_once_a_minute(made, acts):
    token, _ = made
    with acts() as done:
        for _ in range(3):
            tokens.note_use(SYSTEM, token=ApiToken.objects.get(pk=token.pk))
    assert done == ["token.used"]
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    with acts() as done:
        tokens.note_use(SYSTEM, token=ApiToken.objects.get(pk=token.pk))
    assert done == ["token.used"]


def test_of_two_requests_that_read_the_same_row_one_writes_the_use(made, acts):
    first, second = (ApiToken.objects.get(pk=made[0].pk) for _ in range(2))
    with acts() as done:
        tokens.note_use(SYSTEM, token=first)
        tokens.note_use(SYSTEM, token=second)
    assert done == ["token.used"]
