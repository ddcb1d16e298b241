"""The head is signed at intervals: a chain that was rewritten from start to end is found."""

import base64
import json
import logging
import os
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import audit, audit_chain, audit_guard, audit_heads, audit_seals
from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent, AuditHead
from detector import signing
from fakedetect_site import rounds, site_key


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "key.pem"
    return settings.REPORT_KEY


@pytest.fixture
def file(settings):
    return settings.AUDIT_HEADS


def acts(owner, count=3):
    for number in range(count):
        audit.record(Actor(user=owner), "test.done", details={"n": number})


def later(file, hours=2):
    """As if the last signature had been made that long ago."""
    os.utime(file, (time.time() - hours * 3600,) * 2)


def rewrite(first=2):
    """What an attacker does who owns the data base and knows how a chain is made: all of it anew, and no trace left."""
    audit_guard.remove(connection)
    previous = audit_chain.GENESIS
    for event in AuditEvent.objects.order_by("id"):
        if event.id >= first:
            event.details, event.previous = {"n": 99}, previous
            event.digest = audit.digest_of(event)
            values = {"details": event.details, "previous": event.previous, "digest": event.digest}
            AuditEvent.objects.filter(pk=event.pk).update(**values)
        previous = event.digest
    AuditHead.objects.update(last_digest=previous)
    audit_guard.install(connection)


def verified(capsys, *words):
    call_command("verify_audit", *map(str, words))
    return capsys.readouterr().out.strip()


def test_the_rounds_sign_the_head_to_the_file_and_to_the_log(owner, file, caplog):
    acts(owner)
    with caplog.at_level(logging.INFO, logger="accounts.audit_heads"):
        assert "audit head: signed at 3 events" in list(rounds.walk())
    line = file.read_text().strip()
    assert line in caplog.text
    head = json.loads(line)
    assert (head["events"], head["digest"]) == (3, AuditEvent.objects.get(pk=3).digest)
    assert head["key_id"] == site_key.key_id(site_key.public_key())


def test_it_is_signed_at_intervals_and_only_when_something_happened(owner, file):
    assert audit_heads.sign_if_due() == "not due"  # no history, no head
    acts(owner)
    assert audit_heads.sign_if_due() == "signed at 3 events"
    acts(owner)
    assert audit_heads.sign_if_due() == "not due"
    later(file)
    assert audit_heads.sign_if_due() == "signed at 6 events"
    later(file)
    assert audit_heads.sign_if_due() == "nothing new"
    assert file.read_text().count("\n") == 2


def test_a_whole_chain_is_held_against_every_signed_head(owner, file, capsys):
    acts(owner)
    assert verified(capsys) == "3 events, chain whole"
    audit_heads.sign_if_due()
    acts(owner)
    later(file)
    audit_heads.sign_if_due()
    assert verified(capsys) == "6 events, chain whole, held against 2 signed heads"


def test_a_chain_that_was_rewritten_from_end_to_end_is_named(owner, file):
    acts(owner, 2)
    audit_heads.sign_if_due()
    acts(owner, 2)
    later(file)
    audit_heads.sign_if_due()
    rewrite(first=3)
    assert verify_chain() is None  # in itself it is whole
    with pytest.raises(CommandError, match=r"Event 4: on .* the history was rewritten after event 2\."):
        call_command("verify_audit")


def test_a_chain_that_was_cut_with_its_head_is_named(owner, file):
    acts(owner)
    audit_heads.sign_if_due()
    audit_guard.remove(connection)
    AuditEvent.objects.filter(id=3).delete()
    audit_guard.install(connection)
    last = AuditEvent.objects.get(id=2)
    AuditHead.objects.update(last_id=2, last_digest=last.digest)
    assert verify_chain() is None
    with pytest.raises(CommandError, match=r"Event 3: 3 events were signed on .*, and only 2 are here\."):
        call_command("verify_audit")


