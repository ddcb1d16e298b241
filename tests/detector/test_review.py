"""What people decide: shown before the machine's verdict, taken back for a while, then told once."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.models import AuditEvent
from detector import dossier, happenings, report_words, review, tasks
from detector.errors import Refused
from detector.models import Decision, Occasion, Review, Upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def key(settings, tmp_path):
    settings.REPORT_KEY = tmp_path / "report_key.pem"


@pytest.fixture
def upload(submit, owner):
    return submit(owner)


@pytest.fixture
def announced():
    """The reviews that were announced as final."""
    told = []

    def listen(review, **_):
        told.append(review.pk)

    happenings.review_effective.connect(listen)
    yield told
    happenings.review_effective.disconnect(listen)


def decide(person, upload, decision="manipulated", **options):
    return review.decide(Actor(user=person), upload=upload, decision=decision, **options)


def undo(person, made):
    review.undo(Actor(user=person), review=made)


def later(*made, seconds=61):
    """Let so much time have passed since these decisions."""
    for one in made:
        moved = timezone.now() - timedelta(seconds=seconds)
        Review.objects.filter(pk=one.pk).update(created_at=moved, effective_at=moved + timedelta(seconds=60))


def fresh(upload):
    return Upload.objects.get(pk=upload.pk)


def test_a_decision_keeps_what_the_machine_said(upload, moderator, model):
    made = decide(moderator, upload, note="  The shadow is wrong. ", tags=["War ", "war", "  two  words "])
    assert (made.decision, made.note, made.tags) == ("manipulated", "The shadow is wrong.", ["war", "two words"])
    assert (made.machine_label, made.machine_version) == ("ai_generated", model.version)
    assert made.machine_probability == pytest.approx(0.93)
    assert (made.analysis, made.reviewer, made.occasion) == (upload.latest, moderator, Occasion.QUEUE)
    assert fresh(upload).latest.label == "ai_generated"


def test_a_decision_is_written_down_without_the_words_of_its_note(upload, moderator):
    made = decide(moderator, upload, note="The face of Anna Example")
    event = AuditEvent.objects.get(action="review.decided")
    assert event.target == f"upload:{upload.pk}"
    assert event.actor == f"user:{moderator.pk}"
    assert event.details["review"] == made.pk
    assert (event.details["decision"], event.details["machine"]) == ("manipulated", "ai_generated")
    assert "Anna" not in json.dumps(event.details)
    assert verify_chain() is None


def test_the_newest_decision_stands(upload, moderator, administrator):
    decide(moderator, upload, "authentic")
    decide(administrator, upload, "manipulated")
    assert review.standing(fresh(upload)).reviewer == administrator
    assert Review.objects.count() == 2


def test_an_undone_decision_uncovers_the_one_before(upload, moderator, administrator):
    first = decide(moderator, upload, "authentic")
    second = decide(administrator, upload, "manipulated")
    undo(administrator, second)
    assert review.standing(fresh(upload)) == first
    undo(moderator, first)
    assert review.standing(fresh(upload)) is None
    assert Review.objects.filter(undone_at=None).count() == 0
    assert AuditEvent.objects.filter(action="review.undone").count() == 2


@pytest.mark.parametrize("name", ["owner", "stranger"])
def test_others_cannot_undo(upload, moderator, request, name):
    made = decide(moderator, upload)
    with pytest.raises(Refused, match="Only who decided") as refused:
        undo(request.getfixturevalue(name), made)
    assert refused.value.status == 403
    assert review.standing(fresh(upload)) == made


def test_an_administrator_undoes_for_a_moderator_and_not_the_other_way_round(upload, moderator, administrator):
    undo(administrator, decide(moderator, upload))
    with pytest.raises(Refused):
        undo(moderator, decide(administrator, upload))


def test_after_its_period_a_decision_cannot_be_undone(upload, moderator):
    made = decide(moderator, upload)
    later(made)
    with pytest.raises(Refused, match="Decide anew") as refused:
        undo(moderator, made)
    assert (refused.value.code, refused.value.status) == ("too_late", 409)


def test_a_decision_is_undone_once(upload, moderator):
    made = decide(moderator, upload)
    undo(moderator, made)
    with pytest.raises(Refused):
        undo(moderator, made)
    assert AuditEvent.objects.filter(action="review.undone").count() == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"decision": "fake"}, "invalid_decision"),
        ({"decision": ""}, "invalid_decision"),
        ({"note": "x" * 2001}, "note_too_long"),
        ({"tags": ["x" * 41]}, "invalid_tags"),
        ({"tags": ["a,b"]}, "invalid_tags"),
        ({"tags": [str(n) for n in range(11)]}, "invalid_tags"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused(upload, moderator, values, code):
    with pytest.raises(Refused) as refused:
        decide(moderator, upload, **values)
    assert refused.value.code == code
    assert not Review.objects.exists()


def test_nothing_is_announced_within_the_undo_period(upload, moderator, announced):
    decide(moderator, upload)
    assert review.settle() == 0
    assert announced == []


def test_a_decision_is_announced_once(upload, moderator, announced):
    made = decide(moderator, upload)
    later(made)
    assert (review.settle(), review.settle()) == (1, 0)
    assert announced == [made.pk]
    assert AuditEvent.objects.filter(action="review.effective").count() == 1


def test_an_undone_decision_is_never_announced(upload, moderator, announced):
    made = decide(moderator, upload)
    undo(moderator, made)
    later(made)
    assert review.settle() == 0
    assert announced == []


def test_a_covered_decision_is_announced_only_if_it_stands_again(upload, moderator, administrator, announced):
    first, second = decide(moderator, upload, "authentic"), decide(administrator, upload, "manipulated")
    later(first)
    assert review.settle() == 0
    undo(administrator, second)
    assert review.settle() == 1
    assert announced == [first.pk]


def test_of_two_decisions_the_newer_one_is_announced(upload, moderator, administrator, announced):
    made = [decide(moderator, upload, "authentic"), decide(administrator, upload, "manipulated")]
    later(*made)
    assert review.settle() == 1
    assert announced == [made[1].pk]
    assert not Review.objects.filter(settled_at=None).exists()


def test_a_receiver_that_fails_leaves_the_decision_for_the_next_sweep(upload, moderator, announced):
    made = decide(moderator, upload)
    later(made)

    def broken(**_):
        raise RuntimeError

    happenings.review_effective.connect(broken)
    assert review.settle() == 0
    happenings.review_effective.disconnect(broken)
    assert review.settle() == 1
    assert announced[-1] == made.pk


@pytest.mark.parametrize("sweep", [tasks.sweep, lambda: call_command("sweep")])
def test_the_sweep_settles(upload, moderator, announced, sweep):
    made = decide(moderator, upload)
    later(made)
    sweep()
    assert announced == [made.pk]


def test_a_deletion_takes_the_decisions_along(upload, moderator, as_owner):
    decide(moderator, upload)
    as_owner.delete(f"/api/v1/uploads/{upload.pk}/")
    assert not Review.objects.exists()


# Shown everywhere


def test_the_api_shows_the_decision_beside_the_machines_verdict(upload, moderator, as_owner):
    assert as_owner.get(f"/api/v1/uploads/{upload.pk}/").json()["review"] is None
    made = decide(moderator, upload, note="Look at the hands.")
    body = as_owner.get(f"/api/v1/uploads/{upload.pk}/").json()
    assert body["verdict"]["label"] == "ai_generated"
    assert body["review"] == {
        "decision": "manipulated", "note": "Look at the hands.", "by": "moderator",
        "at": made.created_at.isoformat(), "final": False,
    }  # fmt: skip
    later(made)
    assert as_owner.get(f"/api/v1/uploads/{upload.pk}/").json()["review"]["final"] is True


def test_the_page_shows_the_decision_above_the_machines_verdict(upload, moderator, as_owner):
    decide(moderator, upload, note="Look <b>at</b> the hands.")
    page = as_owner.get(f"/uploads/{upload.pk}/").content.decode()
    assert page.index("Judged manipulated by a person") < page.index("Likely AI-generated")
    assert "Look &lt;b&gt;at&lt;/b&gt; the hands." in page
    assert "moderator" in page
    assert page.count("<h1") == 1


def test_lists_show_the_decision(upload, moderator, as_owner):
    decide(moderator, upload)
    for address in ("/uploads/", "/upload/"):
        page = as_owner.get(address).content.decode()
        assert "Judged manipulated" in page
        assert "93\u00a0%" not in page


@pytest.mark.parametrize(
    ("decision", "shown"),
    [("authentic", "authentic"), ("manipulated", "manipulated"), ("unsure", "inconclusive")],
)
def test_filters_go_by_what_is_shown(upload, moderator, as_owner, decision, shown):
    made = decide(moderator, upload, decision)

    def found(label):
        return len(as_owner.get(f"/api/v1/uploads/?verdict={label}").json()["results"])

    assert (found(shown), found("ai_generated")) == (1, 0)
    assert review.shown_label(fresh(upload)) == shown
    undo(moderator, made)
    assert (found(shown), found("ai_generated")) == (0, 1)


def test_a_copy_is_listed_with_what_is_shown_of_it(upload, moderator, submit, owner, as_owner):
    decide(moderator, upload, "authentic")
    again = submit(owner, name="again.jpg")
    row = as_owner.get(f"/api/v1/uploads/{again.pk}/").json()["evidence"][-1]
    assert row["details"]["copies"][0]["verdict"] == "authentic"


def test_a_signed_report_holds_both(upload, moderator):
    decide(moderator, upload, "authentic", note="I was there.")
    content = json.loads(dossier.document(Actor(user=upload.owner), upload=fresh(upload)))
    assert content["verdict"]["label"] == "ai_generated"
    assert (content["review"]["decision"], content["reviewer"]) == ("authentic", "moderator")
    told = report_words.layout(content, {})
    assert told["title"] == "Judged authentic by a person"
    assert told["review"][1:] == ["“I was there.”", "The machine’s own verdict: Likely AI-generated."]
    assert dossier.pdf(Actor(user=upload.owner), upload=fresh(upload)).startswith(b"%PDF-")


def test_every_decision_has_words_an_icon_and_a_short_form():
    from detector.templatetags import verdicts

    for decision in Decision.values:
        assert verdicts.decision_words(decision) != verdicts.decision_short(decision)
        assert verdicts.decision_key(decision) in review.SHOWN.values()


def test_many_rows_cost_no_more_queries(submit, owner, moderator, as_owner, django_assert_max_num_queries):
    for seed in range(4):
        decide(moderator, submit(owner, seed=seed))
    with django_assert_max_num_queries(9):
        assert len(as_owner.get("/api/v1/uploads/").json()["results"]) == 4
