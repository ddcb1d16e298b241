"""The desk's pages, as a moderator walks them: without a script, with one key a decision in tests/e2e."""

import pytest
from django.test import Client

from accounts.audit import Actor
from accounts.models import AuditEvent
from desk import habits, queue
from desk.models import QueueItem, Reason
from detector.models import Review
from tests.desk.conftest import expire, fresh

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/desk/", "/desk/queue/", "/desk/bulk/", "/desk/figures/"]


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def at(waiting, as_moderator):
    """An image in the moderator's hands: its address."""
    waiting(3)
    return as_moderator.post("/desk/next/").url


@pytest.mark.parametrize("address", PAGES)
def test_the_desk_is_for_moderators(address, db, as_owner, as_moderator, as_administrator):
    response = Client().get(address)
    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")
    assert as_owner.get(address).status_code == 403
    assert as_moderator.get(address).status_code == 200
    assert as_administrator.get(address).status_code == 200


@pytest.mark.parametrize("act", ["claim", "decide", "skip", "release", "renew", "assign"])
def test_acts_are_for_moderators(waiting, as_owner, act):
    (item,) = waiting()
    assert as_owner.post(f"/desk/items/{item.pk}/{act}/", {"decision": "authentic"}).status_code == 403
    assert not Review.objects.exists()


def test_an_empty_desk_says_what_comes_here(as_moderator):
    assert "Nothing waits for you" in text(as_moderator.get("/desk/"))
    assert "The queue is empty" in text(as_moderator.get("/desk/queue/"))
    assert "The queue is empty" in text(as_moderator.get("/desk/bulk/"))
    assert "No sample yet" in text(as_moderator.get("/desk/figures/"))
    assert as_moderator.post("/desk/next/").url == "/desk/"


def test_start_leads_to_the_oldest(waiting, as_moderator, moderator):
    first, _ = waiting(2)
    response = as_moderator.post("/desk/next/")
    assert response.url == f"/desk/items/{first.pk}/"
    assert fresh(first).claimed_by == moderator
    page = text(as_moderator.get(response.url))
    assert "0.jpg" in page
    assert "Likely AI-generated" in page
    assert page.count('name="decision"') == 4
    assert "1 more waits" in page


def test_the_next_picture_is_fetched_ahead(at, as_moderator):
    second = QueueItem.objects.order_by("pk")[1]
    page = text(as_moderator.get(at))
    assert f'rel="prefetch" href="/uploads/{second.upload_id}/preview/"' in " ".join(page.split())


def test_a_decision_leads_to_the_next_image_and_can_be_taken_back(at, as_moderator, moderator):
    response = as_moderator.post(
        f"{at}decide/", {"decision": "manipulated", "note": "Cut.\r\nPasted.", "tags": ["a"], "more_tags": "b c, D"}
    )
    first, second, _ = QueueItem.objects.order_by("pk")
    made = Review.objects.get()
    assert response.url == f"/desk/items/{second.pk}/"
    assert (made.decision, made.note, made.tags) == ("manipulated", "Cut.\nPasted.", ["a", "b c", "d"])
    page = text(as_moderator.get(response.url))
    assert "Judged manipulated" in page
    response = as_moderator.post(f"/desk/reviews/{made.pk}/undo/")
    assert response.url == f"/desk/items/{first.pk}/"
    assert fresh(first).claimed_by == moderator


def test_tags_in_use_are_offered(at, as_moderator):
    response = as_moderator.post(f"{at}decide/", {"decision": "manipulated", "more_tags": "sports"})
    assert 'name="tags" value="sports"' in " ".join(text(as_moderator.get(response.url)).split())


def test_what_is_refused_comes_back_with_everything_that_was_typed(at, as_moderator):
    sent = {"decision": "manipulated", "note": "Precious words", "more_tags": "x" * 41}
    response = as_moderator.post(f"{at}decide/", sent)
    assert response.status_code == 400
    assert "At most 10 tags" in text(response)
    assert "Precious words" in text(response)
    assert "x" * 41 in text(response)


