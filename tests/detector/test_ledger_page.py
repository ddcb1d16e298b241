"""The ledger on the page of a verdict, the base rate beside it, and the help that each check has."""

import re

import pytest
from django.test import Client

from detector import report, signal_help
from detector.models import Analysis
from detector.templatetags import evidence
from ml import serve

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    {"signal": "noise", "stance": "silent", "summary": "The noise is even.", "details": {"score": 0.2}},
    {"signal": "copy_move", "stance": "supports_fake", "summary": "One region was copied.", "picture": "/drawn.png"},
    {"signal": "provenance", "stance": "not_run", "summary": "This file carries no Content Credentials."},
    {"signal": "camera", "stance": "supports_authentic", "summary": "A camera wrote this file.", "details": {}},
    {"signal": "copy_move", "stance": "supports_fake", "summary": "A second region was copied.", "picture": "/2.png"},
]


def ledger(*rows, state="done", **more):
    return {"evidence": list(rows), "ledger": state, "status": "done", "verdict": None} | more


def verdict(label="ai_generated", probability=0.9):
    return {"label": label, "fake_probability": probability, "reasons": []}


@pytest.fixture
def page(submit, owner, as_owner, monkeypatch):
    """The page of an upload whose report is changed as the test says."""
    upload = submit(owner)
    before = report.of_upload

    def act(headers=None, card=None, **changes) -> str:
        monkeypatch.setattr(report, "of_upload", lambda *args, **options: before(*args, **options) | changes)
        return as_owner.get(f"/uploads/{upload.pk}/", headers=headers or {}).content.decode()

    return act


def test_rows_stand_in_the_group_of_their_stance_in_the_order_of_the_report():
    groups = {group.stance: [row.key for row in group.rows] for group in evidence.ledger_groups(ledger(*ROWS))}
    assert groups == {
        "supports_fake": ["copy_move", "copy_move-2"],
        "supports_authentic": ["camera"],
        "silent": ["noise"],
        "not_run": ["provenance"],
    }
    assert list(groups) == ["supports_fake", "supports_authentic", "silent", "not_run"]


def test_a_stance_that_nobody_knows_speaks_for_neither_side():
    groups = evidence.ledger_groups(ledger({"signal": "new", "stance": "shouts", "summary": "Loud."}))
    assert [group.stance for group in groups if group.rows] == ["silent"]


def test_a_report_without_a_ledger_is_complete():
    assert evidence.ledger_progress({"evidence": ROWS}) == ("done", 4, 4)
    assert evidence.ledger_progress({}) == ("done", 0, 0)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_while_checks_run_their_number_is_that_of_all_signals(state, monkeypatch):
    monkeypatch.setattr(serve, "SIGNALS", ("noise", "copy_move", "faces", "where"))
    assert evidence.ledger_progress(ledger(*ROWS, state=state)) == ("running", 4, 6)


def test_the_stamp_changes_with_each_thing_that_the_page_says():
    same = ledger(*ROWS, verdict=verdict())
    others = [
        ledger(*ROWS[:-1], verdict=verdict()),
        ledger(*ROWS, verdict=verdict(), state="running"),
        ledger(*ROWS, verdict=verdict("manipulated")),
        ledger({**ROWS[0], "details": {"score": 0.3}}, *ROWS[1:], verdict=verdict()),
    ]
    assert evidence.stamp(same) == evidence.stamp(ledger(*ROWS, verdict=verdict()))
    assert len({evidence.stamp(one) for one in (same, *others)}) == 5


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"steady": True, "none": None, "empty": []}, [("Steady", "yes")]),
        ({"jpeg_quality": 92.25}, [("JPEG quality", "92.25")]),
        ({"figures": list(range(50))}, [("Figures", "50 figures from 0 to 49")]),
        ({"names": ["a", "b"]}, [("Names", "a, b")]),
        ({"regions": [{"x": 1}, {"x": 2}]}, [("Regions 1", "x 1"), ("Regions 2", "x 2")]),
        ({"by": {"hash_value": 3, "no": False, "gone": None}}, [("By", "hash value 3; no no")]),
        ({"changed": {"jpeg_90": {"label": "ai_generated", "fake_probability": 0.934}}},
         [("Changed: JPEG 90", "label AI-generated; fake probability 93\u00a0%")]),
        ({"rows": [[0.5]] * 20}, [("Rows", " · ".join(["0.5"] * 12) + " · and 8 more")]),
        ({"mask": {"png": "A" * 4000, "width": 64}}, [("Mask", "width 64")]),
        ({"fake_probability": {"as it is": 0.125}}, [("Fake probability", "as it is 12\u00a0%")]),
        ({"score": 1865321.7, "rotation": -0.0}, [("Score", "1,865,322"), ("Rotation", "0")]),
        ({"signature": "A" * 4000}, []),
        ({"prompt": "a fennec fox " * 20}, [("Prompt", "a fennec fox " * 20)]),
    ],
)  # fmt: skip
def test_details_are_told_in_words(details, words):
    assert evidence.in_words(details) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.934, "93 times in 100"),
        (0.999, "more than 99 times in 100"),
        (0.012, "once in 100"),
        (0.001, "less than once in 100"),
    ],
)
def test_a_flag_is_never_said_to_be_right_always_or_never(share, words):
    assert evidence.times_in_100(share) == words


