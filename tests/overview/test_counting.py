"""Days are counted again when something of them changed, and the counts say what the uploads say."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.audit import Actor
from desk import deciding, queue
from detector import analysis, intake, review
from detector.models import Analysis, Upload
from overview import counting, reading
from overview.models import COUNTED, DayChange, PersonDay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def upload(submit, owner):
    return submit(owner, name="one.jpg")


def today():
    return counting.day_of(timezone.now())


def counts(row):
    return {name: getattr(row, name) for name in COUNTED if getattr(row, name)}


def shown(upload):
    return Upload.objects.get(pk=upload.pk).shown_label


def test_a_verdict_marks_its_day_and_the_round_counts_it(upload, owner):
    assert set(DayChange.objects.values_list("owner", "day")) == {(owner.pk, today())}
    assert counting.sweep() == 1
    assert counts(PersonDay.objects.get()) == {shown(upload): 1}
    assert not DayChange.objects.exists()


def test_a_persons_decision_is_counted_before_the_machines_verdict(upload, moderator):
    counting.sweep()
    item = queue.put(Actor(user=moderator), upload=upload)
    deciding.decide(Actor(user=moderator), item=item, decision="manipulated")
    assert counting.sweep() == 1
    assert counts(PersonDay.objects.get()) == {"manipulated": 1}


def test_a_decision_that_was_taken_back_counts_no_more(upload, moderator):
    before = shown(upload)
    made = deciding.decide(
        Actor(user=moderator), item=queue.put(Actor(user=moderator), upload=upload), decision="manipulated"
    )
    review.undo(Actor(user=moderator), review=made)
    counting.sweep()
    assert counts(PersonDay.objects.get()) == {before: 1}


def test_unsure_counts_as_inconclusive(upload, moderator):
    deciding.decide(Actor(user=moderator), item=queue.put(Actor(user=moderator), upload=upload), decision="unsure")
    counting.sweep()
    assert counts(PersonDay.objects.get()) == {"inconclusive": 1}


def test_a_deleted_upload_leaves_no_count(upload, owner):
    counting.sweep()
    intake.delete(Actor(user=owner), upload=upload)
    counting.sweep()
    assert not PersonDay.objects.exists()
    assert not DayChange.objects.exists()


def test_what_could_not_be_analysed_is_counted_apart(upload):
    Analysis.objects.filter(upload=upload).update(state="queued", label="")
    row = Analysis.objects.get(upload=upload)
    assert analysis.claim(row)
    assert analysis.fail(row, code="broken", detail="It broke.")
    counting.sweep()
    assert counts(PersonDay.objects.get()) == {"failed": 1}


def test_days_are_those_of_utc():
    late = datetime.fromisoformat("2026-03-01T23:30:00-05:00")
    assert counting.day_of(late) == date(2026, 3, 2)


def test_a_change_that_comes_while_a_day_is_counted_leaves_its_mark(upload, owner, monkeypatch):
    real = counting.now

    def slow(person, day):
        found = real(person, day)
        counting.mark(upload)
        return found

    monkeypatch.setattr(counting, "now", slow)
    counting.sweep()
    assert DayChange.objects.count() == 1


def test_a_day_that_nobody_marked_is_counted_again_once_a_day(upload):
    counting.sweep()
    PersonDay.objects.update(authentic=99, counted_at=timezone.now() - timedelta(days=2))
    assert counting.sweep() == 1
    assert PersonDay.objects.get().total == 1
    assert counting.sweep() == 0


def test_a_large_day_is_not_counted_again_and_again(upload, owner):
    counting.sweep()
    PersonDay.objects.update(authentic=30_000)
    counting.mark(upload)
    assert counting.sweep() == 0
    assert DayChange.objects.exists()
    PersonDay.objects.update(counted_at=timezone.now() - timedelta(hours=1))
    assert counting.sweep() == 1


def test_one_persons_days_are_not_anothers(submit, owner, stranger):
    submit(owner, name="one.jpg")
    submit(stranger, name="two.jpg", seed=2)
    counting.sweep()
    assert PersonDay.objects.count() == 2
    assert reading.whole(reading.spans(owner, days=30, width=1)).total == 1
    assert reading.whole(reading.spans(None, days=30, width=1)).total == 2


def test_a_page_shows_what_the_round_has_not_counted_yet(upload, owner):
    assert not PersonDay.objects.exists()
    assert reading.whole(reading.spans(owner, days=30, width=1)).total == 1
    assert reading.whole(reading.spans(None, days=30, width=1)).total == 0
    assert reading.behind() == 1


@pytest.mark.parametrize(("days", "width", "spans"), [(30, 1, 30), (90, 3, 30), (365, 14, 27)])
def test_spans_follow_each_other_and_end_today(owner, days, width, spans):
    found = reading.spans(owner, days=days, width=width)
    assert len(found) == spans
    assert found[0].start == today() - timedelta(days=days - 1)
    assert found[-1].end == today()
    assert all(one.end + timedelta(days=1) == other.start for one, other in itertools.pairwise(found))


def test_a_day_goes_into_the_span_that_holds_it(owner):
    day = today() - timedelta(days=44)
    PersonDay.objects.create(owner=owner, day=day, inconclusive=1, authentic=3)
    found = [span for span in reading.spans(owner, days=90, width=3) if span.total]
    assert len(found) == 1
    assert found[0].start <= day <= found[0].end
    assert found[0].inconclusive_share == 0.25


def test_uploads_that_were_there_before_are_marked(upload, owner):
    from importlib import import_module

    from django.apps import apps
    from django.db import connection

    DayChange.objects.all().delete()
    with connection.schema_editor() as editor:
        import_module("overview.migrations.0002_count_what_is_there").mark_all(apps, editor)
    assert list(DayChange.objects.values_list("owner", "day")) == [
        (owner.pk, Upload.objects.get().created_at.astimezone(UTC).date())
    ]