def test_who_lost_the_image_keeps_the_note(at, as_moderator, as_colleague):
    item = QueueItem.objects.order_by("pk")[0]
    expire(item)
    as_colleague.post(f"/desk/items/{item.pk}/claim/")
    response = as_moderator.post(f"{at}decide/", {"decision": "manipulated", "note": "Precious words"})
    assert response.status_code == 409
    assert "colleague looks at" in text(response)
    assert "Precious words" in text(response)
    assert not Review.objects.exists()


def test_a_key_that_was_hit_twice_is_one_decision(at, as_moderator):
    first = as_moderator.post(f"{at}decide/", {"decision": "manipulated"})
    again = as_moderator.post(f"{at}decide/", {"decision": "manipulated"})
    assert (again.status_code, again.url) == (302, first.url)
    assert Review.objects.count() == 1


def test_another_decision_on_a_closed_image_is_refused(at, as_moderator):
    as_moderator.post(f"{at}decide/", {"decision": "manipulated"})
    assert as_moderator.post(f"{at}decide/", {"decision": "authentic"}).status_code == 409


def test_next_gives_the_image_back_and_goes_on(at, as_moderator):
    first, second, _ = QueueItem.objects.order_by("pk")
    assert as_moderator.post(f"{at}skip/").url == f"/desk/items/{second.pk}/"
    assert fresh(first).claimed_by is None


def test_giving_back_leads_home(at, as_moderator):
    assert as_moderator.post(f"{at}release/").url == "/desk/"
    assert not QueueItem.objects.exclude(claimed_by=None).exists()


def test_the_open_page_holds_on(at, as_moderator, as_colleague):
    assert "In your hands" in text(as_moderator.post(f"{at}renew/"))
    item = QueueItem.objects.order_by("pk")[0]
    expire(item)
    as_colleague.post(f"/desk/items/{item.pk}/claim/")
    assert "not in your hands any more" in text(as_moderator.post(f"{at}renew/"))


def test_filters_stay_in_the_address_from_image_to_image(waiting, as_moderator):
    items = waiting(3)
    QueueItem.objects.filter(pk__in=[items[1].pk, items[2].pk]).update(reason=Reason.INCONCLUSIVE)
    response = as_moderator.post("/desk/next/?reason=inconclusive")
    assert response.url == f"/desk/items/{items[1].pk}/?reason=inconclusive"
    page = text(as_moderator.get(response.url))
    assert f'action="/desk/items/{items[1].pk}/decide/?reason=inconclusive"' in page
    response = as_moderator.post(
        f"/desk/items/{items[1].pk}/decide/?reason=inconclusive", {"decision": "authentic"}, follow=True
    )
    assert response.redirect_chain == [(f"/desk/items/{items[2].pk}/?reason=inconclusive", 302)]
    last = as_moderator.post(
        f"/desk/items/{items[2].pk}/decide/?reason=inconclusive", {"decision": "unsure"}, follow=True
    )
    assert "Nothing else waits behind these filters" in text(last)


def test_a_moderators_look_is_written_down(at, as_moderator):
    as_moderator.get(at)
    assert AuditEvent.objects.filter(action="upload.viewed").count() == 1


def test_the_machines_verdict_can_be_hidden_until_one_has_decided(at, as_moderator, moderator):
    as_moderator.post("/desk/habits/", {"hide_machine": "on", "keys": "on"})
    assert habits.of(moderator).hide_machine is True
    page = text(as_moderator.get(at))
    for leak in ("Likely AI-generated", "93\u00a0%", "/heatmap/", "The verdict held"):
        assert leak not in page
    assert "Hidden until you have decided" in page
    for address in ("/desk/queue/", "/desk/bulk/"):
        listed = text(as_moderator.get(address))
        assert "AI-generated</span><span class" not in listed
        assert "93\u00a0%" not in listed
    response = as_moderator.post(f"{at}decide/", {"decision": "manipulated"}, follow=True)
    assert "The machine said: “AI-generated”" in text(response)


def test_single_keys_can_be_turned_off(at, as_moderator):
    assert "data-with-keys" in text(as_moderator.get(at))
    as_moderator.post("/desk/habits/", {})
    assert "data-with-keys" not in text(as_moderator.get(at))


