"""A history of any length is walked, exported and proved in the same memory: it is read in pages, never as a whole."""

import tracemalloc

import pytest

from accounts import audit, audit_export, audit_file
from accounts.models import AuditEvent, AuditHead

SHORT, LONG = 150, 1_200


@pytest.fixture(autouse=True)
def pages(monkeypatch, settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "key.pem"
    monkeypatch.setattr("accounts.audit_check._PAGE", 40)


def fill(count):
    """Events with proper digests, by bulk."""
    like = audit.record(audit.SYSTEM, "test.done", details={"n": 1}, private={"note": "x" * 200})
    made, previous = [], like.digest
    for number in range(like.id + 1, count + 1):
        event = AuditEvent.objects.get(pk=like.pk) if not made else made[-1]
        values = {field.attname: getattr(event, field.attname) for field in AuditEvent._meta.fields}
        event = AuditEvent(**values | {"id": number, "previous": previous})
        event.digest = previous = audit.digest_of(event)
        made.append(event)
    AuditEvent.objects.bulk_create(made, batch_size=500)
    AuditHead.objects.update(last_id=count, last_digest=previous)


def peak(act):
    tracemalloc.start()
    act()
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return highest


def walked():
    assert audit.verify_chain() is None


def written(path):
    def act():
        with path.open("w", encoding="utf-8") as stream:
            pieces = audit_export.export(audit.SYSTEM, events=AuditEvent.objects.all(), form="jsonl", filters={})
            stream.writelines(pieces)

    return act


def proved(path):
    def act():
        assert audit_file.verify(path, heads={}, keys=[]).faults == []

    return act


@pytest.mark.parametrize("what", ["walk", "export", "copy"])
def test_eight_times_the_events_take_no_more_memory(db, tmp_path, what):
    path = tmp_path / "export.jsonl"
    act = {"walk": walked, "export": written(path), "copy": proved(path)}[what]
    found = []
    for count in (SHORT, LONG):
        fill(count)
        written(path)() if what == "copy" else walked()  # once before, for what is loaded only once
        found.append(peak(act))
    assert found[1] < 1.5 * found[0]


def test_the_measure_would_see_a_history_that_is_read_as_a_whole(db, monkeypatch):
    monkeypatch.setattr("accounts.audit_check._PAGE", 10_000)
    found = []
    for count in (SHORT, LONG):
        fill(count)
        walked()
        found.append(peak(walked))
    assert found[1] > 3 * found[0]
