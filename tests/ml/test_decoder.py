"""The process that decodes: pixels are the same, it may do nothing else, and nobody goes down with it."""

import os
import platform
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ml import apart, decoder, images, wire
from ml.decoder import Decoder
from ml.images import InvalidImage, Limits
from tests.factories import image_bytes
from tests.ml.poisoned import ORDER
from tests.programs import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="all locks hold on Linux alone")
filtered = pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter on this processor")
LIMITS = Limits()
MEMORY = 600_000_000


@pytest.fixture(scope="module")
def sound():
    """A decoder as the site has it."""
    made = Decoder(2_000_000_000)
    yield made
    made.close()


@pytest.fixture
def hurt():
    """A decoder that does what it is told, with little time: 2 s of the processor, 4 s in all."""
    made = Decoder(MEMORY, seconds=2, patience=4, module="tests.ml.poisoned")
    yield made
    made.close()


def order(decoder: Decoder, words: str) -> tuple[int, int, int]:
    """Red for done (with an answer in green), blue with the errno for refused."""
    return decoder.read(ORDER + words.encode(), LIMITS)[1].getpixel((0, 0))


def refusal(decoder: Decoder, data: bytes, limits: Limits = LIMITS) -> InvalidImage:
    with pytest.raises(InvalidImage) as caught:
        decoder.read(data, limits)
    return caught.value


def brought_down(decoder: Decoder, words: str) -> None:
    """Refused like any broken image; the next one is decoded; nothing is left of the children that died."""
    assert not zombies()
    refused = refusal(decoder, ORDER + words.encode())
    assert (refused.code, str(refused)) == ("unreadable", "The image cannot be decoded safely.")
    assert decoder.read(image_bytes(), LIMITS)[1].size == (320, 240)
    assert not zombies()


def zombies() -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=,stat=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return [int(row.split()[0]) for row in listed.stdout.splitlines() if "Z" in row.split()[1]]


# What it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", images.FORMATS)
@pytest.mark.parametrize("at_least", [None, 224])
def test_pixels_and_facts_are_those_of_this_process(sound, form, at_least):
    data = image_bytes(form, 900, 700)
    facts, image = sound.read(data, LIMITS, at_least)
    here, expected = images.read_here(data, LIMITS, at_least)
    assert facts == here
    assert (image.mode, image.size, image.tobytes()) == ("RGB", expected.size, expected.tobytes())


def test_a_picture_can_be_changed_like_any_other(sound):
    image = sound.read(image_bytes(), LIMITS)[1]
    image.putpixel((0, 0), (1, 2, 3))
    assert image.getpixel((0, 0)) == (1, 2, 3)


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (b"", LIMITS),
        (b"a letter", LIMITS),
        (b"%PDF-1.7\n" + bytes(100), LIMITS),
        (image_bytes()[:4000], LIMITS),
        (image_bytes("PNG")[:300] + bytes(50), LIMITS),
        (image_bytes(comment=b"%PDF-1.5 hidden"), LIMITS),
        (image_bytes(), Limits(pixels=70_000)),
        (image_bytes(), Limits(bytes=1_000)),
        (image_bytes("GIF"), Limits(frames=0)),
    ],
    ids=["empty", "text", "pdf", "cut", "damaged", "polyglot", "pixels", "bytes", "frames"],
)
def test_refusals_are_those_of_this_process_word_for_word(sound, data, limits):
    with pytest.raises(InvalidImage) as here:
        images.read_here(data, limits)
    there = refusal(sound, data, limits)
    assert (there.code, there.detail.form) == (here.value.code, here.value.detail.form)


def test_every_hostile_file_meets_the_same_answer_as_in_this_process(sound, shared_data):
    files = [path for path in sorted((shared_data / "fixtures" / "hostile").iterdir()) if path.is_file()]
    assert len(files) >= 130
    for path in files:
        assert outcome(sound.read, path.read_bytes()) == outcome(images.read_here, path.read_bytes()), path.name


def outcome(read, data: bytes) -> tuple[object, ...]:
    try:
        facts, image = read(data, LIMITS, 320)
    except InvalidImage as error:
        return error.code, str(error)
    return facts, image.tobytes()


