"""Uploads go into cases and out of them, and open to members, as people of every role walk the pages."""

import uuid

import pytest

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import case_items, case_members, cases
from detector.models import Case, Upload
from tests.conftest import logged_in

pytestmark = pytest.mark.django_db

EVERYBODY = ("owner", "editor", "viewer", "stranger", "moderator", "administrator")


def by(person) -> Actor:
    return Actor(user=person)


def uploads() -> dict[str, Upload]:
    return {upload.name: upload for upload in Upload.objects.all()}


def picks(*names: str) -> str:
    return "&".join(f"pick={uploads()[name].pk}" for name in names)


def test_marked_uploads_of_the_history_go_into_a_case(case, submit, owner, as_owner):
    submit(owner, name="first.jpg")
    submit(owner, name="second.jpg", seed=1)
    page = as_owner.get(f"/cases/add/?{picks('first.jpg', 'second.jpg')}").content.decode()
    for expected in ("The flood", "A new case", "first.jpg", "second.jpg"):
        assert expected in page
    chosen = [str(one.pk) for one in uploads().values()]
    response = as_owner.post("/cases/add/", {"pick": chosen, "case": str(case.pk)})
    assert response.url == f"/cases/{case.pk}/"
    assert case.items.count() == 2


def test_marked_uploads_may_make_a_case_of_their_own(submit, owner, as_owner):
    one = submit(owner)
    refused = as_owner.post("/cases/add/", {"pick": [str(one.pk)], "case": "new", "title": ""})
    assert refused.status_code == 400
    assert "Give the new case a title." in refused.content.decode()
    as_owner.post("/cases/add/", {"pick": [str(one.pk)], "case": "new", "title": "A storm"})
    assert Case.objects.get().items.get().upload == one


def test_a_case_that_one_only_looks_at_is_not_offered_and_not_taken(case, submit, viewer, as_viewer):
    one = submit(viewer)
    assert "The flood" not in as_viewer.get(f"/cases/add/?pick={one.pk}").content.decode()
    assert as_viewer.post("/cases/add/", {"pick": [str(one.pk)], "case": str(case.pk)}).status_code == 400
    assert not case.items.exists()


def test_only_the_owner_of_a_picture_carries_it_into_another_case(flood, editor, as_editor):
    assert as_editor.get(f"/cases/add/?{picks('first.jpg')}").status_code == 403


def test_what_one_cannot_see_and_what_is_no_upload_is_404(flood, as_stranger, as_owner):
    assert as_stranger.get(f"/cases/add/?{picks('first.jpg')}").status_code == 404
    assert as_owner.get("/cases/add/?pick=nothing").status_code == 404
    assert as_owner.get(f"/cases/add/?pick={uuid.uuid4()}").status_code == 404


def test_without_a_mark_it_says_what_to_do(flood, as_owner):
    for address in ("/cases/add/", f"/cases/{flood.pk}/take-out/"):
        assert "Mark at least one upload first." in as_owner.get(address, follow=True).content.decode()


@pytest.mark.parametrize("who", ["owner", "editor"])
def test_editors_take_uploads_out_after_they_were_asked(flood, clients, who):
    address = f"/cases/{flood.pk}/take-out/"
    page = clients[who].get(f"{address}?{picks('first.jpg', 'third.jpg')}").content.decode()
    assert "Take these out of the case?" in page
    assert flood.items.count() == 3
    chosen = [str(uploads()[name].pk) for name in ("first.jpg", "third.jpg")]
    response = clients[who].post(address, {"pick": chosen}, follow=True)
    assert "2 uploads were taken out of the case." in response.content.decode()
    assert flood.items.count() == 1


@pytest.mark.parametrize("who", ["viewer", "moderator", "administrator"])
def test_others_take_nothing_out(flood, clients, who):
    chosen = str(uploads()["first.jpg"].pk)
    assert clients[who].post(f"/cases/{flood.pk}/take-out/", {"pick": chosen}).status_code == 403
    assert flood.items.count() == 3


