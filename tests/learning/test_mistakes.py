"""The regression set: what enters it, what makes a picture leave it, and that both are written down."""

import pytest

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import intake
from detector.models import Analysis, ModelVersion
from learning import mistakes
from learning.models import Departure, Mistake
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def upload(submit, owner):
    """The machine is sure that it is AI-generated."""
    return submit(owner)


def told(upload) -> list[str]:
    events = AuditEvent.objects.filter(target=f"upload:{upload.pk}", action__startswith="mistake.").order_by("id")
    return [event.action for event in events]


def test_a_decision_against_a_sure_machine_enters_the_set(upload, owner, moderator, agrees, decide, model):
    agrees(owner)
    made = decide(moderator, upload, "authentic")
    (mistake,) = mistakes.tested()
    assert (mistake.upload, mistake.sha256, mistake.label) == (upload, upload.original_id, "authentic")
    assert (mistake.machine_label, mistake.machine_version) == ("ai_generated", model.version)
    assert (mistake.machine_probability, mistake.review) == (0.93, made)
    assert told(upload) == ["mistake.entered"]


def test_the_history_holds_the_key_and_no_digest_of_the_picture(upload, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, upload)
    details = AuditEvent.objects.get(action="mistake.entered").details
    assert details["mistake"] == mistakes.tested()[0].key
    assert upload.original_id not in str(details)


@pytest.mark.parametrize("decision", ["ai_generated", "unsure"])
def test_a_decision_with_the_machine_or_an_unsure_one_enters_nothing(
    upload, owner, moderator, agrees, decide, decision
):
    agrees(owner)
    decide(moderator, upload, decision)
    assert not Mistake.objects.exists()


@pytest.mark.parametrize("label", ["inconclusive", ""])
def test_a_machine_that_was_not_sure_made_no_mistake(upload, owner, moderator, agrees, decide, label):
    agrees(owner)
    Analysis.objects.update(label=label)
    decide(moderator, upload)
    assert not Mistake.objects.exists()


def test_a_decision_that_can_still_be_undone_enters_nothing(upload, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, upload, final=False)
    mistakes.settle()
    assert not Mistake.objects.exists()


def test_without_consent_nothing_enters_and_with_it_what_was_decided_before_does(
    upload, owner, moderator, agrees, decide
):
    decide(moderator, upload)
    assert not Mistake.objects.exists()
    agrees(owner)
    assert mistakes.settle() == "1 entered, 0 left"
    assert mistakes.settle() == "0 entered, 0 left"
    assert [one.upload for one in mistakes.tested()] == [upload]


def test_who_withdraws_takes_the_picture_out_at_once_and_the_next_round_writes_it_down(
    upload, owner, moderator, agrees, withdraws, decide
):
    agrees(owner)
    decide(moderator, upload)
    withdraws(owner)
    assert mistakes.tested() == []
    assert mistakes.settle() == "0 entered, 1 left"
    left = Mistake.objects.get()
    assert (left.left_because, left.left_at is not None) == (Departure.CONSENT, True)
    agrees(owner)
    mistakes.settle()
    assert len(mistakes.tested()) == 1
    assert told(upload) == ["mistake.entered", "mistake.left", "mistake.entered"]


def test_a_later_decision_that_sides_with_the_machine_takes_it_out_for_good(
    upload, owner, moderator, administrator, agrees, withdraws, decide
):
    agrees(owner)
    decide(moderator, upload)
    decide(administrator, upload, "ai_generated")
    assert Mistake.objects.get().left_because == Departure.REVISED
    withdraws(owner)
    agrees(owner)
    mistakes.settle()
    assert mistakes.tested() == []


def test_a_decision_with_the_machine_while_consent_is_away_counts_when_it_comes_back(
    upload, owner, moderator, agrees, withdraws, decide
):
    agrees(owner)
    decide(moderator, upload)
    withdraws(owner)
    mistakes.settle()
    decide(moderator, upload, "ai_generated")
    agrees(owner)
    mistakes.settle()
    assert mistakes.tested() == []


def test_a_later_decision_for_another_label_changes_what_is_right(upload, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, upload)
    decide(moderator, upload, "unsure")
    decide(moderator, upload, "manipulated")
    (mistake,) = mistakes.tested()
    assert mistake.label == "manipulated"
    assert told(upload) == ["mistake.entered", "mistake.left", "mistake.entered"]


def test_a_mistake_stays_one_when_a_later_model_gets_it_right(upload, owner, moderator, agrees, decide):
    agrees(owner)
    decide(moderator, upload)
    later = ModelVersion.objects.create(version="2031.1.1", sha256="0" * 64, folder="x")
    Analysis.objects.create(upload=upload, model=later, state="done", label="authentic", fake_probability=0.1)
    decide(moderator, type(upload).objects.get(pk=upload.pk), "authentic")
    assert mistakes.tested()[0].machine_version != later.version


def test_an_erased_upload_takes_its_row_along_and_the_history_says_so(
    upload, owner, moderator, agrees, decide, on_commit
):
    agrees(owner)
    decide(moderator, upload)
    pk = upload.pk
    with on_commit():
        intake.delete(Actor(user=owner), upload=upload)
    assert not Mistake.objects.exists()
    event = AuditEvent.objects.get(action="mistake.left")
    assert (event.target, event.details["because"]) == (f"upload:{pk}", "erased")


def test_one_file_of_two_people_is_one_picture_of_the_set(submit, owner, stranger, moderator, agrees, decide):
    data = image_bytes(seed=3)
    for person in (owner, stranger):
        agrees(person)
        decide(moderator, submit(person, data))
    assert Mistake.objects.count() == 2
    assert Mistake.objects.values("key").distinct().count() == 1
    assert len(mistakes.tested()) == 1


def test_a_file_of_which_people_say_different_things_tests_nobody(submit, owner, stranger, moderator, agrees, decide):
    data = image_bytes(seed=3)
    for person, decision in ((owner, "authentic"), (stranger, "manipulated")):
        agrees(person)
        decide(moderator, submit(person, data), decision)
    assert mistakes.tested() == []


def test_the_round_takes_the_newest_decision_and_not_an_earlier_one(upload, owner, moderator, agrees, decide):
    decide(moderator, upload, "authentic")
    decide(moderator, upload, "ai_generated")
    agrees(owner)
    mistakes.settle()
    assert not Mistake.objects.exists()
