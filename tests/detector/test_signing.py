"""Signatures of reports: they hold for what was signed with this very key, and for not a byte more, less or other."""

import base64
import io
import json
import stat
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import AuditEvent
from detector import signing
from detector.errors import Refused

CONTENT = {"zebra": [1, 2.5, None, True], "name": 'Grüße \u202e 😀 "quoted".jpg', "at": "2026-11-22T10:00:00+00:00"}
PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\nstartxref\n9\n%%EOF"


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "keys" / "report_key.pem"
    return settings.REPORT_KEY


@pytest.fixture(params=["json", "pdf"])
def report(request):
    return signing.signed_json(CONTENT) if request.param == "json" else signing.signed_pdf(PDF)


def other_key():
    return Ed25519PrivateKey.generate().public_key()


def test_a_report_as_it_was_made_holds(report):
    checked = signing.check(report)
    assert checked.valid
    assert checked.kind in ("json", "pdf")
    assert checked.key_id == signing.key_id(signing.public_key())
    assert checked.key_id in checked.reason


def test_every_single_byte_counts(report):
    for place in range(len(report)):
        for other in (report[place] ^ 1, report[place] ^ 0x20):
            changed = report[:place] + bytes([other]) + report[place + 1 :]
            assert not signing.check(changed).valid, place


def test_what_is_added_or_cut_off_counts(report):
    for changed in (report + b"\n", b"\n" + report, report[:-1], report[1:], report + report):
        assert not signing.check(changed).valid


def test_a_signature_written_in_another_way_does_not_count():
    """Four bits of the last digit of Base64 mean nothing, and a lenient reader would let them be changed."""
    signed = signing.signed_pdf(PDF)
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = signed[-4:-3].decode()
    twin = digits[digits.index(last) ^ 1]
    changed = signed[:-4] + twin.encode() + signed[-3:]
    assert base64.b64decode(changed[-89:-1]) == base64.b64decode(signed[-89:-1])
    assert not signing.check(changed).valid


def test_the_signed_json_is_canonical_and_still_json():
    signed = signing.signed_json(CONTENT)
    read = json.loads(signed)
    assert read.pop("signature").keys() == {"algorithm", "key_id", "value"}
    assert read == CONTENT
    assert signed.startswith('{"at":"2026-11-22T10:00:00+00:00","name":"Grüße'.encode())


def test_the_same_json_written_with_other_spaces_is_not_what_was_signed():
    pretty = json.dumps(json.loads(signing.signed_json(CONTENT)), indent=1).encode()
    checked = signing.check(pretty)
    assert (checked.valid, checked.kind) == (False, "json")
    assert "saved anew" in checked.reason


@pytest.mark.parametrize("content", [{"a": float("nan")}, {"a": object()}, {"signature": "mine"}])
def test_it_refuses_to_sign_what_is_no_json_or_signed_already(content):
    with pytest.raises((ValueError, TypeError)):
        signing.signed_json(content)


def test_a_signed_pdf_keeps_its_end_where_readers_look_for_it():
    signed = signing.signed_pdf(PDF)
    assert signed.startswith(PDF + b"\n%FakeDetect-Ed25519 ")
    assert b"%%EOF" in signed[-1024:]


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0 a photograph", b"[1, 2]", b"plain words"])
def test_what_is_no_report_is_named_so(data):
    assert signing.check(data) == signing.Checked(False, signing.SENTENCES["no_report"])


@pytest.mark.parametrize("data", [PDF, b'{"a": 1}', b"{" * 100_000])
def test_an_unsigned_file_is_named_so(data):
    checked = signing.check(data)
    assert (checked.valid, checked.reason, checked.key_id) == (False, signing.SENTENCES["no_signature"], "")


def test_another_sites_key_is_unknown_here_and_known_where_it_is_given(report, settings, tmp_path):
    theirs = signing.public_key()
    settings.REPORT_KEY = tmp_path / "another.pem"
    checked = signing.check(report)
    assert not checked.valid
    assert signing.key_id(theirs) in checked.reason
    assert signing.check(report, signing.read_public_key(signing.pem(theirs))).valid


def test_the_name_of_a_key_alone_does_not_make_it_that_key(report):
    """A forger may write our key's number beside a signature of his own."""
    forger = Ed25519PrivateKey.generate()
    plain = b"%PDF-1.7\nforged\n%%EOF\n"
    value = base64.b64encode(forger.sign(plain))
    number = signing.key_id(signing.public_key()).encode()
    checked = signing.check(plain + b"%%FakeDetect-Ed25519 %s %s\n" % (number, value))
    assert (checked.valid, checked.reason) == (False, signing.SENTENCES["changed"])


def test_the_key_is_made_once_for_its_owners_eyes_only(key):
    first = signing.key_id(signing.public_key())
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert signing.key_id(signing.public_key()) == first
    assert [path.name for path in key.parent.iterdir()] == [key.name]


