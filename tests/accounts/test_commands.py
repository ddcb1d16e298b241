"""manage.py issue_token and manage.py verify_audit"""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts import audit, tokens
from accounts.models import AuditEvent, Scope


def run(*words):
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_issue_token_prints_the_key_alone(owner, acts):
    with acts() as done:
        out, err = run("issue_token", "owner", "--name", "shell")
    token = tokens.find(out.strip())
    assert (token.user, token.name, token.scope, token.expires_at) == (owner, "shell", Scope.WRITE, None)
    assert out.count("\n") == 1
    assert "not shown again" in err
    assert done == ["token.issued"]


def test_issue_token_makes_read_only_tokens_that_expire(owner):
    out, _ = run("issue_token", "OWNER", "--name", "shell", "--read-only", "--expires", "7")
    token = tokens.find(out.strip())
    assert token.scope == Scope.READ
    assert timedelta(days=6, hours=23) < token.expires_at - token.created_at <= timedelta(days=7)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody", "--name", "x"], "There is no user 'nobody'"),
        (["owner"], "--name"),
        (["owner", "--name", " "], "1 to 80 characters"),
        (["owner", "--name", "n" * 81], "1 to 80 characters"),
        (["owner", "--name", "x", "--expires", "0"], "whole number of days"),
        (["owner", "--name", "x", "--expires", "-3"], "expires"),
        (["owner", "--name", "x", "--expires", "99999999999"], "whole number of days"),
        (["owner", "--name", "x", "--expires", "²"], "whole number of days"),
    ],
)
def test_issue_token_says_what_is_wrong(owner, acts, words, said):
    with acts() as done, pytest.raises(CommandError, match=said):
        run("issue_token", *words)
    assert done == []


def test_issue_token_makes_none_for_a_deactivated_account(owner):
    type(owner).objects.update(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        run("issue_token", "owner", "--name", "x")


def test_verify_audit_counts_a_whole_chain(db):
    for _ in range(3):
        audit.record(audit.SYSTEM, "test.done")
    assert run("verify_audit")[0] == "3 events, chain whole\n"


def test_verify_audit_fails_and_names_the_first_break(unguarded):
    for _ in range(3):
        audit.record(audit.SYSTEM, "test.done")
    AuditEvent.objects.filter(id__gt=1).update(action="test.other")
    with pytest.raises(CommandError, match=r"Event 2: its content was changed\.") as caught:
        run("verify_audit")
    assert caught.value.returncode == 1
