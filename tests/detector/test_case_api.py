"""/api/v1/cases/: every role gets what it may, every refusal its code."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import Scope
from detector import case_items, case_members, case_notes, cases
from detector.models import Case, CaseMember, CaseNote, Upload

pytestmark = pytest.mark.django_db

URL = "/api/v1/cases/"
JSON = "application/json"


def by(person) -> Actor:
    return Actor(user=person)


def bearer(user, scope=Scope.WRITE) -> Client:
    _, key = tokens.issue(SYSTEM, user=user, name="test", scope=scope)
    return Client(headers={"Authorization": f"Bearer {key}"})


def error(response, status, code):
    assert response.status_code == status, response.content
    assert set(response.json()["error"]) == {"code", "detail", "fields"}
    assert response.json()["error"]["code"] == code


@pytest.fixture
def flood(case, owner, submit):
    case_items.add(by(owner), case=case, uploads=[submit(owner, name="first.jpg")])
    return case


@pytest.fixture
def clients(people):
    return {name: bearer(person) for name, person in people.items()}


@pytest.fixture
def mine(flood) -> Upload:
    return Upload.objects.get(name="first.jpg")


PARTS = ["", "items/", "members/", "notes/", "report.pdf", "report.json", "export.zip"]


@pytest.mark.parametrize("part", PARTS)
def test_without_a_token_nobody_is_answered(flood, part):
    error(Client().get(f"{URL}{flood.pk}/{part}"), 401, "not_authenticated")


def test_without_a_token_there_is_no_list(db):
    error(Client().get(URL), 401, "not_authenticated")


@pytest.mark.parametrize("who", ["owner", "editor", "viewer", "moderator", "administrator"])
@pytest.mark.parametrize("part", PARTS)
def test_members_and_moderators_read_everything(flood, clients, who, part):
    assert clients[who].get(f"{URL}{flood.pk}/{part}").status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_for_a_stranger_it_is_not_there(flood, clients, part):
    for pk in (flood.pk, uuid.uuid4()):
        error(clients["stranger"].get(f"{URL}{pk}/{part}"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "part", "body"),
    [
        ("post", "", {"title": "A storm"}),
        ("patch", "{case}/", {"title": "Mine"}),
        ("delete", "{case}/", None),
        ("post", "{case}/items/", {"uploads": []}),
        ("post", "{case}/members/", {"username": "stranger"}),
        ("patch", "{case}/members/viewer/", {"role": "editor"}),
        ("delete", "{case}/members/viewer/", None),
        ("post", "{case}/notes/", {"text": "Hello."}),
    ],
)
def test_a_token_that_may_only_read_changes_nothing(flood, owner, method, part, body):
    client = bearer(owner, Scope.READ)
    assert client.get(f"{URL}{flood.pk}/").status_code == 200
    response = getattr(client, method)(URL + part.format(case=flood.pk), body, JSON)
    error(response, 403, "permission_denied")
    assert (Case.objects.get().title, CaseMember.objects.count(), CaseNote.objects.count()) == ("The flood", 3, 0)


def test_a_case_is_made_read_changed_and_deleted(owner):
    client = bearer(owner)
    made = client.post(URL, {"title": "A storm", "description": "In March."}, JSON)
    body = made.json()
    assert made.status_code == 201
    assert made["Location"] == body["links"]["api"]
    assert body | {"id": 0, "created_at": 0, "links": 0} == {
        "id": 0, "title": "A storm", "description": "In March.", "role": "owner", "uploads": 0, "people": 1,
        "retention_days": None,        "created_at": 0, "closed_at": None, "links": 0,
    }  # fmt: skip
    address = body["links"]["api"]
    changed = client.patch(address, {"title": "The storm", "closed": True}, JSON).json()
    assert (changed["title"], changed["description"]) == ("The storm", "In March.")
    assert changed["closed_at"]
    assert client.patch(address, {"closed": False, "retention_days": 30}, JSON).json()["retention_days"] == 30
    assert client.patch(address, {"title": "The storm"}, JSON).json()["retention_days"] == 30
    assert client.patch(address, {"retention_days": None}, JSON).json()["closed_at"] is None
    assert Case.objects.get().retention_days is None
    error(client.patch(address, {"retention_days": 0}, JSON), 400, "invalid")
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("body", [{}, {"title": ""}, {"title": "x" * 121}, {"title": None}, {"title": "a\x00b"}])
def test_a_case_without_a_proper_title_is_not_made(owner, body):
    error(bearer(owner).post(URL, body, JSON), 400, "invalid")
    assert not Case.objects.exists()


def test_a_title_of_nothing_but_control_characters_is_refused(owner):
    error(bearer(owner).post(URL, {"title": "\x07"}, JSON), 400, "invalid_title")


def test_the_list_is_ones_own_and_can_be_narrowed(flood, owner, moderator, clients):
    cases.close(by(owner), case=cases.make(by(owner), title="Old"))

    def titles(who, query=""):
        return [row["title"] for row in clients[who].get(URL + query).json()["results"]]

    assert titles("owner") == ["Old", "The flood"]
    assert titles("owner", "?closed=1") == ["Old"]
    assert titles("owner", "?closed=0") == ["The flood"]
    assert titles("viewer") == ["The flood"]
    assert titles("stranger", "?all=1") == titles("moderator") == []
    assert titles("moderator", "?all=1") == ["Old", "The flood"]
    error(clients["owner"].get(f"{URL}?cursor=zzz"), 400, "invalid_cursor")


def test_the_list_is_cut_into_pages(owner):
    for n in range(26):
        cases.make(by(owner), title=f"Case {n}")
    client = bearer(owner)
    first = client.get(URL).json()
    second = client.get(first["next"]).json()
    assert [len(first["results"]), len(second["results"])] == [24, 2]
    assert client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("who", ["editor", "viewer", "moderator"])
@pytest.mark.parametrize(
    ("method", "part", "body"),
    [
        ("patch", "", {"title": "Mine"}),
        ("patch", "", {"closed": True}),
        ("delete", "", None),
        ("post", "members/", {"username": "stranger"}),
        ("patch", "members/owner/", {"role": "viewer"}),
        ("delete", "members/owner/", None),
    ],
)
def test_only_owners_and_administrators_manage(flood, clients, who, method, part, body):
    error(getattr(clients[who], method)(f"{URL}{flood.pk}/{part}", body, JSON), 403, "forbidden")


@pytest.mark.parametrize("who", ["owner", "administrator"])
def test_members_are_added_promoted_and_removed(flood, stranger, clients, who):
    client, address = clients[who], f"{URL}{flood.pk}/members/"
    added = client.post(address, {"username": "Stranger"}, JSON)
    assert (added.status_code, added.json()["role"]) == (201, "viewer")
    assert client.patch(f"{address}stranger/", {"role": "editor"}, JSON).json()["role"] == "editor"
    roles = {row["username"]: row["role"] for row in client.get(address).json()}
    assert roles == {"owner": "owner", "editor": "editor", "viewer": "viewer", "stranger": "editor"}
    assert client.delete(f"{address}STRANGER/").status_code == 204
    assert client.delete(f"{address}stranger/").status_code == 404


def test_what_cannot_be_done_with_members_has_a_code(flood, clients):
    client, address = clients["owner"], f"{URL}{flood.pk}/members/"
    error(client.post(address, {"username": "nobody"}, JSON), 400, "no_such_person")
    error(client.post(address, {"username": "editor"}, JSON), 409, "already_member")
    error(client.post(address, {"username": "editor", "role": "king"}, JSON), 400, "invalid")
    error(client.patch(f"{address}owner/", {"role": "viewer"}, JSON), 409, "last_owner")
    error(client.delete(f"{address}owner/"), 409, "last_owner")
    error(client.patch(f"{address}nobody/", {"role": "viewer"}, JSON), 404, "not_found")


def test_a_member_leaves_by_removing_themselves(flood, clients):
    assert clients["viewer"].delete(f"{URL}{flood.pk}/members/viewer/").status_code == 204
    assert clients["viewer"].get(f"{URL}{flood.pk}/").status_code == 404


def test_the_items_are_objects_like_any_other(flood, clients, mine):
    body = clients["viewer"].get(f"{URL}{flood.pk}/items/").json()["results"][0]
    assert (body["id"], body["owner"], body["file"]["name"]) == (str(mine.pk), "owner", "first.jpg")
    assert clients["viewer"].get(body["links"]["api"]).json()["verdict"] == body["verdict"]
    assert clients["viewer"].get(body["heatmap"]).status_code in (200, 302)
    assert clients["owner"].get(f"{URL}{flood.pk}/items/").json()["results"][0]["owner"] is None


def test_the_items_can_be_narrowed_to_a_verdict(flood, clients):
    assert len(clients["viewer"].get(f"{URL}{flood.pk}/items/?verdict=ai_generated").json()["results"]) == 1
    assert clients["viewer"].get(f"{URL}{flood.pk}/items/?verdict=authentic").json()["results"] == []


def test_the_items_cost_the_same_queries_for_one_and_for_many(flood, owner, clients, submit):
    address = f"{URL}{flood.pk}/items/"
    clients["owner"].get(address)  # the first one notes that the token was used
    with CaptureQueriesContext(connection) as for_one:
        clients["owner"].get(address)
    case_items.add(by(owner), case=flood, uploads=[submit(owner, seed=seed) for seed in range(1, 8)])
    with CaptureQueriesContext(connection) as for_many:
        assert len(clients["owner"].get(address).json()["results"]) == 8
    assert len(for_many) == len(for_one) <= 13


@pytest.mark.parametrize("who", ["owner", "editor"])
def test_editors_put_their_own_in_and_take_it_out(flood, people, clients, submit, who):
    one, address = submit(people[who], seed=4), f"{URL}{flood.pk}/items/"
    assert clients[who].post(address, {"uploads": [str(one.pk)]}, JSON).json() == {"added": [str(one.pk)]}
    assert clients[who].post(address, {"uploads": [str(one.pk)]}, JSON).json() == {"added": []}
    assert clients[who].delete(f"{address}{one.pk}/").status_code == 204
    error(clients[who].delete(f"{address}{one.pk}/"), 404, "not_found")


@pytest.mark.parametrize("who", ["viewer", "moderator", "administrator"])
def test_others_put_nothing_in_and_take_nothing_out(flood, people, clients, submit, mine, who):
    one, address = submit(people[who], seed=5), f"{URL}{flood.pk}/items/"
    error(clients[who].post(address, {"uploads": [str(one.pk)]}, JSON), 403, "forbidden")
    error(clients[who].delete(f"{address}{mine.pk}/"), 403, "forbidden")
    assert flood.items.count() == 1


def test_an_editor_does_not_put_in_what_belongs_to_others(flood, editor, clients, mine, stranger, submit):
    other = cases.make(by(editor), title="Another")
    address = f"{URL}{other.pk}/items/"
    error(clients["editor"].post(address, {"uploads": [str(mine.pk)]}, JSON), 403, "forbidden")
    for unseen in (submit(stranger, seed=6).pk, uuid.uuid4()):
        error(clients["editor"].post(address, {"uploads": [str(unseen)]}, JSON), 404, "not_found")
    error(clients["editor"].post(address, {"uploads": ["nothing"]}, JSON), 400, "invalid")
    error(clients["editor"].post(address, {"uploads": []}, JSON), 400, "invalid")


def test_a_moderator_who_edits_a_case_puts_any_upload_in(flood, owner, stranger, clients, submit):
    case_members.add(by(owner), case=flood, username="moderator", role="editor")
    theirs = submit(stranger, seed=7)
    body = {"uploads": [str(theirs.pk)]}
    assert clients["moderator"].post(f"{URL}{flood.pk}/items/", body, JSON).json()["added"] == [str(theirs.pk)]


def test_a_former_member_takes_their_picture_out(flood, owner, editor, clients, submit):
    theirs = submit(editor, seed=8)
    case_items.add(by(editor), case=flood, uploads=[theirs])
    case_members.remove(by(owner), case=flood, person=editor)
    assert clients["editor"].delete(f"{URL}{flood.pk}/items/{theirs.pk}/").status_code == 204
    error(clients["editor"].delete(f"{URL}{flood.pk}/items/{theirs.pk}/"), 404, "not_found")


def test_a_closed_case_says_so(flood, owner, clients, submit):
    cases.close(by(owner), case=flood)
    one = submit(owner, seed=9)
    error(clients["owner"].post(f"{URL}{flood.pk}/items/", {"uploads": [str(one.pk)]}, JSON), 409, "case_closed")
    error(clients["owner"].post(f"{URL}{flood.pk}/notes/", {"text": "Late."}, JSON), 409, "case_closed")


def test_notes_are_written_listed_and_taken_back(flood, clients, mine):
    address = f"{URL}{flood.pk}/notes/"
    made = clients["editor"].post(address, {"text": "Seen in 2019.", "upload": str(mine.pk)}, JSON)
    assert made.status_code == 201
    note = made.json()
    assert (note["author"], note["upload"]) == ("editor", str(mine.pk))
    assert clients["viewer"].get(address).json() == {"next": None, "results": [note]}
    error(clients["owner"].delete(f"{address}{note['id']}/"), 403, "forbidden")
    assert clients["editor"].delete(f"{address}{note['id']}/").status_code == 204
    error(clients["editor"].delete(f"{address}{note['id']}/"), 404, "not_found")


def test_a_note_about_what_does_not_lie_in_the_case_is_404(flood, owner, clients, submit):
    elsewhere = submit(owner, seed=10)
    body = {"text": "Look.", "upload": str(elsewhere.pk)}
    error(clients["owner"].post(f"{URL}{flood.pk}/notes/", body, JSON), 404, "not_found")


@pytest.mark.parametrize("who", ["viewer", "moderator", "administrator"])
def test_others_write_no_notes(flood, clients, who):
    error(clients[who].post(f"{URL}{flood.pk}/notes/", {"text": "Hello."}, JSON), 403, "forbidden")


def test_notes_are_cut_into_pages(flood, owner, clients):
    for n in range(51):
        case_notes.write(by(owner), case=flood, text=f"Note {n}.")
    first = clients["viewer"].get(f"{URL}{flood.pk}/notes/").json()
    second = clients["viewer"].get(first["next"]).json()
    assert [row["text"] for row in second["results"]] == ["Note 0."]
    assert second["next"] is None
    error(clients["viewer"].get(f"{URL}{flood.pk}/notes/?before=x"), 400, "invalid")


def test_the_list_of_uploads_can_be_narrowed_to_a_case(flood, owner, clients, submit, stranger):
    submit(owner, name="elsewhere.jpg", seed=11)
    rows = clients["owner"].get(f"/api/v1/uploads/?case={flood.pk}").json()["results"]
    assert [row["file"]["name"] for row in rows] == ["first.jpg"]
    assert clients["viewer"].get(f"/api/v1/uploads/?case={flood.pk}").json()["results"] == []
    error(clients["stranger"].get(f"/api/v1/uploads/?case={flood.pk}"), 400, "invalid")


def test_a_member_reads_an_upload_and_does_not_delete_it(flood, clients, mine):
    address = f"/api/v1/uploads/{mine.pk}/"
    for who in ("editor", "viewer"):
        assert clients[who].get(address).status_code == 200
        assert clients[who].get(f"{address}report.pdf").status_code == 200
        assert clients[who].delete(address).status_code == 403
    assert Upload.objects.filter(pk=mine.pk).exists()
