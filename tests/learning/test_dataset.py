"""Exports: whose pictures, with which label, in which groups, and that nothing of a person is in the list."""

import io
import json
import stat

import pytest
from django.core.management import CommandError, call_command

from accounts.audit import SYSTEM, verify_chain
from accounts.models import AuditEvent
from detector import originals
from detector.models import Case, CaseUpload, Review
from learning import dataset
from learning.errors import LearningRefused
from ml import data, regression
from ml.data import LABELS
from ml.prepare import prepare
from tests.factories import image_bytes, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(submit, owner, moderator, agrees, decide):
    """Three uploads of one person who agrees: authentic, manipulated, and one that was rightly called."""
    agrees(owner)
    labels = ("authentic", "manipulated", "ai_generated")
    uploads = [submit(owner, seed=seed, name=f"anna-{seed}.jpg") for seed in range(3)]
    for upload, label in zip(uploads, labels, strict=True):
        decide(moderator, upload, label)
    return uploads


def rows(folder, name=dataset.REVIEWS):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def export(folder):
    return dataset.export(SYSTEM, out=folder)


def test_each_reviewed_picture_is_one_line_with_its_label_and_where_it_comes_from(reviewed, tmp_path, model):
    exported = export(tmp_path / "out")
    assert exported.labels == {"ai_generated": 1, "authentic": 1, "manipulated": 1}
    row = rows(tmp_path / "out")[0]
    assert row["label"] in LABELS
    assert (row["source"], row["label"], row["sha256"]) == ("reviews", "authentic", reviewed[0].original_id)
    assert (row["reviews"], row["reviewers"], row["agreement"]) == (1, 1, 1.0)
    assert (row["machine_label"], row["machine_probability"], row["model"]) == ("ai_generated", 0.93, model.version)
    assert row["first_review"] == row["last_review"] == f"{reviewed[0].created_at:%Y-%m-%d}"
    assert "agreed to the training" in row["licence"]


def test_the_bytes_are_exactly_those_that_were_uploaded(reviewed, tmp_path):
    export(tmp_path / "out")
    for upload, row in zip(reviewed, rows(tmp_path / "out"), strict=True):
        assert (tmp_path / "out" / row["path"]).read_bytes() == originals.read(upload.original)


def test_no_name_of_a_person_or_file_and_no_number_of_an_account_is_written(reviewed, tmp_path, owner, moderator):
    owner.username = "bertha"
    owner.save()
    export(tmp_path / "out")
    text = (tmp_path / "out" / "reviews.jsonl").read_text()
    for word in (owner.username, owner.email, moderator.username, "anna", str(reviewed[0].pk)):
        assert word not in text
    assert not list((tmp_path / "out").rglob("*anna*"))


def test_a_readme_says_what_the_files_may_hold_and_nobody_else_may_read_them(reviewed, tmp_path):
    export(tmp_path / "out")
    assert "the place (GPS)" in (tmp_path / "out" / "README.txt").read_text()
    for path in (tmp_path / "out").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_without_consent_nothing_is_exported_and_it_is_counted(submit, stranger, moderator, decide, tmp_path):
    decide(moderator, submit(stranger), "authentic")
    exported = export(tmp_path / "out")
    assert (exported.images, exported.left_out) == (0, {"no_consent": 1})
    assert not list((tmp_path / "out" / "images").iterdir())


def test_who_withdraws_is_left_out_of_the_next_export_and_removed_from_its_folder(reviewed, withdraws, owner, tmp_path):
    export(tmp_path / "out")
    withdraws(owner)
    exported = export(tmp_path / "out")
    assert exported.left_out == {"no_consent": 3}
    assert rows(tmp_path / "out") == []
    assert not [path for path in (tmp_path / "out" / "images").rglob("*") if path.is_file()]


def test_unsure_and_contradicted_ones_are_left_out_and_counted(
    submit, owner, moderator, administrator, agrees, decide, tmp_path
):
    agrees(owner)
    unsure, contradicted, agreed = (submit(owner, seed=seed) for seed in range(3))
    decide(moderator, unsure, "unsure")
    decide(moderator, contradicted, "authentic")
    decide(administrator, contradicted, "manipulated")
    decide(moderator, agreed, "unsure")
    decide(administrator, agreed, "manipulated")
    exported = export(tmp_path / "out")
    assert (exported.labels, exported.left_out) == ({"manipulated": 1}, {"contradicted": 1, "unsure": 1})
    assert (rows(tmp_path / "out")[0]["agreement"], rows(tmp_path / "out")[0]["reviewers"]) == (0.5, 2)


def test_who_changes_their_mind_contradicts_nobody(submit, owner, moderator, agrees, decide, tmp_path):
    agrees(owner)
    upload = submit(owner)
    decide(moderator, upload, "authentic")
    decide(moderator, upload, "manipulated")
    assert export(tmp_path / "out").labels == {"manipulated": 1}
    assert (rows(tmp_path / "out")[0]["reviews"], rows(tmp_path / "out")[0]["reviewers"]) == (2, 1)


def test_a_decision_that_can_still_be_undone_is_no_label(submit, owner, moderator, agrees, decide, tmp_path):
    agrees(owner)
    decide(moderator, submit(owner), final=False)
    assert export(tmp_path / "out").images == 0


