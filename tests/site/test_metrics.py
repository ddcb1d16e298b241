"""/metrics: closed by default, opened by a secret, and true about what was done."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from detector.models import Analysis, State
from fakedetect_site import health, meters
from notices.models import DeliveryState
from overview import counting
from tests.factories import image_bytes

SECRET = "a secret of the watch"


def scrape(secret=SECRET) -> dict[tuple, float]:
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200, answer.content
    samples = [one for family in text_string_to_metric_families(answer.content.decode()) for one in family.samples]
    return {(one.name, *(value for _, value in sorted(one.labels.items(), reverse=True))): one.value for one in samples}


@pytest.fixture
def watched(settings, db):
    settings.METRICS_TOKEN = SECRET


def test_without_a_secret_there_is_no_such_page(db, settings):
    assert settings.METRICS_TOKEN == ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Bearer wrong", f"Basic {SECRET}", "Bearer é"])
def test_without_the_right_one_it_tells_nothing(watched, as_administrator, sent):
    answer = as_administrator.get("/metrics", headers={"Authorization": sent} if sent is not None else {})
    assert answer.status_code == 401
    assert b"fakedetect_" not in answer.content


def test_a_secret_that_can_be_guessed_stops_the_start(monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    from fakedetect_site import env

    monkeypatch.setenv("METRICS_TOKEN", "short")
    with pytest.raises(ImproperlyConfigured, match="at least 16"):
        env.secret("METRICS_TOKEN")


def test_requests_are_counted_by_view_and_never_by_address(watched):
    def count(view, status):
        return meters.requests.labels(view, status)._value.get()

    live, lost = count("live", 200), count("none", 404)
    Client().get("/health/live/?q=secret")
    Client().get("/nothing-of-this-name/")
    found = scrape()
    assert found["fakedetect_requests_total", "live", "200"] == live + 1
    assert found["fakedetect_requests_total", "none", "404"] == lost + 1
    assert found["fakedetect_request_seconds_count", "live"] >= 1
    assert not any("secret" in str(key) or "nothing-of" in str(key) for key in found)


def test_uploads_are_counted_by_outcome(watched, as_owner, model):
    before = {name: meters.uploads.labels(name)._value.get() for name in ("taken", "not_an_image", "no_file")}
    for data in (
        {"image": SimpleUploadedFile("a.jpg", image_bytes())},
        {"image": SimpleUploadedFile("a.jpg", b"no")},
        {},
    ):
        as_owner.post("/api/v1/uploads/", data)
    found = scrape()
    assert {name: found["fakedetect_uploads_total", name] - before[name] for name in before} == dict.fromkeys(before, 1)


def test_the_data_base_is_read_when_somebody_asks(watched, submit, owner, model):
    analysis = submit(owner).latest
    counting.sweep()
    found = scrape()
    assert found["fakedetect_queue_length", "verdicts"] == 0
    assert found["fakedetect_verdicts_today", analysis.label] == 1
    assert found["fakedetect_model_info", model.version] == 1
    assert found["fakedetect_analysis_seconds", "0.95"] >= 0
    assert all(found["fakedetect_up", part] == 1 for part in ("database", "storage", "model"))
    since = timezone.now() - timedelta(minutes=5)
    Analysis.objects.update(state=State.QUEUED, created_at=since)
    found = scrape()
    assert found["fakedetect_queue_length", "verdicts"] == 1
    assert found["fakedetect_queue_oldest_seconds", "verdicts"] == pytest.approx(300, abs=30)


def test_dead_letters_are_told(watched, owner):
    endpoint = _endpoint(owner)
    endpoint.deliveries.create(kind="verdict.ready", body="{}", state=DeliveryState.DEAD)
    assert scrape()["fakedetect_webhook_deliveries", "dead"] == 1


def _endpoint(owner):
    from notices.models import Endpoint

    return Endpoint.objects.create(person=owner, url="https://example.org/", seed="0" * 32)


def test_a_part_that_is_gone_is_told_and_takes_nothing_down(watched, monkeypatch):
    def gone():
        raise OSError("the bucket is gone")

    monkeypatch.setitem(health._CHECKS, "storage", gone)
    found = scrape()
    assert found["fakedetect_up", "storage"] == 0
    assert found["fakedetect_up", "database"] == 1
    monkeypatch.setitem(health._CHECKS, "database", gone)
    found = scrape()
    assert found["fakedetect_up", "database"] == 0
    assert ("fakedetect_queue_length", "verdicts") not in found
    assert any(key[0] == "fakedetect_requests_total" for key in found)


def test_a_scrape_asks_the_same_however_much_there_is(watched, submit, owner, model):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            scrape()
        return len(asked)

    few = queries()
    for seed in range(3):
        submit(owner, seed=seed)
    assert queries() == few <= 25
