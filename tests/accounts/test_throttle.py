"""The throttle: so many POSTs per address and window."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts import throttle
from accounts.models import UsageCounter

SIGN_UP, RESET = "/accounts/signup/", "/accounts/reset/"


@pytest.fixture
def ask(db):
    view = throttle.posts("test", limit=2, seconds=60)(lambda request: HttpResponse("done"))

    def ask(address="192.0.2.1", method="post"):
        return view(getattr(RequestFactory(REMOTE_ADDR=address), method)("/"))

    return ask


@pytest.mark.parametrize(("page", "limit"), [(SIGN_UP, 30), (RESET, 10)])
def test_the_pages_that_make_accounts_and_send_mail_are_throttled(db, page, limit):
    client = Client()
    assert [client.post(page, {}).status_code for _ in range(limit + 1)] == [200] * limit + [429]
    assert client.get(page).status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.9").post(page, {}).status_code == 200


def test_the_answer_says_when_to_come_back(db):
    client = Client()
    answer = [client.post(RESET, {}) for _ in range(11)][-1]
    assert answer.status_code == 429
    seconds = int(answer["Retry-After"])
    assert 1 <= seconds <= 3600
    assert f"in {-(-seconds // 60)} minute" in answer.content.decode()


def test_a_forged_header_buys_no_further_attempts(db):
    answers = [Client(headers={"x-forwarded-for": f"192.0.2.{n}"}).post(RESET, {}) for n in range(11)]
    assert answers[-1].status_code == 429


def test_looking_is_not_counted(ask):
    assert [ask(method="get").status_code for _ in range(5)] == [200] * 5
    assert ask().status_code == 200


def test_each_address_has_its_own_count(ask):
    assert [ask().status_code for _ in range(3)] == [200, 200, 429]
    assert ask("192.0.2.2").status_code == 200


def test_the_addresses_of_one_ipv6_subscriber_count_as_one(ask):
    answers = [ask(f"2001:db8:1:2::{n}").status_code for n in range(1, 4)]
    assert answers == [200, 200, 429]
    assert ask("2001:db8:1:3::1").status_code == 200


def test_a_new_window_starts_at_zero(ask):
    assert [ask().status_code for _ in range(3)][-1] == 429
    UsageCounter.objects.update(since=F("since") - timedelta(minutes=1))
    assert ask().status_code == 200


def test_no_address_stands_in_the_table(ask):
    ask()
    assert "192.0.2.1" not in str(list(UsageCounter.objects.values()))