def test_a_copy_of_the_log_kept_elsewhere_serves_as_well(owner, file, tmp_path, capsys):
    acts(owner)
    audit_heads.sign_if_due()
    log = tmp_path / "site.log"
    noise = '127.0.0.1 "GET /fakedetect-audit-head/1" 404\n{"format":"something else"}\n'
    log.write_text(f"{noise}2026-11-28 11:00:00 INFO accounts.audit_heads [-] audit head {file.read_text()}{noise}")
    file.unlink()
    assert "held against 1 signed heads" in verified(capsys, "--heads", log)
    rewrite()
    assert verified(capsys) == "3 events, chain whole"  # the attacker took the file too
    with pytest.raises(CommandError, match="Event 3: on"):
        call_command("verify_audit", "--heads", str(log))


@pytest.mark.parametrize(
    ("old", "new"), [('"events":3', '"events":2'), ('"digest":"', '"digest":"0'), ('"signature":"', '"signature":"AA')]
)
def test_a_signed_head_that_was_changed_is_not_believed(owner, file, old, new):
    acts(owner)
    audit_heads.sign_if_due()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(CommandError, match=r"The signed head in line 1 of .* is not to be believed: its signature"):
        call_command("verify_audit")


def test_a_head_of_another_key_is_believed_only_when_the_key_is_given(owner, file, key, tmp_path, capsys):
    acts(owner)
    audit_heads.sign_if_due()
    old = tmp_path / "old.pem"
    old.write_bytes(site_key.pem(site_key.public_key()))
    key.unlink()  # the site has another key from now on
    later(file)
    acts(owner)
    audit_heads.sign_if_due()
    with pytest.raises(CommandError, match="which is not known here"):
        call_command("verify_audit")
    assert verified(capsys, "--key", old) == "6 events, chain whole, held against 2 signed heads"


def test_a_forger_cannot_use_our_keys_number(owner, file):
    acts(owner)
    head = {"events": 3, "digest": "0" * 64, "at": "2026-11-28T10:00:00+00:00", "format": audit_seals.HEAD}
    head |= {"key_id": site_key.key_id(site_key.public_key()), "signature": ""}
    forged = Ed25519PrivateKey.generate().sign(audit_seals._signed(head))
    file.write_text(audit_seals._canonical(head | {"signature": base64.b64encode(forged).decode()}))
    with pytest.raises(CommandError, match="its signature does not hold"):
        call_command("verify_audit")


def test_two_heads_that_contradict_each_other_are_told(owner, file):
    acts(owner)
    head = AuditHead.objects.get()
    audit_heads.sign(head)
    head.last_digest = "0" * 64
    audit_heads.sign(head)
    with pytest.raises(CommandError, match="Two signed heads of 3 events name different digests"):
        call_command("verify_audit")


def test_a_line_that_a_crash_cut_off_spoils_no_later_one(owner, file, capsys):
    acts(owner)
    audit_heads.sign_if_due()
    file.write_text(file.read_text() + '{"at":"2026-11')
    later(file)
    acts(owner)
    audit_heads.sign_if_due()
    assert verified(capsys) == "6 events, chain whole, held against 2 signed heads"


def test_a_signed_head_does_not_pass_for_a_report(owner, file):
    acts(owner)
    audit_heads.sign_if_due()
    line = json.loads(file.read_text())
    value = line.pop("signature")
    plain = audit_seals._canonical(line)
    member = f',"signature":{{"algorithm":"Ed25519","key_id":"{line["key_id"]}","value":"{value}"}}}}'
    checked = signing.check((plain[:-1] + member).encode())
    assert (checked.valid, checked.reason) == (False, signing.SENTENCES["changed"])


def test_a_key_that_cannot_be_used_breaks_no_other_round(owner, file, key):
    key.write_text("not a key")
    acts(owner)
    assert "audit head: broke, the log says why" in list(rounds.walk())
    assert not file.exists()
    with pytest.raises(CommandError, match="key of this site cannot be used"):
        call_command("verify_audit")
