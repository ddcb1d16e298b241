"""The rounds: one list, whoever walks it."""

import threading

import pytest
from django.core.management import call_command
from django.utils.module_loading import import_string

from fakedetect_site import clock, rounds
from fakedetect_site.rounds import Round
from tests.programs import wait_until

walked = []


def good() -> str:
    walked.append(threading.current_thread().name)
    return "2 done"


def bad() -> None:
    raise RuntimeError("the disk is full")


@pytest.fixture
def three(monkeypatch):
    walked.clear()
    monkeypatch.setattr(
        rounds,
        "ROUNDS",
        (
            Round("alone", f"{__name__}.good", beside_answers=False),
            Round("broken", f"{__name__}.bad"),
            Round("good", f"{__name__}.good"),
        ),
    )


@pytest.mark.parametrize("one", rounds.ROUNDS, ids=lambda one: one.name)
def test_every_round_is_a_function_that_is_there(one):
    assert callable(import_string(one.function))


def test_what_breaks_in_one_round_keeps_no_other_from_its_turn(three, caplog):
    assert list(rounds.walk()) == ["alone: 2 done", "broken: broke, the log says why", "good: 2 done"]
    assert "the disk is full" in caplog.text


def test_beside_answers_only_those_that_may_are_walked(three):
    assert [line.partition(":")[0] for line in rounds.walk(beside_answers=True)] == ["broken", "good"]


def test_the_command_walks_them_all_and_says_what_was_done(three, capsys):
    call_command("sweep")
    assert "good: 2 done" in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_the_clock_walks_again_and_again_until_it_is_stopped(three):
    stop = threading.Event()
    thread = threading.Thread(target=clock._run, args=(stop, 0.01), name="a clock")
    thread.start()
    wait_until(lambda: walked.count("a clock") >= 3, "three walks")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize(("in_request", "starts"), [(True, 1), (False, 0)])
def test_where_a_broker_beats_no_clock_starts(settings, monkeypatch, in_request, starts):
    started = []
    monkeypatch.setattr(clock, "_run", lambda *args: started.append(args))
    settings.ANALYZE_IN_REQUEST = in_request
    clock.start()
    wait_until(lambda: len(started) == starts, "the start")
    assert len(started) == starts
