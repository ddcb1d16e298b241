"""Tags and notes: what is kept of a name, who may write and read, what the history is told."""

import pytest
from django.core.exceptions import PermissionDenied

from accounts.audit import Actor
from accounts.models import AuditEvent
from detector import case_items, intake, report, tags, timeline, upload_notes
from detector.errors import Refused
from detector.models import Tag, Tagging, Upload

pytestmark = pytest.mark.django_db


def by(person) -> Actor:
    return Actor(user=person)


@pytest.fixture
def uploads(submit, owner):
    return [submit(owner, seed=seed) for seed in range(3)]


def of(upload) -> list[str]:
    return list(Tag.objects.filter(uploads=upload).values_list("name", flat=True))


def test_tags_are_set_as_they_were_written_and_once_each(owner, uploads):
    told = tags.set_tags(by(owner), upload=uploads[0], names=["  Beach  2019 ", "beach 2019", "Élan", "", "ärger"])
    assert told == ["Beach 2019", "ärger", "Élan"]
    assert of(uploads[0]) == ["Beach 2019", "ärger", "Élan"]


def test_one_name_in_two_spellings_is_one_tag_and_keeps_the_first(owner, uploads):
    tags.set_tags(by(owner), upload=uploads[0], names=["Straße"])
    tags.set_tags(by(owner), upload=uploads[1], names=["STRASSE", "E\u0301lan"])
    tags.set_tags(by(owner), upload=uploads[2], names=["éLAN"])
    assert of(uploads[1]) == ["Straße", "Élan"]
    assert of(uploads[2]) == ["Élan"]


def test_another_person_has_tags_of_their_own(owner, stranger, uploads, submit):
    tags.set_tags(by(owner), upload=uploads[0], names=["beach"])
    tags.set_tags(by(stranger), upload=submit(stranger), names=["beach"])
    assert Tag.objects.filter(key="beach").count() == 2
    assert tags.names_of(owner) == ["beach"]


@pytest.mark.parametrize("name", ["a" * 41, "one, two", "bell\u0007", "turned\u202eround"])
def test_a_name_that_is_none_is_refused(owner, uploads, name):
    with pytest.raises(Refused) as refused:
        tags.set_tags(by(owner), upload=uploads[0], names=["fine", name])
    assert refused.value.code == "invalid_tags"
    assert not Tag.objects.exists()


def test_an_upload_has_twenty_tags_and_no_more(owner, uploads):
    tags.set_tags(by(owner), upload=uploads[0], names=[f"tag {n}" for n in range(20)])
    for refused_act in (
        lambda: tags.set_tags(by(owner), upload=uploads[0], names=[f"tag {n}" for n in range(21)]),
        lambda: tags.add(by(owner), uploads=uploads, names=["one more"]),
    ):
        with pytest.raises(Refused, match="at most 20"):
            refused_act()
    assert of(uploads[1]) == []


def test_a_person_has_a_bounded_number_of_tags(owner, uploads, monkeypatch):
    monkeypatch.setattr(tags, "OF_A_PERSON", 2)
    tags.set_tags(by(owner), upload=uploads[0], names=["one", "two"])
    with pytest.raises(Refused) as refused:
        tags.set_tags(by(owner), upload=uploads[1], names=["two", "three"])
    assert refused.value.code == "too_many_tags"


@pytest.mark.parametrize("who", ["stranger", "moderator", "administrator"])
def test_nobody_but_the_owner_writes(people, uploads, who):
    for act in (
        lambda actor: tags.set_tags(actor, upload=uploads[0], names=["mine"]),
        lambda actor: tags.add(actor, uploads=uploads, names=["mine"]),
        lambda actor: tags.remove(actor, uploads=uploads, names=["mine"]),
        lambda actor: upload_notes.write(actor, upload=uploads[0], text="mine"),
    ):
        with pytest.raises(PermissionDenied):
            act(by(people[who]))
    assert not Tag.objects.exists()


def test_nobody_but_the_owner_reads(people, case, uploads):
    owner = people["owner"]
    tags.set_tags(by(owner), upload=uploads[0], names=["secret"])
    upload_notes.write(by(owner), upload=uploads[0], text="Between us.")
    case_items.add(by(owner), case=case, uploads=[uploads[0]])
    found = Upload.objects.with_verdicts().get(pk=uploads[0].pk)
    mine = report.of_upload(found, reader=owner)
    assert (mine["tags"], mine["note"]) == (["secret"], "Between us.")
    for who in ("viewer", "editor", "moderator", "administrator", "stranger"):
        told = report.of_upload(found, reader=people[who])
        assert (told["tags"], told["note"]) == ([], None)
    public = report.of_upload(found)
    assert (public["tags"], public["note"]) == ([], None)


