"""Where a picture was taken: told to its owner, at no door to anybody else."""

import base64
import io
import json
import re
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from accounts import tokens
from accounts.audit import SYSTEM, Actor
from accounts.models import AuditEvent
from desk.models import Appeal
from detector import dossier, originals, report_words
from detector.models import Case, CaseMember, CaseRole, CaseUpload, Upload
from ml.evidence import camera
from tests.conftest import logged_in
from tests.factories import picture
from tests.ml.files import XMP_PREFIX, subject_of, with_segment
from tests.ml.test_place import PACKET, PLACE, SECONDS, SECONDS_OF_OTHERS

pytestmark = pytest.mark.django_db(transaction=True)

DOORS = {
    "page": ("detector:verdict", {}),
    "original": ("detector:image", {}),
    "preview": ("detector:preview", {}),
    "thumbnail": ("detector:thumbnail", {}),
    "evidence": ("detector:evidence", {"name": "camera"}),
    "report as JSON": ("detector:report_json", {}),
    "report as PDF": ("detector:report_pdf", {}),
    "API": ("api:upload-detail", {}),
    "API's original": ("api:upload-image", {}),
    "API's evidence": ("api:upload-evidence", {"name": "camera"}),
    "API's report as JSON": ("api:report-json", {}),
    "admin": ("admin:detector_upload_change", {}),
    "appeal's attachment": ("appeals:attachment", {"appeal": "appeal_pk"}),
    "API's appeal's attachment": ("appeals:api-attachment", {"appeal": "appeal"}),
    "case": ("detector:case", {"case": "pk"}),
    "case's report": ("detector:case_report_json", {"case": "pk"}),
    "case's export": ("detector:case_export", {"case": "pk"}),
}
TOLD = (
    b"48.858", b"48.86", b"48,51", b"2.2945", b"2,17.6", b"3500/100",
    SECONDS, SECONDS_OF_OTHERS,
)  # fmt: skip


def photograph() -> bytes:
    """A JPEG that tells its place in EXIF and XMP, with a preview of another picture, so that the ledger draws one."""
    block = Image.Exif()
    block.update({0x010F: "Maker", 0x0110: "Camera"})
    block.get_ifd(0x8825).update(PLACE)
    stream = io.BytesIO()
    picture(320, 240).save(stream, "JPEG", exif=block)
    return with_segment(stream.getvalue(), 0xE1, XMP_PREFIX + PACKET)


@pytest.fixture
def upload(submit, scorer, owner, stranger, settings, tmp_path) -> Upload:
    settings.REPORT_KEY = tmp_path / "report_key.pem"
    data = photograph()
    scorer.deep = tuple(camera.examine(subject_of(data)))
    taken = submit(owner, data)
    assert taken.latest.findings.get(signal="camera").details["gps"]  # or no door would have anything to tell
    _shared(taken, stranger)
    return taken


def _shared(upload, viewer) -> None:
    """In a case, and with an appeal that carries the original file once more."""
    case = Case.objects.create(title="Case")
    CaseMember.objects.create(case=case, user=upload.owner, role=CaseRole.OWNER)
    CaseMember.objects.create(case=case, user=viewer, role=CaseRole.VIEWER)
    CaseUpload.objects.create(case=case, upload=upload)
    path = default_storage.save(f"appeals/{upload.pk}/proof", ContentFile(photograph()))
    Appeal.objects.create(upload=upload, note="It is mine.", attachment=path, attachment_name="proof.dng")


def address_of(door, upload):
    name, others = DOORS[door]
    if name.startswith("admin:"):
        return reverse(name, args=[upload.pk])
    if "appeal" in others:
        return reverse(name, kwargs={"pk": upload.pk, others["appeal"]: upload.appeals.get().pk})
    if "case" in others:
        return reverse(name, kwargs={"pk": upload.case_items.get().case_id})
    return reverse(name, kwargs={"pk": upload.pk, **others})


def told_by(answer) -> list[bytes]:
    """What of the place an answer holds, its embedded pictures included."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(archive.read(name) for name in archive.namelist())
    body += b"".join(base64.b64decode(found) for found in re.findall(rb"base64,([A-Za-z0-9+/=]+)", body))
    return [told for told in TOLD if told in body]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("reader", ["moderator", "administrator", "viewer of a case"])
def test_no_door_tells_the_place_to_others(door, reader, upload, request, stranger):
    client = logged_in(stranger if reader.startswith("viewer") else request.getfixturevalue(reader))
    answer = client.get(address_of(door, upload), {"private": "1"})
    assert answer.status_code in ((200,) if "viewer" not in reader and "evidence" not in door else (200, 302, 404))
    assert "case" not in door or answer.status_code == 200
    assert not told_by(answer)


@pytest.mark.parametrize("door", ["page", "original", "API", "API's original", "appeal's attachment", "case's export"])
def test_the_owner_is_told_and_has_the_very_bytes(door, upload, as_owner):
    assert told_by(as_owner.get(address_of(door, upload)))


def test_a_private_report_is_for_the_owner_alone(upload, as_owner, as_moderator):
    address = address_of("report as JSON", upload)
    assert told_by(as_owner.get(address, {"private": "1"}))
    assert not told_by(as_owner.get(address))
    assert not told_by(as_moderator.get(address, {"private": "1"}))


def test_the_words_of_a_pdf_are_those_of_the_report_without_the_place(upload, moderator):
    content = json.loads(dossier.document(Actor(user=moderator), upload=upload, private=True))
    assert not [told for told in TOLD if told in json.dumps(report_words.layout(content, {})).encode()]


def test_a_token_of_a_moderator_is_given_no_place_either(upload, moderator, client):
    _, key = tokens.issue(SYSTEM, user=moderator, name="x")
    answer = client.get(address_of("API's original", upload), headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert not told_by(answer)


def test_lists_copies_and_the_comparison_tell_none(upload, submit, owner, as_moderator, as_owner):
    other = submit(owner, photograph(), name="again.jpg")
    compared = f"/compare/?a={other.pk}&b={upload.pk}"
    for address in ("/api/v1/uploads/?all=1", "/uploads/?all=1", compared, f"/api/v1/uploads/{upload.pk}/similar/"):
        answer = as_moderator.get(address)
        assert answer.status_code == 200
        assert not told_by(answer)
    assert told_by(as_owner.get("/api/v1/uploads/"))


def test_others_get_the_pixels_of_the_original_unchanged(upload, as_moderator):
    given = as_moderator.get(address_of("original", upload)).content
    assert len(given) == upload.original.bytes
    assert given != originals.read(upload.original)
    one, other = (Image.open(io.BytesIO(data)) for data in (given, originals.read(upload.original)))
    assert one.tobytes() == other.tobytes()


def test_looking_at_anothers_original_is_written_down(upload, as_moderator):
    as_moderator.get(address_of("original", upload))
    assert AuditEvent.objects.filter(action="upload.viewed", target=f"upload:{upload.pk}").count() == 1


def test_a_place_that_cannot_be_taken_out_is_refused_to_others_with_a_sentence(submit, owner, as_owner, as_moderator):
    stream = io.BytesIO()
    picture(320, 240).save(stream, "JPEG")
    upload = submit(owner, with_segment(stream.getvalue(), 0xE1, XMP_PREFIX + PACKET.decode().encode("utf-16")))
    answer = as_moderator.get(address_of("API's original", upload))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "place_remains")
    assert as_moderator.get(address_of("original", upload)).status_code == 409
    assert as_owner.get(address_of("original", upload)).status_code == 200
