"""The admin: administrators begin erasures after a question, moderators look and keep."""

import pytest

from accounts.models import User
from detector.models import Upload
from privacy.models import Erasure, Kept

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, UPLOADS = "/admin/accounts/user/", "/admin/detector/upload/"
LISTS = ("erasure", "retention", "kept", "expiry")


@pytest.mark.parametrize("name", LISTS)
def test_moderators_look_and_change_nothing(name, as_moderator, as_owner):
    assert as_moderator.get(f"/admin/privacy/{name}/").status_code == 200
    assert as_moderator.get(f"/admin/privacy/{name}/add/").status_code == 403
    assert as_owner.get(f"/admin/privacy/{name}/").status_code == 302


def test_an_account_is_erased_after_a_question(as_administrator, owner, submit):
    submit(owner)
    form = {"action": "erase", "_selected_action": [owner.pk]}
    asked = as_administrator.post(PEOPLE, form)
    assert "cannot be undone" in asked.content.decode()
    assert User.objects.filter(pk=owner.pk).exists()
    as_administrator.post(PEOPLE, form | {"sure": "yes"})
    assert not User.objects.filter(pk=owner.pk).exists()
    assert Erasure.objects.get().proven
    assert as_administrator.get(f"/admin/privacy/erasure/{Erasure.objects.get().pk}/change/").status_code == 200


def test_accounts_are_erased_one_by_one(as_administrator, owner, stranger):
    form = {"action": "erase", "_selected_action": [owner.pk, stranger.pk], "sure": "yes"}
    assert "Choose one account" in as_administrator.post(PEOPLE, form, follow=True).content.decode()
    assert not Erasure.objects.exists()


def test_the_last_administrator_is_refused_with_a_sentence(as_administrator, administrator):
    form = {"action": "erase", "_selected_action": [administrator.pk], "sure": "yes"}
    assert "last administrator" in as_administrator.post(PEOPLE, form, follow=True).content.decode()


def test_uploads_are_erased_after_a_question(as_administrator, owner, submit):
    chosen = [submit(owner, seed=seed).pk for seed in range(2)]
    form = {"action": "erase", "_selected_action": chosen}
    assert "the proof is made of each" in as_administrator.post(UPLOADS, form).content.decode()
    as_administrator.post(UPLOADS, form | {"sure": "yes"})
    assert not Upload.objects.exists()
    assert Erasure.objects.filter(proven=True).count() == 2


def test_a_moderator_keeps_uploads_and_erases_none(as_moderator, owner, submit):
    upload = submit(owner)
    as_moderator.post(UPLOADS, {"action": "keep", "_selected_action": [upload.pk]})
    assert Kept.objects.get().upload == upload
    as_moderator.post(UPLOADS, {"action": "erase", "_selected_action": [upload.pk], "sure": "yes"})
    assert not Erasure.objects.exists()
