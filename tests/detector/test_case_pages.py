"""The pages of cases, as people of every role walk them."""

import uuid

import pytest
from django.test import Client

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import case_items, case_notes, cases, review
from detector.models import Case, CaseMember, CaseNote, Upload

pytestmark = pytest.mark.django_db

EVERYBODY = ("owner", "editor", "viewer", "stranger", "moderator", "administrator")


def by(person) -> Actor:
    return Actor(user=person)


def uploads() -> dict[str, Upload]:
    return {upload.name: upload for upload in Upload.objects.all()}


PAGES = ["", "edit/", "delete/", "leave/", "report.pdf", "report.json", "export.zip"]


@pytest.mark.parametrize("address", ["/cases/", "/cases/new/", "/cases/add/"])
def test_a_visitor_is_sent_to_the_log_in(db, address):
    assert Client().get(address).url.startswith("/accounts/login/")


@pytest.mark.parametrize("part", [*PAGES, "take-out/"])
def test_a_visitor_of_a_case_is_sent_to_the_log_in(case, part):
    assert Client().get(f"/cases/{case.pk}/{part}").url.startswith("/accounts/login/")


@pytest.mark.parametrize("part", [*PAGES, "take-out/"])
def test_a_stranger_gets_404_as_for_what_is_not_there(flood, as_stranger, part):
    for pk in (flood.pk, uuid.uuid4()):
        assert as_stranger.get(f"/cases/{pk}/{part}").status_code == 404


@pytest.mark.parametrize("part", ["close/", "reopen/", "delete/", "leave/", "members/", "notes/", "take-out/"])
def test_a_strangers_posts_are_404(flood, as_stranger, part):
    assert as_stranger.post(f"/cases/{flood.pk}/{part}", {"text": "x", "username": "stranger"}).status_code == 404
    assert Case.objects.get().closed_at is None


@pytest.mark.parametrize(
    ("who", "sees"), [("owner", 1), ("editor", 1), ("viewer", 1), ("stranger", 0), ("moderator", 0)]
)
def test_the_list_shows_the_cases_of_which_one_is_a_member(flood, clients, who, sees):
    page = clients[who].get("/cases/").content.decode()
    assert page.count("The flood") == sees
    assert ("No cases yet" in page) is not bool(sees)


def test_moderators_see_the_cases_of_everyone_when_they_ask_and_others_do_not(flood, clients):
    assert "The flood" in clients["moderator"].get("/cases/?all=1").content.decode()
    assert "The flood" not in clients["stranger"].get("/cases/?all=1").content.decode()


def test_closed_cases_lie_behind_their_own_tab(flood, owner, as_owner):
    cases.close(by(owner), case=flood)
    assert "The flood" not in as_owner.get("/cases/").content.decode()
    assert "The flood" in as_owner.get("/cases/?closed=1").content.decode()


def test_the_list_costs_the_same_queries_for_one_and_for_many(
    flood, owner, as_owner, submit, django_assert_max_num_queries
):
    for n in range(12):
        made = cases.make(by(owner), title=f"Case {n}")
        case_items.add(by(owner), case=made, uploads=list(Upload.objects.filter(owner=owner)))
    with django_assert_max_num_queries(6):
        assert as_owner.get("/cases/").content.decode().count("case-card") == 13


def test_a_case_costs_the_same_queries_for_one_and_for_many(
    flood, owner, as_owner, submit, django_assert_max_num_queries
):
    case_items.add(by(owner), case=flood, uploads=[submit(owner, seed=seed) for seed in range(3, 12)])
    for n in range(5):
        case_notes.write(by(owner), case=flood, text=f"Note {n}.")
    with django_assert_max_num_queries(16):
        assert as_owner.get(f"/cases/{flood.pk}/").content.decode().count("gallery-card") == 12


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_see_a_case_sees_what_lies_in_it(flood, clients, who):
    response = clients[who].get(f"/cases/{flood.pk}/")
    if who == "stranger":
        assert response.status_code == 404
        return
    page = response.content.decode()
    for expected in ("The flood", "Pictures of the flood.", "first.jpg", "second.jpg", "third.jpg", "AI-generated"):
        assert expected in page


