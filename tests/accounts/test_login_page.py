"""/accounts/login/ and /accounts/logout/: coming in, going out, and being kept out."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User

PAGE = "/accounts/login/"
RIGHT = {"username": "owner", "password": "correct horse battery"}
WRONG = RIGHT | {"password": "wrong"}

pytestmark = pytest.mark.usefixtures("owner")


def fail(client, times, **change):
    for _ in range(times):
        answer = client.post(PAGE, WRONG | change)
    return answer


def test_the_right_password_leads_to_the_upload(client, acts):
    with acts() as done:
        answer = client.post(PAGE, RIGHT)
    assert (answer.status_code, answer["Location"], done) == (302, reverse("detector:upload"), ["login"])


def test_a_username_is_known_in_any_case(client):
    assert client.post(PAGE, RIGHT | {"username": "OWNER"}).status_code == 302


def test_an_e_mail_address_is_no_username_and_the_form_says_so(client):
    assert client.post(PAGE, RIGHT | {"username": "owner@example.org"}).status_code == 200
    assert "not your e-mail address" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("target", "where"),
    [("/history/", "/history/"), ("https://evil.example/", "/upload/"), ("//evil.example/", "/upload/")],
)
def test_it_leads_on_to_pages_of_this_site_only(client, target, where):
    assert client.post(PAGE, RIGHT | {"next": target})["Location"] == where


def test_whoever_is_logged_in_is_led_on(as_owner):
    assert as_owner.get(PAGE)["Location"] == reverse("detector:upload")


def test_a_failure_is_written_down_with_the_name_that_was_tried(client, acts):
    with acts() as done:
        fail(client, 1)
    event = AuditEvent.objects.first()
    assert done == ["login.failed"]
    assert (event.actor, event.personal) == ("", {"name": "owner", "address": "127.0.0.1"})


def test_unknown_deactivated_and_mistyped_look_alike(client, stranger):
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    tried = [WRONG, RIGHT | {"username": "nobody"}, RIGHT | {"username": "stranger"}]
    answers = [client.post(PAGE, form) for form in tried]
    assert {answer.status_code for answer in answers} == {200}
    assert len({str(answer.context["form"].errors) for answer in answers}) == 1


def test_five_failures_lock_this_name_for_this_address_even_with_the_right_password(client):
    assert fail(client, 4).status_code == 200
    assert fail(client, 1).status_code == 429
    answer = client.post(PAGE, RIGHT)
    assert answer.status_code == 429
    assert "Too many wrong passwords" in answer.content.decode()
    assert "15 minutes" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_a_lock_out_is_written_down_once_and_what_follows_not_at_all(client, acts):
    with acts() as done:
        fail(client, 9)
    assert sorted(done) == ["login.failed"] * 5 + ["login.locked"]
    locked = AuditEvent.objects.get(action="login.locked")
    assert locked.personal == {"name": "owner", "address": "127.0.0.1"}


def test_the_case_of_the_name_buys_no_further_attempts(client):
    fail(client, 3)
    assert fail(client, 2, username="OWNER").status_code == 429
    assert fail(client, 1, username="Owner").status_code == 429


def test_neither_another_browser_nor_a_forged_header_lifts_the_lock(client):
    fail(client, 5)
    for change in ({"user-agent": "another"}, {"x-forwarded-for": "192.0.2.9"}):
        assert Client(headers=change).post(PAGE, RIGHT).status_code == 429


def test_another_address_and_another_name_are_not_locked(client, stranger):
    fail(client, 5)
    assert Client(REMOTE_ADDR="192.0.2.9").post(PAGE, RIGHT).status_code == 302
    assert Client().post(PAGE, RIGHT | {"username": "stranger"}).status_code == 302


def test_behind_a_trusted_proxy_the_lock_holds_for_the_clients_address(settings):
    settings.TRUSTED_PROXIES = 1
    fail(Client(headers={"x-forwarded-for": "192.0.2.9"}), 5)
    assert Client(headers={"x-forwarded-for": "192.0.2.9"}).post(PAGE, RIGHT).status_code == 429
    assert Client(headers={"x-forwarded-for": "192.0.2.10"}).post(PAGE, RIGHT).status_code == 302


def test_the_lock_ends_by_itself(client):
    fail(client, 5)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16))
    assert client.post(PAGE, RIGHT).status_code == 302


def test_success_forgets_the_failures_before_it(client):
    fail(client, 4)
    client.post(PAGE, RIGHT)
    client.post("/accounts/logout/")
    assert fail(client, 4).status_code == 200


def test_one_address_that_tries_many_names_is_stopped(client):
    answers = [client.post(PAGE, WRONG | {"username": f"name{n}"}).status_code for n in range(101)]
    assert answers == [200] * 100 + [429]


def test_the_password_tried_is_kept_nowhere(client):
    client.post(PAGE, RIGHT | {"password": "very-secret-attempt"})
    kept = str(list(AuditEvent.objects.values())) + str(list(AccessAttempt.objects.values()))
    assert "very-secret-attempt" not in kept


def test_logging_out_takes_a_post_and_is_written_down(as_owner, acts):
    assert as_owner.get("/accounts/logout/").status_code == 405
    with acts() as done:
        assert as_owner.post("/accounts/logout/")["Location"] == reverse("detector:home")
    assert (done, "_auth_user_id" in as_owner.session) == (["logout"], False)


def test_the_form_wants_its_csrf_token():
    assert Client(enforce_csrf_checks=True).post(PAGE, RIGHT).status_code == 403
