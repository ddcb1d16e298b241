"""Tags and the note by page and by API: the form on a verdict, PATCH uploads/{id}/, the filter `tag`."""

import pytest

from accounts.audit import Actor
from accounts.models import Scope
from detector import case_items, tags
from detector.models import Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(submit, owner):
    return submit(owner, name="sea.jpg")


@pytest.fixture
def patch(client, bearer, owner, upload):
    def act(body, person=owner, scope=Scope.WRITE):
        address = f"/api/v1/uploads/{upload.pk}/"
        return client.patch(address, body, content_type="application/json", headers=bearer(person, scope))

    return act


def test_the_page_of_a_verdict_keeps_what_the_owner_writes(as_owner, upload):
    address = f"/uploads/{upload.pk}/labels/"
    done = as_owner.post(address, {"tags": "Beach, sea ,", "note": "From <b>Anna</b>."}, follow=True)
    assert done.redirect_chain == [(f"/uploads/{upload.pk}/", 302)]
    page = done.content.decode()
    assert "From &lt;b&gt;Anna&lt;/b&gt;." in page
    assert 'value="Beach, sea"' in page
    assert '?tag=Beach"' in page


def test_what_is_refused_is_said_and_stays_in_the_form(as_owner, upload):
    refused = as_owner.post(f"/uploads/{upload.pk}/labels/", {"tags": "a" * 41, "note": "Kept."})
    assert refused.status_code == 400
    page = refused.content.decode()
    assert "at most 40 characters" in page
    assert "Kept." in page
    assert "a" * 41 in page
    assert not Tag.objects.exists()


def test_others_find_no_form_and_no_page(case, upload, as_viewer, as_moderator, as_stranger, owner):
    case_items.add(Actor(user=owner), case=case, uploads=[upload])
    tags.set_tags(Actor(user=owner), upload=upload, names=["hush"])
    for client in (as_viewer, as_moderator):
        page = client.get(f"/uploads/{upload.pk}/")
        assert page.status_code == 200
        assert "labels-title" not in page.content.decode()
        assert "hush" not in page.content.decode()
    for client in (as_viewer, as_moderator, as_stranger):
        assert client.post(f"/uploads/{upload.pk}/labels/", {"tags": "mine"}).status_code == 404


def test_the_history_shows_and_filters_them(as_owner, submit, owner, upload):
    submit(owner, seed=4, name="hill.jpg")
    tags.set_tags(Actor(user=owner), upload=upload, names=["Beach & sea"])
    assert "Beach &amp; sea" in as_owner.get("/uploads/").content.decode()
    found = as_owner.get("/uploads/", {"tag": "beach  & SEA"}).content.decode()
    assert "sea.jpg" in found
    assert "hill.jpg" not in found
    assert "Nothing matches" in as_owner.get("/uploads/", {"tag": "other"}).content.decode()


def test_a_program_sets_either_or_both(patch):
    told = patch({"tags": ["Beach", "beach"], "note": "From Anna."}).json()
    assert (told["tags"], told["note"]) == (["Beach"], "From Anna.")
    told = patch({"tags": []}).json()
    assert (told["tags"], told["note"]) == ([], "From Anna.")
    assert patch({}).json()["note"] == "From Anna."


def test_a_program_filters_by_tag(client, bearer, owner, patch):
    patch({"tags": ["Beach"]})
    found = client.get("/api/v1/uploads/", {"tag": "BEACH"}, headers=bearer(owner)).json()["results"]
    assert [one["tags"] for one in found] == [["Beach"]]
    assert client.get("/api/v1/uploads/", {"tag": "hill"}, headers=bearer(owner)).json()["results"] == []


@pytest.mark.parametrize(
    "body", [{"tags": "beach"}, {"tags": ["a" * 41]}, {"tags": ["a,b"]}, {"tags": [str(n) for n in range(21)]},
             {"note": "a" * 2001}, {"note": None}],
)  # fmt: skip
def test_what_is_wrong_is_refused_whole(patch, body):
    assert patch(body).status_code == 400
    assert not Tag.objects.exists()


def test_who_may_not_is_told_so(patch, stranger, moderator, owner):
    assert patch({"tags": []}, person=stranger).status_code == 404
    assert patch({"tags": []}, person=moderator).status_code == 403
    assert patch({"tags": []}, scope=Scope.READ).status_code == 403


def test_a_change_comes_as_json(client, bearer, owner, upload):
    sent = client.patch(f"/api/v1/uploads/{upload.pk}/", "tags=sea", content_type="text/plain", headers=bearer(owner))
    assert sent.status_code == 415
