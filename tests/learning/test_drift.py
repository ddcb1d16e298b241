"""Drift: counted once, compared with what is usual, told once; and the page asks little."""

import json
import random
import re
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditEvent
from detector.models import Analysis, Finding, ModelVersion, Upload
from learning import counting, drift, measures
from learning.measures import Counted, Reference
from learning.models import CountCursor, DriftAlarm, WeeklyCount
from notices.models import Notice

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 6, 1)
WEEK = timedelta(days=7)


def at(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


@pytest.fixture
def now(monkeypatch):
    """What time it is, for the clock of the site."""

    def act(day: date) -> None:
        monkeypatch.setattr(timezone, "now", lambda: at(day))

    return act


@pytest.fixture
def plain(model):
    """A model whose card says nothing of its figures."""
    ModelVersion.objects.filter(pk=model.pk).update(is_current=False)
    made = ModelVersion.objects.create(version="1.0", sha256="1" * 64, folder="x", card={"version": "1.0"})
    ModelVersion.objects.filter(pk=made.pk).update(is_current=True)
    return made


def fill(model: ModelVersion, measure: str, weeks: dict[date, dict[str, int]]) -> None:
    for week, counts in weeks.items():
        for bucket, count in counts.items():
            WeeklyCount.objects.create(week=week, model=model, measure=measure, bucket=bucket, count=count)


def counts() -> dict[tuple[str, str], int]:
    return {(row.measure, row.bucket): row.count for row in WeeklyCount.objects.all()}


@pytest.fixture
def old(submit, owner):
    """An upload of yesterday."""

    def act(**options) -> Upload:
        upload = submit(owner, **options)
        Analysis.objects.filter(upload=upload).update(created_at=timezone.now() - timedelta(hours=30))
        return upload

    return act


def test_a_verdict_is_counted_in_each_measure_once(old):
    upload = old(format="JPEG", quality=85, width=1000, height=800)
    row = upload.latest
    Finding.objects.create(analysis=row, position=8, signal="structure", stance="silent", details={"quality": 85})
    Finding.objects.create(analysis=row, position=9, signal="tested_range", stance="silent", details={"inside": False})
    assert counting.collect() == 1
    assert counting.collect() == 0
    assert counts() == {
        ("score", "90 to 100 %"): 1,
        ("inconclusive", "no"): 1,
        ("outside", "yes"): 1,
        ("format", "JPEG"): 1,
        ("size", "0.5 to 1"): 1,
        ("quality", "80 to 90"): 1,
    }
    assert WeeklyCount.objects.first().week == counting.week_of(upload.created_at)


def test_the_models_own_word_is_counted_not_what_evidence_made_of_it(old):
    upload = old()
    own = {"label": "inconclusive", "fake_probability": 0.45}
    Analysis.objects.filter(upload=upload).update(label="manipulated", fake_probability=0.99, own=own)
    counting.collect()
    assert counts()["inconclusive", "yes"] == 1
    assert counts()["score", "40 to 50 %"] == 1


def test_what_is_young_or_under_way_waits(old, submit, owner):
    first, second = old(seed=1), old(seed=2)
    recent = timezone.now() - timedelta(hours=1)
    Analysis.objects.filter(upload=first).update(ledger_state="running", created_at=recent)
    assert counting.collect() == 0  # and the second stands behind it
    Analysis.objects.filter(upload=first).update(ledger_state="done")
    submit(owner, seed=3)
    assert counting.collect() == 2
    assert second.latest.pk == CountCursor.objects.get().analysis_id


def test_one_that_never_ends_is_not_waited_for_for_ever(old):
    Analysis.objects.filter(upload=old(seed=1)).update(state="queued")
    old(seed=2)
    assert counting.collect() == 2
    assert counts()["format", "JPEG"] == 1


def test_history_scored_again_did_not_come_in_again(old, candidate):
    upload = old()
    counting.collect()
    long_ago = timezone.now() - timedelta(hours=2)
    Analysis.objects.create(
        upload=upload, model=candidate, state="done", ledger_state="done", label="authentic", fake_probability=0.1,
        created_at=long_ago,
    )  # fmt: skip
    assert counting.collect() == 1
    assert counts()["format", "JPEG"] == 1


def test_batches_follow_each_other(old, monkeypatch):
    monkeypatch.setattr(counting, "_BATCH", 2)
    for seed in range(5):
        old(seed=seed)
    assert counting.collect(batches=1) == 2
    assert counting.collect() == 3
    assert counts()["format", "JPEG"] == 5


def test_who_reads_the_same_rows_and_comes_second_writes_nothing(old):
    old()
    cursor = CountCursor.objects.create(pk=1)
    some = Counter({(MONDAY, old(seed=4).latest.model_id, "format", "JPEG"): 1})
    assert counting._write(cursor, {"analysis_id": 7}, some)
    assert not counting._write(cursor, {"analysis_id": 7}, some)
    assert counts()["format", "JPEG"] == 1


def test_counts_stay_when_an_upload_goes(old):
    upload = old()
    counting.collect()
    upload.delete()
    assert counts()["format", "JPEG"] == 1


@pytest.mark.parametrize(
    ("megapixels", "bucket"), [(0.05, "under 0.1"), (0.1, "0.1 to 0.5"), (12.0, "8 to 16"), (40.0, "32 and more")]
)
def test_sizes_fall_into_their_buckets(megapixels, bucket):
    one = Counted("authentic", 1.0, "XCF", megapixels, None, None)
    found = dict(measures.buckets_of(one))
    assert (found["size"], found["format"], found["score"]) == (bucket, "other", "90 to 100 %")
    assert "quality" not in found
    assert "outside" not in found


def test_the_card_says_what_is_usual(model):
    scores = measures.of_card("score", model.card)
    assert sum(scores.shares.values()) == pytest.approx(1, abs=1e-3)
    assert scores.kind == "card"
    unsure, decision = measures.of_card("inconclusive", model.card), model.card["decision"]
    confusion = model.card["metrics"]["test"]["all"]["confusion"]
    real = confusion["authentic"]["inconclusive"] / sum(confusion["authentic"].values())
    fakes = [confusion[name] for name in ("ai_generated", "manipulated")]
    fake = sum(row["inconclusive"] for row in fakes) / sum(sum(row.values()) for row in fakes)
    assert unsure.shares["yes"] == pytest.approx(decision["prior"] * fake + (1 - decision["prior"]) * real)
    assert (
        measures.of_card("outside", model.card).shares["yes"]
        == model.card["metrics"]["test"]["all"]["outside"]["value"]
    )
    assert measures.of_card("format", model.card) is None


@pytest.mark.parametrize("card", [{}, {"metrics": {"test": {"all": {}}}}, {"metrics": {"reliability": {"test": [{}]}}}])
@pytest.mark.parametrize("measure", ["score", "inconclusive", "outside"])
def test_a_card_that_lacks_a_part_says_nothing(measure, card):
    assert measures.of_card(measure, card) is None


def test_the_distance_is_nought_for_the_same_and_grows_with_the_difference():
    usual = Reference({"yes": 0.1, "no": 0.9}, 1000, "card")
    same, more, most = ({"yes": n, "no": 1000 - n} for n in (100, 200, 500))
    assert drift.distance(same, usual) == pytest.approx(0, abs=1e-9)
    assert 0 < drift.distance(more, usual) < drift.distance(most, usual)
    # (0.2 - 0.1) ln 2 + (0.8 - 0.9) ln (8 / 9), by hand
    assert drift.distance(more, usual) == pytest.approx(0.0811, abs=0.001)


def test_an_empty_bucket_is_no_infinity():
    assert drift.distance({"new": 500}, Reference({"old": 1.0}, 500, "weeks")) < 20


@pytest.mark.parametrize(("index", "level"), [(0.09, "steady"), (0.1, "watch"), (0.24, "watch"), (0.25, "alarm")])
def test_the_thresholds(index, level):
    assert drift.level_of(index) == level


def test_chance_alone_raises_no_alarm():
    """2,000 weeks of as few images as are judged, from the very distribution of the reference: none comes near."""
    draw = random.Random(11)
    names = [str(n) for n in range(10)]
    usual = Reference(dict.fromkeys(names, 0.1), drift.FEWEST_OF_REFERENCE, "weeks")
    highest = max(drift.distance(Counter(draw.choices(names, k=drift.FEWEST)), usual) for _ in range(2000))
    assert highest < drift.ALARM


def test_weeks_are_compared_with_the_first_four(plain, now):
    now(MONDAY + 7 * WEEK)
    usual, other = {"JPEG": 180, "PNG": 20}, {"JPEG": 60, "PNG": 140}
    weeks = {MONDAY + n * WEEK: usual for n in range(5)} | {MONDAY + 5 * WEEK: other, MONDAY + 6 * WEEK: {"JPEG": 10}}
    fill(plain, "format", weeks | {MONDAY + 7 * WEEK: {"JPEG": 200}})
    course = next(one for one in drift.courses(plain) if one.measure.key == "format")
    assert [week.level for week in course.weeks] == ["reference"] * 4 + ["steady", "alarm", "few", "open"]
    assert (course.reference.kind, course.reference.count) == ("weeks", 800)
    assert course.last.week == MONDAY + 6 * WEEK


def test_where_little_comes_in_the_reference_takes_more_weeks(plain, now):
    now(MONDAY + 8 * WEEK)
    fill(plain, "format", {MONDAY + n * WEEK: {"JPEG": 100} for n in range(8)})
    course = next(one for one in drift.courses(plain) if one.measure.key == "format")
    assert [week.level for week in course.weeks] == ["reference"] * 5 + ["few"] * 3


def test_where_there_is_too_little_nothing_is_judged(plain, now):
    now(MONDAY + 5 * WEEK)
    fill(plain, "format", {MONDAY + n * WEEK: {"JPEG": 10} for n in range(5)})
    course = next(one for one in drift.courses(plain) if one.measure.key == "format")
    assert {week.level for week in course.weeks} == {"reference"}


def test_scores_are_compared_with_the_card_from_the_first_week(model, now):
    now(MONDAY + WEEK)
    usual = measures.of_card("score", model.card).shares
    fill(model, "score", {MONDAY: {bucket: round(1000 * share) for bucket, share in usual.items()}})
    course = next(one for one in drift.courses(model) if one.measure.key == "score")
    assert (course.reference.kind, course.weeks[0].level) == ("card", "steady")


@pytest.fixture
def alarming(plain, now, administrator):
    """Five usual weeks, then one of other files, just over and counted."""
    now(MONDAY + 6 * WEEK)
    fill(plain, "format", {MONDAY + n * WEEK: {"JPEG": 190, "PNG": 10} for n in range(5)})
    fill(plain, "format", {MONDAY + 5 * WEEK: {"JPEG": 50, "PNG": 250}})
    CountCursor.objects.create(pk=1, counted_until=at(MONDAY + 6 * WEEK))


def test_an_alarm_is_told_once_to_each_administrator(alarming, administrator, moderator):
    assert drift.judge() == 1
    assert drift.judge() == 0
    CountCursor.objects.update(judged_week=None)
    assert drift.judge() == 0  # even if it is judged again
    notice = Notice.objects.get()
    assert (notice.person, notice.kind, notice.link) == (administrator, "drift.alarm", "/learning/drift/")
    assert notice.text.startswith("Formats: the week of 6 July 2026 is unlike the first four weeks")
    assert DriftAlarm.objects.get().week == MONDAY + 5 * WEEK
    assert AuditEvent.objects.filter(action="drift.alarm").count() == 1


def test_a_week_is_judged_when_it_is_over_and_counted(alarming):
    CountCursor.objects.update(counted_until=at(MONDAY + 5 * WEEK))
    assert drift.judge() == 0
    CountCursor.objects.all().delete()
    assert drift.judge() == 0


def test_a_week_like_the_others_raises_none(alarming):
    WeeklyCount.objects.filter(week=MONDAY + 5 * WEEK, bucket="PNG").update(count=3)
    assert drift.judge() == 0
    assert CountCursor.objects.get().judged_week == MONDAY + 5 * WEEK


def test_files_are_judged_once_whichever_models_looked(alarming, model):
    fill(model, "format", {MONDAY + 5 * WEEK: {"PNG": 10}})
    assert drift.judge() == 1


def test_the_command_counts_and_prints(alarming, capsys):
    call_command("drift")
    out, err = capsys.readouterr()
    assert "1 alarms raised" in err
    assert "Unlike what is usual" in out
    call_command("drift", "--json")
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["level"] for row in rows if row["measure"] == "format"] == ["reference"] * 4 + ["steady", "alarm"]
    assert rows[-1]["usual"] == {"JPEG": 0.95, "PNG": 0.05}