def test_without_a_prior_or_a_flag_no_worth_is_told():
    card = {"decision": {"prior": 0.25}}
    assert evidence.worth({"verdict": verdict()}, card) == (0.25, 0.9)
    assert evidence.worth({"verdict": verdict("inconclusive")}, card) is None
    assert evidence.worth({"verdict": None}, card) is None
    assert evidence.worth({"verdict": verdict()}, {"decision": {}}) is None


def test_the_page_groups_counts_and_draws(page):
    html = page(evidence=ROWS, ledger="done")
    for words in ("Speaks for a fake", "Speaks against", "Says nothing", "Could not be tested", "Copied regions"):
        assert words in html
    assert 'id="row-copy_move-2"' in html
    assert '<img src="/drawn.png"' in html
    assert html.index("Speaks for a fake") < html.index("One region was copied.") < html.index("The noise is even.")


def test_a_ledger_that_is_whole_asks_for_nothing(page):
    html = page(evidence=ROWS, ledger="done")
    assert "hx-get" not in html
    assert "http-equiv" not in html


def test_a_growing_ledger_asks_for_the_rest_with_and_without_a_script(page):
    html = page(evidence=ROWS, ledger="running")
    assert 'hx-select="#ledger"' in html
    assert "every 1500ms" in html
    assert re.search(r"4 of \d+ checks done", html)
    assert 'http-equiv="refresh"' in html


def test_the_answer_to_a_poll_is_the_part_and_says_how_far_it_is(page):
    html = page({"HX-Request": "true"}, evidence=ROWS, ledger="running")
    assert "<html" not in html
    assert "More checks are running." in html
    assert "4 checks done." in page({"HX-Request": "true"}, evidence=ROWS, ledger="done")


def test_checks_that_broke_off_are_told_and_can_be_run_again(page):
    html = page(evidence=ROWS, ledger="failed")
    assert "not complete" in html
    assert "Run the remaining checks again" in html
    assert "Run the remaining checks again" not in page(evidence=ROWS, ledger="done")


def test_a_summary_cannot_break_out_of_the_page(page):
    row = {"signal": "<b>x", "stance": "silent", "summary": "<script>1</script>", "details": {"<i>": "<u>"}}
    html = page(evidence=[row])
    assert not re.search(r"<script>1|<b>x|<i>|<u>", html)


def test_what_a_flag_is_worth_is_told_without_a_script(page, model):
    prior = round(model.card["decision"]["prior"] * 100)
    html = page()
    assert "A flag like this is right" in html
    assert "93 times in 100" in html
    assert f"Where {prior}\u00a0% of the images are fake" in html


def test_an_all_clear_is_told_by_how_often_it_is_wrong(page):
    cleared = verdict("authentic", 0.07) | {"probabilities": {}, "model": {"version": "1"}, "thresholds": None}
    html = page(verdict=cleared)
    assert re.search(r"An answer like this is wrong\s+<strong[^>]*>7 times in 100", html)


def test_an_inconclusive_answer_has_no_worth(page):
    shrug = verdict("inconclusive", 0.5) | {"probabilities": {}, "model": {"version": "1"}, "thresholds": None}
    assert "base-rate" not in page(verdict=shrug).replace("js/base-rate.js", "")


def test_a_waiting_verdict_has_no_ledger_yet(page):
    Analysis.objects.update(state="queued")
    html = page()
    assert 'id="ledger"' not in html
    assert "hx-get" in html


def test_each_check_that_is_explained_has_a_page_and_is_in_the_index():
    index = Client().get("/help/signals/").content.decode()
    assert signal_help.names()
    for one in signal_help.everything():
        response = Client().get(f"/help/signals/{one.name}/")
        assert response.status_code == 200, one.name
        assert f"<h1>{one.title}" in response.content.decode()
        assert f"/help/signals/{one.name}/" in index


@pytest.mark.parametrize("name", ["nothing", "README", "..%2F..%2FREADME", "tested_range.md"])
def test_only_checks_that_are_explained_have_a_page(name):
    assert Client().get(f"/help/signals/{name}/").status_code == 404


def test_every_explanation_begins_with_a_title_and_what_the_check_sees():
    for one in signal_help.everything():
        assert one.markdown.startswith("# "), one.name
        assert len(one.lead) > 40, one.name
        assert "<" not in one.markdown, f"{one.name}: HTML is not rendered"


def test_a_row_links_to_its_explanation_where_there_is_one(page):
    row = {"signal": "tested_range", "stance": "silent", "summary": "Within."}
    unknown = {"signal": "nothing", "stance": "silent", "summary": "Unknown."}
    html = page(evidence=[row, unknown])
    assert "/help/signals/tested_range/" in html
    assert "/help/signals/nothing/" not in html


def test_a_report_as_it_is_shows_its_rows(submit, owner, as_owner):
    html = as_owner.get(f"/uploads/{submit(owner).pk}/").content.decode()
    assert 'id="row-stability"' in html
    assert "The verdict held." in html


def test_every_signal_of_the_ledger_is_explained():
    assert set(serve.SIGNALS) <= signal_help.names()
