from datetime import UTC, datetime

import pytest
from django.template import Context, Template

from detector.models import Label, State
from detector.templatetags import verdicts

NBSP = "\u00a0"


def rendered(source: str, **context: object) -> str:
    return Template("{% load verdicts %}" + source).render(Context(context))


def report(status: str = "done", label: str | None = None, probability: float = 0.5) -> dict:
    verdict = {"label": label, "fake_probability": probability} if label else None
    return {"status": status, "verdict": verdict}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.934, "93 %"),
        (0.5, "50 %"),
        (0.994, "99 %"),
        (0.996, "> 99 %"),
        (1.0, "> 99 %"),
        (0.006, "1 %"),
        (0.004, "< 1 %"),
        (0.0, "< 1 %"),
    ],
)
def test_a_percentage_is_whole_and_never_certain(value, words):
    assert verdicts.percent(value) == words.replace(" ", NBSP)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.934, "About 93 %"), (0.999, "More than 99 %"), (0.001, "Fewer than 1 %")],
)
def test_a_sentence_begins_with_how_many_images_are_fake(value, words):
    assert verdicts.share_words(value).replace(NBSP, " ") == words


@pytest.mark.parametrize(("value", "place"), [(0.0, "1.0%"), (0.425, "42.5%"), (1.0, "99.0%")])
def test_a_dot_on_the_scale_is_never_cut_off(value, place):
    assert verdicts.position(value) == place


def test_a_zone_is_as_wide_as_its_ends_are_apart():
    assert verdicts.width_between(0.35, 0.65) == "30.0%"
    assert verdicts.width_between(0.65, 0.35) == "0.0%"


@pytest.mark.parametrize("label", Label.values)
def test_a_label_has_the_words_of_the_model(label):
    assert verdicts.label_words(label) == Label(label).label


def test_no_verdict_claims_that_an_image_is_authentic():
    words = [words(label) for label in Label.values for words in (verdicts.label_words, verdicts.label_short)]
    assert not [word for word in words if "authentic" in word.lower()]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (State.QUEUED, "Being analysed"),
        (State.RUNNING, "Being analysed"),
        (State.FAILED, "Could not be analysed"),
    ],
)
def test_a_status_without_verdict_has_words(status, words):
    assert verdicts.status_words(status.value) == words
    assert verdicts.outcome_words(report(status.value)) == words


@pytest.mark.parametrize("stance", ["supports_fake", "supports_authentic", "silent", "not_run"])
def test_each_stance_has_its_own_words_and_icon(stance):
    others = {"supports_fake", "supports_authentic", "silent", "not_run"} - {stance}
    assert verdicts.stance_words(stance) not in {verdicts.stance_words(other) for other in others}
    assert verdicts.stance_icon(stance) not in {verdicts.stance_icon(other) for other in others}


def test_an_unknown_word_is_shown_rather_than_hidden():
    for words in (
        verdicts.label_words,
        verdicts.label_short,
        verdicts.status_words,
        verdicts.stance_words,
        verdicts.signal_words,
        verdicts.class_words,
    ):
        assert words("deep_fake") == "Deep fake"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (None, "none"),
        ([], "none"),
        ([1, "b"], "1, b"),
        (0.123456, "0.1235"),
        ({"as_is": 0.5, "half": [1, 2]}, "As is: 0.5; Half: 1, 2"),
    ],
)
def test_a_json_value_is_told_in_words(value, words):
    assert verdicts.plain(value) == words


def test_a_time_of_a_report_can_be_formatted():
    assert verdicts.moment("2026-11-03T10:20:30+00:00") == datetime(2026, 11, 3, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (report(label="manipulated"), "manipulated"),
        (report("queued"), "pending"),
        (report("running"), "pending"),
        (report("failed"), "failed"),
    ],
)
def test_one_key_picks_icon_and_colour(given, key):
    assert verdicts.outcome(given) == key
    html = rendered("{% report_chip report %}", report=given)
    assert f'data-outcome="{key}"' in html
    assert f"#{key}" in html


def test_a_chip_says_what_its_figure_is_a_probability_of():
    html = rendered("{% report_chip report %}", report=report(label="ai_generated", probability=0.93))
    assert "AI-generated" in html
    assert f"93{NBSP}%" in html
    assert "probability of a fake" in html


def test_a_chip_without_a_verdict_has_no_figure():
    html = rendered("{% report_chip report %}", report=report("queued"))
    assert "Being analysed" in html
    assert "%" not in html


def test_an_icon_is_silent_unless_it_has_a_title():
    assert 'aria-hidden="true"' in rendered("{% icon 'check' %}")
    titled = rendered("{% icon 'check' title %}", title='<"done">')
    assert 'role="img"' in titled
    assert "&lt;&quot;done&quot;&gt;" in titled


def test_a_wide_table_can_be_scrolled_by_keyboard():
    html = verdicts.scrolling_tables("<p>a</p><table><tr><td>1</td></tr></table>")
    assert html.count('tabindex="0"') == 1
    assert html.endswith("</table></div>")


def test_no_sign_names_only_what_the_model_looks_for():
    report = {"status": "done", "verdict": {"label": "authentic"}}
    assert verdicts.outcome_words(report) == "No sign of manipulation found"
    both = {"classes": ["authentic", "ai_generated", "manipulated"]}
    assert verdicts.outcome_words(report, both) == "No sign of manipulation found"
    assert (
        verdicts.outcome_words(report, {"classes": ["authentic", "ai_generated"]}) == "No sign of AI generation found"
    )