def test_the_page_shows_alarm_plot_and_table_without_a_script(alarming, as_moderator):
    drift.judge()
    text = as_moderator.get("/learning/drift/").content.decode()
    assert "Alarms" in text
    assert 'data-level="alarm"' in text
    assert "Figures by week" in text
    assert "style=" not in text


def test_the_plot_keeps_its_places_in_a_language_with_decimal_commas(alarming, as_moderator, settings):
    as_moderator.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    text = as_moderator.get("/learning/drift/").content.decode()
    assert '<html lang="de"' in text
    assert re.search(r' cy="\d+\.\d+"', text)
    assert not re.search(r'="\d+,\d+"', text)


def test_an_empty_site_is_told_so(as_moderator, model):
    assert "Nothing is counted yet" in as_moderator.get("/learning/drift/").content.decode()


def test_another_model_can_be_chosen(alarming, as_moderator, model, plain):
    fill(model, "score", {MONDAY: {"0 to 10 %": 300}})
    answer = as_moderator.get("/learning/drift/", {"model": model.version})
    assert answer.context["model"] == model
    assert as_moderator.get("/learning/drift/", {"model": "nonsense"}).context["model"] == plain


def test_users_see_no_drift(as_owner, client, model):
    assert as_owner.get("/learning/drift/").status_code == 403
    assert client.get("/learning/drift/").status_code == 302


def test_the_page_reads_the_counts_and_no_upload(alarming, as_moderator, django_assert_max_num_queries):
    with django_assert_max_num_queries(45) as asked:
        as_moderator.get("/learning/drift/")
    tables = " ".join(query["sql"] for query in asked.captured_queries)
    assert "detector_analysis" not in tables
    assert "detector_upload" not in tables


def test_the_api_tells_administrators_alone(alarming, as_administrator, as_moderator):
    drift.judge()
    told = as_administrator.get("/api/v1/drift/").json()
    assert (told["model"], len(told["alarms"]), len(told["weeks"])) == ("1.0", 1, 6)
    assert as_administrator.get("/api/v1/drift/?model=none").status_code == 404
    assert as_moderator.get("/api/v1/drift/").status_code == 403
