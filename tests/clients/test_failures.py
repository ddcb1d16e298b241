"""What a client does when the network or the site fails: it tries again where that helps, and nothing is done twice."""

import json
import threading
import time

import httpx
import pytest
from fakedetect_client import (
    AnalysisFailed,
    Client,
    FakeDetectError,
    RateLimited,
    Retries,
    ServerError,
    TimedOut,
    UnexpectedAnswer,
    Unreachable,
    calls,
)

from detector.models import Upload
from tests.clients.conftest import SOON
from tests.clients.flaky import cut_short, hang_up, saying
from tests.factories import image_bytes

ME = json.dumps({"username": "owner", "role": "user", "email": "", "token": None}).encode()


def error(code, detail="One sentence."):
    return json.dumps({"error": {"code": code, "detail": detail, "fields": {}}}).encode()


def upload(**changed):
    plain = {"id": "5", "status": "running", "ledger": "running", "file": {}, "verdict": None, "error": None}
    return json.dumps(plain | changed).encode()


@pytest.fixture
def client(flaky):
    with Client(flaky.url, "fd_x", retries=SOON) as made:
        yield made


@pytest.fixture
def through(flaky, live_server, scorer, token):
    """A client of the live site, through the server that fails."""
    flaky.behind = live_server.url
    with Client(flaky.url, token, retries=SOON) as made:
        yield made


@pytest.mark.parametrize("mood", [saying(429), saying(502), saying(503), saying(504), hang_up, cut_short])
def test_what_passes_is_tried_again(flaky, client, mood):
    flaky.moods = [mood, mood, saying(200, ME)]
    assert client.me().username == "owner"
    assert len(flaky.asked) == 3


def test_an_upload_is_sent_whole_again_with_the_same_key(through, flaky, picture):
    flaky.moods = [saying(503), hang_up]
    assert through.check(picture).file.bytes == picture.stat().st_size
    first, second, third = flaky.asked[:3]
    assert len(first.body) == len(second.body) == len(third.body) > picture.stat().st_size
    assert len(set(flaky.keys)) == 1
    assert flaky.keys[0]
    assert Upload.objects.count() == 1


def test_each_upload_has_a_key_of_its_own_unless_one_is_given(through, flaky, picture):
    through.upload(picture)
    through.upload(picture)
    through.upload(image_bytes(seed=9), idempotency_key="mine-0001")
    assert len(set(flaky.keys)) == 3
    assert flaky.keys[2] == '"mine-0001"'


def test_the_site_says_for_how_long_to_wait(flaky, client):
    flaky.moods = [saying(429, error("too_many"), Retry_After="1"), saying(200, ME)]
    began = time.monotonic()
    client.me()
    assert time.monotonic() - began >= 1


def test_who_is_to_wait_for_long_is_told_instead(flaky, client):
    flaky.moods = [saying(429, error("too_many_uploads", "That was enough for today."), Retry_After="3600")]
    with pytest.raises(RateLimited, match="enough for today") as caught:
        client.me()
    assert (caught.value.retry_after, caught.value.code, len(flaky.asked)) == (3600.0, "too_many_uploads", 1)


def test_in_the_end_it_gives_up(flaky, client):
    flaky.moods = [saying(503, b"<html>busy</html>", X_Request_ID="abc")] * 9
    with pytest.raises(ServerError, match="503") as caught:
        client.me()
    assert (caught.value.request_id, len(flaky.asked)) == ("abc", SOON.attempts)


def test_what_does_not_pass_by_itself_is_not_tried_again(flaky, client):
    flaky.moods = [saying(503, error("no_model")), saying(500), saying(200, ME)]
    with pytest.raises(ServerError, match="One sentence"):
        client.me()
    with pytest.raises(ServerError, match="500"):
        client.me()
    assert len(flaky.asked) == 2


def test_what_must_not_be_done_twice_is_not_sent_twice(flaky, client):
    flaky.moods = [hang_up, saying(200, ME)]
    with pytest.raises(Unreachable, match="broke off"):
        client.make_case("Fire of May")
    assert len(flaky.asked) == 1


def test_nobody_there_is_said_in_a_sentence():
    with (
        Client("http://127.0.0.1:1", "fd_x", retries=SOON) as client,
        pytest.raises(Unreachable, match="cannot be reached"),
    ):
        client.me()


