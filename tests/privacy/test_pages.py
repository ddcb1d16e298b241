"""Pages under /privacy/: what they show, what they do, and for whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import consent
from accounts.audit import Actor
from accounts.models import AuditEvent, Consent, Purpose, User
from detector.models import Upload
from privacy import keeping, periods
from privacy.models import Erasure, Expiry, Kept, Progress, Retention
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ("", "consent/", "retention/", "expiring/", "export/", "account/erase/")


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_for_people_who_are_logged_in(page, as_owner):
    assert Client().get(f"/privacy/{page}")["Location"].startswith("/accounts/login/")
    answer = as_owner.get(f"/privacy/{page}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_the_overview_says_how_things_stand(as_owner, owner, submit):
    assert "You have not agreed" in text_of(as_owner.get("/privacy/"))
    consent.give(Actor(user=owner), person=owner, purpose=Purpose.TRAINING)
    periods.choose(Actor(user=owner), person=owner, days=90)
    upload = submit(owner)
    Expiry.objects.create(upload=upload, due_at=timezone.now() + timedelta(days=7))
    text = text_of(as_owner.get("/privacy/"))
    for said in ("You agreed on", "90 days", "1 image will be deleted soon", "1 image."):
        assert said in text


def test_consent_is_read_given_and_withdrawn_on_its_page(as_owner, owner):
    page = "/privacy/consent/"
    assert "no new data set holds my images" in text_of(as_owner.get(page))
    as_owner.post(page, {"answer": "give"})
    assert consent.given(owner, Purpose.TRAINING)
    assert "You agreed to this on" in text_of(as_owner.get(page))
    as_owner.post(page, {"answer": "withdraw"})
    assert not consent.given(owner, Purpose.TRAINING)
    assert "Given on" in text_of(as_owner.get(page))


def test_who_agreed_to_an_older_text_sees_both(as_owner, owner):
    Consent.objects.create(person=owner, purpose=Purpose.TRAINING, text="The older words.")
    text = text_of(as_owner.get("/privacy/consent/"))
    assert "The older words." in text
    assert "The text has changed since" in text
    as_owner.post("/privacy/consent/", {"answer": "give"})
    assert consent.standing(owner, Purpose.TRAINING).text == consent.text_of(Purpose.TRAINING)


def test_an_answer_that_is_none_changes_nothing(as_owner):
    as_owner.post("/privacy/consent/", {"answer": "maybe"})
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("form", "days"), [({"period": "keep"}, None), ({"period": "days", "days": "45"}, 45), ({"period": "site"}, "none")]
)
def test_a_period_is_chosen(as_owner, owner, form, days):
    assert as_owner.post("/privacy/retention/", form)["Location"] == "/privacy/retention/"
    own = Retention.objects.filter(person=owner).first()
    assert (own.days if own else "none") == days


@pytest.mark.parametrize("form", [{"period": "days"}, {"period": "days", "days": "0"}, {"period": "soon"}, {}])
def test_a_period_that_cannot_be_meant_is_said_at_its_field(as_owner, form):
    answer = as_owner.post("/privacy/retention/", form | {"sent": "1"})
    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()
    assert not Retention.objects.exists()


def test_what_is_about_to_go_is_kept_with_one_click_each_or_all(as_owner, owner, submit):
    one, two, three = (submit(owner, seed=seed) for seed in range(3))
    for upload in (one, two, three):
        Expiry.objects.create(upload=upload, due_at=timezone.now() + timedelta(days=7))
    assert text_of(as_owner.get("/privacy/expiring/")).count("Keep this one") == 3
    answer = as_owner.post(f"/privacy/uploads/{one.pk}/keep/", {"next": "/privacy/expiring/"})
    assert answer["Location"] == "/privacy/expiring/"
    assert Expiry.objects.count() == 2
    as_owner.post("/privacy/expiring/keep/")
    assert (Expiry.objects.count(), Kept.objects.count()) == (0, 3)
    assert "Nothing is about to be deleted" in text_of(as_owner.get("/privacy/expiring/"))
    as_owner.post(f"/privacy/uploads/{one.pk}/keep/", {"keep": "0"})
    assert Kept.objects.count() == 2


def test_after_a_click_nobody_is_led_to_another_site(as_owner, owner, submit):
    upload = submit(owner)
    answer = as_owner.post(f"/privacy/uploads/{upload.pk}/keep/", {"next": "https://elsewhere.example/"})
    assert answer["Location"] == f"/uploads/{upload.pk}/"


@pytest.mark.parametrize(("who", "status"), [("as_stranger", 404), ("as_moderator", 302), ("as_administrator", 302)])
def test_a_moderator_may_keep_what_is_anothers_and_a_stranger_may_not(who, status, owner, submit, request):
    upload = submit(owner)
    client = request.getfixturevalue(who)
    assert client.post(f"/privacy/uploads/{upload.pk}/keep/").status_code == status
    assert Kept.objects.exists() is (status == 302)


def test_an_upload_is_erased_with_the_password(as_owner, owner, submit):
    upload = submit(owner)
    page = f"/privacy/uploads/{upload.pk}/erase/"
    assert "cannot be undone" in text_of(as_owner.get(page))
    wrong = as_owner.post(page, {"password": "wrong"})
    assert wrong.status_code == 400
    assert "This is not your password. Nothing was changed." in text_of(wrong)
    assert not Erasure.objects.exists()
    answer = as_owner.post(page, {"password": PASSWORD})
    erasure = Erasure.objects.get()
    assert answer["Location"] == f"/privacy/erasures/{erasure.pk}/"
    assert "nothing was found afterwards" in text_of(as_owner.get(answer["Location"]))
    assert not Upload.objects.exists()


def test_it_is_said_when_the_same_file_was_handed_in_more_than_once(as_owner, owner, stranger, submit):
    upload = submit(owner)
    assert "handed in more than once" not in text_of(as_owner.get(f"/privacy/uploads/{upload.pk}/erase/"))
    submit(stranger)
    assert "handed in more than once" in text_of(as_owner.get(f"/privacy/uploads/{upload.pk}/erase/"))


@pytest.mark.parametrize(("who", "status"), [("as_stranger", 404), ("as_moderator", 404), ("as_administrator", 200)])
def test_others_do_not_erase_an_upload_but_administrators(who, status, owner, submit, request):
    upload = submit(owner)
    client = request.getfixturevalue(who)
    assert client.get(f"/privacy/uploads/{upload.pk}/erase/").status_code == status
    client.post(f"/privacy/uploads/{upload.pk}/erase/", {"password": PASSWORD})
    assert Upload.objects.exists() is (status == 404)


def test_an_account_is_erased_with_password_and_tick_and_its_browser_is_logged_out(as_owner, owner, submit):
    submit(owner)
    page = "/privacy/account/erase/"
    for form in ({"password": PASSWORD}, {"sure": "on", "password": "wrong"}, {"sure": "on"}, {"sure": ""}):
        assert as_owner.post(page, form).status_code == 400
    assert User.objects.filter(pk=owner.pk, is_active=True).exists()
    answer = as_owner.post(page, {"sure": "on", "password": PASSWORD})
    erasure = Erasure.objects.get()
    assert (erasure.state, erasure.error) == (Progress.DONE, "")
    assert not User.objects.filter(pk=owner.pk).exists()
    followed = as_owner.get(answer["Location"])
    assert "Log in" in text_of(followed)
    assert "nothing was found afterwards" in text_of(followed)
    given = as_owner.get(f"/privacy/erasures/{erasure.pk}/certificate.json")
    assert given.content.decode() == erasure.certificate
    assert not AuditEvent.objects.filter(action="logout").exists()


def test_guessing_the_password_is_counted(as_owner, owner, submit):
    upload = submit(owner)
    page = f"/privacy/uploads/{upload.pk}/erase/"
    for _ in range(10):
        as_owner.post(page, {"password": "wrong"})
    answer = as_owner.post("/privacy/account/erase/", {"sure": "on", "password": PASSWORD})
    assert "very often" in text_of(answer)
    assert not Erasure.objects.exists()


def test_the_last_administrator_is_told_why_they_cannot_go(as_administrator, administrator):
    answer = as_administrator.post("/privacy/account/erase/", {"sure": "on", "password": PASSWORD})
    assert "This is the last administrator" in text_of(answer)
    assert User.objects.filter(pk=administrator.pk, is_active=True).exists()


def test_an_erasure_under_way_is_followed_and_its_certificate_is_not_there_yet(client, db):
    erasure = Erasure.objects.create(
        kind="upload", subject="upload:x", person=1, step=2, error="The data base is busy."
    )
    text = text_of(client.get(f"/privacy/erasures/{erasure.pk}/"))
    for said in ("2 of 6 steps", "The data base is busy.", "every 2s"):
        assert said in text
    assert client.get(f"/privacy/erasures/{erasure.pk}/certificate.json").status_code == 404
    assert "<html" not in text_of(client.get(f"/privacy/erasures/{erasure.pk}/", headers={"HX-Request": "true"}))


def test_the_profile_and_the_verdict_lead_here(as_owner, owner, submit):
    upload = submit(owner)
    assert "/privacy/" in text_of(as_owner.get("/accounts/profile/"))
    text = text_of(as_owner.get(f"/uploads/{upload.pk}/"))
    assert f"/privacy/uploads/{upload.pk}/erase/" in text
    assert f"/privacy/uploads/{upload.pk}/keep/" in text
    keeping.keep(Actor(user=owner), upload=upload)
    assert "Let it go" in text_of(as_owner.get(f"/uploads/{upload.pk}/"))
