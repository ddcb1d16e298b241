"""Acts on many uploads by API: a result for each, what one may not do to one of them keeps the others from nothing."""

import json
import uuid

import pytest
from django.urls import reverse

from accounts.audit import Actor
from accounts.models import AuditEvent, Scope
from detector import case_items, case_members, cases, models_in_use
from detector.models import Analysis, ModelVersion, State, Tag, Upload

pytestmark = pytest.mark.django_db
BULK, EXPORT = reverse("api:upload-bulk"), reverse("api:upload-export")


@pytest.fixture
def mixed(submit, owner, stranger):
    """Two of the owner's, one of a stranger's that lies in a case of theirs, one of a stranger's, one of nobody's."""
    mine = [submit(owner, name=f"{seed}.jpg", seed=seed) for seed in range(2)]
    shown, hidden = submit(stranger, name="shown.jpg", seed=5), submit(stranger, name="hidden.jpg", seed=6)
    case = cases.make(Actor(user=stranger), title="The flood")
    case_members.add(Actor(user=stranger), case=case, username="owner", role="editor")
    case_items.add(Actor(user=stranger), case=case, uploads=[shown])
    return [*(one.pk for one in mine), shown.pk, hidden.pk, uuid.uuid4()], case


def post(client, address: str, **body):
    return client.post(address, json.dumps(body, default=str), "application/json")


def results(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["result"] for one in answer.json()["results"]]


def acts(action: str) -> int:
    return AuditEvent.objects.filter(action=action).count()


def test_what_is_ones_own_is_deleted_and_the_rest_stays(mixed, as_owner):
    ids, _case = mixed
    answer = post(as_owner, BULK, act="delete", ids=ids)
    assert results(answer) == ["done", "done", "forbidden", "not_found", "not_found"]
    assert [one["id"] for one in answer.json()["results"]] == [str(pk) for pk in ids]
    assert sorted(Upload.objects.values_list("name", flat=True)) == ["hidden.jpg", "shown.jpg"]
    assert acts("upload.deleted") == 2
    assert results(post(as_owner, BULK, act="delete", ids=ids[:1])) == ["not_found"]


def test_a_moderator_sees_all_and_deletes_no_more_than_by_single_acts(mixed, as_moderator, as_administrator):
    ids, _case = mixed
    assert results(post(as_moderator, BULK, act="delete", ids=ids[:4])) == ["forbidden"] * 4
    assert results(post(as_administrator, BULK, act="delete", ids=ids[2:4])) == ["done", "done"]
    assert results(post(as_administrator, BULK, act="tag", ids=ids[:1], add=["x"])) == ["forbidden"]


def test_what_failed_or_is_judged_by_an_earlier_model_is_analysed_again(mixed, as_owner):
    ids, _case = mixed
    Analysis.objects.filter(upload=ids[0]).update(state=State.FAILED)
    assert results(post(as_owner, BULK, act="analyse", ids=ids[:3])) == ["done", "unchanged", "forbidden"]
    assert Analysis.objects.get(upload=ids[0], model=models_in_use.current()).state == State.QUEUED


def test_without_a_model_it_says_so(mixed, as_owner):
    ModelVersion.objects.update(is_current=False)
    answer = post(as_owner, BULK, act="analyse", ids=mixed[0][:1])
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_model")


def test_tags_are_given_and_taken_and_only_what_changed_is_done(mixed, as_owner):
    ids, _case = mixed
    assert results(post(as_owner, BULK, act="tag", ids=ids[:1], add=["sea"])) == ["done"]
    assert results(post(as_owner, BULK, act="tag", ids=ids[:3], add=["sea"])) == ["unchanged", "done", "forbidden"]
    assert results(post(as_owner, BULK, act="tag", ids=ids[:2], add=["sand"], remove=["sea"])) == ["done", "done"]
    assert [tag.name for tag in Tag.objects.all()] == ["sand"]


def test_own_uploads_go_into_a_case_once(mixed, as_owner, as_stranger):
    ids, case = mixed
    put = {"act": "add_to_case", "case": case.pk}
    assert results(post(as_owner, BULK, **put, ids=ids[:1])) == ["done"]
    assert results(post(as_owner, BULK, **put, ids=ids[:3])) == ["unchanged", "done", "forbidden"]
    cases.close(Actor(user=case.members.get(role="owner").user), case=case)
    answer = post(as_stranger, BULK, **put, ids=ids[3:4])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "case_closed")
    assert post(as_owner, BULK, act="add_to_case", case=uuid.uuid4(), ids=ids[:1]).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"act": "burn"}, "act"),
        ({"act": "tag"}, "add"),
        ({"act": "add_to_case"}, "case"),
        ({"act": "delete", "ids": []}, "ids"),
        ({"act": "delete", "ids": ["no id"]}, "ids"),
        ({"act": "delete", "ids": [str(uuid.uuid4()) for _ in range(201)]}, "ids"),
    ],
)
def test_what_cannot_be_meant_is_named(as_owner, body, field):
    error = post(as_owner, BULK, **({"ids": [str(uuid.uuid4())]} | body)).json()["error"]
    assert (error["code"], list(error["fields"])) == ("invalid", [field])


def test_a_refused_act_changes_none(mixed, as_owner):
    answer = post(as_owner, BULK, act="tag", ids=mixed[0][:2], add=["fine", "x" * 41])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_tags")
    assert not Tag.objects.exists()


def test_an_id_that_comes_twice_is_one(mixed, as_owner):
    ids, _case = mixed
    assert results(post(as_owner, BULK, act="delete", ids=[ids[0], ids[0]])) == ["done"]


def test_a_token_that_may_only_read_acts_on_nothing(mixed, client, bearer, owner):
    body = json.dumps({"act": "delete", "ids": [str(mixed[0][0])]})
    answer = client.post(BULK, body, "application/json", headers=bearer(owner, Scope.READ))
    assert answer.status_code == 403
    assert Upload.objects.filter(pk=mixed[0][0]).exists()
    assert client.post(BULK, body, "application/json").status_code == 401


def test_it_asks_as_much_for_many_as_for_few_but_for_the_acts_themselves(
    mixed, as_owner, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14):
        assert results(post(as_owner, BULK, act="delete", ids=mixed[0][2:])) == ["forbidden", "not_found", "not_found"]


@pytest.mark.parametrize(("form", "mime"), [("csv", "text/csv"), ("jsonl", "application/x-ndjson")])
def test_an_export_holds_what_was_asked_for_and_nothing_that_is_not_seen(mixed, as_owner, form, mime):
    ids, _case = mixed
    answer = post(as_owner, EXPORT, ids=ids[1:3], form=form)
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Type"].startswith(mime)
    assert "1.jpg" in text
    assert "shown.jpg" in text
    assert "0.jpg" not in text
    assert acts("uploads.exported") == 1
    assert post(as_owner, EXPORT, ids=ids, form=form).status_code == 404
