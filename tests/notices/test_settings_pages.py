"""/notices/settings/ and /notices/webhooks/: how one is told."""

import re

import pytest

from accounts.audit import Actor
from notices import deliveries, endpoints, preferences, signatures
from notices.models import Delivery, Endpoint

SETTINGS, NEW = "/notices/settings/", "/notices/webhooks/new/"


def page_of(hook, *more) -> str:
    return "/".join(["/notices/webhooks", str(hook.pk), *map(str, more), ""])


def test_nobody_is_mailed_who_did_not_choose_it(as_owner, owner):
    assert as_owner.get(SETTINGS).context["form"]["mailing"].value() == "off"


@pytest.mark.parametrize("choice", ["at_once", "daily", "off"])
def test_a_choice_is_kept_and_shown(as_owner, owner, choice):
    preferences.set_mailing(Actor(user=owner), person=owner, mailing="daily")
    assert as_owner.post(SETTINGS, {"mailing": choice})["Location"] == SETTINGS
    assert preferences.mailing_of(owner) == choice
    assert as_owner.get(SETTINGS).context["form"]["mailing"].value() == choice


def test_another_choice_than_these_is_refused(as_owner, owner):
    assert as_owner.post(SETTINGS, {"mailing": "hourly"}).status_code == 400
    assert preferences.mailing_of(owner) == "off"


def test_without_an_address_the_page_says_where_to_add_one(as_owner, owner):
    owner.email = ""
    owner.save()
    assert "no e-mail address" in as_owner.get(SETTINGS).content.decode()


def made(client, url, **more):
    answer = client.post(NEW, {"url": url} | more)
    found = re.search(r"whsec_[A-Za-z0-9+/=]{44}", answer.content.decode())
    return answer, found and found[0]


def test_a_new_webhook_shows_its_secret_in_the_answer_and_never_again(as_owner, receiver):
    answer, secret = made(as_owner, receiver.url, kinds=["review.decided"])
    row = Endpoint.objects.get()
    assert (answer.status_code, row.kinds, signatures.secret_of(row.seed)) == (200, ["review.decided"], secret)
    assert "no-store" in answer["Cache-Control"]
    assert secret not in as_owner.get(page_of(row)).content.decode()


@pytest.mark.parametrize("url", ["", "nonsense", "http://169.254.169.254/", "https://example.org:22/"])
def test_an_address_that_cannot_be_is_said_at_its_field_and_what_was_typed_stays(as_owner, url):
    answer, secret = made(as_owner, url, kinds=["case.added"])
    assert (answer.status_code, secret, Endpoint.objects.count()) == (400, None, 0)
    assert list(answer.context["form"].errors) == ["url"]
    assert answer.context["form"]["kinds"].value() == ["case.added"]


def test_it_is_changed_on_its_page(as_owner, hook, receiver):
    form = {"url": receiver.url + "2", "kinds": ["case.added"]}
    assert as_owner.post(page_of(hook), form)["Location"] == page_of(hook)
    hook.refresh_from_db()
    assert (hook.url, hook.kinds, hook.active) == (receiver.url + "2", ["case.added"], False)


def test_a_new_secret_asks_first_and_is_shown_once_with_the_end_of_the_old(as_owner, hook):
    assert "Make a new secret?" in as_owner.get(page_of(hook, "rotate")).content.decode()
    text = as_owner.post(page_of(hook, "rotate")).content.decode()
    hook.refresh_from_db()
    assert signatures.secret_of(hook.seed) in text
    assert signatures.secret_of(hook.old_seed) == hook.secret
    assert "second signature" in text


def test_removing_asks_first(as_owner, hook):
    assert "Remove this webhook?" in as_owner.get(page_of(hook, "delete")).content.decode()
    assert as_owner.post(page_of(hook, "delete"))["Location"] == SETTINGS
    assert Endpoint.objects.count() == 0


def test_the_test_button_sends_a_test(as_owner, hook, receiver, sweep):
    assert as_owner.post(page_of(hook, "test"))["Location"] == page_of(hook)
    sweep()
    assert len(receiver.taken) == 1
    assert "Delivered" in as_owner.get(page_of(hook)).content.decode()


def test_too_many_tests_get_a_sentence(as_owner, hook):
    for _ in range(6):
        as_owner.post(page_of(hook, "test"))
    assert "Wait a minute" in as_owner.get(page_of(hook)).content.decode()
    assert Delivery.objects.count() == 5


def test_what_was_given_up_is_shown_with_its_reason_and_sent_again_from_there(as_owner, hook, receiver, sweep, tell):
    from tests.notices.receiver import OK, hang_up

    receiver.answers = [hang_up]
    tell()
    sweep()
    sweep(days=4)
    text = as_owner.get(page_of(hook)).content.decode()
    assert "hung up" in text
    assert "Loses deliveries" in text
    receiver.answers = [OK]
    as_owner.post(page_of(hook, "again"))
    sweep()
    assert Delivery.objects.get().state == "done"
    as_owner.post(page_of(hook, "again", Delivery.objects.get().pk))
    assert Delivery.objects.get().state == "waiting"


def test_the_help_for_receivers_shows_code_to_verify_with(client, db):
    text = client.get("/notices/webhooks/help/").content.decode()
    assert "def verify(" in text
    assert "function verify(" in text
    assert "webhook-signature" in text


def test_another_persons_webhook_is_not_there(as_stranger, as_moderator, as_administrator, hook, stranger):
    own = endpoints.make(Actor(user=stranger), person=stranger, url=hook.url)[0]
    deliveries.test(Actor(user=stranger), endpoint=own)
    for client in (as_stranger, as_moderator, as_administrator):
        for more in ((), ("rotate",), ("delete",), ("test",), ("again",), ("again", Delivery.objects.get().pk)):
            assert client.post(page_of(hook, *more), {"url": hook.url}).status_code == 404
    assert as_stranger.get(page_of(hook)).status_code == 404
    assert as_stranger.post(page_of(hook, "again", Delivery.objects.get().pk)).status_code == 404
