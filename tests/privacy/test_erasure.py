"""Erasure: afterwards no byte and no name is found anywhere, the chain holds, and what belongs to others stays."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection

from accounts.audit import Actor, verify_chain
from accounts.errors import Refused
from accounts.models import AuditEvent, RecoveryCode, Role, SecondFactor, User
from detector import intake, integrity, originals, signing
from detector.models import Case, CaseMember, Original, PictureHash, Review, Upload
from learning.models import RunState, TrainingRun
from notices.models import Notice
from privacy import compacting, erasing, proof, sealing, traces
from privacy.models import Erasure, Progress
from tests.accounts.factors import equip, give_password
from tests.conftest import PASSWORD, logged_in
from tests.factories import UserFactory, image_bytes
from tests.privacy.conftest import ADDRESS, FILE, NAME, photograph

pytestmark = pytest.mark.django_db(transaction=True)


def everywhere(settings, log: str = "") -> bytes:
    """Every byte that the site keeps, read here without the proof's own code."""
    folders = [Path(settings.VAR_DIR), Path(default_storage.location)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and "static" not in path.parts]
    names = "\n".join(str(path) for path in files)
    return b"\n".join([names.encode(), log.encode(), *(path.read_bytes() for path in files), *_tables()])


def _tables() -> list[bytes]:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [_plain(value) for row in cursor.fetchall() for value in row]
    return found


