"""Saved views: states of the history under a name, each its owner's alone, checked against what the history knows."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import list_state, moments, saved
from detector.errors import Refused
from detector.filters import UploadFilter
from detector.models import SavedView, Upload
from privacy import exporting, forgetting, records
from privacy.traces import Traces

pytestmark = pytest.mark.django_db
HISTORY, PAGE, API = reverse("detector:history"), reverse("detector:saved_views"), reverse("api:views")


def by(person) -> Actor:
    return Actor(user=person)


@pytest.fixture
def view(owner):
    return saved.keep(by(owner), name="Doubtful", query="verdict=inconclusive&after=7d")


def test_the_allow_list_is_that_of_the_filters():
    assert tuple(UploadFilter.base_filters) == list_state.FILTERS


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?after=7d&verdict=inconclusive", "verdict=inconclusive&after=7d"),
        ("cursor=b1-2&next=//evil.example&q=a%20b.jpg", "q=a%20b.jpg"),
        ("sort=newest&view=table&all=0&q=", ""),
        ("sort=oldest&view=gallery&all=1", "sort=oldest&view=gallery&all=1"),
        ("q=one&q=two", "q=two"),
    ],
)
def test_a_state_is_written_in_one_way_without_what_the_history_does_not_know(query, kept):
    assert list_state.cleaned(query) == kept
    assert list_state.cleaned(kept) == kept


def test_a_view_is_kept_with_an_event_that_does_not_say_what_it_is(owner, view):
    assert (view.name, view.query) == ("Doubtful", "verdict=inconclusive&after=7d")
    [event] = AuditEvent.objects.filter(action="view.saved")
    assert (event.target, event.details) == (f"user:{owner.pk}", {"view": view.pk})


def test_a_name_is_one_in_every_spelling_and_each_persons_own(owner, stranger, view):
    with pytest.raises(Refused) as refused:
        saved.keep(by(owner), name="  doubtFUL ", query="q=x")
    assert refused.value.code == "name_taken"
    assert saved.keep(by(stranger), name="Doubtful", query="q=x").owner == stranger


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("  ", "q=x", "invalid_view"),
        ("a" * 61, "q=x", "invalid_view"),
        ("turned\u202eround", "q=x", "invalid_view"),
        ("All", "cursor=b1-2", "invalid_view"),
        ("Everybody’s", "all=1", "invalid_view"),  # which only a moderator sees
        ("Long", f"name={'ä' * 400}", "invalid_view"),
    ],
)
def test_what_is_no_view_is_refused(owner, name, query, code):
    with pytest.raises(Refused) as refused:
        saved.keep(by(owner), name=name, query=query)
    assert refused.value.code == code
    assert not SavedView.objects.exists()


def test_a_moderator_keeps_everybodys(moderator):
    assert saved.keep(by(moderator), name="All", query="all=1").query == "all=1"


def test_a_person_has_fifty_and_no_more(owner, monkeypatch):
    monkeypatch.setattr(saved, "MOST", 2)
    for name in ("one", "two"):
        saved.keep(by(owner), name=name, query="q=x")
    with pytest.raises(Refused) as refused:
        saved.keep(by(owner), name="three", query="q=x")
    assert refused.value.code == "too_many_views"


def test_nobody_touches_anothers(owner, stranger, administrator, view):
    for other in (stranger, administrator):
        with pytest.raises(PermissionDenied):
            saved.rename(by(other), view=view, name="mine")
        with pytest.raises(PermissionDenied):
            saved.delete(by(other), view=view)
    with pytest.raises(PermissionDenied):
        saved.keep(Actor(), name="x", query="q=x")


def test_renaming_and_deleting_twice_changes_once(owner, view):
    saved.rename(by(owner), view=view, name="doubtful")  # its own name in other letters is free
    saved.rename(by(owner), view=view, name="doubtful")
    assert view.name == "doubtful"
    saved.delete(by(owner), view=view)
    saved.delete(by(owner), view=view)
    with pytest.raises(Refused):
        saved.rename(by(owner), view=view, name="again")
    acts = AuditEvent.objects.filter(action__startswith="view.").order_by("id").values_list("action", flat=True)
    assert list(acts) == ["view.saved", "view.renamed", "view.deleted"]


def test_today_is_the_day_of_the_reader_and_stays_relative():
    with timezone.override("Pacific/Kiritimati"):
        start, end = moments.start_of("today"), moments.end_of("today")
        assert start.date() == timezone.localdate()
        assert end - start == timedelta(days=1) - timedelta(microseconds=1)
        assert start <= timezone.now() <= end


def test_relative_days_are_told_in_words():
    assert [moments.words_of(text) for text in ("today", "1d", "7d", "2w", "2026-01-31")] == [
        "today", "1 day ago", "7 days ago", "2 weeks ago", "2026-01-31",
    ]  # fmt: skip


def test_what_was_saved_as_the_last_days_moves_on_with_them(submit, owner, as_owner, view):
    upload = submit(owner)
    address = f"{HISTORY}?after=today"
    assert len(as_owner.get(address).context["reports"]) == 1
    Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert len(as_owner.get(address).context["reports"]) == 0
    assert len(as_owner.get(f"{HISTORY}?after=7d").context["reports"]) == 1


def test_the_history_lists_views_says_which_is_shown_and_offers_to_save_another(submit, owner, as_owner, view):
    submit(owner)
    page = as_owner.get(HISTORY).content.decode()
    assert f'href="{HISTORY}?verdict=inconclusive&amp;after=7d">Doubtful' in page
    assert "Save this view" not in page
    shown = as_owner.get(f"{HISTORY}?after=7d&verdict=inconclusive&sort=newest").content.decode()
    assert 'aria-current="true">Doubtful' in shown
    assert "Save this view" not in shown
    other = as_owner.get(f"{HISTORY}?after=7d").content.decode()
    assert "Save this view" in other
    assert '<input type="hidden" name="query" value="after=7d">' in other
    assert "7 days ago" in other


def test_periods_are_links_that_keep_the_other_filters(as_owner):
    found = as_owner.get(HISTORY, {"q": "beach", "before": "2026-01-01", "cursor": "b1-" + "0" * 32}).context["periods"]
    assert [one.address for one in found] == [f"{HISTORY}?q=beach&after={day}" for day in ("today", "7d", "30d")]
    assert [one.shown for one in as_owner.get(HISTORY, {"after": "30d"}).context["periods"]] == [False, False, True]


def test_a_wrong_filter_is_not_offered_to_be_saved_nor_kept(as_owner):
    assert "Save this view" not in as_owner.get(HISTORY, {"after": "yesterdayish"}).content.decode()
    answer = as_owner.post(PAGE, {"name": "Odd", "query": "after=yesterdayish"})
    assert answer.status_code == 400
    assert "A filter of this view is wrong." in answer.content.decode()
    assert not SavedView.objects.exists()


def test_a_view_is_saved_from_the_page_and_opens(as_owner):
    answer = as_owner.post(PAGE, {"name": "Old first", "query": "sort=oldest&cursor=b1-2&view=gallery"}, follow=True)
    assert answer.redirect_chain == [(f"{HISTORY}?sort=oldest&view=gallery", 302)]
    assert "The view was saved." in answer.content.decode()


def test_what_was_refused_is_told_and_nothing_is_lost(as_owner, view):
    answer = as_owner.post(PAGE, {"name": "Doubtful", "query": "q=flood"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "You have a view of this name." in page
    assert 'value="q=flood"' in page
    other = SavedView.objects.create(owner=view.owner, name="Other", key="other", query="q=x")
    answer = as_owner.post(reverse("detector:rename_view", args=[other.pk]), {"name": "doubtful"})
    assert answer.status_code == 400
    assert "You have a view of this name." in answer.content.decode()


def test_views_are_renamed_and_deleted_on_their_page_by_their_owner_alone(as_owner, as_stranger, as_moderator, view):
    rename, delete = (reverse(f"detector:{act}_view", args=[view.pk]) for act in ("rename", "delete"))
    for other in (as_stranger, as_moderator):
        assert other.post(rename, {"name": "x"}).status_code == 404
        assert other.post(delete).status_code == 404
        assert "Doubtful" not in other.get(PAGE).content.decode()
    as_owner.post(rename, {"name": "In doubt"})
    assert "In doubt" in as_owner.get(PAGE).content.decode()
    assert as_owner.get(delete).status_code == 405
    as_owner.post(delete)
    assert not SavedView.objects.exists()


def test_the_api_lists_makes_renames_and_deletes(as_owner, as_stranger):
    made = as_owner.post(
        API, {"name": "Doubtful", "query": "?verdict=inconclusive&view=gallery&x=1"}, "application/json"
    )
    body = made.json()
    assert (made.status_code, body["query"]) == (201, "verdict=inconclusive&view=gallery")
    assert body["links"]["uploads"] == "http://testserver/api/v1/uploads/?verdict=inconclusive"
    one = made["Location"]
    assert as_owner.get(API).json()["results"] == [body]
    assert as_stranger.get(API).json()["results"] == []
    assert as_stranger.delete(one).status_code == 404
    assert as_owner.patch(one, {"name": "In doubt"}, "application/json").json()["name"] == "In doubt"
    assert as_owner.delete(one).status_code == 204
    assert as_owner.get(API).json()["results"] == []


def test_the_api_refuses_a_filter_that_cannot_be_meant(as_owner):
    error = as_owner.post(API, {"name": "Odd", "query": "verdict=reel"}, "application/json").json()["error"]
    assert (error["code"], list(error["fields"])) == ("invalid", ["query"])


def test_views_are_in_a_persons_export_and_go_with_the_account(owner, view):
    tables = dict(records.of_person(owner))
    assert tables["detector.savedview"][0]["query"] == view.query
    assert exporting.certificates.words_of("detector.savedview") == "saved views"
    owner.delete()
    assert not SavedView.objects.exists()


def test_an_erasure_forgets_the_views_that_name_what_goes(owner, moderator, view):
    digest = "ab" * 32
    saved.keep(by(moderator), name="That file", query=f"all=1&sha256={digest}")
    saved.keep(by(moderator), name="By name", query="q=Anna%20%26%20Ben.jpg")
    left = Traces(files=["Anna & Ben.jpg"], digests=[digest])
    assert forgetting.views(left) == {"detector.savedview": 2}
    assert list(SavedView.objects.all()) == [view]


def test_old_days_are_still_days():
    assert moments.start_of("2026-01-31") == timezone.make_aware(datetime(2026, 1, 31))
