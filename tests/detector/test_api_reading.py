"""Reading by API: only the fields that one wants, only what is new, and no change to what somebody else changed."""

import pytest

from accounts.audit import Actor
from detector import case_items, cases, review
from detector.models import Upload
from ml.serve import Finding
from tests.detector.test_api_uploads import URL, bearer, error, file
from tests.detector.test_concurrency import at_once
from tests.privacy.conftest import drawn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client(scorer, owner):
    scorer.deep = (Finding("noise", "silent", "The noise is even.", {"level": 0.2}, drawn()),)
    return bearer(owner)


@pytest.fixture
def upload(client) -> str:
    return f"{URL}{client.post(URL, {'image': file()}).json()['id']}/"


def test_only_the_fields_that_are_asked_for_are_told(client, upload):
    whole = client.get(upload).json()
    for fields in ("status,verdict", " status , verdict ,", "id,status,verdict"):
        assert client.get(upload, {"fields": fields}).json() == {
            name: whole[name] for name in ("id", "status", "verdict")
        }
    assert client.get(URL, {"fields": "file"}).json()["results"] == [{"id": whole["id"], "file": whole["file"]}]
    assert client.get(upload, {"fields": ""}).json() == {"id": whole["id"]}


@pytest.mark.parametrize("address", ["", "one"])
def test_a_field_that_there_is_not_is_refused_with_those_that_there_are(client, upload, address):
    response = client.get(upload if address else URL, {"fields": "id,verdikt"})
    error(response, 400, "unknown_field")
    assert "'verdikt'" in response.json()["error"]["detail"]
    assert "verdict," in response.json()["error"]["detail"]


def test_without_evidence_no_copies_are_searched_for(client, upload, monkeypatch):
    from detector import similar

    monkeypatch.setattr(similar, "row_of", lambda *parts: 1 / 0)
    assert client.get(upload, {"fields": "status"}).status_code == 200


def pictures(client, upload) -> list[str]:
    evidence = client.get(upload).json()["evidence"]
    name = next(row["picture"] for row in evidence if row["picture"]).rsplit("/", 1)[1].removesuffix(".png")
    return [f"{upload}heatmap/", f"{upload}evidence/{name}/", f"{upload}image/"]


def test_what_a_program_has_is_not_sent_again(client, upload):
    for address in [upload, f"{upload}evidence/", "/api/v1/models/", *pictures(client, upload)]:
        first = client.get(address)
        tag = first["ETag"]
        assert (first.status_code, tag[0], tag[-1]) == (200, '"', '"')
        for given in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = client.get(address, headers={"If-None-Match": given})
            assert (again.status_code, b"".join(again)) == (304, b""), address
            assert again["ETag"] == tag
        assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_tag_changes_with_what_is_told(client, upload):
    before = client.get(upload)["ETag"]
    changed = client.patch(upload, {"note": "Seen."}, "application/json")
    after = client.get(upload, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert before != after["ETag"] == changed["ETag"]
    assert client.get(upload, {"fields": "id"})["ETag"] != after["ETag"]


def test_an_original_is_another_thing_for_others(client, upload, as_moderator):
    mine, theirs = client.get(f"{upload}image/"), as_moderator.get(f"{upload}image/")
    assert mine["ETag"] != theirs["ETag"]
    assert mine["Last-Modified"] == theirs["Last-Modified"]
    assert as_moderator.get(f"{upload}image/", headers={"If-None-Match": mine["ETag"]}).status_code == 200


def test_what_changed_meanwhile_is_neither_changed_nor_deleted(client, upload):
    tag = client.get(upload)["ETag"]
    client.patch(upload, {"note": "First."}, "application/json", headers={"If-Match": tag})
    stale = {"If-Match": tag}
    error(client.patch(upload, {"note": "Second."}, "application/json", headers=stale), 412, "precondition_failed")
    error(client.delete(upload, headers=stale), 412, "precondition_failed")
    assert Upload.objects.get().note == "First."
    assert client.delete(upload, headers={"If-Match": client.get(upload)["ETag"]}).status_code == 204


def test_of_two_who_change_the_same_at_once_one_is_told(client, upload):
    tag = {"If-Match": client.get(upload)["ETag"]}

    def change(note):
        return client.patch(upload, {"note": note}, "application/json", headers=tag).status_code

    answers = at_once(change, ["One.", "Two.", "Three."])
    assert sorted(answers) == [200, 412, 412]
    assert Upload.objects.get().note == ["One.", "Two.", "Three."][answers.index(200)]


def test_a_case_too(client, owner):
    address = f"/api/v1/cases/{cases.make(Actor(user=owner), title='The flood').pk}/"
    tag = client.get(address)["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    stale = {"If-Match": '"another"'}
    error(client.patch(address, {"title": "Mine"}, "application/json", headers=stale), 412, "precondition_failed")
    error(client.delete(address, headers=stale), 412, "precondition_failed")
    changed = client.patch(address, {"title": "Mine"}, "application/json", headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed["ETag"] == client.get(address)["ETag"] != tag
    assert client.delete(address, headers={"If-Match": "*"}).status_code == 204


def test_the_evidence_is_the_ledger_of_the_object(client, upload, as_stranger):
    whole = client.get(upload).json()
    told = client.get(f"{upload}evidence/").json()
    assert told == {"ledger": "done", "evidence": [row for row in whole["evidence"] if row["signal"] != "similar"]}
    error(as_stranger.get(f"{upload}evidence/"), 404, "not_found")


def test_the_reviews_are_those_that_stand_newest_first(client, upload, moderator, as_stranger):
    one, actor = Upload.objects.get(), Actor(user=moderator)
    review.decide(actor, upload=one, decision="authentic", note="A lamp.")
    review.undo(actor, review=review.decide(actor, upload=one, decision="manipulated"))
    review.decide(actor, upload=one, decision="unsure")
    results = client.get(f"{upload}reviews/").json()["results"]
    assert [(row["decision"], row["by"]) for row in results] == [("unsure", "moderator"), ("authentic", "moderator")]
    assert results[1]["verdict_then"] == "ai_generated"
    assert client.get(upload).json()["review"] == {
        name: results[0][name] for name in ("decision", "note", "by", "at", "final")
    }
    error(as_stranger.get(f"{upload}reviews/"), 404, "not_found")


def test_the_cases_are_those_that_one_may_see(client, upload, owner, as_moderator, as_stranger):
    case = cases.make(Actor(user=owner), title="The flood")
    case_items.add(Actor(user=owner), case=case, uploads=[Upload.objects.get()])
    assert [row["id"] for row in client.get(f"{upload}cases/").json()["results"]] == [str(case.pk)]
    assert client.get(f"{upload}cases/").json()["results"][0] == client.get(f"/api/v1/cases/{case.pk}/").json()
    assert len(as_moderator.get(f"{upload}cases/").json()["results"]) == 1
    error(as_stranger.get(f"{upload}cases/"), 404, "not_found")
