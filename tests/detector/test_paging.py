"""Paging by key: every row once, also while rows come and go."""

from datetime import UTC, datetime

import pytest

from detector import paging
from detector.errors import Refused
from detector.models import Upload

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def rows(submit, owner):
    """Seven uploads, three of them in the very same microsecond."""
    first = submit(owner)
    copies = [Upload(owner=owner, original=first.original, name=f"{n}", created_at=NOW) for n in range(3)]
    Upload.objects.bulk_create(copies)
    for n in range(3):
        Upload.objects.create(owner=owner, original=first.original, name=f"old{n}", created_at=NOW.replace(hour=n))
    return Upload.objects.owned_by(owner)


def walk(rows, size, cursor=""):
    while True:
        page = paging.page(rows, cursor, size)
        yield page
        if not page.next:
            return
        cursor = page.next


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_forward_it_shows_every_row_once_newest_first(rows, size):
    seen = [row.pk for page in walk(rows, size) for row in page.items]
    assert seen == list(rows.order_by("-created_at", "-pk").values_list("pk", flat=True))


def test_backward_it_shows_the_same_pages(rows):
    pages = list(walk(rows, 3))
    back = paging.page(rows, pages[2].previous, 3)
    assert [row.pk for row in back.items] == [row.pk for row in pages[1].items]
    front = paging.page(rows, back.previous, 3)
    assert [row.pk for row in front.items] == [row.pk for row in pages[0].items]
    assert front.previous is None


def test_the_first_page_has_no_previous_and_the_last_no_next(rows):
    pages = list(walk(rows, 3))
    assert pages[0].previous is None
    assert pages[-1].next is None


def test_a_row_that_arrives_meanwhile_shifts_nothing(rows, submit, owner):
    first = paging.page(rows, "", 3)
    submit(owner, seed=9)
    second = paging.page(rows, first.next, 3)
    assert not {row.pk for row in first.items} & {row.pk for row in second.items}


@pytest.mark.parametrize(
    "cursor", ["x", "b", "b12", "b-", "a99-zz", "bnan-" + "0" * 32, "b" + "9" * 40 + "-" + "0" * 32]
)
def test_a_damaged_address_is_refused(rows, cursor):
    with pytest.raises(Refused) as caught:
        paging.page(rows, cursor)
    assert caught.value.code == "invalid_cursor"
