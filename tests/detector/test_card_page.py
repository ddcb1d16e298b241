"""The model's card as a page: figures first, charts that need no script, and nothing that the card does not hold."""

import copy
import re

import pytest
from django.test import Client
from django.utils.html import escape

from detector import card_page
from detector.models import ModelVersion
from ml.serve import report_charts

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(model):
    return lambda: Client().get(f"/models/{model.version}/").content.decode()


def test_false_alarms_on_photographs_never_trained_on_come_first(page, model):
    alarms = model.card["metrics"]["never_trained"]["camera_originals"]["false_alarms"]
    first = re.search(r'<dl class="card-figures">.*?<dt>(.*?)</dt>\s*<dd>\s*([\d.]+)', page(), re.S)
    assert first.groups() == ("False alarms: camera originals", f"{alarms['value'] * 100:.1f}")


def test_every_set_of_the_card_has_its_row(page, model):
    table = page().split('class="card-sets"')[1].split("</table>")[0]
    measured = model.card["metrics"]
    for name in {*measured["test"], *measured["never_trained"]} - {"all"}:
        assert name.replace("_", " ") in table
    assert table.count("never trained on") == len(measured["never_trained"].keys() - {"all"})


def test_reliability_and_every_journey_are_drawn(page, model):
    html = page()
    assert html.count('class="card-chart"') == 2 + 2 * len(model.card["metrics"]["robustness"]["curves"])
    assert "Do the probabilities come true?" in html
    assert "Worth after JPEG, by quality" in html


def test_each_chart_is_named_for_those_who_do_not_see_it(page):
    names = re.findall(r'<svg viewBox[^>]*role="img" aria-label="([^"]*)"', page())
    assert len(names) == len(set(names)) > 2


def test_the_limits_stand_in_plain_words(page, model):
    html = page()
    assert 'id="limits"' in html
    assert len(model.card["limits"]) > 5
    assert [limit for limit in (*model.card["limits"], "never proof") if escape(limit) not in html] == []


def test_the_names_of_lines_are_as_many_as_the_lines(model):
    names = card_page.of(model.card)["journey_key"].count("<li>")
    assert names == len(report_charts.SERIES)


def test_a_card_without_figures_still_has_a_page(model):
    card = copy.deepcopy(model.card)
    card["metrics"] = {"test": {"all": {}}, "test_degraded": {"all": {}}}
    drawn = card_page.of(card)
    assert drawn["headlines"] == []
    assert drawn["alarms"] is drawn["reliability"] is None
    assert drawn["journeys"] == []


def test_an_earlier_version_has_its_page_too(model):
    ModelVersion.objects.filter(pk=model.pk).update(is_current=False)
    assert "Not in service" in Client().get(f"/models/{model.version}/").content.decode()


def test_what_a_card_says_is_never_markup(model):
    model.card["description"] = "<script>alert(1)</script>"
    model.card["metrics"]["never_trained"] = {"<img src=x>": model.card["metrics"]["never_trained"]["camera_originals"]}
    model.save()
    html = Client().get(f"/models/{model.version}/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x>" not in html
