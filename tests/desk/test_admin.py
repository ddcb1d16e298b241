"""The admin's lists of the desk: moderators look, nobody changes a decision."""

import pytest

from desk.models import QueueItem
from detector.models import Review

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("address", ["/admin/desk/queueitem/", "/admin/detector/review/"])
def test_moderators_find_items_and_reviews(decided, upload, as_moderator, as_owner, address):
    decided(upload, note="Two left hands")
    page = as_moderator.get(f"{address}?q=picture").content.decode()
    assert "picture.jpg" in page
    assert "picture.jpg" not in as_moderator.get(f"{address}?q=mountain").content.decode()
    assert as_owner.get(address).status_code == 302


@pytest.mark.parametrize("kind", [QueueItem, Review])
def test_nobody_adds_changes_or_deletes_there(decided, upload, as_administrator, kind):
    decided(upload, note="Two left hands")
    row, meta = kind.objects.get(), kind._meta
    address = f"/admin/{meta.app_label}/{meta.model_name}/"
    assert as_administrator.get(f"{address}{row.pk}/change/").status_code == 200
    for act in ("add/", f"{row.pk}/delete/"):
        assert as_administrator.post(address + act, {"post": "yes"}).status_code == 403
    assert as_administrator.post(f"{address}{row.pk}/change/", {"decision": "authentic"}).status_code == 403
    assert kind.objects.filter(pk=row.pk).exists()
