"""Two uploads side by side: who may, what is shown, what is drawn."""

import io
import uuid

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image, ImageDraw, ImageOps

from accounts.models import AuditEvent
from detector import compare, originals, report
from detector.models import Finding, PictureHash, Upload
from ml.serve import fingerprint
from tests.factories import picture
from tests.ml.making import as_bytes
from tests.ml.test_overlay import altered, scene

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    compare._overlay.cache_clear()


def address(one, other, part="") -> str:
    return f"/compare/{part}?a={getattr(one, 'pk', one)}&b={getattr(other, 'pk', other)}"


def kinship(one: Upload, other: Upload) -> compare.Kinship:
    return compare.kinship(one, other, compare.overlay(one, other))


@pytest.fixture
def pair(submit, owner):
    """A picture, and a smaller copy in which something was painted over."""
    copy = altered(scene()).resize((360, 270), Image.Resampling.BILINEAR)
    return submit(owner, as_bytes(scene(), quality=92), "first.jpg"), submit(owner, as_bytes(copy), "second.jpg")


def test_a_copy_is_shown_beside_the_original(pair, as_owner):
    page = as_owner.get(address(*pair)).content.decode()
    for expected in ("first.jpg", "second.jpg", "These are copies of one picture.", "of 256 bits"):
        assert expected in page
    assert page.count("Likely AI-generated") >= 2
    for part in compare.PARTS:
        assert f"/compare/{part}/?a={pair[0].pk}&amp;b={pair[1].pk}" in page


def test_the_altered_region_is_said_in_words(pair, as_owner):
    page = as_owner.get(address(*pair)).content.decode()
    assert "with 1 region outlined that differs in B" in page
    assert "from the left" in page
    assert "99." in page  # per cent of A is the same in both


@pytest.mark.parametrize("part", compare.PARTS)
def test_each_picture_is_private_and_typed(pair, as_owner, part):
    response = as_owner.get(address(*pair, f"{part}/"))
    assert response.status_code == 200
    assert response["Content-Type"] == compare.PARTS[part]
    assert response["Cache-Control"].startswith("private")
    with Image.open(io.BytesIO(response.content)) as drawn:
        assert drawn.size == (480, 360)


def test_no_other_attribute_is_a_picture(pair, as_owner):
    assert as_owner.get(address(*pair, "shared/")).status_code == 404
    assert as_owner.get(address(*pair, "__class__/")).status_code == 404


def test_a_visitor_is_sent_to_the_log_in(pair):
    for part in ("", "difference/"):
        assert Client().get(address(*pair, part)).url.startswith("/accounts/login/")


@pytest.mark.parametrize("part", ["", "difference/", "marked/", "aligned/"])
def test_both_must_be_the_readers_own(pair, submit, stranger, as_owner, as_stranger, as_moderator, part):
    theirs = submit(stranger, as_bytes(scene(), quality=70), "theirs.jpg")
    for one, other in ((pair[0], theirs), (theirs, pair[0])):
        assert as_owner.get(address(one, other, part)).status_code == 404
        assert as_stranger.get(address(one, other, part)).status_code == 404
        assert as_moderator.get(address(one, other, part)).status_code == 200


@pytest.mark.parametrize("other", ["", "nothing", uuid.uuid4()])
def test_what_is_no_upload_is_404(pair, as_owner, other):
    assert as_owner.get(address(pair[0], other)).status_code == 404
    assert as_owner.get(address(other, pair[0])).status_code == 404


def test_looking_at_other_peoples_pictures_is_written_down(pair, as_owner, as_moderator):
    as_owner.get(address(*pair))
    assert not AuditEvent.objects.filter(action="upload.viewed").exists()
    as_moderator.get(address(*pair))
    seen = AuditEvent.objects.filter(action="upload.viewed").values_list("target", flat=True)
    assert set(seen) == {f"upload:{upload.pk}" for upload in pair}


def test_two_boxes_of_the_history_lead_to_the_comparison(pair, as_owner):
    page = as_owner.get("/uploads/").content.decode()
    assert page.count('name="pick"') == 2
    response = as_owner.get(f"/compare/?pick={pair[0].pk}&pick={pair[1].pk}")
    assert (response.status_code, response.url) == (302, address(*pair))


@pytest.mark.parametrize("count", [1, 3])
def test_another_number_of_boxes_is_sent_back_with_a_word(pair, submit, owner, as_owner, count):
    chosen = [*pair, submit(owner, seed=3)][:count]
    response = as_owner.get("/compare/?" + "&".join(f"pick={upload.pk}" for upload in chosen), follow=True)
    assert response.redirect_chain == [("/uploads/", 302)]
    assert "Choose two uploads to compare them." in response.content.decode()


def test_boxes_of_others_are_404(pair, as_stranger):
    assert as_stranger.get(f"/compare/?pick={pair[0].pk}&pick={pair[1].pk}").status_code == 404


