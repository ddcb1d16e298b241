"""The process that reads Content Credentials: it may do nothing else, and what it dies of takes nobody along."""

import json
import os
import signal
import socket
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml import apart
from ml.apart import Lie, Unsafe
from ml.evidence import c2pa_apart, c2pa_library, ledger
from ml.evidence.c2pa_apart import StoreReader
from ml.evidence.c2pa_library import Refused
from ml.evidence.subject import Subject
from ml.images import inspect
from tests.factories import image_bytes, picture
from tests.ml.credentials import action, authority, signed, signer
from tests.ml.poisoned_credentials import ORDER
from tests.programs import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="all locks hold on Linux alone")
SETTINGS = {"version": 1}
UNSAFE = "The Content Credentials of this file cannot be read safely."


@pytest.fixture(scope="module")
def data():
    return signed(signer(authority()), action("created", "trainedAlgorithmicMedia"))


@pytest.fixture
def hurt(monkeypatch):
    """The site's reader, one that does what it is told, with little time: 2 s of the processor, 6 s in all."""
    made = StoreReader(600_000_000, seconds=2, patience=6, module="tests.ml.poisoned_credentials")
    monkeypatch.setattr(c2pa_apart, "_shared", lambda: made)
    yield made
    made.close()


def order(reader: StoreReader, words: str) -> dict | None:
    return reader.opened(b"c2pa" + ORDER + words.encode(), "image/jpeg", SETTINGS)


def told(data: bytes):
    [finding] = ledger.examine(Subject(data, inspect(data), picture(8, 8, 0), apart=True), ["provenance"])
    return finding


@pytest.mark.parametrize("words", ["abort", "segfault", "spin", "chatter", "tell [1]", "tell {"])
def test_what_it_dies_of_is_told_and_the_next_file_is_read(hurt, data, words):
    finding = told(data + ORDER + words.encode())
    assert (finding.stance, str(finding.summary)) == ("not_run", UNSAFE)
    assert told(data).details["ai"]
    assert hurt.pid


def test_memory_that_it_may_not_have_is_no_end_of_the_site(hurt, data):
    assert str(told(data + ORDER + b"take 3000").summary) == UNSAFE
    assert told(data).details["ai"]


def test_one_that_was_killed_between_two_files_is_replaced(hurt, data):
    first = (told(data), hurt.pid)[1]
    os.kill(first, signal.SIGKILL)
    assert told(data).details["ai"]
    assert hurt.pid != first


def test_a_store_without_end_is_not_believed(hurt, monkeypatch):
    monkeypatch.setattr(c2pa_apart, "_MOST", 1_000)
    with pytest.raises(Unsafe):
        order(hurt, f'tell {{"a": "{"b" * 2_000}"}}')


def test_it_reads_no_file_reaches_nobody_and_knows_no_secret(hurt, tmp_path, monkeypatch):
    secret = tmp_path / "secret.json"
    secret.write_text('{"secret": 1}')
    monkeypatch.setenv("FAKEDETECT_SECRET_KEY", "of the site")
    with socket.create_server(("127.0.0.1", 0)) as server:
        for words in (f"read {secret}", f"connect {server.getsockname()[1]}", "execute"):
            with pytest.raises(Refused, match="errno"):
                order(hurt, words)
    assert order(hurt, "environment FAKEDETECT_SECRET_KEY") == {"there": False}
    assert order(hurt, "environment PATH") == {"there": True}


def test_all_locks_hold_it():
    reader = StoreReader(600_000_000)
    try:
        assert {"memory", "processor time", "no writing", "no rights", "no files"} <= set(reader.locks())
    finally:
        reader.close()


def test_the_library_is_never_in_the_process_that_asks(tmp_path, data):
    (tmp_path / "signed.jpg").write_bytes(data)
    code = (
        "import sys; from ml.evidence import c2pa_reader; data = open(sys.argv[1], 'rb').read();"
        "store = c2pa_reader.read_store(data, 'JPEG', 'image/jpeg', apart=True);"
        "print(bool(store), 'c2pa' in sys.modules)"
    )
    asked = [sys.executable, "-c", code, str(tmp_path / "signed.jpg")]
    assert subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout.split() == ["True", "False"]


def test_one_that_does_not_start_costs_this_signal_alone(monkeypatch, data, caplog):
    monkeypatch.setattr(c2pa_apart, "_shared", lambda: StoreReader(600_000_000, module="ml.no_such_module"))
    assert told(data).stance == "not_run"
    assert "The reader of Content Credentials does not start" in caplog.text
    with pytest.raises(apart.CannotStart):
        c2pa_apart.opened(data, "image/jpeg", SETTINGS)


def test_a_plain_picture_starts_none(hurt):
    assert told(image_bytes()).details["state"] == "absent"
    assert hurt.pid is None


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["state", "body"]), st.sampled_from(["none", "refused", "store", 7, None, []])),
    st.binary(max_size=30) | st.sampled_from([b"{}", b"[]", b"null", b'{"a": 1}', b"[" * 100_000]),
)
def test_no_answer_is_believed_that_is_none(head, body):
    try:
        store = c2pa_apart._believed(head, bytearray(body))
    except (Refused, Lie):
        return
    assert store is None or isinstance(store, dict)


def test_here_and_there_say_the_same(data):
    reader = StoreReader(600_000_000)
    try:
        there = reader.opened(data, "image/jpeg", SETTINGS)
    finally:
        reader.close()
    assert there == json.loads(c2pa_library.opened(data, "image/jpeg", SETTINGS))