def test_only_those_who_may_are_offered_to_change_it(flood, clients):
    pages = {who: clients[who].get(f"/cases/{flood.pk}/").content.decode() for who in EVERYBODY if who != "stranger"}
    offered = {
        "members": {who for who in pages if 'name="username"' in pages[who]},
        "notes": {who for who in pages if 'name="text"' in pages[who]},
        "take out": {who for who in pages if "Take out" in pages[who]},
        "delete": {who for who in pages if "Delete the case" in pages[who]},
        "leave": {who for who in pages if "Leave the case" in pages[who]},
    }
    assert offered == {
        "members": {"owner", "administrator"},
        "notes": {"owner", "editor"},
        "take out": {"owner", "editor"},
        "delete": {"owner", "administrator"},
        "leave": {"owner", "editor", "viewer"},
    }


def test_a_moderators_look_is_written_down_once_and_a_members_is_not(flood, clients):
    clients["viewer"].get(f"/cases/{flood.pk}/")
    assert not AuditEvent.objects.filter(action="case.viewed").exists()
    clients["moderator"].get(f"/cases/{flood.pk}/")
    assert AuditEvent.objects.filter(action="case.viewed").count() == 1


def test_the_gallery_can_be_narrowed_to_one_verdict_of_people_too(flood, moderator, as_viewer):
    review.decide(by(moderator), upload=uploads()["first.jpg"], decision="authentic")
    page = as_viewer.get(f"/cases/{flood.pk}/?verdict=authentic").content.decode()
    assert "first.jpg" in page
    assert "second.jpg" not in page
    assert f"/cases/{flood.pk}/report.pdf?verdict=authentic" in page
    assert "No upload is shown as this" in as_viewer.get(f"/cases/{flood.pk}/?verdict=manipulated").content.decode()
    assert "second.jpg" in as_viewer.get(f"/cases/{flood.pk}/?verdict=nonsense").content.decode()


def test_a_large_case_is_shown_page_by_page(case, owner, as_owner, submit):
    first = submit(owner)
    more = Upload.objects.bulk_create(
        Upload(owner=owner, original=first.original, name=f"copy-{n}.jpg") for n in range(30)
    )
    case_items.add(by(owner), case=case, uploads=[first, *more])
    page = as_owner.get(f"/cases/{case.pk}/").content.decode()
    assert page.count("gallery-card") == 24
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert as_owner.get(older).content.decode().count("gallery-card") == 7


def test_a_case_is_made_on_its_page(as_owner, owner):
    response = as_owner.post("/cases/new/", {"title": "A storm", "description": "In March."})
    made = Case.objects.get()
    assert (response.url, made.title, made.description) == (f"/cases/{made.pk}/", "A storm", "In March.")
    assert CaseMember.objects.get().role == "owner"


def test_without_a_title_it_says_so_and_loses_nothing(as_owner):
    response = as_owner.post("/cases/new/", {"title": " ", "description": "A long story."})
    page = response.content.decode()
    assert response.status_code == 400
    assert "Give the case a title." in page
    assert "A long story." in page
    assert not Case.objects.exists()


@pytest.mark.parametrize("who", ["owner", "administrator"])
def test_a_case_is_changed_closed_reopened_and_deleted(flood, clients, who):
    client, address = clients[who], f"/cases/{flood.pk}/"
    assert 'value="The flood"' in client.get(f"{address}edit/").content.decode()
    client.post(f"{address}edit/", {"title": "The great flood", "description": ""})
    assert Case.objects.get().title == "The great flood"
    assert client.post(f"{address}edit/", {"title": ""}).status_code == 400
    client.post(f"{address}close/")
    assert "Closed" in client.get(address).content.decode()
    assert "Take out" not in client.get(address).content.decode()
    client.post(f"{address}reopen/")
    assert Case.objects.get().closed_at is None
    assert "3 uploads" in client.get(f"{address}delete/").content.decode()
    assert client.post(f"{address}delete/").url == "/cases/"
    assert not Case.objects.exists()
    assert Upload.objects.count() == 3


@pytest.mark.parametrize("who", ["editor", "viewer", "moderator"])
@pytest.mark.parametrize(("part", "status"), [("edit/", 404), ("delete/", 404), ("close/", 403), ("reopen/", 403)])
def test_others_cannot_manage_it(flood, clients, who, part, status):
    assert clients[who].post(f"/cases/{flood.pk}/{part}", {"title": "Mine now"}).status_code == status
    assert Case.objects.get().title == "The flood"