def test_a_redirect_is_not_followed_with_the_token(flaky, client):
    flaky.moods = [saying(301, Location="https://elsewhere.example/")]
    with pytest.raises(UnexpectedAnswer, match="https://elsewhere"):
        client.me()
    assert len(flaky.asked) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": 5}', b"null"])
def test_what_is_no_answer_of_fakedetect_is_said(flaky, client, body):
    flaky.moods = [saying(200, body)]
    with pytest.raises(UnexpectedAnswer):
        client.get("5")


def test_unknown_labels_and_fields_do_no_harm(flaky, client):
    verdict = {"label": "painted", "fake_probability": 0.4, "shade": "blue"}
    flaky.moods = [saying(200, upload(status="done", verdict=verdict, new={"a": [1]}, evidence=[{"signal": "smell"}]))]
    result = client.get("5")
    assert (result.label, result.is_fake, result.evidence[0].signal) == ("painted", False, "smell")
    assert result.raw["new"] == {"a": [1]}


def test_waiting_asks_until_there_is_a_verdict_and_then_for_the_evidence(flaky, client):
    verdict = {"label": "authentic", "fake_probability": 0.1}
    answers = [upload(), upload(status="done", verdict=verdict), upload(status="done", verdict=verdict, ledger="done")]
    flaky.moods = [saying(200, one) for one in answers]
    assert client.wait("5", seconds=20).ledger == "running"
    assert client.wait("5", seconds=20, ledger=True).ledger == "done"
    assert {one.path for one in flaky.asked} <= {f"/api/v1/uploads/5/?wait={n}" for n in (18, 19, 20)}


def test_waiting_ends(flaky, client):
    flaky.moods = [saying(200, upload())] * 50
    with pytest.raises(TimedOut, match="ask for 5 later") as caught:
        client.wait("5", seconds=0.3)
    assert caught.value.upload_id == "5"


def test_an_analysis_that_failed_is_no_verdict(flaky, client):
    flaky.moods = [saying(201, upload(status="failed", error={"code": "gave_up", "detail": "It took too long."}))]
    with pytest.raises(AnalysisFailed, match="took too long") as caught:
        client.check(b"x")
    assert caught.value.code == "gave_up"


def test_pages_are_asked_of_the_site_whatever_address_they_name(flaky, client):
    pages = [
        {"results": [json.loads(upload())], "next": "https://elsewhere.example/?cursor=b7"},
        {"results": [], "next": None},
    ]
    flaky.moods = [saying(200, json.dumps(page).encode()) for page in pages]
    assert len(list(client.list(verdict="authentic", case=None))) == 1
    assert [one.path for one in flaky.asked] == ["/api/v1/uploads/?verdict=authentic", "/api/v1/uploads/?cursor=b7"]


def test_a_download_that_breaks_off_is_begun_anew(flaky, client, tmp_path):
    flaky.moods = [cut_short, saying(200, b"whole")]
    client.original("5", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_a_client_that_is_closed_waits_no_longer(flaky):
    flaky.moods = [saying(429, Retry_After="50")] * 3
    client = Client(flaky.url, "fd_x")
    threading.Timer(0.3, client.close).start()
    with pytest.raises(FakeDetectError):
        client.me()


def test_pauses_grow_are_bounded_and_differ():
    rules = Retries(attempts=20, first=1.0, longest=8.0)
    busy = httpx.Response(503)
    pauses = [rules.pause(calls.me(), busy, attempt) for attempt in range(1, 20)]
    assert all(2 ** min(n, 3) / 2 <= pause <= 2 ** min(n, 3) for n, pause in enumerate(pauses))
    assert len(set(pauses)) > 15
    assert rules.pause(calls.me(), busy, 20) is None


def test_of_twenty_files_none_is_double_though_the_site_fails_all_along(live_server, scorer, token, flaky, twenty):
    flaky.behind, patient = live_server.url, Retries(attempts=30, first=0.01, longest=0.02)
    flaky.moods = [saying(503), saying(502), saying(429, Retry_After="0"), hang_up] * 5
    with Client(flaky.url, token, retries=patient) as client:
        found = list(client.check_many(sorted(twenty.iterdir()), jobs=3))
    assert [one.error for one in found if one.error] == []
    assert Upload.objects.count() == 20
    assert len({one.result.id for one in found}) == 20
