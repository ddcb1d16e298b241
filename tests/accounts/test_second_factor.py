"""The service of the second factor: what is kept, which codes count, how often, and who makes it forgotten."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts import codes, people, second_factor, sessions, tokens
from accounts.audit import SYSTEM, Actor
from accounts.errors import Refused
from accounts.models import AuditEvent, RecoveryCode, SecondFactor, User
from accounts.second_factor import offer
from tests.accounts.factors import equip
from tests.conftest import logged_in

# Appendix B of RFC 6238, SHA-1; its codes have eight digits, of which ours are the last six.
RFC_SECRET = b"12345678901234567890"
RFC = {1111111111: "14050471", 1111111109: "07081804", 1234567890: "89005924", 20000000000: "65353130"}


def prove(user, code):
    return second_factor.prove(Actor(user=user), user=user, code=code)


def refused(user, code) -> str:
    with pytest.raises(Refused) as error:
        prove(user, code)
    return error.value.code


@pytest.fixture
def phone(owner):
    return equip(owner)[0]


@pytest.mark.parametrize("moment", RFC)
def test_codes_are_those_of_the_standard(moment):
    code = RFC[moment][-6:]
    assert codes.step_of(RFC_SECRET, code, moment) == moment // 30
    assert codes.step_of(RFC_SECRET, code, moment + 30) == codes.step_of(RFC_SECRET, code, moment - 30) == moment // 30
    assert codes.step_of(RFC_SECRET, code, moment + 60) is codes.step_of(RFC_SECRET, code, moment - 60) is None


def test_the_picture_says_the_address_and_needs_no_other_file():
    address = codes.address_of(RFC_SECRET, "anna")
    assert address.startswith("otpauth://totp/FakeDetect:anna?")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in address
    assert codes.picture_of(address).startswith("data:image/svg+xml")


def test_a_code_counts_once(owner, phone):
    code = phone.code()
    assert prove(owner, f" {code[:3]} {code[3:]} ") is False
    assert refused(owner, code) == "wrong_code"


def test_the_code_that_turned_it_on_does_not_log_in(owner):
    made = offer()
    code = codes._totp(made.secret).generate(int(timezone.now().timestamp())).decode()
    second_factor.turn_on(Actor(user=owner), user=owner, sealed=made.sealed, code=code)
    assert refused(owner, code) == "wrong_code"


def test_clocks_may_differ_by_one_step_and_no_code_before_the_last_one_counts(owner, phone):
    assert refused(owner, phone.code(later=3)) == refused(owner, phone.code(later=-3)) == "wrong_code"
    assert prove(owner, phone.code(later=1)) is False
    assert refused(owner, phone.code()) == "wrong_code"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "x" * 64, "\0"])
def test_what_is_no_code_is_wrong_and_nothing_else(owner, phone, code):
    assert refused(owner, code) == "wrong_code"


def test_of_somebody_else_no_code_counts(owner, stranger, phone):
    other, recovery = equip(stranger)
    assert refused(owner, other.code()) == refused(owner, recovery[0]) == "wrong_code"


def test_who_has_none_proves_nothing(owner):
    assert refused(owner, "123456") == refused(owner, "abcd efgh jkmn pqrs tuvw xyz2") == "wrong_code"


def test_a_recovery_code_opens_once_however_it_is_written(owner):
    _, made = equip(owner)
    assert len(set(made)) == 10
    assert prove(owner, made[0].upper().replace(" ", "-")) is True
    assert refused(owner, made[0]) == "wrong_code"
    assert second_factor.codes_left(owner) == 9
    assert AuditEvent.objects.get(action="second_factor.recovered").details == {"left": 9}


def test_new_recovery_codes_end_the_old_ones(owner):
    _, old = equip(owner)
    new = second_factor.renew(Actor(user=owner), user=owner)
    assert refused(owner, old[0]) == "wrong_code"
    assert prove(owner, new[0]) is True


def test_ten_wrong_codes_close_it_for_an_hour_even_for_the_right_one(owner, phone, acts):
    with acts() as done:
        assert {refused(owner, phone.code(later=9)) for _ in range(10)} == {"wrong_code"}
        assert refused(owner, phone.code()) == "too_many_codes"
    assert done == ["second_factor.locked"]


def test_the_right_code_forgets_the_wrong_ones_before_it(owner, phone):
    for later in (0, 1):
        for _ in range(9):
            refused(owner, phone.code(later=9))
        prove(owner, phone.code(later=later))


def test_neither_secret_nor_codes_lie_readable_in_the_data_base(owner):
    phone, made = equip(owner)
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    kept = str(rows).encode().lower()
    secrets = [codes.readable(phone.secret), codes.readable(phone.secret).replace(" ", ""), phone.secret.hex(), *made]
    for secret in [*secrets, *(code.replace(" ", "") for code in made)]:
        assert secret.lower().encode() not in kept


def test_under_another_key_of_the_site_codes_are_told_apart_and_recovery_codes_still_open(owner, settings):
    phone, made = equip(owner)
    settings.SECRET_KEY = "another key, as long as the one before it was"
    assert refused(owner, phone.code()) == "second_factor_unreadable"
    assert prove(owner, made[0]) is True


def test_an_offer_is_proved_by_its_code_and_grows_old(owner, monkeypatch):
    made = offer()
    assert offer(made.sealed).secret == made.secret
    assert offer("made up").secret != made.secret
    for sealed, code, why in ((made.sealed, "000000", "wrong_code"), ("made up", "123456", "offer_over")):
        with pytest.raises(Refused) as error:
            second_factor.turn_on(Actor(user=owner), user=owner, sealed=sealed, code=code)
        assert error.value.code == why
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: timezone.now().timestamp() + 3700)
    assert offer(made.sealed).secret != made.secret
    assert not SecondFactor.objects.exists()


def test_what_is_kept_for_a_person_is_no_offer(owner, phone):
    """Whoever read the data base cannot send a sealed secret back and have it shown."""
    assert offer(SecondFactor.objects.get().sealed).secret != phone.secret


def test_a_second_one_is_refused(owner, phone):
    with pytest.raises(Refused, match="already"):
        equip(owner)
    assert prove(owner, phone.code()) is False


def test_it_is_written_down_and_the_person_is_mailed_in_their_language(owner, acts, on_commit):
    User.objects.filter(pk=owner.pk).update(language="de")
    owner.refresh_from_db()
    with acts() as done, on_commit():
        equip(owner)
        second_factor.turn_off(Actor(user=owner), user=owner)
        second_factor.turn_off(Actor(user=owner), user=owner)
        equip(owner)
        second_factor.forget(SYSTEM, user=owner)
    assert done == [f"second_factor.{act}" for act in ("on", "off", "on", "forgotten")]
    assert [letter.to for letter in mail.outbox] == [["owner@example.org"]] * 4
    assert "zweiten Faktor" in mail.outbox[0].subject
    assert "/accounts/reset/" in mail.outbox[3].body
    assert not RecoveryCode.objects.exists()


def test_a_mail_server_that_is_down_changes_nothing_of_the_act(owner, settings, on_commit):
    settings.EMAIL_BACKEND = "tests.accounts.no_mail.Backend"
    with on_commit():
        equip(owner)
    assert owner.factor_since


def test_forgetting_is_for_administrators_who_do_not_forget_their_own(owner, moderator, administrator, phone):
    for actor in (Actor(user=owner), Actor(user=moderator)):
        with pytest.raises(PermissionDenied):
            second_factor.forget(actor, user=owner)
    equip(administrator)
    with pytest.raises(Refused, match="in your profile"):
        second_factor.forget(Actor(user=administrator), user=administrator)
    assert second_factor.forget(Actor(user=administrator), user=owner)
    assert not second_factor.forget(Actor(user=administrator), user=owner)


def test_forgetting_ends_every_session(owner, stranger, phone):
    theirs, other = logged_in(owner), logged_in(stranger)
    second_factor.forget(SYSTEM, user=owner)
    assert not sessions.of(owner).exists()
    assert theirs.get("/accounts/profile/").status_code == 302
    assert other.get("/accounts/profile/").status_code == 200


def test_the_command_forgets_and_says_what_it_cannot(owner, capsys):
    for name, why in (("nobody", "no account"), ("owner", "no second factor")):
        with pytest.raises(CommandError, match=why):
            call_command("forget_second_factor", name)
    equip(owner)
    call_command("forget_second_factor", "OWNER")
    owner.refresh_from_db()
    assert owner.factor_since is None
    assert "forgotten" in capsys.readouterr().out


def test_who_lacks_one_that_is_asked_for_gets_no_token(moderator, owner, settings):
    settings.SECOND_FACTOR = "staff"
    with pytest.raises(Refused) as error:
        tokens.issue(SYSTEM, user=moderator, name="script")
    assert error.value.code == "second_factor_needed"
    tokens.issue(SYSTEM, user=owner, name="script")
    equip(moderator)
    tokens.issue(SYSTEM, user=moderator, name="script")


def test_a_changed_role_or_password_leaves_it_on(owner, phone):
    people.set_role(SYSTEM, user=owner, role="moderator")
    people.change_password(SYSTEM, user=owner, password="a new correct horse")
    owner.refresh_from_db()
    assert owner.factor_since < timezone.now() + timedelta(seconds=1)
    assert prove(owner, phone.code()) is False