def test_a_former_member_finds_their_picture_and_takes_it_out_without_learning_of_the_case(flood, owner, editor):
    cases.change(by(owner), case=flood, title="A secret")
    case_members.remove(by(owner), case=flood, person=editor)
    client, mine = logged_in(editor), uploads()["third.jpg"]
    page = client.get(f"/uploads/{mine.pk}/").content.decode()
    assert "a case that you do not belong to" in page
    asked = client.get(f"/cases/{flood.pk}/take-out/?pick={mine.pk}").content.decode()
    assert "A secret" not in page + asked
    response = client.post(f"/cases/{flood.pk}/take-out/", {"pick": str(mine.pk)})
    assert response.url == f"/uploads/{mine.pk}/"
    assert flood.items.count() == 2


def test_the_page_of_a_verdict_names_its_cases_for_those_who_see_them(flood, clients):
    address = f"/uploads/{uploads()['first.jpg'].pk}/"
    for who in ("owner", "editor", "viewer", "moderator"):
        assert "The flood" in clients[who].get(address).content.decode()
    assert clients["stranger"].get(address).status_code == 404
    assert "Add to a case" in clients["owner"].get(address).content.decode()
    assert "Add to a case" not in clients["viewer"].get(address).content.decode()


def test_the_page_of_a_verdict_does_not_name_cases_of_others(flood, owner, as_viewer):
    other = cases.make(by(owner), title="Another secret")
    case_items.add(by(owner), case=other, uploads=[uploads()["first.jpg"]])
    assert "Another secret" not in as_viewer.get(f"/uploads/{uploads()['first.jpg'].pk}/").content.decode()


DOORS = ["", "image/", "preview/", "thumbnail/", "heatmap/", "report.pdf", "report.json"]


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("part", DOORS)
def test_every_door_of_an_upload_opens_to_the_members_of_its_case(flood, clients, who, part):
    status = clients[who].get(f"/uploads/{uploads()['first.jpg'].pk}/{part}").status_code
    assert status == (404 if who == "stranger" else 200)


def test_a_members_look_at_anothers_upload_is_written_down(flood, as_viewer):
    as_viewer.get(f"/uploads/{uploads()['first.jpg'].pk}/")
    assert AuditEvent.objects.get(action="upload.viewed").actor.startswith("user:")


@pytest.mark.parametrize("who", ["editor", "viewer"])
def test_to_delete_an_upload_stays_with_its_owner(flood, clients, who):
    one = uploads()["first.jpg"]
    assert clients[who].post(f"/uploads/{one.pk}/delete/").status_code == 404
    assert clients[who].post(f"/uploads/{one.pk}/retry/").status_code == 404
    assert Upload.objects.filter(pk=one.pk).exists()


def test_the_owners_earlier_upload_of_the_same_file_is_not_told_to_members(case, owner, submit, as_owner, as_viewer):
    submit(owner, name="earlier.jpg")
    again = submit(owner, name="again.jpg")
    case_items.add(by(owner), case=case, uploads=[again])
    assert "uploaded before" in as_owner.get(f"/uploads/{again.pk}/").content.decode()
    page = as_viewer.get(f"/uploads/{again.pk}/").content.decode()
    assert "uploaded before" not in page
    assert "earlier.jpg" not in page


def test_the_history_stays_ones_own_and_can_be_narrowed_to_a_case(flood, submit, owner, editor, as_editor, as_viewer):
    submit(editor, name="elsewhere.jpg", seed=5)
    page = as_editor.get("/uploads/").content.decode()
    assert "first.jpg" not in page
    assert "elsewhere.jpg" in page
    narrowed = as_editor.get(f"/uploads/?case={flood.pk}").content.decode()
    assert "third.jpg" in narrowed
    assert "elsewhere.jpg" not in narrowed
    assert "first.jpg" not in as_viewer.get("/uploads/?all=1").content.decode()


def test_who_has_no_case_is_not_asked_which(as_stranger, stranger, submit):
    submit(stranger)
    assert 'name="case"' not in as_stranger.get("/uploads/").content.decode()