def _plain(value) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def told_of(person, upload) -> list[bytes]:
    """What must not be found any more: names in the forms of UTF-8, JSON and addresses, digests, bits and bytes."""
    data, bits = originals.read(upload.original), bytes(PictureHash.objects.get(original=upload.original).bits)
    names = [NAME, ADDRESS, FILE, "Proof of mine.raw", "Quist's script"]
    pieces = [data[start : start + 32] for start in range(len(data) // 2, len(data) - 32, 997)]
    forms = [form for name in names for form in (name.encode(), json.dumps(name)[1:-1].encode())]
    return [*forms, upload.original_id.encode(), bits, *pieces]


@pytest.fixture
def rest(settings, caplog):
    """`rest(told)`: what of it is left anywhere, the log included."""
    return lambda told: [one for one in told if one.lower() in everywhere(settings, caplog.text).lower()]


def test_after_an_account_is_erased_no_byte_and_no_name_is_found_and_the_chain_holds(person, history, rest):
    told = told_of(person, history)
    there = [one for one in told if connection.vendor == "sqlite" or b"\\u" not in one]  # PostgreSQL's JSON has none
    assert rest(told) == there  # or the test would prove nothing
    erasure = erasing.erase_account(Actor(user=person), person=person)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.error) == (Progress.DONE, "")
    assert rest(told) == []
    assert erasure.proven
    assert verify_chain() is None
    assert list(integrity.faults(digests=True)) == []
    assert not User.objects.filter(pk=person.pk).exists()


def test_after_one_upload_is_erased_nothing_of_it_is_found_and_the_account_stays(person, history, rest):
    told = [one for one in told_of(person, history) if one.decode("latin-1") not in (NAME, ADDRESS, "Quist's script")]
    erasure = erasing.erase_upload(Actor(user=person), upload=history)
    erasure.refresh_from_db()
    assert erasure.state == Progress.DONE
    assert rest(told) == []
    assert erasure.proven
    assert verify_chain() is None
    assert User.objects.get(pk=person.pk).api_tokens.count() == 1
    assert Notice.objects.count() == 1  # of the case, to the stranger


def test_a_second_factor_goes_with_its_person_and_so_does_a_log_in_that_waits_for_its_code(person, rest, client):
    equip(person)
    give_password(client, person)
    sealed = SecondFactor.objects.get().sealed
    told = [one.encode() for one in (sealed, RecoveryCode.objects.first().digest, client.session.session_key)]
    assert rest(told) == told
    erasing.erase_account(Actor(user=person), person=person)
    assert rest(told) == []
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_a_file_that_goes_while_the_proof_looks_does_not_break_it(person, history, monkeypatch):
    """One that was just being written, say, and lies under its name now."""
    there = integrity.stored
    monkeypatch.setattr(integrity, "stored", lambda folder="": [*there(folder), "unfinished/0123"])
    erasing.erase_upload(Actor(user=person), upload=history)
    assert Erasure.objects.get().proven


def test_the_certificate_is_signed_and_lists_what_went_and_names_nobody(person, history):
    digest = history.original_id
    erasing.erase_account(Actor(user=person), person=person)
    text = Erasure.objects.get().certificate
    assert signing.check(text.encode()).valid
    content = json.loads(text)
    removed = content["removed"]
    for kind in (
        "accounts.user", "accounts.apitoken", "accounts.consent", "detector.upload", "detector.analysis",
        "detector.finding", "detector.review", "desk.appeal", "notices.notice", "detector.caseupload",
        "detector.casenote", "axes.accessattempt",
    ):  # fmt: skip
        assert removed[kind] >= 1, kind
    assert removed["files"] == 4  # original, thumbnail, evidence, attachment
    assert removed["audit events emptied"] > 5
    proven = content["proof"]
    assert (proven["clean"], proven["found"], content["audit_chain"]) == (True, [], "whole")
    assert set(proven["sought"]) == {"name", "address", "file name", "digest", "fingerprint", "bytes"}
    assert proven["searched"]["tables"] > 20
    assert proven["searched"].get("data base files") or connection.vendor != "sqlite"
    assert content["subject"] == f"user:{person.pk or Erasure.objects.get().person}"
    assert not [one for one in (NAME, ADDRESS, FILE, digest) if one.lower() in text.lower()]


def test_the_same_file_of_another_person_stays_theirs_and_this_is_said(person, upload, submit, stranger):
    theirs = submit(stranger, photograph(), name="mine.jpg")
    erasing.erase_account(Actor(user=person), person=person)
    assert originals.read(Upload.objects.get(pk=theirs.pk).original) == photograph()
    assert AuditEvent.objects.get(action="upload.created", target=f"upload:{theirs.pk}").personal["private"]["sha256"]
    erasure = Erasure.objects.get()
    left_out = json.loads(erasure.certificate)["proof"]["not_sought"]
    assert left_out["files that somebody else handed in too"] == 1
    assert left_out["fingerprints that pictures of other people have too"] == 1
    assert erasure.proven


def test_a_file_name_that_another_upload_has_is_not_held_against_it(person, upload, submit, stranger):
    submit(stranger, image_bytes(seed=3), name=FILE)
    erasing.erase_upload(Actor(user=person), upload=upload)
    erasure = Erasure.objects.get()
    assert erasure.proven
    assert json.loads(erasure.certificate)["proof"]["not_sought"] == {
        "file names that uploads of other people have too": 1
    }


def test_a_case_goes_to_who_worked_on_it_and_notes_of_others_on_other_things_stay(person, history, stranger):
    erasing.erase_account(Actor(user=person), person=person)
    assert CaseMember.objects.get().user == stranger
    assert CaseMember.objects.get().role == "owner"
    assert Case.objects.count() == 1


def test_decisions_that_a_moderator_gave_stay_without_their_name(person, submit, stranger):
    people_upload = submit(stranger)
    Review.objects.create(upload=people_upload, reviewer=person, decision="unsure")
    erasing.erase_account(Actor(user=person), person=person)
    assert Review.objects.get().reviewer is None


def test_what_is_found_all_the_same_is_said_and_not_hidden(person, upload, stranger):
    review = Review.objects.create(upload=upload, reviewer=stranger, decision="unsure")
    other = Case.objects.create(title=f"What {NAME} did")
    erasing.erase_account(Actor(user=person), person=person)
    erasure = Erasure.objects.get()
    assert not erasure.proven
    found = json.loads(erasure.certificate)["proof"]["found"]
    assert {"where": "detector_case.title", "what": "name", "times": 1} in found
    assert other.pk
    assert review.pk


@pytest.mark.parametrize("step", range(8))
def test_killed_at_any_step_it_goes_on_at_the_next_round(person, history, rest, monkeypatch, step):
    told, steps = told_of(person, history), erasing.STEPS["account"]

    def killed(*args):
        steps[step](*args)  # the worst moment: done, and not yet written down
        raise KeyboardInterrupt

    monkeypatch.setitem(erasing.STEPS, "account", (*steps[:step], killed, *steps[step + 1 :]))
    with pytest.raises(KeyboardInterrupt):
        erasing.erase_account(Actor(user=person), person=person)
    erasure = Erasure.objects.get()
    assert (erasure.state, erasure.step) == ((Progress.RUNNING, step) if step < 7 else (Progress.DONE, 8))
    assert not any(name.encode() in erasure.sealed.encode() for name in (NAME, ADDRESS))
    monkeypatch.setitem(erasing.STEPS, "account", steps)
    assert "0 of 0" in erasing.resume()  # somebody may still be at it
    Erasure.objects.update(lease_until=None)
    erasing.resume()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.proven) == (Progress.DONE, True)
    assert rest(told) == []
    assert verify_chain() is None


