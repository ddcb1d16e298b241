"""/api/v1/privacy/ and what belongs to it: shapes, codes, and whose data it is."""

import pytest
from django.test import Client

from accounts import consent, tokens
from accounts.audit import SYSTEM
from accounts.models import Purpose, Scope, User
from detector.models import Upload
from privacy.models import Erasure, Retention
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

CONSENT, RETENTION = "/api/v1/privacy/consents/training/", "/api/v1/privacy/retention/"
JSON = {"content_type": "application/json"}


def bearer(user, scope=Scope.WRITE) -> Client:
    _, key = tokens.issue(SYSTEM, user=user, name="test", scope=scope)
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def api(owner):
    return bearer(owner)


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_consent_is_read_given_and_withdrawn(api, owner):
    body = api.get(CONSENT).json()
    assert (body["given"], body["given_at"], body["text"]) == (False, None, consent.text_of(Purpose.TRAINING))
    assert api.put(CONSENT).json()["given"] is True
    assert consent.given(owner, Purpose.TRAINING)
    assert api.delete(CONSENT).status_code == 204
    assert not consent.given(owner, Purpose.TRAINING)
    assert code_of(api.get("/api/v1/privacy/consents/selling/")) == (404, "not_found")


def test_a_token_that_may_only_read_agrees_to_nothing(owner):
    reader = bearer(owner, Scope.READ)
    assert reader.get(CONSENT).status_code == 200
    assert code_of(reader.put(CONSENT)) == (403, "permission_denied")
    assert not consent.given(owner, Purpose.TRAINING)


def test_a_period_is_read_chosen_and_taken_back(api, owner, settings):
    settings.RETENTION_DAYS = 400
    assert api.get(RETENTION).json() == {"own": False, "days": 400, "site_days": 400, "notice_days": 7}
    assert api.put(RETENTION, {"days": 30}, **JSON).json()["days"] == 30
    assert api.put(RETENTION, {"days": None}, **JSON).json() == {
        "own": True, "days": None, "site_days": 400, "notice_days": 7,
    }  # fmt: skip
    assert code_of(api.put(RETENTION, {"days": 0}, **JSON)) == (400, "invalid")
    assert code_of(api.put(RETENTION, {}, **JSON)) == (400, "invalid")
    assert api.delete(RETENTION).status_code == 204
    assert not Retention.objects.filter(person=owner).exists()


def test_keep_this_one(api, owner, submit, stranger, moderator):
    upload = submit(owner)
    address = f"/api/v1/uploads/{upload.pk}/keep/"
    api.put(RETENTION, {"days": 30}, **JSON)
    assert api.get(address).json()["until"]
    body = api.put(address, {"reason": "A court asked."}, **JSON).json()
    assert body == {"upload": str(upload.pk), "kept": True, "until": None}
    assert code_of(bearer(stranger).put(address, {}, **JSON)) == (404, "not_found")
    assert bearer(moderator).delete(address).json()["kept"] is False


def test_an_upload_is_erased_with_the_password_and_its_certificate_fetched(api, owner, submit, stranger, moderator):
    upload = submit(owner)
    address = f"/api/v1/uploads/{upload.pk}/erase/"
    assert code_of(api.post(address, {}, **JSON)) == (400, "invalid")
    assert code_of(api.post(address, {"password": "wrong"}, **JSON)) == (403, "wrong_password")
    for other in (stranger, moderator):
        assert code_of(bearer(other).post(address, {"password": PASSWORD}, **JSON)) == (404, "not_found")
    answer = api.post(address, {"password": PASSWORD}, **JSON)
    body = answer.json()
    assert (answer.status_code, body["state"], body["proven"], body["step"]) == (202, "done", True, body["steps"])
    assert not Upload.objects.exists()
    certificate = api.get(f"/api/v1/privacy/erasures/{body['id']}/certificate/")
    assert certificate.content.decode() == Erasure.objects.get().certificate
    assert api.get(body["certificate"]).content == certificate.content
    assert code_of(bearer(stranger).get(f"/api/v1/privacy/erasures/{body['id']}/")) == (404, "not_found")


def test_an_administrator_reads_any_erasure(owner, administrator, submit, api):
    upload = submit(owner)
    made = api.post(f"/api/v1/uploads/{upload.pk}/erase/", {"password": PASSWORD}, **JSON).json()
    assert bearer(administrator).get(f"/api/v1/privacy/erasures/{made['id']}/").json()["state"] == "done"


def test_an_account_is_erased_and_its_token_is_refused_from_then_on(api, owner, submit):
    submit(owner)
    assert code_of(api.post("/api/v1/privacy/account/erase/", {"password": "x"}, **JSON)) == (403, "wrong_password")
    body = api.post("/api/v1/privacy/account/erase/", {"password": PASSWORD}, **JSON).json()
    assert (body["kind"], body["state"], body["proven"]) == ("account", "done", True)
    assert not User.objects.filter(pk=owner.pk).exists()
    assert code_of(api.get(RETENTION)) == (401, "authentication_failed")


def test_the_last_administrator_stays(administrator):
    answer = bearer(administrator).post("/api/v1/privacy/account/erase/", {"password": PASSWORD}, **JSON)
    assert code_of(answer) == (409, "last_administrator")


@pytest.mark.parametrize("address", [CONSENT, RETENTION, "/api/v1/privacy/export/"])
def test_nobody_is_told_anything_without_logging_in(address, db):
    assert code_of(Client().get(address)) == (401, "not_authenticated")
