"""tell: what a person is told stands in the page, and in line for the ways that they chose."""

import pytest
from django.db import transaction

from accounts.audit import Actor
from notices import endpoints, kinds, preferences, telling
from notices.models import Delivery, Letter, Notice


def test_a_notice_is_kept_with_all_that_it_says(tell, owner):
    notice = tell(data={"decision": "authentic"})
    kept = Notice.objects.get()
    assert kept == notice
    assert (kept.person, kept.kind, kept.target, kept.read_at) == (owner, "review.decided", "upload:1", None)
    assert (kept.link, kept.data) == ("/uploads/", {"decision": "authentic"})


def test_who_chose_nothing_is_told_in_the_page_alone(tell):
    tell()
    assert (Letter.objects.count(), Delivery.objects.count()) == (0, 0)


@pytest.mark.parametrize("mailing", ["at_once", "daily"])
def test_who_chose_mails_gets_a_letter_in_line(tell, owner, mailing):
    preferences.set_mailing(Actor(user=owner), person=owner, mailing=mailing)
    notice = tell()
    assert Letter.objects.get().notice == notice


def test_without_an_address_there_is_no_letter(tell, owner):
    preferences.set_mailing(Actor(user=owner), person=owner, mailing="at_once")
    owner.email = ""
    owner.save()
    tell()
    assert Letter.objects.count() == 0


def test_each_webhook_gets_what_it_wants(tell, owner, stranger, receiver):
    def hook(person, *wanted):
        return endpoints.make(Actor(user=person), person=person, url=receiver.url, kinds_wanted=wanted)[0]

    everything, reviews, cases = hook(owner), hook(owner, kinds.REVIEW_DECIDED), hook(owner, kinds.CASE_ADDED)
    off, others = hook(owner), hook(stranger)
    endpoints.change(Actor(user=owner), endpoint=off, url=off.url, kinds_wanted=[], active=False)
    tell()
    assert {row.endpoint for row in Delivery.objects.all()} == {everything, reviews}
    assert not {off, others, cases} & {row.endpoint for row in Delivery.objects.all()}


def test_a_kind_that_is_not_known_here_reaches_those_who_want_everything(tell, hook):
    tell(kind="verdict.questioned")
    assert Delivery.objects.get().kind == "verdict.questioned"


def test_an_act_that_fails_tells_nobody(tell, hook):
    def act():
        with transaction.atomic():
            tell()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act()
    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)


def test_a_sentence_that_is_too_long_is_cut_rather_than_lost(tell):
    assert len(tell(text="x" * 600).text) == 500


def test_what_is_forgotten_leaves_no_word_behind(tell, hook, owner):
    preferences.set_mailing(Actor(user=owner), person=owner, mailing="daily")
    tell()
    tell(target="upload:2")
    telling.forget("upload:1")
    assert [row.target for row in Notice.objects.all()] == ["upload:2"]
    assert [row.target for row in Delivery.objects.all()] == ["upload:2"]
    assert [row.notice.target for row in Letter.objects.all()] == ["upload:2"]
