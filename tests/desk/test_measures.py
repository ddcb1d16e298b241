"""The measures against figures that were worked out by hand or published, and the charts' places."""

import pytest

from desk import charts, measures


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (1, 10, 0.0179, 0.4042),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilsons_interval_is_the_published_one(hits, n, low, high):
    found = measures.share(hits, n)
    assert found.value == hits / n
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-4)


def test_of_nothing_there_is_no_share_and_no_agreement():
    assert measures.share(0, 0) is None
    assert measures.agreement([]) is None


def test_kappa_and_its_interval_are_those_worked_out_by_hand():
    """20 and 15 agree, 5 and 10 do not: observed 0.7, by chance 0.5, variance 0.016128 (Fleiss, Cohen, Everitt)."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    found = measures.agreement(pairs)
    assert (found.n, found.agreed, found.share) == (50, 35, 0.7)
    assert found.kappa == pytest.approx(0.4)
    assert (found.low, found.high) == pytest.approx((0.4 - 0.2489, 0.4 + 0.2489), abs=1e-3)


def test_agreement_by_chance_is_nought_and_full_agreement_is_one():
    chance = [(one, other) for one in "ab" for other in "ab"] * 25
    assert measures.agreement(chance).kappa == pytest.approx(0)
    assert measures.agreement([("a", "a"), ("b", "b"), ("c", "c")] * 10).kappa == pytest.approx(1)
    assert measures.agreement([("a", "b"), ("b", "a")] * 10).kappa == pytest.approx(-1)


def test_where_only_one_answer_was_given_kappa_says_nothing():
    found = measures.agreement([("a", "a")] * 5)
    assert (found.share, found.kappa) == (1.0, None)


def test_bars_stand_on_the_floor_and_the_highest_stays_inside():
    chart = charts.bars([("Mon", 0), ("Tue", 3), ("Wed", 12)])
    assert [mark.height for mark in chart.marks] == sorted(mark.height for mark in chart.marks)
    assert chart.marks[0].height == 0
    assert all(mark.y >= charts.TOP for mark in chart.marks)
    assert [tick.words for tick in chart.ticks] == ["0", "10", "20"]


def test_many_bars_have_few_names():
    chart = charts.bars([(str(n), n) for n in range(90)])
    assert 0 < sum(bool(mark.name) for mark in chart.marks) <= 8


def test_an_empty_chart_can_be_drawn():
    assert charts.bars([]).marks == []
    assert charts.intervals([]).marks == []


def test_an_interval_holds_its_value_and_nothing_has_no_point():
    some, none = charts.intervals([("one", measures.share(2, 40)), ("two", None)]).marks
    assert some.high <= some.y <= some.low
    assert none.empty