def test_limits_that_ask_for_it_are_enough(sound, monkeypatch):
    monkeypatch.setattr(decoder, "_shared", lambda pixels: sound)
    assert images.decode(image_bytes(), Limits(apart=True)).size == (320, 240)
    before = sound.pid
    with pytest.raises(InvalidImage):
        images.decode(b"a letter", Limits(apart=True))
    assert sound.pid == before  # a refusal costs no child


# How it dies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["abort", "exit 0", "exit 3", "lie", "chatter", "claim"])
def test_one_that_dies_or_lies_takes_nobody_along(hurt, words):
    brought_down(hurt, words)


def test_one_that_spins_is_ended_by_the_kernel_and_not_tried_again(caplog):
    patient = Decoder(MEMORY, seconds=1, patience=60, module="tests.ml.poisoned")
    brought_down(patient, "spin")
    patient.close()
    assert caplog.text.count("took too long") == 1


def test_one_that_sleeps_is_ended_by_the_parent_and_not_tried_again(hurt):
    hurt.locks()
    started = time.monotonic()
    brought_down(hurt, "sleep 60")
    assert 4 <= time.monotonic() - started < 12


def test_one_that_takes_memory_does_not_get_it(hurt):
    assert order(hurt, "take 200")[0] == 255
    brought_down(hurt, "take 900")


def test_three_are_tried(hurt, caplog):
    brought_down(hurt, "abort")
    assert caplog.text.count("ended with -6") == 3


def test_a_crash_that_was_not_the_pictures_fault_is_no_refusal(hurt):
    hurt.read(image_bytes(), LIMITS)
    os.kill(hurt.pid, signal.SIGKILL)
    assert hurt.read(image_bytes(), LIMITS)[1].size == (320, 240)
    assert not zombies()


def test_a_child_serves_many_and_is_renewed(hurt, monkeypatch):
    monkeypatch.setattr(apart, "_LIFE", 3)
    pids = [(hurt.read(image_bytes(), LIMITS), hurt.pid)[1] for _ in range(6)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4] == pids[5]
    assert not zombies()


