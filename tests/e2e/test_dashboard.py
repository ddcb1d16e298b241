"""In a browser: the dashboard and the model's card, on a phone and on a desk, in light and dark."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from overview import counting
from overview.models import PersonDay
from tests.e2e.conftest import check_page, follow

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def counted(moderator, model):
    day = counting.day_of(timezone.now())
    PersonDay.objects.bulk_create(
        PersonDay(owner=moderator, day=day - timedelta(days=past), authentic=past, inconclusive=2, failed=past % 3)
        for past in range(60)
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_chosen_read_as_a_table_and_lead_to_the_card(open_page, size, scheme, log_in, moderator, counted):
    page = log_in(open_page(size, scheme), moderator)
    follow(page.get_by_role("link", name="Dashboard"))
    page.get_by_label("Period").select_option("90")
    follow(page.get_by_role("button", name="Show"))
    assert "days=90" in page.url
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("table", name="Verdicts over time")).to_be_visible()
    check_page(page)
    follow(page.get_by_role("link", name="Its card"))
    page.get_by_text("Every figure, how it was made").click()
    check_page(page)