def test_processes_that_start_at_once_agree_on_one_key():
    found, barrier = set(), threading.Barrier(8)

    def start():
        barrier.wait()
        found.add(signing.key_id(signing.public_key()))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


@pytest.mark.parametrize("content", [b"", b"not a key", None])
def test_a_key_that_cannot_be_used_is_a_sentence_and_never_replaced(key, content):
    key.parent.mkdir(parents=True)
    if content is None:
        key.mkdir()
    else:
        key.write_bytes(content)
    with pytest.raises(Refused) as refused:
        signing.signed_json(CONTENT)
    assert (refused.value.code, refused.value.status) == ("no_report_key", 503)
    assert str(key) not in refused.value.detail
    assert content is None or key.read_bytes() == content


def verify(*arguments):
    out = io.StringIO()
    call_command("verify_report", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_says_that_a_report_holds(report, tmp_path):
    path = tmp_path / "report"
    path.write_bytes(report)
    assert "not a byte was changed" in verify(path)


def test_the_command_fails_with_the_reason(report, tmp_path):
    path = tmp_path / "report"
    path.write_bytes(report.replace(b"1", b"2", 1))
    with pytest.raises(CommandError, match="at least one byte was changed"):
        verify(path)
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        verify(tmp_path / "nothing")


def test_the_command_takes_the_key_of_another_site(report, settings, tmp_path):
    (tmp_path / "report").write_bytes(report)
    (tmp_path / "theirs.pem").write_bytes(signing.pem(signing.public_key()))
    settings.REPORT_KEY = tmp_path / "ours.pem"
    assert "not a byte was changed" in verify(tmp_path / "report", "--key", tmp_path / "theirs.pem")
    (tmp_path / "theirs.pem").write_bytes(signing.pem(other_key()))
    with pytest.raises(CommandError, match="names the key"):
        verify(tmp_path / "report", "--key", tmp_path / "theirs.pem")
    with pytest.raises(CommandError, match="no public key in PEM"):
        verify(tmp_path / "report", "--key", tmp_path / "report")


def sent(data, name="report.pdf"):
    return {"report": SimpleUploadedFile(name, data)}


def test_anybody_may_check_a_report_on_the_page(db, report):
    page = Client().post("/verify/", sent(report))
    assert page.status_code == 200
    assert signing.SENTENCES["holds"].format(ours=signing.key_id(signing.public_key())) in page.content.decode()
    page = Client().post("/verify/", sent(report[:-5] + report[-4:]))
    assert str(signing.SENTENCES["no_signature"]) in page.content.decode()
    assert not AuditEvent.objects.exists()


def test_the_page_shows_the_key_and_hands_it_out(db):
    page = Client().get("/verify/").content.decode()
    key = signing.public_key()
    assert signing.key_id(key) in page
    assert key.public_bytes_raw().hex() in page
    answer = Client().get("/verify/key.pem")
    assert signing.key_id(signing.read_public_key(answer.content)) == signing.key_id(key)
    assert signing.key_id(key) in answer["Content-Disposition"]


def test_the_page_refuses_no_file_an_empty_one_and_one_that_is_too_large(db, monkeypatch, settings):
    assert "Choose a report." in Client().post("/verify/", {}).content.decode()
    assert "The file is empty." in Client().post("/verify/", sent(b"")).content.decode()
    monkeypatch.setattr(signing, "MAX_BYTES", 10)
    answer = Client().post("/verify/", sent(PDF))
    assert (answer.status_code, "This file is larger than 0 MB." in answer.content.decode()) == (400, True)
    settings.MAX_UPLOAD_BYTES = 5  # the handler of uploads throws such a file away before it is read
    assert "This file is larger than 0 MB." in Client().post("/verify/", sent(b"123456")).content.decode()


def test_the_file_name_of_a_checked_report_cannot_break_out_of_the_page(db):
    page = Client().post("/verify/", sent(signing.signed_pdf(PDF), "<img src=x>.pdf")).content.decode()
    assert "<img src=x>" not in page


def test_the_api_checks_with_the_same_words(as_owner, report):
    answer = as_owner.post("/api/v1/verify/", sent(report))
    assert (answer.status_code, answer.json()["valid"]) == (200, True)
    answer = as_owner.post("/api/v1/verify/", sent(report + b" ")).json()
    assert (answer["valid"], answer["reason"]) == (False, signing.SENTENCES["no_signature"])
    assert as_owner.post("/api/v1/verify/", {}).json()["error"]["code"] == "no_file"


def test_the_api_refuses_what_no_report_can_be(as_owner, monkeypatch):
    monkeypatch.setattr(signing, "MAX_BYTES", 10)
    answer = as_owner.post("/api/v1/verify/", sent(PDF))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