def test_threads_take_turns(sound):
    data, seen = [image_bytes(seed=seed) for seed in range(4)], {}

    def ask(number: int) -> None:
        seen[number] = [sound.read(data[number], LIMITS)[1].tobytes() for _ in range(5)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert all(set(seen[number]) == {images.decode(data[number]).tobytes()} for number in range(4))


def test_it_goes_when_its_parent_is_killed():
    code = (
        "from ml.decoder import Decoder; import os, signal; d = Decoder(600_000_000); d.locks();"
        "print(d.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    parent = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert parent.returncode == -signal.SIGKILL
    assert gone_within(int(parent.stdout), 10)


def gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat") as row:
                if row.read().rpartition(")")[2].split()[0] == "Z":  # its new parent is slow to look
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_forked_process_does_not_talk_into_its_parents_pipes(monkeypatch):
    decoder._shared.cache_clear()
    before = decoder._shared(50_000_000)
    before.read(image_bytes(), LIMITS)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if decoder._shared.cache_info().currsize == 0 else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert decoder._shared(50_000_000) is before
    before.close()
    decoder._shared.cache_clear()


def test_one_that_does_not_start_is_said_to_be_the_installations_fault():
    with pytest.raises(apart.CannotStart, match="FAKEDETECT_DECODER=inline"):
        Decoder(MEMORY, module="ml.no_such_module").read(image_bytes(), LIMITS)
    assert not zombies()


def test_a_machine_without_room_for_another_process_is_no_fault_of_the_picture(monkeypatch):
    monkeypatch.setattr(apart.sys, "executable", "/no/such/program")
    with pytest.raises(apart.CannotStart, match="does not start"):
        Decoder(MEMORY).read(image_bytes(), LIMITS)


# What it may not do -----------------------------------------------------------------------------------------------


def test_all_locks_hold_here(hurt):
    assert [name for name in decoder.WANTED if name not in hurt.locks()] in ([], ["no calls"])
    if platform.machine() in ("x86_64", "aarch64"):
        assert "no calls" in hurt.locks()


def test_it_opens_no_file_and_writes_none(hurt, tmp_path):
    tmp_path.chmod(0o777)
    (tmp_path / "there").write_text("a secret")
    for words in (f"read {tmp_path}/there", f"write {tmp_path}/new", f"write {tmp_path}/there", f"list {tmp_path}"):
        assert order(hurt, words)[0] == 0, words
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "a secret"


def test_it_reaches_no_network(hurt):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        assert order(hurt, f"connect {server.getsockname()[1]}")[0] == 0
        with pytest.raises(TimeoutError):
            server.accept()


@filtered
def test_it_starts_no_process_and_no_program_and_makes_no_code(hurt):
    for words in ("fork", "execute", "code", f"kill {os.getpid()}", "more_files"):
        assert order(hurt, words)[0] == 0, words
    assert order(hurt, "thread") == (255, 7, 0)  # which HEIC is decoded with


def test_limits_are_those_of_the_kernel(hurt):
    hurt.locks()
    with open(f"/proc/{hurt.pid}/limits") as rows:
        shown = {row[:26].strip(): row[26:].split()[:2] for row in rows}
    for name in ("Max file size", "Max core file size", "Max open files"):
        assert shown[name] == ["0", "0"]
    assert MEMORY < int(shown["Max address space"][1]) < MEMORY + 1_500_000_000
    assert shown["Max cpu time"][1] == "3600"


def test_it_cannot_gain_rights_and_is_nobody_where_it_was_started_as_root(hurt):
    hurt.locks()
    with open(f"/proc/{hurt.pid}/status") as rows:
        shown = dict(row.rstrip("\n").split(":\t", 1) for row in rows if ":\t" in row)
    assert shown["NoNewPrivs"] == "1"
    assert shown["CapEff"].strip("0") == ""
    if os.getuid() == 0:
        assert set(shown["Uid"].split()) == set(shown["Gid"].split()) == {"65534"}
        assert shown["Groups"].strip() == ""
    if platform.machine() in ("x86_64", "aarch64"):
        assert shown["Seccomp"] == "2"


def test_it_inherits_no_secret_and_no_open_file(hurt, monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "a secret")
    with open(tmp_path / "open", "w"):
        assert order(hurt, "environment SECRET_KEY") == (255, 0, 0)
        assert order(hurt, "environment PATH") == (255, 1, 0)
        held = [os.readlink(f"/proc/{hurt.pid}/fd/{number}") for number in os.listdir(f"/proc/{hurt.pid}/fd")]
    assert [name for name in held if not name.startswith("pipe:") and name != "/dev/null"] == []


# Fuzz -------------------------------------------------------------------------------------------------------------

SEEDS = {form: image_bytes(form, 48, 40) for form in images.FORMATS}


@st.composite
def mutated(draw) -> bytes:
    """A small file of a kind that is taken, with bytes of its header changed, cut, doubled or moved."""
    data = bytearray(SEEDS[draw(st.sampled_from(images.FORMATS))])
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, min(len(data), 400) - 1)), draw(st.integers(1, 8))
        data[at : at + length] = draw(st.one_of(st.binary(max_size=12), st.just(b"\xff" * length), st.just(b"")))
        if len(data) < 2:
            break
    return bytes(data) or b"\0"


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
@example(SEEDS["PNG"])
def test_no_file_brings_more_than_a_refusal(sound, data):
    limits = Limits(pixels=1_000_000)
    try:
        facts, image = sound.read(data, limits)
    except InvalidImage:
        return
    assert facts.width * facts.height <= limits.pixels
    assert image.mode == "RGB"
    assert np.asarray(image).shape == (image.height, image.width, 3)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_answer_is_more_than_an_answer_or_a_lie(said):
    """What a decoder that was taken over may say: nothing of it becomes another exception than these."""
    given_end, taken_end = os.pipe()
    os.write(taken_end, said)
    os.close(taken_end)
    with os.fdopen(given_end, "rb", buffering=0) as stream, pytest.raises(wire.Broken):
        wire.receive(stream, 1_000)


heads = st.dictionaries(
    st.sampled_from(
        [
            "code", "number", "format", "unsafe", "width", "height", "frames", "jpeg_quality", "orientation", "size",
            "body",
        ]
    ),
    st.recursive(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9),
            st.sampled_from(["JPEG", "PNG", "polyglot", "too_many_pixels", "too_many_frames", "unreadable"]),
        ),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=4,
    ),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(heads, st.binary(max_size=30))
def test_no_head_is_believed_that_does_not_fit(head, pixels):
    try:
        facts, image = decoder._believed(head, bytearray(pixels), SEEDS["PNG"], LIMITS)
    except (InvalidImage, apart.Lie):
        return
    assert image.width * image.height * 3 == len(pixels)
    assert facts.format in images.FORMATS