def test_a_second_opinion_does_not_see_the_first(decided, upload, as_moderator, as_colleague):
    first = decided(upload, "authentic", note="I know the photographer")
    assert as_moderator.post(f"/desk/reviews/{first.pk}/second/").url == f"/uploads/{upload.pk}/"
    item = QueueItem.objects.open().get()
    address = as_colleague.post("/desk/next/").url
    page = text(as_colleague.get(address))
    assert "This is a second opinion" in page
    assert "photographer" not in page
    assert "Judged authentic" not in page
    assert "Judged authentic" not in text(as_colleague.get("/desk/queue/"))
    as_colleague.post(f"{address}decide/", {"decision": "manipulated"})
    page = text(as_colleague.get(f"/desk/items/{item.pk}/"))
    assert "photographer" in page
    assert Review.objects.get(occasion="second").decision == "manipulated"


def test_somebody_elses_image_is_shown_without_buttons(waiting, as_moderator, as_colleague):
    (item,) = waiting()
    as_colleague.post("/desk/next/")
    page = text(as_moderator.get(f"/desk/items/{item.pk}/"))
    assert "colleague looks at it" in page
    assert 'name="decision"' not in page


def test_an_image_can_be_kept_for_somebody(waiting, as_moderator, colleague, stranger):
    (item,) = waiting()
    as_moderator.post(f"/desk/items/{item.pk}/assign/", {"person": colleague.pk})
    assert fresh(item).assigned_to == colleague
    assert "kept for colleague" in text(as_moderator.get("/desk/queue/"))
    assert as_moderator.post(f"/desk/items/{item.pk}/assign/", {"person": stranger.pk}).status_code == 400
    as_moderator.post(f"/desk/items/{item.pk}/assign/", {"person": ""})
    assert fresh(item).assigned_to is None


def test_an_image_is_taken_out_of_the_queue_from_its_page(waiting, as_moderator, as_owner):
    (item,) = waiting()
    assert "Take it out of the queue" in text(as_moderator.get(f"/desk/items/{item.pk}/"))
    assert as_owner.post(f"/desk/items/{item.pk}/withdraw/").status_code == 403
    page = text(as_moderator.post(f"/desk/items/{item.pk}/withdraw/", follow=True))
    assert "0.jpg was taken out of the queue" in page


# The verdict page


def test_a_moderator_puts_an_upload_into_the_queue_from_its_page(upload, as_moderator, as_owner, colleague):
    address = f"/uploads/{upload.pk}/"
    assert "Put into the queue" in text(as_moderator.get(address))
    assert "Put into the queue" not in text(as_owner.get(address))
    assert as_owner.post(f"/desk/uploads/{upload.pk}/queue/").status_code == 403
    as_moderator.post(f"/desk/uploads/{upload.pk}/queue/", {"person": colleague.pk})
    item = QueueItem.objects.get()
    assert (item.reason, item.assigned_to) == ("assigned", colleague)
    assert "Kept for colleague" in text(as_moderator.get(address))


def test_a_moderator_reviews_an_upload_at_once_from_its_page(upload, as_moderator, moderator):
    response = as_moderator.post(f"/desk/uploads/{upload.pk}/queue/", {"now": "1"})
    item = QueueItem.objects.get()
    assert response.url == f"/desk/items/{item.pk}/"
    assert item.claimed_by == moderator


def test_the_verdict_page_lists_every_decision_to_moderators(decided, upload, as_moderator, as_owner, colleague):
    decided(upload, "authentic", note="First words")
    decided(upload, "manipulated", note="Later words", by=colleague)
    page = text(as_moderator.get(f"/uploads/{upload.pk}/"))
    assert page.index("Later words") < page.index("First words")
    owners = text(as_owner.get(f"/uploads/{upload.pk}/"))
    assert "Later words" in owners
    assert "First words" not in owners


# Queue and gallery


