"""The first steps on the upload page: for whoever has handed nothing in, until they do or put them away."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent

pytestmark = pytest.mark.django_db

PAGE = reverse("detector:upload")
CLOSE = reverse("accounts:close_guide")


def shown(client) -> bool:
    return 'id="guide-title"' in client.get(PAGE).content.decode()


def test_a_newcomer_is_shown_the_first_steps_until_something_is_handed_in(submit, owner, as_owner):
    assert shown(as_owner)
    submit(owner)
    assert not shown(as_owner)


def test_what_is_put_away_stays_away_and_is_recorded_once(as_owner, owner):
    for _ in range(2):
        assert as_owner.post(CLOSE).url == PAGE
    assert not shown(as_owner)
    assert AuditEvent.objects.filter(action="guide.closed").count() == 1


def test_what_one_person_put_away_others_are_shown(as_owner, as_stranger):
    as_owner.post(CLOSE)
    assert shown(as_stranger)


def test_the_sample_of_the_first_step_is_there_to_be_tried(model, as_owner):
    page = as_owner.get(PAGE).content.decode()
    assert 'name="name" value="spliced-cap.jpg"' in page
    answer = as_owner.post(reverse("detector:try_sample"), {"name": "spliced-cap.jpg"}, follow=True)
    assert answer.status_code == 200
    assert "spliced-cap.jpg" in answer.content.decode()
