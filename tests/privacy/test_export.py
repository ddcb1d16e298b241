"""The export: everything of a person in a ZIP that any program opens, nothing of others, no secret."""

import io
import json
import zipfile

import pytest
from django.test import Client

from accounts import codes, tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import ApiToken, AuditEvent, RecoveryCode, SecondFactor
from detector import intake, originals
from privacy import archive, exporting
from privacy.archive import Entry
from tests.accounts.factors import equip, give_code, give_password
from tests.conftest import logged_in
from tests.privacy.conftest import ADDRESS, FILE, NAME

pytestmark = pytest.mark.django_db(transaction=True)

PAGE, API = "/privacy/export/", "/api/v1/privacy/export/"


def opened(answer) -> zipfile.ZipFile:
    assert answer.status_code == 200
    archived = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    assert archived.testzip() is None
    return archived


def read(archived, path):
    return json.loads(archived.read(path))


def test_it_holds_everything_that_is_kept_of_a_person(person, history, moderator):
    intake.note_view(Actor(user=moderator), upload=history)
    archived = opened(logged_in(person).post(PAGE))
    names = archived.namelist()
    folder = next(name for name in names if name.startswith("uploads/")).rsplit("/", 1)[0]
    assert archived.read(f"{folder}/file/{FILE}") == originals.read(history.original)
    assert any(name.startswith(f"{folder}/evidence/noise") for name in names)
    assert any(name.endswith("/Proof of mine.raw") for name in names)
    assert read(archived, "profile.json")["email"] == ADDRESS
    assert read(archived, "records/accounts.consent.json")[0]["purpose"] == "training"
    assert read(archived, "records/accounts.apitoken.json")[0]["name"] == "Quist's script"
    assert read(archived, "records/notices.notice.json")[0]["text"] == f"{FILE} was reviewed."
    assert read(archived, "records/detector.casemember.json")[0]["role"] == "owner"
    assert read(archived, f"{folder}/report.json")["file"]["name"] == FILE
    told = read(archived, f"{folder}/records.json")
    assert told["detector.review"][0]["note"] == f"Of {NAME}."
    assert told["desk.appeal"][0]["note"] == f"I, {NAME}, took it."
    acts = [event["action"] for event in read(archived, f"{folder}/history.json")]
    assert acts[0] == "upload.created"
    assert "upload.viewed" in acts
    assert "consent.given" in [event["action"] for event in read(archived, "history.json")]


def test_the_page_in_it_can_be_read_and_leads_to_what_is_there(person, history):
    archived = opened(logged_in(person).post(PAGE))
    page = archived.read("index.html").decode()
    assert NAME in page
    assert "style.css" in archived.namelist()
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    from urllib.parse import unquote

    assert len(links) > 8
    assert {unquote(link) for link in links} <= set(archived.namelist())


def test_no_secret_and_nothing_of_others_is_in_it(person, history, stranger, submit, moderator):
    submit(stranger, seed=5, name="of the stranger.jpg")
    token, key = tokens.issue(SYSTEM, user=person, name="x")
    intake.note_view(Actor(user=moderator, address="198.51.100.9"), upload=history)
    archived = opened(logged_in(person).post(PAGE))
    whole = b"".join(archived.read(name) for name in archived.namelist())
    person.refresh_from_db()
    for secret in (key, ApiToken.objects.get(pk=token.pk).digest, person.password, "of the stranger.jpg"):
        assert secret.encode() not in whole
    for other in ("moderator@example.org", "stranger@example.org", "198.51.100.9"):
        assert other.encode() not in whole


def test_of_a_second_factor_it_says_that_there_is_one_and_nothing_that_opens(person):
    phone, made = equip(person)
    client = Client()
    give_password(client, person)
    give_code(client, made[0])
    archived = opened(client.post(PAGE))
    assert read(archived, "profile.json")["factor_since"]
    assert len(read(archived, "records/accounts.recoverycode.json")) == 10
    whole = b"".join(archived.read(name) for name in archived.namelist()).lower()
    secrets = [SecondFactor.objects.get().sealed, phone.secret.hex(), codes.readable(phone.secret).replace(" ", "")]
    secrets += [*made, *RecoveryCode.objects.values_list("digest", flat=True)]
    assert [secret for secret in secrets if secret.lower().encode() in whole] == []


def test_an_account_without_anything_is_a_zip_too(as_owner):
    archived = opened(as_owner.post(PAGE))
    assert {"index.html", "profile.json", "history.json"} <= set(archived.namelist())


def test_a_file_that_is_gone_from_the_storage_is_left_out(person, upload):
    originals._remove(upload.original_id, upload.original.extension)
    archived = opened(logged_in(person).post(PAGE))
    assert not [name for name in archived.namelist() if "/file/" in name]


def test_each_export_is_an_event_and_there_are_so_many_in_a_day(as_owner, owner, settings):
    settings.EXPORTS_PER_DAY = 2
    for _ in range(2):
        opened(as_owner.post(PAGE))
    answer = as_owner.post(PAGE)
    assert answer.status_code == 429
    assert "tomorrow" in answer.content.decode()
    assert AuditEvent.objects.filter(action="data.exported", target=f"user:{owner.pk}").count() == 2


def test_a_token_fetches_it_and_is_told_when_it_was_too_often(owner, client, settings):
    settings.EXPORTS_PER_DAY = 1
    _, key = tokens.issue(SYSTEM, user=owner, name="x")
    headers = {"Authorization": f"Bearer {key}"}
    opened(client.get(API, headers=headers))
    answer = client.get(API, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_exports")


def test_nobody_is_given_what_is_not_theirs(client):
    assert client.get(API).status_code == 401
    assert Client().post(PAGE).status_code == 302


def test_it_is_sent_while_it_is_made_and_never_whole_in_memory():
    taken = []

    def large():
        for _ in range(64):
            taken.append(1)
            yield bytes(1 << 18)

    sent = archive.stream([Entry("large", large(), packed=False)])
    first = next(sent)
    assert len(first) < 1 << 20
    assert len(taken) < 5
    rest = b"".join(sent)
    with zipfile.ZipFile(io.BytesIO(first + rest)) as archived:
        assert archived.testzip() is None
        assert archived.getinfo("large").file_size == 64 << 18


def test_every_table_that_names_a_person_is_in_it(person, history):
    """A table that somebody adds later is in the export without anybody's doing."""
    from django.apps import apps

    from privacy import records

    known = {table for table, _ in records.of_person(person)}
    for model in apps.get_models():
        columns = records._columns_of_person(model)
        if any(model._default_manager.filter(**{name: person}).exists() for name in columns):
            assert model._meta.label_lower in known
    assert exporting.ACTION == "data.exported"
