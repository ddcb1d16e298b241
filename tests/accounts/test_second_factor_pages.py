"""The pages of the second factor, and every way round it."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.messages import get_messages
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import sessions, tokens
from accounts.audit import SYSTEM
from accounts.models import AuditEvent, Role, SecondFactor, User
from accounts.second_factor import offer
from tests.accounts.factors import CODE, LOGIN, SET_UP, Phone, equip, give_code, give_password, inside
from tests.conftest import PASSWORD, logged_in

RENEW, OFF, ADMIN = f"{SET_UP}codes/", f"{SET_UP}off/", "/admin/"
SHOWN = re.compile(r"<code>((?:[a-z2-9]{4} ?){6})</code>")


def session_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def errors(answer) -> dict:
    return dict(answer.context["form"].errors)


@pytest.fixture
def phone(owner):
    return equip(owner)[0]


@pytest.fixture
def entered(owner, phone):
    """A browser in which the owner is logged in with both."""
    client = Client()
    give_password(client, owner)
    assert give_code(client, phone.code()).status_code == 302
    SecondFactor.objects.update(last_step=0)
    return client


class TestLogIn:
    def test_the_password_alone_logs_nobody_in(self, client, owner, phone, acts):
        with acts() as done:
            answer = give_password(client, owner)
        assert (answer.status_code, answer["Location"], done) == (302, CODE, [])
        assert not inside(client)
        assert "_auth_user_id" not in client.session

    def test_the_code_does_and_leads_to_where_one_wanted(self, client, owner, phone, acts):
        assert give_password(client, owner, next="/uploads/")["Location"] == f"{CODE}?next=%2Fuploads%2F"
        assert 'value="/uploads/"' in client.get(f"{CODE}?next=/uploads/").content.decode()
        with acts() as done:
            answer = give_code(client, phone.code(), next="/uploads/")
        assert (answer.status_code, answer["Location"], done) == (302, "/uploads/", ["login"])
        assert inside(client)

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
    def test_it_leads_to_no_other_site(self, client, owner, phone, target):
        assert give_password(client, owner, next=target)["Location"] == CODE
        assert give_code(client, phone.code(), next=target)["Location"] == "/upload/"

    def test_a_wrong_code_is_said_and_written_down(self, client, owner, phone):
        give_password(client, owner)
        answer = give_code(client, phone.code(later=5))
        assert (answer.status_code, list(errors(answer))) == (200, ["code"])
        event = AuditEvent.objects.first()
        assert (event.action, event.details, event.personal["name"]) == ("login.failed", {"step": "code"}, "owner")
        assert not inside(client)

    def test_a_code_that_was_used_is_refused_in_another_browser(self, owner, phone):
        code = phone.code()
        for browser, comes_in in ((Client(), True), (Client(), False)):
            give_password(browser, owner)
            give_code(browser, code)
            assert inside(browser) is comes_in

    def test_a_recovery_code_lets_in_once_and_says_how_many_are_left(self, client, owner):
        _, made = equip(owner)
        give_password(client, owner)
        answer = give_code(client, made[3])
        assert "9 are left" in str(next(iter(get_messages(answer.wsgi_request))))
        other = Client()
        give_password(other, owner)
        assert give_code(other, made[3]).status_code == 200
        assert inside(client)
        assert not inside(other)

    def test_without_the_password_nobody_is_asked_for_a_code(self, client, owner, phone):
        assert client.get(CODE)["Location"] == LOGIN
        assert give_code(client, phone.code())["Location"] == LOGIN
        assert not inside(client)

    def test_who_waits_too_long_begins_again(self, client, owner, phone, monkeypatch):
        give_password(client, owner)
        later = timezone.now() + timedelta(minutes=11)
        monkeypatch.setattr("accounts.log_in_steps.timezone.now", lambda: later)
        assert client.get(CODE)["Location"] == LOGIN

    @pytest.mark.parametrize("change", [{"password": "!"}, {"is_active": False}, {"factor_since": None}])
    def test_what_changed_between_password_and_code_counts(self, client, owner, phone, change):
        give_password(client, owner)
        User.objects.filter(pk=owner.pk).update(**change)
        assert give_code(client, phone.code())["Location"] == LOGIN
        assert not inside(client)

    def test_each_step_begins_a_new_session(self, client, owner, phone):
        """Whoever planted a session under a person has neither the half log-in nor the whole one."""
        client.get("/samples/")
        client.post("/accounts/language/", {"language": "en"})
        session = client.session
        session["planted"] = "yes"
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        keys = [session.session_key]
        for step in (lambda: give_password(client, owner), lambda: give_code(client, phone.code())):
            step()
            keys.append(session_of(client))
        assert len(set(keys)) == 3
        for old in keys[:2]:
            planted = Client()
            planted.cookies[settings.SESSION_COOKIE_NAME] = old
            assert planted.get(CODE)["Location"] == LOGIN
            assert not inside(planted)

    def test_wrong_codes_lock_like_wrong_passwords_and_both_count_together(self, client, owner, phone, acts):
        with acts() as done:
            for _ in range(2):
                client.post(LOGIN, {"username": "owner", "password": "wrong"})
            give_password(client, owner)
            statuses = [give_code(client, phone.code(later=5)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert done.count("login.failed") == 5
        assert done.count("login.locked") == 1
        answer = give_code(client, phone.code())
        assert (answer.status_code, inside(client)) == (429, False)
        assert "passwords or codes" in answer.content.decode()
        assert give_password(Client(), owner).status_code == 429

    def test_the_lock_of_an_address_leaves_the_right_code_unused(self, owner, phone):
        here = Client()
        give_password(here, owner)
        for _ in range(5):
            give_code(here, phone.code(later=5))
        code = phone.code()
        assert give_code(here, code).status_code == 429
        elsewhere = Client(REMOTE_ADDR="192.0.2.9")
        give_password(elsewhere, owner)
        assert give_code(elsewhere, code).status_code == 302

    def test_many_addresses_buy_no_further_guesses(self, owner, phone):
        for n in range(10):
            guessing = Client(REMOTE_ADDR=f"192.0.2.{n}")
            give_password(guessing, owner)
            give_code(guessing, phone.code(later=5))
        last = Client(REMOTE_ADDR="192.0.2.200")
        give_password(last, owner)
        answer = give_code(last, phone.code())
        assert (answer.status_code, inside(last)) == (429, False)
        assert 0 < int(answer["Retry-After"]) <= 3600

    def test_the_password_alone_does_not_forget_the_wrong_codes(self, client, owner, phone):
        for _ in range(4):
            give_password(client, owner)
            give_code(client, phone.code(later=5))
        give_password(client, owner)
        assert give_code(client, phone.code(later=5)).status_code == 429

    def test_what_was_tried_is_kept_nowhere(self, client, owner, phone):
        give_password(client, owner)
        give_code(client, "abcd efgh jkmn pqrs")
        kept = str(list(AuditEvent.objects.values())) + str(list(AccessAttempt.objects.values()))
        assert "jkmn" not in kept

    def test_a_new_password_by_mail_does_not_go_round_it(self, client, owner, phone):
        client.post("/accounts/reset/", {"email": owner.email})
        link = re.search(r"/accounts/reset/\S+/\S+/", mail.outbox[0].body)[0]
        form = client.get(link, follow=True)
        new = {"new_password1": "a new correct horse", "new_password2": "a new correct horse"}
        client.post(form.request["PATH_INFO"], new)
        assert not inside(client)
        answer = client.post(LOGIN, {"username": "owner", "password": "a new correct horse"})
        assert answer["Location"] == CODE


class TestRoundIt:
    """Sessions that a door began without the code, and the admin."""

    @pytest.mark.parametrize("path", [ADMIN, "/admin/accounts/user/", "/accounts/profile/", "/desk/"])
    def test_a_session_without_the_code_is_none(self, administrator, path):
        equip(administrator)
        client = logged_in(administrator)
        assert client.get(path).status_code == 302
        assert "/login/" in client.get(path)["Location"]
        assert "_auth_user_id" not in client.session

    def test_nor_does_the_api_take_it(self, owner):
        equip(owner)
        assert logged_in(owner).get("/api/v1/uploads/").status_code == 401

    def test_the_admin_has_no_door_of_its_own(self, client, administrator):
        phone, _ = equip(administrator)
        form = {"username": "administrator", "password": PASSWORD, "next": ADMIN}
        assert client.post("/admin/login/", form)["Location"].startswith(LOGIN)
        client.post(LOGIN, form)
        assert client.get(ADMIN).status_code == 302
        client.post("/admin/login/", form)
        assert client.get(ADMIN).status_code == 302
        give_code(client, phone.code())
        assert client.get(ADMIN).status_code == 200

    def test_neither_an_address_nor_a_header_stands_for_the_code(self, client, administrator):
        equip(administrator)
        give_password(client, administrator)
        for path in ("/admin/?next=/admin/", "/accounts/login/code/../../../admin/"):
            assert client.get(path, headers={"x-forwarded-for": "127.0.0.1"}).status_code in (301, 302, 404)
        assert client.get(ADMIN).status_code == 302

    def test_a_factor_that_was_set_up_anew_ends_what_the_old_one_opened(self, owner, entered):
        SecondFactor.objects.all().delete()
        User.objects.filter(pk=owner.pk).update(factor_since=timezone.now())
        assert not inside(entered)

    def test_a_token_works_as_before(self, client, owner, phone):
        _, key = tokens.issue(SYSTEM, user=owner, name="script")
        assert client.get("/api/v1/uploads/", headers={"authorization": f"Bearer {key}"}).status_code == 200


class TestSettingUp:
    def set_up(self, client, **change):
        made = offer()
        form = {"offer": made.sealed, "code": Phone(made.secret).code(), "password": PASSWORD}
        return client.post(SET_UP, form | change)

    def test_the_page_shows_what_a_phone_scans_and_what_a_hand_types(self, as_owner):
        answer = as_owner.get(SET_UP)
        text = answer.content.decode()
        assert 'src="data:image/svg+xml' in text
        assert answer.context["secret"] in text
        assert "no-store" in answer["Cache-Control"]
        assert not SecondFactor.objects.exists()

    def test_the_first_code_turns_it_on_and_the_codes_are_shown_once(self, as_owner, owner):
        answer = self.set_up(as_owner)
        assert len(set(SHOWN.findall(answer.content.decode()))) == 10
        assert "no-store" in answer["Cache-Control"]
        assert SHOWN.findall(as_owner.get(SET_UP).content.decode()) == []
        assert "10 of 10" in as_owner.get(SET_UP).content.decode()
        assert inside(as_owner)

    def test_this_session_stays_under_a_new_key_and_every_other_ends_for_good(self, as_owner, owner):
        other, half, before = logged_in(owner), Client(), session_of(as_owner)
        give_password(half, owner)
        self.set_up(as_owner)
        assert session_of(as_owner) != before
        assert [row.pk for row in sessions.of(owner)] == [session_of(as_owner)]
        assert inside(as_owner)
        User.objects.update(factor_since=None)  # so that nothing else keeps the old sessions out
        assert not inside(other)
        assert half.get(CODE)["Location"] == LOGIN

    @pytest.mark.parametrize(
        ("change", "field"),
        [({"password": "wrong"}, "password"), ({"code": "000000"}, "code"), ({"offer": "made up"}, "code")],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_is_made(self, as_owner, change, field):
        answer = self.set_up(as_owner, **change)
        assert list(errors(answer)) == [field]
        assert not SecondFactor.objects.exists()
        assert inside(as_owner)

    def test_who_mistypes_keeps_the_qr_code_that_the_phone_has_scanned(self, as_owner):
        first = as_owner.get(SET_UP).context
        again = as_owner.post(SET_UP, {"offer": first["sealed"], "code": "000000", "password": PASSWORD}).context
        assert (again["secret"], again["sealed"]) == (first["secret"], first["sealed"])

    def test_guesses_are_counted(self, as_owner):
        statuses = [self.set_up(as_owner, code="000000").status_code for _ in range(11)]
        assert statuses == [200] * 10 + [429]


class TestLessening:
    """New recovery codes, and turning it off: password and code."""

    @pytest.mark.parametrize("path", [RENEW, OFF])
    @pytest.mark.parametrize("change", [{"password": "wrong"}, {"code": "000000"}])
    def test_both_are_needed(self, entered, phone, path, change):
        answer = entered.post(path, {"password": PASSWORD, "code": phone.code()} | change)
        assert (answer.status_code, list(errors(answer))) == (200, list(change))
        assert SecondFactor.objects.exists()

    def test_new_codes_are_shown_once(self, entered, phone, acts):
        with acts() as done:
            answer = entered.post(RENEW, {"password": PASSWORD, "code": phone.code()})
        assert len(set(SHOWN.findall(answer.content.decode()))) == 10
        assert done == ["second_factor.codes"]

    @pytest.mark.parametrize("path", [RENEW, OFF])
    def test_other_sessions_end_with_it(self, entered, owner, phone, path):
        other = Client()
        give_password(other, owner)
        give_code(other, phone.code())
        SecondFactor.objects.update(last_step=0)
        assert inside(other)
        entered.post(path, {"password": PASSWORD, "code": phone.code()})
        assert (inside(entered), inside(other)) == (True, False)

    def test_it_is_turned_off_and_the_password_is_enough_again(self, entered, owner, phone):
        assert entered.post(OFF, {"password": PASSWORD, "code": phone.code()}).status_code == 302
        assert inside(entered)
        assert give_password(Client(), owner)["Location"] == "/upload/"

    @pytest.mark.parametrize("path", [RENEW, OFF])
    def test_who_has_none_is_led_to_setting_one_up(self, as_owner, path):
        assert as_owner.get(path)["Location"] == as_owner.post(path)["Location"] == SET_UP


class TestAsked:
    """FAKEDETECT_SECOND_FACTOR."""

    PAGES = ("/desk/", ADMIN, "/admin/accounts/user/", "/dashboard/", "/upload/", "/accounts/tokens/")

    @pytest.mark.parametrize("who", ["as_moderator", "as_administrator"])
    def test_of_staff_whoever_has_none_is_led_to_setting_one_up(self, request, settings, who):
        client = request.getfixturevalue(who)
        settings.SECOND_FACTOR = "staff"
        assert {client.get(path)["Location"] for path in self.PAGES} == {SET_UP}
        assert client.post("/accounts/tokens/", {"name": "x", "scope": "read"})["Location"] == SET_UP
        assert "asks you" in client.get(SET_UP).content.decode()
        answer = client.get("/api/v1/queue/")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_needed")
        assert client.post("/accounts/language/", {"language": "de"}).status_code == 302
        assert client.post("/accounts/logout/")["Location"] == "/"

    def test_others_go_on_as_before(self, as_owner, client, settings):
        settings.SECOND_FACTOR = "staff"
        assert inside(as_owner)
        assert client.get("/").status_code == 200

    def test_who_sets_one_up_goes_on(self, as_moderator, settings):
        settings.SECOND_FACTOR = "staff"
        TestSettingUp().set_up(as_moderator)
        assert as_moderator.get("/desk/").status_code == 200
        assert as_moderator.get(ADMIN).status_code == 200

    def test_a_token_of_theirs_does_nothing_of_the_role(self, client, moderator, settings, submit, owner, model):
        upload = submit(owner)
        _, key = tokens.issue(SYSTEM, user=moderator, name="script")
        headers = {"authorization": f"Bearer {key}"}
        asked = ("/api/v1/queue/", f"/api/v1/uploads/{upload.pk}/")
        assert [client.get(path, headers=headers).status_code for path in asked] == [200, 200]
        settings.SECOND_FACTOR = "staff"
        assert [client.get(path, headers=headers).status_code for path in asked] == [403, 404]

    def test_of_everybody_it_is_asked_from_the_sign_up_on(self, client, settings, as_owner, db):
        settings.SECOND_FACTOR = "everyone"
        assert as_owner.get("/upload/")["Location"] == SET_UP
        form = {"username": "new", "email": "new@example.org", "password": PASSWORD, "repeated": PASSWORD}
        client.post("/accounts/signup/", form)
        assert client.get("/upload/")["Location"] == SET_UP
        assert client.get("/health/live").status_code in (200, 301)

    def test_nothing_is_assigned_to_who_cannot_act(self, moderator, administrator, settings):
        from accounts.roles import moderators

        equip(administrator)
        assert set(moderators()) == {moderator, administrator}
        settings.SECOND_FACTOR = "staff"
        assert set(moderators()) == {administrator}


class TestInTheAdmin:
    LIST = "/admin/accounts/user/"

    def act(self, client, *people):
        return client.post(
            self.LIST, {"action": "forget_second_factor", "_selected_action": [one.pk for one in people]}
        )

    def test_administrators_make_it_forgotten(self, as_administrator, owner, stranger, phone, acts, on_commit):
        with acts() as done, on_commit():
            self.act(as_administrator, owner, stranger)
        owner.refresh_from_db()
        assert (owner.factor_since, done) == (None, ["second_factor.forgotten"])
        assert mail.outbox[0].to == [owner.email]

    def test_their_own_is_refused_and_then_nobody_s_is_forgotten(self, client, administrator, owner, phone, on_commit):
        own, _ = equip(administrator)
        give_password(client, administrator)
        give_code(client, own.code())
        with on_commit():
            answer = self.act(client, administrator, owner)
        assert "in your profile" in str(next(iter(get_messages(answer.wsgi_request))))
        assert (SecondFactor.objects.count(), mail.outbox) == (2, [])

    def test_moderators_do_not(self, as_moderator, owner, phone):
        self.act(as_moderator, owner)
        owner.refresh_from_db()
        assert owner.factor_since

    def test_the_person_s_page_says_since_when_and_takes_no_other(self, as_administrator, owner, phone):
        page = f"{self.LIST}{owner.pk}/change/"
        assert "Second factor since" in as_administrator.get(page).content.decode()
        form = {"email": owner.email, "role": Role.USER, "is_active": "on", "new_password": "", "factor_since": ""}
        assert as_administrator.post(page, form).status_code == 302
        owner.refresh_from_db()
        assert owner.factor_since