def test_the_history_tells_of_them_by_number_and_others_not_at_all(people, case, uploads):
    owner = people["owner"]
    case_items.add(by(owner), case=case, uploads=[uploads[0]])
    tags.set_tags(by(owner), upload=uploads[0], names=["secret"])
    upload_notes.write(by(owner), upload=uploads[0], text="Between us.")
    events = AuditEvent.objects.filter(target=f"upload:{uploads[0].pk}", action__in=["upload.tagged", "upload.noted"])
    assert [(one.action, one.details) for one in events.order_by("id")] == [
        ("upload.tagged", {"added": [Tag.objects.get().pk], "removed": []}),
        ("upload.noted", {"empty": False}),
    ]
    assert not AuditEvent.objects.filter(details__icontains="secret").exists()

    def told(reader):
        return [entry.action for entry in timeline.of_upload(uploads[0], reader=people[reader]).entries]

    assert "upload.tagged" in told("owner")
    assert "upload.tagged" not in told("viewer")
    assert "upload.noted" not in told("viewer")


def test_what_changes_nothing_is_not_written_down(owner, uploads):
    tags.set_tags(by(owner), upload=uploads[0], names=["beach"])
    upload_notes.write(by(owner), upload=uploads[0], text="A note.")
    before = AuditEvent.objects.count()
    tags.set_tags(by(owner), upload=uploads[0], names=["BEACH"])
    tags.add(by(owner), uploads=uploads[:1], names=["Beach"])
    tags.remove(by(owner), uploads=uploads, names=["sea"])
    upload_notes.write(by(owner), upload=uploads[0], text=" A note. ")
    assert AuditEvent.objects.count() == before


def test_many_uploads_get_and_lose_a_tag_in_one_act(owner, uploads):
    tags.set_tags(by(owner), upload=uploads[0], names=["beach"])
    assert len(tags.add(by(owner), uploads=uploads, names=["Beach", "sea"])) == 3
    assert [of(one) for one in uploads] == [["beach", "sea"]] * 3
    event = AuditEvent.objects.get(action="uploads.tagged")
    assert set(event.details["uploads"]) == {str(one.pk) for one in uploads}
    assert len(tags.remove(by(owner), uploads=uploads[1:], names=["BEACH"])) == 2
    assert [of(one) for one in uploads] == [["beach", "sea"], ["sea"], ["sea"]]
    assert AuditEvent.objects.get(action="uploads.untagged").details["uploads"] == sorted(
        str(one.pk) for one in uploads[1:]
    )


def test_more_uploads_than_one_act_names_are_refused(owner, uploads):
    with pytest.raises(Refused) as refused:
        tags.add(by(owner), uploads=[uploads[0]] * 201, names=["beach"])
    assert refused.value.code == "too_many_uploads"


def test_a_tag_goes_with_the_last_upload_that_has_it(owner, uploads):
    tags.add(by(owner), uploads=uploads[:2], names=["beach"])
    tags.set_tags(by(owner), upload=uploads[0], names=[])
    assert tags.names_of(owner) == ["beach"]
    tags.remove(by(owner), uploads=uploads[1:2], names=["beach"])
    assert tags.names_of(owner) == []


def test_an_upload_that_is_gone_is_told_or_passed_over(owner, uploads):
    gone = uploads[0]
    intake.delete(by(owner), upload=Upload.objects.get(pk=gone.pk))
    with pytest.raises(Refused) as refused:
        tags.set_tags(by(owner), upload=gone, names=["beach"])
    assert refused.value.code == "not_found"
    assert len(tags.add(by(owner), uploads=uploads, names=["beach"])) == 2


def test_the_time_beside_a_tagging_is_the_uploads(owner, uploads):
    tags.add(by(owner), uploads=uploads, names=["beach"])
    assert set(Tagging.objects.values_list("upload", "created_at")) == {(one.pk, one.created_at) for one in uploads}


def test_a_note_is_kept_without_control_characters_and_has_a_length(owner, uploads):
    assert upload_notes.write(by(owner), upload=uploads[0], text=" Two\r\nlines\x07 ") == "Two\nlines"
    with pytest.raises(Refused) as refused:
        upload_notes.write(by(owner), upload=uploads[0], text="a" * 2001)
    assert refused.value.code == "text_too_long"
    assert Upload.objects.get(pk=uploads[0].pk).note == "Two\nlines"
