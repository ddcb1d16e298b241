"""The history of an image, in a browser: readable at every size, and without a complaint."""

import pytest

from accounts.audit import Actor
from detector import intake
from tests.e2e.conftest import check_page
from tests.factories import image_bytes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_it_stands_on_the_verdict_page_and_on_a_page_of_its_own(scorer, page, owner, moderator, log_in):
    upload = intake.submit(Actor(user=owner), owner=owner, name="picture.jpg", data=image_bytes())
    intake.note_view(Actor(user=moderator), upload=upload)
    log_in(page, owner).goto(f"/uploads/{upload.pk}/")
    section = page.get_by_role("region", name="History of this image")
    assert section.get_by_role("listitem").count() == 4
    assert "A moderator" in section.inner_text()
    page.goto(f"/uploads/{upload.pk}/timeline/")
    check_page(page)
