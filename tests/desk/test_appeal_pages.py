"""/uploads/…/appeal/ and the appeals on verdict page and desk, for owner, stranger, moderator."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.audit import Actor
from accounts.models import AuditEvent
from desk import habits, queue
from desk.models import Appeal
from tests.conftest import logged_in
from tests.desk.test_appeals import appeal, raw, settle


def page(upload, *more) -> str:
    return "/".join([f"/uploads/{upload.pk}/appeal", *map(str, more), ""])


def text_of(client, address) -> str:
    return client.get(address).content.decode()


def verdict(client, upload) -> str:
    return text_of(client, f"/uploads/{upload.pk}/")


def test_the_verdict_page_offers_the_owner_to_dispute_it_and_nobody_else(as_owner, as_moderator, as_stranger, upload):
    assert page(upload) in verdict(as_owner, upload)
    assert page(upload) not in verdict(as_moderator, upload)
    assert as_stranger.get(page(upload)).status_code == 404


def test_a_note_and_a_file_are_taken(as_owner, upload):
    file = SimpleUploadedFile("DSC_0001.NEF", b"raw bytes", "image/x-nikon-nef")
    answer = as_owner.post(page(upload), {"note": "Mine.", "file": file})
    assert answer["Location"] == f"/uploads/{upload.pk}/"
    made = Appeal.objects.get()
    assert (made.note, made.attachment_name, made.attachment_bytes) == ("Mine.", "DSC_0001.NEF", 9)
    assert "Waiting for a moderator" in verdict(as_owner, upload)


def test_the_file_may_be_larger_than_an_image_may(as_owner, upload, settings):
    settings.MAX_UPLOAD_BYTES, settings.MAX_ATTACHMENT_BYTES = 1000, 5000
    as_owner.post(page(upload), {"note": "Mine.", "file": SimpleUploadedFile("a.nef", b"x" * 4000)})
    assert Appeal.objects.get().attachment_bytes == 4000


def test_elsewhere_the_limit_of_images_stays(as_owner, upload, settings):
    settings.MAX_UPLOAD_BYTES, settings.MAX_ATTACHMENT_BYTES = 1000, 5000
    answer = as_owner.post("/upload/", {"image": SimpleUploadedFile("a.jpg", b"x" * 4000)})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"note": ""}, "note", "Say in a sentence or two"),
        ({"note": "x" * 2001}, "note", "2000"),
        ({"note": "Mine.", "file": (b"x" * 6000, "a.nef")}, "file", "larger than 0.005 MB"),
        ({"note": "Mine.", "file": (b"", "a.nef")}, "file", "empty"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_the_note_stays(as_owner, upload, settings, form, field, words):
    settings.MAX_ATTACHMENT_BYTES = 5000
    if "file" in form:
        data, name = form["file"]
        form = form | {"file": SimpleUploadedFile(name, data)}
    answer = as_owner.post(page(upload), form)
    assert answer.status_code == 400
    assert words in str(answer.context["form"].errors[field])
    assert form["note"] in answer.content.decode()
    assert Appeal.objects.count() == 0


def test_while_one_waits_the_page_says_so_and_offers_to_take_it_back(as_owner, upload):
    made = appeal(upload)
    text = text_of(as_owner, page(upload))
    assert "You have disputed this verdict" in text
    assert "<textarea" not in text
    assert as_owner.post(page(upload, made.pk, "take-back"))["Location"] == f"/uploads/{upload.pk}/"
    assert Appeal.objects.get().outcome == "withdrawn"
    assert "<textarea" in text_of(as_owner, page(upload))


def test_an_appeal_that_was_decided_cannot_be_taken_back(as_owner, upload, decided):
    made = appeal(upload)
    decided(upload, "authentic")
    settle()
    answer = as_owner.post(page(upload, made.pk, "take-back"))
    assert answer.status_code == 409
    assert "decided already" in answer.content.decode()


def test_the_outcome_stands_on_the_verdict_page(as_owner, upload, decided):
    appeal(upload)
    decided(upload, "authentic")
    settle()
    assert "The verdict was changed" in verdict(as_owner, upload)


def test_a_moderator_sees_note_and_file_on_the_verdict_page(as_moderator, upload):
    made = appeal(upload, note="It was my cat.", file=raw())
    text = verdict(as_moderator, upload)
    assert "It was my cat." in text
    assert page(upload, made.pk, "attachment") in text
    assert "take-back" not in text


def test_the_attachment_is_saved_and_never_shown(as_owner, upload):
    made = appeal(upload, file=raw(b"<script>alert(1)</script>", "evil “ü”.html"))
    answer = as_owner.get(page(upload, made.pk, "attachment"))
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''evil%20")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"


def test_a_moderator_who_takes_the_attachment_is_written_down_and_its_owner_is_not(as_owner, as_moderator, upload):
    address = page(upload, appeal(upload, file=raw()).pk, "attachment")
    as_owner.get(address)
    assert not AuditEvent.objects.filter(action="appeal.attachment_read").exists()
    as_moderator.get(address)
    assert AuditEvent.objects.filter(action="appeal.attachment_read").count() == 1


def test_to_strangers_and_members_of_a_case_there_is_no_attachment(as_stranger, stranger, owner, upload):
    from detector.models import Case, CaseMember, CaseUpload

    made = appeal(upload, note="Not for everybody.", file=raw())
    address = page(upload, made.pk, "attachment")
    assert as_stranger.get(address).status_code == 404
    case = Case.objects.create(title="c")
    CaseMember.objects.create(case=case, user=stranger, role="viewer")
    CaseUpload.objects.create(case=case, upload=upload, added_by=owner)
    assert as_stranger.get(address).status_code == 404
    assert "Not for everybody." not in verdict(as_stranger, upload)
    assert as_stranger.post(page(upload, made.pk, "take-back")).status_code == 404


def test_an_attachment_that_is_gone_is_a_404(as_owner, upload):
    from django.core.files.storage import default_storage

    made = appeal(upload, file=raw())
    default_storage.delete(made.attachment)
    assert as_owner.get(page(upload, made.pk, "attachment")).status_code == 404
    assert as_owner.get(page(upload, appeal_without_file(upload), "attachment")).status_code == 404


def appeal_without_file(upload) -> int:
    Appeal.objects.update(outcome="withdrawn")
    return appeal(upload).pk


def test_a_moderator_may_not_dispute_for_another(as_moderator, as_administrator, upload):
    for client in (as_moderator, as_administrator):
        assert client.get(page(upload)).status_code == 404
        assert client.post(page(upload), {"note": "x"}).status_code == 404


def test_a_moderator_disputes_what_is_theirs(submit, moderator):
    upload = submit(moderator)
    assert page(upload) in verdict(logged_in(moderator), upload)


def test_the_pages_are_for_people_who_are_logged_in(upload):
    for address in (page(upload), page(upload, 1, "take-back"), page(upload, 1, "attachment")):
        assert Client().get(address)["Location"].startswith("/accounts/login/")


def test_a_form_of_another_site_is_refused(owner, upload):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post(page(upload), {"note": "x"}).status_code == 403


def test_a_note_is_shown_as_text(as_moderator, upload):
    appeal(upload, note="<script>alert(1)</script>")
    assert "<script>alert" not in verdict(as_moderator, upload)


def test_the_help_says_what_to_do_when_a_verdict_is_wrong(client, db):
    text = text_of(client, "/help/")
    assert 'id="wrong"' in text
    assert "Dispute this verdict" in text


def test_at_the_desk_the_moderator_sees_note_and_file(as_moderator, upload):
    made = appeal(upload, note="It was my cat.", file=raw())
    text = text_of(as_moderator, f"/desk/items/{made.item_id}/")
    assert "It was my cat." in text
    assert page(upload, made.pk, "attachment") in text
    assert "disputed: “Likely AI-generated”" in text


def test_who_decides_without_the_machines_answer_does_not_learn_it_from_the_appeal(as_moderator, moderator, upload):
    made = appeal(upload, note="It was my cat.")
    habits.choose(Actor(user=moderator), hide_machine=True, keys=True)
    text = text_of(as_moderator, f"/desk/items/{made.item_id}/")
    assert "It was my cat." in text
    assert "AI-generated”" not in text


def test_a_second_opinion_does_not_learn_the_first_from_an_appeal(as_colleague, moderator, upload, decided):
    appeal(upload, note="It was my cat.")
    first = decided(upload, "authentic")
    settle()
    item = queue.ask_for_second(Actor(user=moderator), first=first)
    text = text_of(as_colleague, f"/desk/items/{item.pk}/")
    assert "The verdict was changed" not in text