def test_a_storage_that_fails_keeps_nothing_from_being_removed_later(person, upload, monkeypatch):
    def broken(path):
        raise OSError(f"{path} cannot be removed")

    with monkeypatch.context() as fails:
        fails.setattr(default_storage, "delete", broken)
        erasing.erase_account(Actor(user=person), person=person)
    erasure = Erasure.objects.get()
    assert erasure.state == Progress.RUNNING
    assert erasure.error == "It broke, and is tried again. The log says at what."
    Erasure.objects.update(lease_until=None)
    erasing.resume()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.proven) == (Progress.DONE, True)
    assert list(integrity.stored()) == []


def test_an_account_is_locked_from_the_moment_of_asking(person, upload, monkeypatch, client):
    monkeypatch.setattr(erasing, "ring", lambda erasure: None)
    client.force_login(person)
    erasing.erase_account(Actor(user=person), person=person)
    assert client.get("/uploads/").status_code == 302
    client.post("/accounts/login/", {"username": NAME, "password": PASSWORD})
    assert client.get("/uploads/").status_code == 302


def test_two_requests_at_once_make_one_erasure(person, monkeypatch):
    monkeypatch.setattr(erasing, "ring", lambda erasure: None)
    erasing.erase_account(Actor(user=person), person=person)
    with pytest.raises(Refused) as caught:
        erasing.erase_account(Actor(user=UserFactory(role=Role.ADMINISTRATOR)), person=person)
    assert caught.value.code == "under_way"
    assert Erasure.objects.count() == 1


def test_the_last_administrator_cannot_go(administrator):
    with pytest.raises(Refused) as caught:
        erasing.erase_account(Actor(user=administrator), person=administrator)
    assert caught.value.code == "last_administrator"
    assert User.objects.get().is_active
    assert not Erasure.objects.exists()


def test_nobody_erases_what_is_anothers_but_an_administrator(person, upload, stranger, moderator, administrator):
    for actor in (Actor(user=stranger), Actor(user=moderator), Actor()):
        with pytest.raises(PermissionDenied):
            erasing.erase_account(actor, person=person)
        with pytest.raises(PermissionDenied):
            erasing.erase_upload(actor, upload=upload)
    assert not Erasure.objects.exists()
    erasing.erase_upload(Actor(user=administrator), upload=upload)
    erasing.erase_account(Actor(user=administrator), person=person)
    assert Erasure.objects.filter(state=Progress.DONE, proven=True).count() == 2


def test_an_upload_that_arrives_while_the_account_goes_is_taken_along(person, upload, monkeypatch, submit):
    steps = erasing.STEPS["account"]

    def meanwhile(*args):
        submit(person, photograph(9), name="late.jpg")
        return steps[1](*args)

    monkeypatch.setitem(erasing.STEPS, "account", (steps[0], steps[1], meanwhile, *steps[2:]))
    erasing.erase_account(Actor(user=person), person=person)
    assert not Original.objects.exists()
    assert list(integrity.stored()) == []