def test_a_member_is_added_by_name(flood, as_owner, stranger, as_stranger):
    response = as_owner.post(f"/cases/{flood.pk}/members/", {"username": "Stranger", "role": "viewer"}, follow=True)
    assert "stranger was added and is told so." in response.content.decode()
    assert as_stranger.get(f"/cases/{flood.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("username", "words"),
    [("nobody", "Nobody here has this username"), ("editor", "is a member already"), ("", "Type the username")],
)
def test_a_name_that_cannot_be_added_is_kept_in_its_field(flood, as_owner, username, words):
    response = as_owner.post(f"/cases/{flood.pk}/members/", {"username": username, "role": "editor"})
    page = response.content.decode()
    assert response.status_code == 400
    assert words in page
    assert f'value="{username}"' in page or not username
    assert "first.jpg" in page


def test_a_member_is_promoted_and_removed(flood, as_owner, viewer):
    address = f"/cases/{flood.pk}/members/{viewer.pk}/"
    as_owner.post(address, {"role": "editor"})
    assert CaseMember.objects.get(user=viewer).role == "editor"
    as_owner.post(address, {"role": "editor", "remove": "1"})
    assert not CaseMember.objects.filter(user=viewer).exists()
    assert as_owner.post(address, {"role": "editor"}).status_code == 404


def test_the_last_owner_is_told_why_they_cannot_go(flood, owner, as_owner):
    for address, values in (
        (f"/cases/{flood.pk}/members/{owner.pk}/", {"role": "viewer"}),
        (f"/cases/{flood.pk}/leave/", {}),
    ):
        page = as_owner.post(address, values, follow=True).content.decode()
        assert "This is the last owner of the case" in page
    assert CaseMember.objects.get(user=owner).role == "owner"


@pytest.mark.parametrize("who", ["editor", "viewer", "moderator"])
def test_others_do_not_manage_members(flood, clients, who, viewer, owner):
    assert (
        clients[who].post(f"/cases/{flood.pk}/members/", {"username": "stranger", "role": "viewer"}).status_code == 403
    )
    assert clients[who].post(f"/cases/{flood.pk}/members/{owner.pk}/", {"remove": "1"}).status_code == 403
    assert CaseMember.objects.count() == 3


def test_leaving_asks_first_and_says_what_stays(flood, as_editor):
    assert "1 of its uploads is yours and stays in it" in as_editor.get(f"/cases/{flood.pk}/leave/").content.decode()
    assert as_editor.post(f"/cases/{flood.pk}/leave/").url == "/cases/"
    assert as_editor.get(f"/cases/{flood.pk}/").status_code == 404


def test_a_moderator_who_is_no_member_has_nothing_to_leave(flood, as_moderator):
    assert as_moderator.get(f"/cases/{flood.pk}/leave/").status_code == 404


def test_notes_are_written_shown_and_taken_back(flood, clients):
    address, about = f"/cases/{flood.pk}/", uploads()["first.jpg"]
    clients["editor"].post(f"{address}notes/", {"text": "Seen in 2019.", "about": str(about.pk)})
    note = CaseNote.objects.get()
    page = clients["viewer"].get(address).content.decode()
    assert "Seen in 2019." in page
    assert f'about <a href="/uploads/{about.pk}/">first.jpg' in " ".join(page.split())
    assert clients["owner"].post(f"{address}notes/{note.pk}/delete/").status_code == 403
    clients["editor"].post(f"{address}notes/{note.pk}/delete/")
    assert not CaseNote.objects.exists()


def test_a_note_does_not_tell_of_an_upload_that_was_taken_out(flood, owner, as_owner, as_viewer):
    gone = uploads()["first.jpg"]
    case_notes.write(by(owner), case=flood, text="Look here.", upload=gone)
    case_items.remove(by(owner), case=flood, uploads=[gone])
    page = as_viewer.get(f"/cases/{flood.pk}/").content.decode()
    assert "Look here." in page
    assert "first.jpg" not in page


@pytest.mark.parametrize("who", ["viewer", "moderator"])
def test_others_write_no_notes(flood, clients, who):
    assert clients[who].post(f"/cases/{flood.pk}/notes/", {"text": "Hello."}).status_code == 403


def test_an_empty_note_says_so(flood, as_owner):
    response = as_owner.post(f"/cases/{flood.pk}/notes/", {"text": " "})
    assert response.status_code == 400
    assert "Write something first." in response.content.decode()


def test_what_people_write_cannot_become_markup(owner, as_owner):
    case = cases.make(by(owner), title="<b>bold</b>", description="<script>alert(1)</script>")
    case_notes.write(by(owner), case=case, text="<img src=x onerror=alert(1)>")
    page = as_owner.get(f"/cases/{case.pk}/").content.decode()
    for markup in ("<b>bold", "<script>alert", "<img src=x"):
        assert markup not in page
