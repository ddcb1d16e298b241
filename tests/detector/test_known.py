"""/api/v1/uploads/known/: which of these files did I hand in? Told of one's own uploads alone."""

import hashlib
import uuid

import pytest

from accounts.models import AuditEvent, Scope
from detector.models import Analysis, Label, Upload
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db

URL = "/api/v1/uploads/known/"


def ask(client, **question):
    return client.post(URL, question, content_type="application/json")


def digest(seed: int) -> str:
    return hashlib.sha256(image_bytes(seed=seed)).hexdigest()


def test_a_file_that_was_handed_in_is_known_by_its_digest(submit, owner, as_owner):
    taken = submit(owner, seed=1, name="flood.jpg")
    (told,) = ask(as_owner, sha256=[digest(1), digest(2)]).json()["uploads"]
    assert told["id"] == str(taken.pk)
    assert (told["sha256"], told["name"], told["status"]) == (digest(1), "flood.jpg", "done")
    assert told["label"] == Label.AI_GENERATED
    assert told["error"] is None
    assert told["links"]["page"].endswith(f"/uploads/{taken.pk}/")
    assert as_owner.get(told["links"]["api"]).json()["created_at"] == told["created_at"]


def test_of_one_content_the_last_upload_is_told(submit, owner, as_owner):
    submit(owner, seed=1, name="first.jpg")
    submit(owner, seed=1, name="second.jpg")
    assert [one["name"] for one in ask(as_owner, sha256=[digest(1)]).json()["uploads"]] == ["second.jpg"]


def test_nobody_learns_what_others_handed_in(submit, owner, as_stranger, as_moderator):
    taken = submit(owner, seed=1)
    for client in (as_stranger, as_moderator):
        assert ask(client, sha256=[digest(1)], ids=[str(taken.pk)]).json() == {"uploads": []}


def test_several_verdicts_are_awaited_in_one_question(submit, owner, as_owner):
    rows = [submit(owner, seed=seed) for seed in range(3)]
    Analysis.objects.filter(upload=rows[0]).update(state="running", label="")
    Analysis.objects.filter(upload=rows[1]).update(state="failed", label="", error_detail="It broke off.")
    told = {one["id"]: one for one in ask(as_owner, ids=[str(row.pk) for row in rows]).json()["uploads"]}
    assert [told[str(row.pk)]["status"] for row in rows] == ["running", "failed", "done"]
    assert [told[str(row.pk)]["label"] for row in rows] == [None, None, "ai_generated"]
    assert told[str(rows[1].pk)]["error"] == "It broke off."


def test_an_id_that_is_gone_is_left_out(submit, owner, as_owner):
    taken = submit(owner)
    assert len(ask(as_owner, ids=[str(taken.pk), str(uuid.uuid4())]).json()["uploads"]) == 1


def test_a_question_is_read_in_few_queries_however_long(submit, owner, as_owner, django_assert_max_num_queries):
    for seed in range(6):
        submit(owner, seed=seed)
    with django_assert_max_num_queries(6):
        assert len(ask(as_owner, sha256=[digest(seed) for seed in range(6)]).json()["uploads"]) == 6


def test_a_question_leaves_nothing_in_the_history(submit, owner, as_owner):
    submit(owner, seed=1)
    before = AuditEvent.objects.count()
    ask(as_owner, sha256=[digest(1)])
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(
    "question", [{"sha256": ["abc"]}, {"sha256": [digest(1).upper()]}, {"ids": ["7"]}, {"sha256": [digest(1)] * 101}]
)
def test_a_question_that_makes_no_sense_is_refused(as_owner, question):
    answer = ask(as_owner, **question)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"


def test_a_visitor_and_a_token_that_only_reads_may_not_ask(client, owner, bearer):
    assert ask(client, sha256=[digest(1)]).status_code == 401
    headers = bearer(owner, Scope.READ)
    assert client.post(URL, {}, content_type="application/json", headers=headers).status_code == 403
    assert Upload.objects.count() == 0
