"""Scripts read the cookie against forged requests under the name that the site gives it."""

import pytest

from tests.e2e.conftest import SIZES

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
READ = "async ([cookies, safe]) => (await import('/static/js/csrf.js')).csrfCookie(cookies, safe) ?? null"


@pytest.mark.parametrize(
    ("cookies", "safe", "value"),
    [
        ("a=1; csrftoken=plain", False, "plain"),
        ("csrftoken=planted; __Host-csrftoken=ours", True, "ours"),
        ("csrftoken=planted", True, None),
        ("xcsrftoken=other", False, None),
    ],
)
def test_behind_tls_only_the_cookie_with_the_prefix_counts(open_page, cookies, safe, value):
    page = open_page(SIZES["desktop"])
    page.goto("/")
    assert page.evaluate(READ, [cookies, safe]) == value
