"""Acts on many uploads at once: asked first, each with its event, and only on what is one's own."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import analysis, bulk, models_in_use
from detector.models import Analysis, ModelVersion, State, Tag, Upload
from fakedetect_site import rounds

DELETE, AGAIN, TAGS = (reverse(f"detector:bulk_{name}") for name in ("delete", "again", "tags"))


@pytest.fixture
def three(submit, owner):
    return [submit(owner, name=f"{seed}.jpg", seed=seed) for seed in range(3)]


@pytest.fixture
def newer(scorer, model):
    """Another model is in service since."""
    ModelVersion.objects.update(is_current=False)
    return ModelVersion.objects.create(version="newer", sha256="1" * 64, folder=model.folder, is_current=True)


def picks(uploads) -> dict:
    return {"pick": [str(one.pk) for one in uploads], "back": "q=jpg&view=gallery"}


def acts(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


@pytest.mark.parametrize("address", [DELETE, AGAIN, TAGS])
def test_each_act_says_what_it_is_on_before_it_is_done(three, as_owner, address):
    page = as_owner.get(address, picks(three[:2])).content.decode()
    assert "0.jpg" in page
    assert "1.jpg" in page
    assert "2.jpg" not in page
    assert Upload.objects.count() == 3


@pytest.mark.parametrize("address", [DELETE, AGAIN, TAGS])
def test_nothing_marked_leads_back_to_the_list(three, as_owner, address):
    response = as_owner.get(address, {"back": "q=jpg"}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("detector:history") + "?q=jpg"
    assert "Mark at least one upload first." in response.content.decode()


@pytest.mark.parametrize("address", [DELETE, AGAIN, TAGS])
def test_what_one_cannot_see_is_not_there(three, as_stranger, address):
    assert as_stranger.post(address, picks(three)).status_code == 404
    assert Upload.objects.count() == 3


def test_many_are_deleted_with_an_event_each(three, as_owner):
    response = as_owner.post(DELETE, picks(three[:2]))
    assert response["Location"] == reverse("detector:history") + "?q=jpg&view=gallery"
    assert list(Upload.objects.all()) == three[2:]
    assert acts("upload.deleted") == 2


def test_one_that_is_not_theirs_keeps_all_from_being_deleted(three, submit, stranger, owner):
    other = submit(stranger, seed=9)
    with pytest.raises(PermissionDenied):
        bulk.delete(Actor(user=owner), uploads=[*three, other])
    assert Upload.objects.count() == 4


def test_the_model_in_service_looks_at_what_an_earlier_one_judged(three, newer, owner, as_owner):
    as_owner.post(AGAIN, picks(three[:2]))
    assert Analysis.objects.filter(model=newer, state=State.QUEUED).count() == 2
    assert acts("analysis.asked") == 2
    assert Upload.objects.get(pk=three[0].pk).shown_state == State.DONE  # the verdict that stands stays shown
    as_owner.post(AGAIN, picks(three[:2]))
    assert acts("analysis.asked") == 2


def test_what_failed_is_queued_again_and_what_is_done_stays(three, model, owner):
    Analysis.objects.filter(upload=three[0]).update(state=State.FAILED)
    assert bulk.analyse_again(Actor(user=owner), uploads=Upload.objects.all()) == [three[0].pk]
    assert Analysis.objects.get(upload=three[0]).state == State.QUEUED
    assert Analysis.objects.filter(model=models_in_use.current()).count() == 3


def test_tags_are_given_and_taken_away_in_one_act(three, owner, as_owner):
    as_owner.post(TAGS, picks(three) | {"add": "sea, sand"})
    as_owner.post(TAGS, picks(three[:1]) | {"add": "beach", "remove": "sand"})
    assert [tag.name for tag in three[0].tags.all()] == ["beach", "sea"]
    assert [tag.name for tag in three[1].tags.all()] == ["sand", "sea"]


def test_a_refused_tag_loses_nothing_that_was_typed(three, as_owner):
    response = as_owner.post(TAGS, picks(three) | {"add": "x" * 41, "remove": "sea"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "x" * 41 in page
    assert 'value="sea"' in page
    assert not Tag.objects.exists()
    assert as_owner.post(TAGS, picks(three)).status_code == 400


def test_without_workers_the_round_beside_the_answers_takes_up_what_was_queued(submit, owner, settings):
    settings.ANALYZE_IN_REQUEST = True
    upload = submit(owner)
    Analysis.objects.filter(upload=upload).update(state="failed", created_at=timezone.now() - timedelta(minutes=2))
    assert bulk.analyse_again(Actor(user=owner), uploads=[Upload.objects.get(pk=upload.pk)]) == [upload.pk]
    assert Analysis.objects.get(upload=upload).state == "queued"
    assert "verdicts that nobody is at: 1 taken up" in list(rounds.walk(beside_answers=True))
    assert Analysis.objects.get(upload=upload).state == "done"


def test_what_was_queued_this_moment_is_the_requests_own(submit, owner):
    upload = submit(owner)
    Analysis.objects.filter(upload=upload).update(state="queued")
    assert analysis.take_up() == "0 taken up"