def test_a_plain_deletion_is_no_erasure_and_leaves_the_digest_in_the_history(person, upload):
    """What the pages say of the two is true: one removes the image, the other its traces too."""
    digest = upload.original_id
    intake.delete(Actor(user=person), upload=upload)
    assert AuditEvent.objects.get(action="upload.deleted").personal["private"] == {"sha256": digest}


def test_the_history_says_who_asked_and_that_it_was_done_under_numbers(person, upload, administrator):
    erasing.erase_upload(Actor(user=administrator), upload=upload)
    events = AuditEvent.objects.filter(target=f"upload:{upload.pk}").order_by("id")
    assert [event.action for event in events][-4:] == [
        "erasure.asked", "upload.deleted", "audit.erased", "erasure.done",
    ]  # fmt: skip
    assert events.get(action="erasure.asked").actor == f"user:{administrator.pk}"
    assert events.get(action="upload.deleted").details == {"reason": "erasure"}


def test_it_waits_for_a_training_run_whose_folder_holds_copies(person, upload, model):
    run = TrainingRun.objects.create(started_from=model)
    erasing.erase_account(Actor(user=person), person=person)
    erasure = Erasure.objects.get()
    assert erasure.state == Progress.RUNNING
    assert "A training run is under way" in erasure.error
    assert not User.objects.filter(pk=person.pk).exists()  # all that can go is gone
    TrainingRun.objects.filter(pk=run.pk).update(state=RunState.DONE)
    Erasure.objects.update(lease_until=None)
    erasing.resume()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.proven) == (Progress.DONE, True)


def test_a_secret_that_was_changed_meanwhile_is_named(person, monkeypatch, settings):
    monkeypatch.setattr(erasing, "ring", lambda erasure: None)
    erasure = erasing.erase_account(Actor(user=person), person=person)
    Erasure.objects.update(sealed=sealing.seal({"names": ["x"]}), step=1)
    settings.SECRET_KEY = "another"
    assert not erasing.run(erasure)
    assert "SECRET_KEY" in Erasure.objects.get().error


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's files")
def test_what_free_pages_of_an_older_data_base_hold_is_written_over(person, upload, settings):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete=OFF")
        cursor.execute("CREATE TABLE older (note TEXT)")
        cursor.executemany("INSERT INTO older VALUES (%s)", [[f"{upload.original_id} " * 50]] * 50)
        cursor.execute("DROP TABLE older")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA secure_delete=ON")
    left = traces.gather(Erasure(kind="account", subject=f"user:{person.pk}", person=person.pk))[0]
    assert upload.original_id.encode() in everywhere(settings)
    intake.delete(Actor(user=person), upload=upload)
    assert any(True for path in compacting.files() for _ in compacting._found(path, proof.hard(left)))
    compacting.compact(proof.hard(left))
    main = compacting.files()[0].read_bytes()
    assert (f"{upload.original_id} " * 3).encode() not in main


def test_a_person_with_a_session_of_an_administrator_sees_nothing_left_in_the_admin(person, history, administrator):
    client = logged_in(administrator)
    client.post(f"/admin/accounts/user/{person.pk}/change/", {"username": NAME, "email": "x@y.example", "role": "user"})
    assert NAME in client.get("/admin/").content.decode()  # its log, and the sentence that it was done
    erasing.erase_account(Actor(user=administrator), person=person)
    assert Erasure.objects.get().proven
    for address in ("/admin/", "/admin/accounts/auditevent/", "/admin/accounts/user/"):
        assert NAME not in client.get(address).content.decode()


def test_of_many_processes_that_take_it_up_one_ends_it(person, upload, monkeypatch):
    with monkeypatch.context() as silent:
        silent.setattr(erasing, "ring", lambda erasure: None)
        erasure = erasing.erase_account(Actor(user=person), person=person)

    def walk(_):
        try:
            return erasing.run(Erasure.objects.get(pk=erasure.pk))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(walk, range(8)))
    assert sum(ended) == 1
    assert AuditEvent.objects.filter(action="erasure.done").count() == 1
    assert Erasure.objects.get().proven
    assert verify_chain() is None
