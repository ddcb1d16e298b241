"""Appeals: an owner disputes, a person decides, the owner is told how it ended."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from desk import appeals, deciding, queue
from desk.models import Appeal, ItemState, QueueItem, Reason
from detector import intake, integrity, review
from detector.errors import Refused
from detector.models import Analysis, Review, Upload
from notices.models import Notice
from tests.detector.test_concurrency import at_once


def appeal(upload, note="I took this myself.", file=None, by=None) -> Appeal:
    return appeals.make(Actor(user=by or upload.owner), upload=Upload.objects.get(pk=upload.pk), note=note, file=file)


def raw(data=b"II*\x00 raw bytes", name="DSC_0001.NEF") -> ContentFile:
    return ContentFile(data, name=name)


def settle() -> int:
    """The undo period of every decision is over."""
    Review.objects.update(effective_at=timezone.now() - timedelta(seconds=1))
    return review.settle()


def stored() -> list[str]:
    try:
        folders = default_storage.listdir("appeals")[0]
    except FileNotFoundError:
        return []
    return [name for folder in folders for name in default_storage.listdir(f"appeals/{folder}")[1]]


def test_a_disputed_verdict_lies_in_the_queue_as_disputed(upload):
    made = appeal(upload)
    item = QueueItem.objects.get()
    assert (item.reason, item.state, item.upload) == (Reason.DISPUTED, ItemState.OPEN, upload)
    assert (made.item, made.outcome, made.shown, made.note) == (item, "pending", "ai_generated", "I took this myself.")


def test_what_waits_for_another_reason_is_raised(upload, moderator):
    item = queue.put(Actor(user=moderator), upload=upload, reason=Reason.INCONCLUSIVE)
    assert appeal(upload).item == item
    item.refresh_from_db()
    assert item.reason == Reason.DISPUTED


def test_a_decision_that_stands_is_what_an_appeal_disputes(upload, decided):
    decided(upload, "manipulated")
    settle()
    assert appeal(upload).shown == "manipulated"


@pytest.mark.parametrize(
    ("decision", "outcome", "words"),
    [
        ("ai_generated", "upheld", "judged it AI-generated. The verdict that you disputed stands."),
        ("authentic", "overturned", "judged it authentic. The verdict that you disputed was changed."),
        ("unsure", "overturned", "could not tell. The verdict that you disputed was changed."),
    ],
)
def test_the_decision_ends_it_by_comparison_with_what_was_shown(upload, decided, owner, decision, outcome, words):
    made = appeal(upload)
    assert decided(upload, decision).occasion == "appeal"
    settle()
    made.refresh_from_db()
    assert (made.outcome, made.review, made.decided_at is not None) == (outcome, Review.objects.get(), True)
    [told] = Notice.objects.filter(person=owner)
    assert (told.kind, told.link) == ("appeal.decided", f"/uploads/{upload.pk}/")
    assert told.text == f"A moderator looked at “picture.jpg” again and {words}"
    assert told.data == {
        "upload": str(upload.pk),
        "decision": decision,
        "appeal": made.pk,
        "outcome": outcome,
    }


def test_an_inconclusive_verdict_that_is_left_open_stands(upload, decided):
    Analysis.objects.update(label="inconclusive")
    made = appeal(upload)
    decided(upload, "unsure")
    settle()
    made.refresh_from_db()
    assert made.outcome == "upheld"


def test_nothing_is_told_before_the_undo_period_is_over(upload, decided, owner):
    made = appeal(upload)
    decided(upload, "authentic")
    assert review.settle() == 0
    made.refresh_from_db()
    assert (made.outcome, Notice.objects.count()) == ("pending", 0)


def test_a_decision_that_is_taken_back_leaves_the_appeal_waiting(upload, decided, moderator):
    made = appeal(upload)
    review.undo(Actor(user=moderator), review=decided(upload, "authentic"))
    settle()
    made.refresh_from_db()
    assert (made.outcome, QueueItem.objects.get().state, QueueItem.objects.get().reason) == (
        "pending",
        "open",
        "disputed",
    )
    assert Notice.objects.count() == 0


def test_a_decision_from_before_the_appeal_does_not_end_it(upload, decided, owner):
    """The owner sees the decision at once, and disputes it while it could still be taken back."""
    decided(upload, "manipulated")
    made = appeal(upload)
    settle()
    made.refresh_from_db()
    assert (made.shown, made.outcome) == ("manipulated", "pending")
    assert [one.kind for one in Notice.objects.all()] == ["review.decided"]


def test_without_an_appeal_the_owner_is_told_of_the_review(upload, decided, owner):
    decided(upload, "manipulated")
    settle()
    [told] = Notice.objects.all()
    assert (told.person, told.kind, told.target) == (owner, "review.decided", f"upload:{upload.pk}")
    assert told.text == (
        "A moderator looked at “picture.jpg” and judged it manipulated. The machine had said: likely AI-generated."
    )
    settle()
    assert Notice.objects.count() == 1


def test_who_reviews_what_is_their_own_need_not_be_told(submit, moderator, decided):
    decided(submit(moderator), "authentic")
    settle()
    assert Notice.objects.count() == 0


def test_a_long_name_leaves_room_for_the_rest(submit, owner, decided):
    decided(submit(owner, name="x" * 250 + ".jpg"), "authentic")
    settle()
    assert "judged it authentic" in Notice.objects.get().text


def test_an_attachment_is_kept_as_it_came(upload):
    made = appeal(upload, file=raw(b"\x00\xff" * 4000))
    assert (made.attachment_name, made.attachment_bytes) == ("DSC_0001.NEF", 8000)
    with default_storage.open(made.attachment) as stream:
        assert stream.read() == b"\x00\xff" * 4000
    assert made.attachment_sha256 == hashlib.sha256(b"\x00\xff" * 4000).hexdigest()
    assert made.attachment.startswith(f"appeals/{upload.pk}/")
    assert "DSC" not in made.attachment


def test_any_kind_of_file_is_taken(upload):
    assert appeal(upload, file=raw(b"<script>alert(1)</script>", "evil.html")).attachment_name == "evil.html"


@pytest.mark.parametrize(
    ("file", "code"),
    [(raw(b"x" * 101), "attachment_too_large"), (raw(b""), "empty_file"), (raw(name="a\x07b.nef"), "invalid_name")],
)
def test_a_file_that_cannot_be_leaves_nothing_behind(upload, settings, file, code):
    settings.MAX_ATTACHMENT_BYTES = 100
    with pytest.raises(Refused) as refusal:
        appeal(upload, file=file)
    assert (refusal.value.code, Appeal.objects.count(), QueueItem.objects.count(), stored()) == (code, 0, 0, [])


def test_an_appeal_that_breaks_takes_its_file_with_it(upload, monkeypatch):
    monkeypatch.setattr(queue, "put", lambda *parts, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        appeal(upload, file=raw())
    assert stored() == []


def test_two_clicks_at_once_are_one_appeal(upload, monkeypatch):
    appeal(upload)
    monkeypatch.setattr(appeals, "_too_many", lambda *parts: None)  # as the second click saw it
    with pytest.raises(Refused) as refusal:
        appeal(upload, file=raw())
    assert (refusal.value.code, stored()) == ("appeal_pending", [])


@pytest.mark.django_db(transaction=True)
def test_of_many_clicks_one_counts(upload):
    def click(_):
        try:
            return appeal(upload, file=raw()).pk
        except Refused as error:
            return error.code

    results = at_once(click, range(6))
    assert sorted(map(str, results))[1:] == ["appeal_pending"] * 5
    assert (Appeal.objects.count(), QueueItem.objects.count(), len(stored())) == (1, 1, 1)
    assert verify_chain() is None


@pytest.mark.parametrize(("note", "code"), [("", "empty_note"), (" \n ", "empty_note"), ("x" * 2001, "note_too_long")])
def test_a_note_is_wanted_and_bounded(upload, note, code):
    with pytest.raises(Refused) as refusal:
        appeal(upload, note=note)
    assert refusal.value.code == code


def test_only_its_owner_disputes(upload, stranger, moderator, administrator):
    for person in (stranger, moderator, administrator):
        with pytest.raises(Refused) as refusal:
            appeal(upload, by=person)
        assert refusal.value.code == "not_yours"


def test_without_a_verdict_there_is_nothing_to_dispute(upload):
    Analysis.objects.update(state="running")
    with pytest.raises(Refused) as refusal:
        appeal(upload)
    assert refusal.value.code == "not_ready"


def test_one_waits_at_a_time(upload):
    appeal(upload)
    with pytest.raises(Refused) as refusal:
        appeal(upload)
    assert (refusal.value.code, refusal.value.status) == ("appeal_pending", 409)


def test_after_three_decided_ones_there_is_no_further(upload, decided):
    for _ in range(appeals.MOST):
        appeal(upload)
        decided(upload, "ai_generated")
        settle()
    with pytest.raises(Refused) as refusal:
        appeal(upload)
    assert refusal.value.code == "too_many_appeals"


def test_a_day_has_its_limit_and_taking_back_does_not_help(submit, owner, settings):
    settings.APPEALS_PER_DAY = 2
    uploads = [submit(owner, seed=seed) for seed in range(3)]
    for one in uploads[:2]:
        made = appeal(one)
    appeals.take_back(Actor(user=owner), appeal=made)
    with pytest.raises(Refused) as refusal:
        appeal(uploads[2])
    assert (refusal.value.code, refusal.value.status) == ("too_many_appeals", 429)
    Appeal.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))
    appeal(uploads[2])


def test_taking_back_removes_the_file_and_leaves_the_queue(upload, on_commit):
    made = appeal(upload, file=raw())
    with on_commit():
        appeals.take_back(Actor(user=upload.owner), appeal=made)
    made.refresh_from_db()
    assert (made.outcome, made.attachment, made.attachment_name, stored()) == ("withdrawn", "", "", [])
    assert QueueItem.objects.get().state == ItemState.WITHDRAWN


@pytest.mark.parametrize("label", ["inconclusive"])
def test_what_is_doubtful_anyway_stays_in_the_queue_for_that(upload, label):
    Analysis.objects.update(label=label)
    made = appeal(upload)
    appeals.take_back(Actor(user=upload.owner), appeal=made)
    item = QueueItem.objects.get()
    assert (item.state, item.reason) == (ItemState.OPEN, Reason.INCONCLUSIVE)


def test_what_a_moderator_put_there_for_somebody_stays(upload, moderator):
    queue.put(Actor(user=moderator), upload=upload, assigned_to=moderator)
    made = appeal(upload)
    appeals.take_back(Actor(user=upload.owner), appeal=made)
    item = QueueItem.objects.get()
    assert (item.state, item.reason) == (ItemState.OPEN, Reason.ASSIGNED)


def test_what_a_moderator_looks_at_just_now_stays_with_them(upload, moderator):
    made = appeal(upload)
    assert queue.take_next(Actor(user=moderator))
    appeals.take_back(Actor(user=upload.owner), appeal=made)
    item = QueueItem.objects.get()
    assert (item.state, item.claimed_by) == (ItemState.OPEN, moderator)
    deciding.decide(Actor(user=moderator), item=item, decision="authentic")
    settle()
    assert [one.kind for one in Notice.objects.all()] == ["review.decided"]


def test_only_its_owner_takes_it_back_and_only_once(upload, stranger, moderator, decided):
    made = appeal(upload)
    for person in (stranger, moderator):
        with pytest.raises(Refused) as refusal:
            appeals.take_back(Actor(user=person), appeal=made)
        assert refusal.value.code == "not_yours"
    decided(upload, "authentic")
    settle()
    with pytest.raises(Refused) as refusal:
        appeals.take_back(Actor(user=upload.owner), appeal=made)
    assert refusal.value.code == "not_pending"


def test_deleting_the_upload_removes_attachments_and_every_word_that_was_told_of_it(upload, decided, on_commit, owner):
    appeal(upload, file=raw())
    decided(upload, "authentic")
    settle()
    assert Notice.objects.count() == 1
    with on_commit():
        intake.delete(Actor(user=owner), upload=upload)
    assert (stored(), Notice.objects.count(), Appeal.objects.count()) == ([], 0, 0)


def test_an_owner_who_is_a_moderator_does_not_decide_their_own_appeal(submit, moderator):
    upload = submit(moderator)
    made = appeal(upload)
    assert queue.take_next(Actor(user=moderator)) is None
    with pytest.raises(Refused):
        deciding.decide(Actor(user=moderator), item=made.item, decision="authentic")


def test_each_act_is_one_event_and_the_history_holds_no_note(upload, decided, on_commit):
    made = appeal(upload, note="My own secret words.")
    decided(upload, "authentic")
    settle()
    told = [event.action for event in AuditEvent.objects.filter(action__startswith="appeal").order_by("id")]
    assert told == ["appeal.made", "appeal.decided"]
    assert AuditEvent.objects.get(action="appeal.decided").details["outcome"] == "overturned"
    assert not AuditEvent.objects.filter(details__icontains="secret").exists()
    assert made.outcome == "pending"  # this copy was read before


def test_the_data_base_itself_allows_one_pending_appeal(upload):
    appeal(upload)
    with pytest.raises(IntegrityError):
        Appeal.objects.create(upload=upload, note="another")


def test_check_integrity_names_attachments_that_are_gone_changed_or_nobodys(upload):
    made = appeal(upload, file=raw())
    assert list(integrity.faults(digests=True)) == []
    default_storage.delete(made.attachment)
    assert list(integrity.faults()) == [f"{made.attachment} is missing"]
    default_storage.save(made.attachment, raw(b"something else"))
    assert list(integrity.faults()) == []
    assert [fault.partition(":")[0] for fault in integrity.faults(digests=True)] == [f"{made.attachment} was changed"]
    Appeal.objects.update(attachment="")
    assert list(integrity.faults()) == [f"{made.attachment} has no row"]
