"""Retention: which rule holds, the notice before, the deletion after it, and what keeps one upload in any case."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.utils import timezone

from accounts.audit import Actor, verify_chain
from accounts.errors import Refused
from accounts.models import AuditEvent
from detector.models import Case, CaseUpload, Upload
from notices.models import Notice
from privacy import keeping, periods, purging
from privacy.models import Expiry, Retention

pytestmark = pytest.mark.django_db


def aged(upload, days):
    Upload.objects.filter(pk=upload.pk).update(created_at=timezone.now() - timedelta(days=days))
    return Upload.objects.get(pk=upload.pk)


def in_case(upload, days, put=0):
    case = Case.objects.create(title="Case", retention_days=days)
    return CaseUpload.objects.create(case=case, upload=upload, added_at=timezone.now() - timedelta(days=put))


def chosen(person, days):
    periods.choose(Actor(user=person), person=person, days=days)


def goes(upload) -> bool:
    """Whether the time of this upload is over."""
    return upload in list(periods.ending_before(timezone.now()))


def day_of(upload, days):
    """As if the days after its notice were over."""
    Expiry.objects.filter(upload=upload).update(due_at=timezone.now() - timedelta(seconds=1))
    return purging.purge()


def test_by_default_everything_is_kept_until_it_is_deleted(submit, owner):
    upload = aged(submit(owner), 36_000)
    assert not goes(upload)
    assert (purging.purge().announced, Notice.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("own", "cases", "site", "age", "over"),
    [
        (30, [], 0, 31, True),  # the owner's own period
        (30, [], 0, 29, False),
        (None, [], 30, 31, False),  # "until I delete it" is a choice, and beats the site
        ("none", [], 30, 31, True),  # who never chose follows the site
        (30, [], 10, 20, False),  # a choice beats the site in both directions
        ("none", [10], 0, 11, True),  # a case's period counts where the owner chose none
        ("none", [None], 0, 11, False),  # a case without a period says nothing
        (30, [None], 0, 31, True),
        (30, [90], 0, 60, False),  # the longest holds: the case's
        (90, [30], 0, 60, False),  # … or the owner's
        (None, [30], 0, 60, False),  # … and "until I delete it" is the longest of all
        ("none", [10, 30], 0, 20, False),  # of two cases the longer
        ("none", [10, 30], 0, 31, True),
        ("none", [10], 90, 11, True),  # the site's rule is for those for whom nobody set one
    ],
)
def test_of_all_rules_that_were_set_the_longest_holds(submit, owner, settings, own, cases, site, age, over):
    settings.RETENTION_DAYS = site
    upload = aged(submit(owner), age)
    if own != "none":
        chosen(owner, own)
    for days in cases:
        in_case(upload, days, put=age)
    assert goes(upload) is over


def test_a_case_counts_from_the_day_on_which_the_upload_was_put_there(submit, owner):
    upload = aged(submit(owner), 100)
    in_case(upload, 30, put=5)
    assert not goes(upload)


def test_the_owner_is_told_days_before_with_a_link_and_without_a_file_name(submit, owner, settings):
    upload = aged(submit(owner, name="secret name.jpg"), 25)
    chosen(owner, 30)
    assert purging.purge().announced == 1
    notice = Notice.objects.get()
    assert (notice.person, notice.kind, notice.link) == (owner, "deletion.announced", "/privacy/expiring/")
    assert "secret" not in notice.text + str(notice.data)
    assert Expiry.objects.get().due_at >= timezone.now() + timedelta(days=settings.RETENTION_NOTICE_DAYS, minutes=-1)
    assert Upload.objects.filter(pk=upload.pk).exists()
    assert purging.purge() == purging.Purged(0, 0)


def test_nothing_goes_before_the_days_of_the_notice_are_over_however_old_it_is(submit, owner, on_commit):
    upload = aged(submit(owner), 5_000)
    chosen(owner, 30)
    for _ in range(3):
        purging.purge()
    assert Upload.objects.filter(pk=upload.pk).exists()
    with on_commit():
        assert day_of(upload, 7).deleted == 1
    assert not Upload.objects.exists()
    event = AuditEvent.objects.get(action="upload.deleted")
    assert (event.actor, event.details, event.personal) == ("", {"reason": "retention"}, {})
    assert not AuditEvent.objects.filter(target=f"upload:{upload.pk}", personal__has_key="private").exists()
    assert verify_chain() is None


def test_several_uploads_are_told_of_once(submit, owner, stranger):
    for seed in range(3):
        aged(submit(owner, seed=seed), 40)
    aged(submit(stranger, seed=9), 40)
    chosen(owner, 30)
    chosen(stranger, 30)
    assert purging.purge().announced == 4
    assert sorted(notice.text.split(" about")[0] for notice in Notice.objects.all()) == [
        "3 images of yours are",
        "An image of yours is",
    ]


def test_who_was_told_today_is_told_of_further_ones_tomorrow(submit, owner):
    aged(submit(owner), 40)
    chosen(owner, 30)
    purging.purge()
    aged(submit(owner, seed=2), 40)
    assert purging.purge().announced == 0
    Expiry.objects.update(told_at=timezone.now() - timedelta(days=1))
    assert purging.purge().announced == 1
    assert Notice.objects.count() == 2


def test_keep_this_one_beats_every_period_and_calls_an_announced_deletion_off(submit, owner, on_commit):
    upload = aged(submit(owner), 40)
    chosen(owner, 30)
    purging.purge()
    keeping.keep(Actor(user=owner), upload=upload, reason="A court asked for it.")
    assert not Expiry.objects.exists()
    assert not goes(upload)
    keeping.let_go(Actor(user=owner), upload=upload)
    assert goes(upload)
    assert list(AuditEvent.objects.filter(action__startswith="upload.kept").values_list("action", flat=True)) == [
        "upload.kept_no_more",
        "upload.kept",
    ]


def test_a_longer_rule_set_after_the_notice_saves_the_upload(submit, owner):
    upload = aged(submit(owner), 40)
    chosen(owner, 30)
    purging.purge()
    chosen(owner, None)
    assert day_of(upload, 7).deleted == 0
    assert Upload.objects.exists()
    assert not Expiry.objects.exists()


def test_a_flag_may_be_set_by_owner_and_moderator_and_by_no_stranger(submit, owner, stranger, moderator):
    upload = submit(owner)
    for act in (keeping.keep, keeping.let_go):
        with pytest.raises(PermissionDenied):
            act(Actor(user=stranger), upload=upload)
        with pytest.raises(PermissionDenied):
            act(Actor(), upload=upload)
    keeping.keep(Actor(user=moderator), upload=upload)
    assert upload.kept.by == moderator


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_period_that_cannot_be_meant_is_refused(owner, days):
    with pytest.raises(Refused) as caught:
        chosen(owner, days)
    assert caught.value.code == "invalid_period"
    assert not Retention.objects.exists()


def test_choosing_is_one_event_and_the_same_again_is_none(owner):
    chosen(owner, 30)
    chosen(owner, 30)
    periods.follow_the_site(Actor(user=owner), person=owner)
    periods.follow_the_site(Actor(user=owner), person=owner)
    events = AuditEvent.objects.filter(action="retention.chosen").order_by("id")
    assert [event.details for event in events] == [{"days": 30}, {"days": "site"}]


def test_without_days_of_notice_nobody_is_told_and_it_goes_at_once(submit, owner, settings, on_commit):
    settings.RETENTION_NOTICE_DAYS = 0
    aged(submit(owner), 40)
    chosen(owner, 30)
    with on_commit():
        assert purging.purge() == purging.Purged(1, 1)
    assert not Notice.objects.exists()


def test_the_command_deletes_and_a_dry_run_only_says_what_it_would(submit, owner, on_commit):
    upload = aged(submit(owner, name="secret name.jpg"), 40)
    chosen(owner, 30)
    out = StringIO()
    call_command("purge", dry_run=True, stdout=out)
    assert f"would announce the deletion of upload:{upload.pk}" in out.getvalue()
    assert not Expiry.objects.exists()
    call_command("purge", stdout=StringIO())
    Expiry.objects.update(due_at=timezone.now())
    out = StringIO()
    call_command("purge", dry_run=True, stdout=out)
    assert f"would delete upload:{upload.pk}" in out.getvalue()
    assert "secret" not in out.getvalue()
    assert Upload.objects.exists()
    out = StringIO()
    with on_commit():
        call_command("purge", stdout=out)
    assert out.getvalue() == "0 announced, 1 deleted\n"
    assert not Upload.objects.exists()


def test_the_round_purges_and_does_not_come_again_at_once(submit, owner):
    aged(submit(owner), 40)
    chosen(owner, 30)
    assert purging.walk() == "1 announced, 0 deleted"
    assert purging.walk() == "not yet again"