def test_one_file_that_two_people_uploaded_is_one_line(submit, owner, stranger, moderator, agrees, decide, tmp_path):
    content = image_bytes(seed=7)
    agrees(owner)
    for person in (owner, stranger):
        decide(moderator, submit(person, content), "authentic")
    exported = export(tmp_path / "out")
    assert (exported.labels, exported.left_out) == ({"authentic": 1}, {})
    agrees(stranger)
    export(tmp_path / "out")
    assert rows(tmp_path / "out")[0]["reviews"] == 2


def saved_again(seed, quality):
    stream = io.BytesIO()
    picture(320, 240, seed).save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def test_near_copies_are_one_family_and_called_after_the_earliest(
    submit, owner, stranger, moderator, agrees, decide, tmp_path
):
    uploads = []
    for person, content in ((owner, saved_again(1, 95)), (stranger, saved_again(1, 60)), (owner, saved_again(2, 95))):
        agrees(person)
        uploads.append(submit(person, content))
        decide(moderator, uploads[-1], "authentic")
    export(tmp_path / "out")
    groups = {row["sha256"]: row["group"] for row in rows(tmp_path / "out")}
    first, copy, other = (groups[upload.original_id] for upload in uploads)
    assert first == copy == uploads[0].original_id[:16]
    assert other != first


def test_what_one_person_put_into_one_case_is_one_family(reviewed, owner, tmp_path):
    case = Case.objects.create(title="A story")
    for upload in reviewed[:2]:
        CaseUpload.objects.create(case=case, upload=upload, added_by=owner)
    export(tmp_path / "out")
    first, second, third = (row["group"] for row in rows(tmp_path / "out"))
    assert first == second != third


def test_a_file_that_is_gone_from_the_storage_is_counted(reviewed, tmp_path):
    originals._remove(reviewed[0].original_id, "jpg")
    assert export(tmp_path / "out").left_out == {"missing": 1}
    assert len(rows(tmp_path / "out")) == 2


def test_a_folder_that_holds_something_else_is_not_touched(reviewed, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("dear")
    with pytest.raises(LearningRefused, match="holds something else"):
        export(tmp_path / "letters")
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["one.txt"]
    assert not AuditEvent.objects.filter(action="dataset.exported").exists()


def test_each_export_is_one_event_without_the_digest_of_a_picture(reviewed, tmp_path):
    export(tmp_path / "out")
    event = AuditEvent.objects.get(action="dataset.exported")
    assert event.details["images"] == 3
    assert len(event.details["manifest_sha256"]) == 64
    assert reviewed[0].original_id not in json.dumps(event.details)
    assert verify_chain() is None


def test_an_export_that_cannot_be_written_down_leaves_no_list(reviewed, tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the history is closed")

    monkeypatch.setattr(dataset.audit, "record", broken)
    with pytest.raises(RuntimeError):
        export(tmp_path / "out")
    assert not (tmp_path / "out" / "reviews.jsonl").exists()


def test_what_is_exported_is_what_prepare_dataset_reads(reviewed, tmp_path):
    exported = export(tmp_path / "out")
    prepare({"reviews": exported.manifest}, tmp_path / "m.jsonl", treat="report")
    records = list(data.read(tmp_path / "m.jsonl"))
    assert {record.label for record in records} == {"authentic", "manipulated", "ai_generated"}
    assert {record.source for record in records} == {"reviews"}
    assert {record.licence for record in records} == {dataset.TERMS}


def test_the_regression_set_is_exported_with_keys_and_read_by_the_evaluation(reviewed, tmp_path):
    exported = dataset.export_regression(SYSTEM, out=tmp_path / "set")
    assert exported.labels == {"authentic": 1, "manipulated": 1}
    found = regression.read(exported.manifest)
    assert [one.record.sha256 for one in found] == [upload.original_id for upload in reviewed[:2]]
    assert {one.key for one in found} == {row["key"] for row in rows(tmp_path / "set", dataset.REGRESSION)}
    assert AuditEvent.objects.get(action="regression.exported").details["images"] == 2


def test_the_commands_say_what_was_exported_and_how_it_goes_on(
    reviewed, submit, owner, moderator, decide, tmp_path, capsys
):
    decide(moderator, submit(owner, seed=9), "unsure")
    call_command("export_dataset", str(tmp_path / "out"))
    told = capsys.readouterr().out
    assert told.startswith(
        "3 images: 1 ai_generated, 1 authentic, 1 manipulated\n1 left out: the reviewers were unsure"
    )
    assert f"prepare_dataset reviews={tmp_path / 'out' / 'reviews.jsonl'}" in told
    call_command("export_regression", str(tmp_path / "set"))
    assert f"--regression {tmp_path / 'set' / 'regression.jsonl'}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["export_dataset", "export_regression"])
def test_a_command_says_in_a_sentence_what_is_wrong(reviewed, tmp_path, command):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="holds something else"):
        call_command(command, str(tmp_path / "file"))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command(command, str(tmp_path / "file" / "below"))


def test_a_reviewer_whose_account_is_gone_still_counts(reviewed, moderator, administrator, decide, tmp_path):
    decide(administrator, reviewed[0], "authentic")
    Review.objects.update(reviewer=None)
    export(tmp_path / "out")
    assert rows(tmp_path / "out")[0]["reviewers"] == 2