def test_the_queue_is_filtered_by_reason_age_assignee_tag_and_state(waiting, as_moderator, moderator, decided):
    items = waiting(3)
    QueueItem.objects.filter(pk=items[0].pk).update(reason=Reason.DISPUTED, assigned_to=moderator)
    day_before = items[1].created_at.replace(year=items[1].created_at.year - 1)
    QueueItem.objects.filter(pk=items[1].pk).update(created_at=day_before)

    def listed(query):
        page = text(as_moderator.get(f"/desk/queue/?{query}"))
        return {item.upload.name for item in items if f">{item.upload.name}</span>" in page}

    assert listed("") == {"0.jpg", "1.jpg", "2.jpg"}
    assert listed("reason=disputed") == {"0.jpg"}
    assert listed("age=week") == {"1.jpg"}
    assert listed("assignee=moderator") == {"0.jpg"}
    assert listed("assignee=nobody") == {"1.jpg", "2.jpg"}
    queue.put(Actor(user=moderator), upload=decided(items[2].upload, tags=["sports day"]).upload)
    assert listed("tag=sports+day") == {"2.jpg"}
    assert listed("tag=sports") == set()
    assert listed("state=done") == {"2.jpg"}
    assert "Nothing matches these filters" in text(as_moderator.get("/desk/queue/?reason=second"))


def test_a_filter_that_cannot_be_meant_filters_nothing(waiting, as_moderator):
    waiting()
    assert "0.jpg" in text(as_moderator.get("/desk/queue/?reason=nonsense&page=x"))


def test_lists_answer_htmx_with_the_list_alone(waiting, as_moderator):
    waiting()
    for address in ("/desk/queue/", "/desk/bulk/"):
        part = text(as_moderator.get(address, headers={"HX-Request": "true"}))
        assert "0.jpg" in part
        assert "<html" not in part


def test_long_lists_have_pages(waiting, as_moderator, monkeypatch):
    monkeypatch.setattr("desk.list_views._ROWS", 2)
    waiting(3)
    page = text(as_moderator.get("/desk/queue/?reason=assigned"))
    assert 'href="?reason=assigned&amp;page=2"' in " ".join(page.split())
    assert "2.jpg" in text(as_moderator.get("/desk/queue/?reason=assigned&page=2"))


def test_many_rows_cost_no_more_queries(waiting, as_moderator, django_assert_max_num_queries):
    waiting(5)
    for address in ("/desk/queue/", "/desk/bulk/"):
        with django_assert_max_num_queries(18):
            as_moderator.get(address)


def test_many_are_decided_in_the_gallery_and_taken_back_together(waiting, as_moderator):
    items = waiting(3)
    chosen = {"item": [items[0].pk, items[2].pk], "decision": "authentic", "note": "All from our own archive"}
    page = text(as_moderator.post("/desk/bulk/decide/?reason=assigned", chosen, follow=True))
    assert "2 images are decided" in page
    assert set(Review.objects.values_list("occasion", "note")) == {("bulk", "All from our own archive")}
    assert "2 decisions of your last press can still be taken back" in page
    page = text(as_moderator.post("/desk/bulk/undo/", follow=True))
    assert "2 images are undecided again" in page
    assert QueueItem.objects.open().count() == 3


def test_many_are_assigned_in_the_gallery(waiting, as_moderator, colleague):
    items = waiting(2)
    chosen = {"item": [item.pk for item in items], "person": colleague.pk}
    page = text(as_moderator.post("/desk/bulk/assign/", chosen, follow=True))
    assert "2 images are kept for colleague" in page
    assert "The queue is empty" in page  # of what this moderator may take


def test_what_another_took_meanwhile_is_told_by_name(waiting, as_moderator, as_colleague):
    items = waiting(2)
    as_colleague.post("/desk/next/")
    chosen = {"item": [item.pk for item in items], "decision": "authentic"}
    page = text(as_moderator.post("/desk/bulk/decide/", chosen, follow=True))
    assert "1 image is decided" in page
    assert "0.jpg: colleague looks at" in page


@pytest.mark.parametrize("sent", [{}, {"item": ["x"]}, {"item": [99999]}])
def test_without_a_marked_image_the_gallery_says_so(waiting, as_moderator, sent):
    waiting()
    response = as_moderator.post("/desk/bulk/decide/", sent | {"decision": "authentic"})
    assert response.status_code == 400
    assert "Mark at least one image" in text(response)
