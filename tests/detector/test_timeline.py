"""The history of one image: on its page, on a page of its own, and in the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import audit, tokens
from accounts.audit import Actor
from accounts.models import AuditEvent, Scope
from detector import case_items, case_members, cases, intake, timeline
from fakedetect_site import history_words
from tests.factories import image_bytes


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


@pytest.fixture
def looked_at(upload, moderator):
    for _ in range(3):
        intake.note_view(Actor(user=moderator, address="192.0.2.5", request_id="request-12345"), upload=upload)
    return upload


def acts(upload, reader):
    return [(entry.words, entry.who) for entry in timeline.of_upload(upload, reader=reader).entries]


def test_its_owner_sees_when_it_was_put_into_a_case_and_taken_out_and_members_do_not(upload, owner, stranger, submit):
    case = cases.make(Actor(user=owner), title="The flood")
    case_members.add(Actor(user=owner), case=case, username="stranger")
    other = submit(owner, seed=1)
    case_items.add(Actor(user=owner), case=case, uploads=[upload, other])
    assert acts(upload, owner)[-1] == ("Images put into a case", "You")
    assert "Images put into a case" not in dict(acts(upload, stranger))
    case_items.remove(Actor(user=owner), case=case, uploads=[other])
    assert acts(other, owner)[-1] == ("Images taken out of a case", "You")
    assert acts(upload, owner)[-1] == ("Images put into a case", "You")


def test_it_says_who_did_what_oldest_first(looked_at, owner, moderator, administrator):
    told = [
        ("Handed in", "owner"),
        ("Verdict of the machine: AI-generated", "This site"),
        ("Deeper checks done", "This site"),
        ("Looked at", "moderator"),
    ]
    assert acts(looked_at, administrator) == told
    assert acts(looked_at, moderator) == [*told[:3], ("Looked at", "You")]
    assert acts(looked_at, owner) == [("Handed in", "You"), *told[1:3], ("Looked at", "A moderator")]


def test_who_may_see_it_by_a_case_is_told_what_people_are(looked_at, stranger):
    assert [who for _, who in acts(looked_at, stranger)] == ["The owner", "This site", "This site", "A moderator"]


def test_the_same_act_in_a_row_is_one_entry(looked_at, owner):
    last = timeline.of_upload(looked_at, reader=owner).entries[-1]
    assert (last.times, last.action) == (3, "upload.viewed")
    assert last.at < last.until


def test_a_token_is_its_person(upload, owner, moderator):
    token, _ = tokens.issue(Actor(user=moderator), user=moderator, name="script")
    intake.note_view(Actor(user=moderator, token=token), upload=upload)
    assert acts(upload, owner)[-1] == ("Looked at", "A moderator")


def test_a_person_who_was_erased_is_nobody_in_particular(looked_at, owner, moderator, administrator):
    audit.erase(Actor(user=administrator), person=moderator)
    assert acts(looked_at, administrator)[-1] == ("Looked at", "A moderator")
    moderator.delete()
    for reader in (owner, administrator):
        assert acts(looked_at, reader)[-1] == ("Looked at", "Somebody whose account is gone")


def test_how_the_desk_shares_its_work_out_is_told_to_moderators_alone(upload, owner, moderator):
    audit.record(Actor(user=moderator), "queue.claimed", target=f"upload:{upload.pk}", details={"item": 1})
    assert acts(upload, moderator)[-1] == ("Taken up by a reviewer", "You")
    assert "Taken up by a reviewer" not in dict(acts(upload, owner))


def test_each_entry_names_the_model_that_had_a_part_in_it(looked_at, owner, model):
    assert {entry.model for entry in timeline.of_upload(looked_at, reader=owner).entries} == {model.version}


def test_a_very_long_history_is_cut_at_its_beginning(upload, owner, monkeypatch):
    monkeypatch.setattr(timeline, "MOST", 2)
    found = timeline.of_upload(upload, reader=owner)
    assert ([entry.action for entry in found.entries], found.more) == (["verdict", "ledger"], True)
    assert [entry.action for entry in found.newest(1).entries] == ["ledger"]


def test_it_costs_the_same_queries_for_one_and_for_many(looked_at, owner, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        timeline.of_upload(looked_at, reader=owner)


def test_the_verdict_page_has_it_with_names_for_moderators_only(looked_at, as_owner, as_administrator):
    address = f"/uploads/{looked_at.pk}/"
    page = as_owner.get(address).content.decode()
    assert "History of this image" in page
    assert "A moderator, 3 times" in page
    assert ">moderator<" not in page
    assert "admin/accounts/auditevent" not in page
    page = as_administrator.get(address).content.decode()
    assert "moderator, 3 times" in page
    assert f"/admin/accounts/auditevent/?target=upload:{looked_at.pk}" in page


def test_the_verdict_page_shows_the_newest_and_leads_to_all(upload, as_owner, administrator):
    for number in range(20):
        audit.record(Actor(user=administrator), f"test.number_{number}", target=f"upload:{upload.pk}")
    page = as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    assert "Test: number 12" in page
    assert "Test: number 11" not in page
    assert f'href="/uploads/{upload.pk}/timeline/"' in page
    page = as_owner.get(f"/uploads/{upload.pk}/timeline/").content.decode()
    assert "Test: number 0" in page
    assert "Handed in" in page


def test_the_page_and_the_api_are_for_those_who_may_see_the_upload(upload, client, as_stranger, as_moderator):
    for address in (f"/uploads/{upload.pk}/timeline/", f"/api/v1/uploads/{upload.pk}/timeline/"):
        assert client.get(address).status_code in (302, 401, 403)
        assert as_stranger.get(address).status_code == 404
        assert as_moderator.get(address).status_code == 200
    assert AuditEvent.objects.filter(action="upload.viewed").count() == 2  # looking at it is an act as well


def test_the_api_tells_owners_what_people_are_and_moderators_who(looked_at, as_owner, moderator, administrator):
    address = f"/api/v1/uploads/{looked_at.pk}/timeline/"
    told = as_owner.get(address).json()
    assert told["more"] is False
    last = told["events"][-1]
    assert (last["who"], last["role"], last["times"]) == ("A moderator", "moderator", 3)
    assert (last["actor"], last["request_id"]) == (None, None)
    _, key = tokens.issue(Actor(user=administrator), user=administrator, name="a", scope=Scope.READ)
    answer = as_owner.get(address, headers={"Authorization": f"Bearer {key}"}).json()["events"][3]
    assert (answer["who"], answer["actor"], answer["request_id"]) == (
        "moderator",
        f"user:{moderator.pk}",
        "request-12345",
    )


@pytest.mark.django_db(transaction=True)
def test_what_the_site_does_for_a_request_carries_the_requests_id(scorer, as_owner):
    file = SimpleUploadedFile("a.jpg", image_bytes(), content_type="image/jpeg")
    as_owner.post("/upload/", {"image": file}, headers={"X-Request-ID": "trace-0123456789"})
    found = AuditEvent.objects.filter(target__startswith="upload:").order_by("id").values_list("action", "request_id")
    assert list(found) == [(action, "trace-0123456789") for action in ("upload.created", "verdict", "ledger")]


def test_words_are_said_with_their_detail_or_without():
    say = history_words.say
    assert say("verdict", {"label": "authentic"}) == "Verdict of the machine: no sign of manipulation found"
    assert say("review.decided", {"decision": "authentic"}) == "Decided by a person: authentic"
    assert say("verdict", {}) == "Verdict of the machine"
    assert say("case.changed", {"changed": ["title", "retention_days"]}) == "Case changed: title, retention days"
    assert say("something.new_here", {}) == "Something: new here"