def test_the_kinds_of_kinship(submit, owner):
    first = submit(owner, as_bytes(scene()))
    mirrored = submit(owner, as_bytes(ImageOps.mirror(scene())))
    corner = submit(owner, as_bytes(scene().crop((0, 0, 260, 200))))
    other = submit(owner, as_bytes(scene(1)))
    assert kinship(first, submit(owner, as_bytes(scene()))) == compare.Kinship("same_file", 0)
    assert kinship(first, mirrored).kind == "mirrored"
    assert kinship(first, corner).kind == "related"
    assert kinship(first, corner).distance > fingerprint.NEAR
    assert kinship(first, other).kind == "other"
    PictureHash.objects.filter(original=other.original).delete()
    assert kinship(first, other) == compare.Kinship("unknown", None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (as_bytes(scene(1)), "These are different pictures."),
        (as_bytes(Image.new("RGB", (300, 200), "teal")), "One of these pictures has no fingerprint"),
    ],
)
def test_pictures_without_anything_in_common_are_not_laid_over_each_other(pair, submit, owner, as_owner, data, words):
    page = as_owner.get(address(pair[0], submit(owner, data))).content.decode()
    assert words in page
    assert "cannot be laid over each other" in page
    assert "/compare/difference/" not in page


def test_the_lines_say_what_differs_in_file_and_metadata(pair, owner):
    for upload, camera in zip(pair, ("A100", "B200"), strict=True):
        details = {"make": "Maker", "camera": {"model": camera}, "private": {"serial": "12345"}}
        analysis = upload.analyses.get()
        Finding.objects.create(
            analysis=analysis,
            position=9,
            signal="camera",
            stance="silent",
            summary=f"Taken by {camera}.",
            details=details,
        )
    reports = [report.of_upload(Upload.objects.get(pk=upload.pk), reader=owner) for upload in pair]
    lines = {(line.group, line.name): line for line in compare.lines(*reports)}
    assert lines["file", "format"].differs is False
    assert (lines["file", "width"].one, lines["file", "width"].other) == (480, 360)
    assert lines["camera", ""].one == "Taken by A100."
    assert (lines["camera", "camera model"].one, lines["camera", "camera model"].other) == ("A100", "B200")
    assert ("camera", "make") not in lines  # the same in both


def test_private_details_are_for_their_owner(pair, as_owner, as_moderator):
    for upload, serial in zip(pair, ("serial-1", "serial-2"), strict=True):
        Finding.objects.create(
            analysis=upload.analyses.get(), position=9, signal="camera", stance="silent", summary="A camera.",
            details={"private": {"serial": serial}},
        )  # fmt: skip
    assert "serial-1" in as_owner.get(address(*pair)).content.decode()
    assert "serial-1" not in as_moderator.get(address(*pair)).content.decode()


def test_an_overlay_is_made_once_for_page_and_pictures(pair, as_owner):
    as_owner.get(address(*pair))
    for part in compare.PARTS:
        as_owner.get(address(*pair, f"{part}/"))
    assert compare._overlay.cache_info().misses == 1
    as_owner.get(address(pair[1], pair[0]))
    assert compare._overlay.cache_info().misses == 2


def test_a_deleted_upload_cannot_be_compared_though_its_overlay_is_kept(pair, as_owner):
    as_owner.get(address(*pair))
    Upload.objects.filter(pk=pair[1].pk).delete()
    assert as_owner.get(address(*pair, "difference/")).status_code == 404


def test_a_stored_file_that_is_gone_is_said_to_be(pair, as_owner):
    default_storage.delete(originals.path_of(pair[1].original_id, "jpg"))
    response = as_owner.get(address(*pair))
    assert response.status_code == 404
    assert "One of the stored files is gone" in response.content.decode()


def test_a_name_cannot_break_out_of_the_page(submit, owner, as_owner):
    one, other = submit(owner, name="<img src=x onerror=alert(1)>.jpg"), submit(owner, seed=1, name='"><b>.jpg')
    page = as_owner.get(address(one, other)).content.decode()
    assert "<img src=x" not in page
    assert '"><b>' not in page


def test_an_upload_beside_itself_is_the_same_file(pair, as_owner):
    assert "This is one file, handed in twice" in as_owner.get(address(pair[0], pair[0])).content.decode()


def test_small_and_odd_pictures_are_compared_too(submit, owner, as_owner):
    small, wide = submit(owner, as_bytes(picture(40, 30), "PNG")), submit(owner, as_bytes(picture(900, 40, 1)))
    line = scene().crop((0, 0, 33, 33))
    ImageDraw.Draw(line).line((0, 0, 33, 33), fill="black")
    for other in (wide, submit(owner, as_bytes(line))):
        assert as_owner.get(address(small, other)).status_code == 200
