"""What camera tags say, what cannot be true of them, and previews that show something else."""

import contextlib
import io
import json
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ml.evidence import exif, tags
from ml.evidence.camera import examine
from ml.evidence.subject import NotApplicable
from ml.images import InvalidImage
from tests.factories import image_bytes, picture
from tests.ml.files import jpeg_with, png_with, subject_of, with_preview, with_segment, with_xmp, xmp

MAKE, MODEL, SOFTWARE, CHANGED, ARTIST = 0x010F, 0x0110, 0x0131, 0x0132, 0x013B
TAKEN, EXPOSURE, APERTURE, LENS, SERIAL, OWNER = 0x9003, 0x829A, 0x829D, 0xA434, 0xA431, 0xA430
CAMERA = {MAKE: "Canon", MODEL: "Canon EOS 5D"}


def finding(data: bytes):
    (found,) = examine(subject_of(data))
    return found


def test_camera_exposure_and_time_are_told_and_prove_nothing():
    exposure = {TAKEN: "2011:07:30 15:41:25", EXPOSURE: 1 / 60, APERTURE: 5.6, LENS: "EF 50mm f/1.8"}
    found = finding(jpeg_with(CAMERA | {CHANGED: "2011:07:30 15:41:25"}, exposure))
    assert found.stance == "silent"
    assert "Canon EOS 5D on 30 July 2011" in found.summary
    assert "can be copied" in found.summary
    assert (found.details["exposure"], found.details["aperture"]) == ("1/60 s", "f/5.6")
    assert found.details["lens"] == "EF 50mm f/1.8"


def test_a_file_without_tags_is_silent():
    found = finding(image_bytes())
    assert (found.stance, found.details) == ("silent", {})


def test_an_editor_is_named_and_accuses_nobody():
    found = finding(jpeg_with(CAMERA | {SOFTWARE: "Adobe Photoshop 7.0"}))
    assert found.stance == "silent"
    assert "last saved with Adobe Photoshop 7.0" in found.summary


def test_the_place_stands_apart_from_the_facts():
    block = Image.Exif()
    block.update(CAMERA)
    block.get_ifd(0x8825).update({1: "S", 2: (33.0, 51.0, 25.2), 3: "E", 4: (151.0, 12.0, 54.0)})
    found = finding(image_bytes(exif=block.tobytes()))
    assert found.details["gps"] == {"latitude": -33.857, "longitude": 151.215}
    others = {name: value for name, value in found.details.items() if name != "gps"}
    assert "33" not in str(others) + found.summary


def test_serial_numbers_and_names_of_people_stand_apart_too():
    found = finding(jpeg_with(CAMERA | {ARTIST: "Ada Lovelace"}, {SERIAL: "0123456789", OWNER: "Ada L."}))
    assert found.details["private"] == {"body_serial": "0123456789", "owner": "Ada L.", "artist": "Ada Lovelace"}
    others = {name: value for name, value in found.details.items() if name != "private"}
    assert "Ada" not in str(others) + found.summary


def test_names_of_people_in_xmp_stand_apart_as_well():
    found = finding(with_xmp(image_bytes(), xmp(aux__SerialNumber="77", aux__OwnerName="Ada")))
    assert found.details["private"] == {"body_serial": "77", "owner": "Ada"}


def phone(model: str, taken: str, lens: str = "") -> bytes:
    return jpeg_with({MAKE: "Apple", MODEL: model}, {TAKEN: taken} | ({LENS: lens} if lens else {}))


CONTRADICTORY = {
    "before it was taken": jpeg_with(CAMERA | {CHANGED: "2010:01:01 10:00:00"}, {TAKEN: "2011:07:30 15:41:25"}),
    "makes no Canon EOS 5D": jpeg_with({MAKE: "NIKON CORPORATION", MODEL: "Canon EOS 5D"}),
    "that phone came in 2021": phone("iPhone 13 Pro", "2014:05:01 10:00:00"),
    "has no lens named": phone("iPhone 13", "2022:05:01 10:00:00", "iPhone 11 back dual wide camera 4.25mm f/1.8"),
}


@pytest.mark.parametrize("words", CONTRADICTORY)
def test_what_cannot_be_true_at_once_is_told(words):
    found = finding(CONTRADICTORY[words])
    assert found.stance == "supports_fake"
    assert words in found.summary
    assert found.details["contradictions"]


CONSISTENT = [
    phone("iPhone 13", "2022:05:01 10:00:00", "iPhone 13 back dual wide camera 5.1mm f/1.6"),
    phone("iPhone 6s Plus", "2015:11:01 10:00:00"),
    phone("iPhone 4S", "2011:11:01 10:00:00"),
    jpeg_with(CAMERA | {CHANGED: "2011:07:30 08:00:00"}, {TAKEN: "2011:07:30 15:41:25"}),  # time zones
    jpeg_with(CAMERA | {CHANGED: "1970:01:01 00:00:00"}, {TAKEN: "2011:07:30 15:41:25"}),  # a clock that was reset
    jpeg_with({MAKE: "NIKON CORPORATION", MODEL: "NIKON D70"}),
    jpeg_with({MAKE: "0000", MODEL: "x"}, {TAKEN: "0000:00:00 00:00:00"}),
]


@pytest.mark.parametrize("data", CONSISTENT)
def test_what_may_be_true_is_not_accused(data):
    assert finding(data).stance == "silent"


def test_a_preview_of_the_picture_itself_is_silent():
    found = finding(with_preview(picture(640, 480, 1), picture(640, 480, 1)))
    assert (found.stance, found.details["preview"]) == ("silent", "same")
    assert found.details["score"] < 0.3


def test_a_preview_of_another_picture_is_told_and_shown():
    found = finding(with_preview(picture(640, 480, 1), picture(640, 480, 2)))
    assert (found.stance, found.details["preview"]) == ("supports_fake", "other")
    assert "another picture" in found.summary
    with Image.open(io.BytesIO(found.picture)) as shown:
        assert shown.size == (2 * 480 + 12, 360)


def test_a_preview_of_before_the_change_is_told_and_the_place_framed():
    image = picture(640, 480, 1)
    changed = image.copy()
    changed.paste(Image.new("RGB", (120, 100), "white"), (60, 300))
    found = finding(with_preview(changed, image))
    assert (found.stance, found.details["preview"]) == ("supports_fake", "altered")
    with Image.open(io.BytesIO(found.picture)) as shown:
        orange = [(x, y) for x in range(480) for y in range(360) if shown.getpixel((x, y)) == (0xE6, 0x9F, 0x00)]
    middle = [sum(values) / len(values) for values in zip(*orange, strict=True)]
    assert middle == pytest.approx([120 / 640 * 480, 350 / 480 * 360], abs=30)


@pytest.mark.parametrize(
    "turned",
    [
        lambda image: image.transpose(Image.Transpose.ROTATE_90),
        lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        lambda image: image.point(lambda value: min(255, int(value * 0.8 + 40))),
    ],
    ids=["turned", "mirrored", "brightened"],
)
def test_a_picture_turned_mirrored_or_brightened_since_is_the_same(turned):
    image = picture(640, 480, 1)
    preview = image.resize((160, 120))
    assert finding(with_preview(turned(image), preview)).stance == "silent"


def test_a_picture_with_black_bars_beside_its_preview_is_the_same():
    image, preview = picture(640, 426, 3), Image.new("RGB", (160, 120))
    preview.paste(image.resize((160, 106)), (0, 7))
    assert finding(with_preview(image, preview)).details["preview"] == "same"


def test_a_crop_is_told_and_accuses_nobody():
    image = picture(800, 600, 4)
    found = finding(with_preview(image.crop((100, 120, 640, 525)), image))
    assert (found.stance, found.details["preview"]) == ("silent", "cropped")
    assert "cropped" in found.summary


def test_a_preview_that_is_no_jpeg_is_passed_over():
    block = with_preview(picture(64, 64), picture(64, 64))
    spoilt = block.replace(b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\xff\xd8\x00\x00\x00\x10JFIF", 1)
    assert "preview" not in finding(spoilt).details


def test_damaged_exif_is_silent_and_says_so():
    found = finding(with_segment(image_bytes(), 0xE1, b"Exif\0\0nothing of the kind"))
    assert (found.stance, found.summary) == (
        "silent",
        "The EXIF block of this file is damaged and cannot be read.",
    )


def test_a_format_without_a_place_for_tags_does_not_apply():
    with pytest.raises(NotApplicable, match="BMP"):
        examine(subject_of(image_bytes("BMP")))


def test_a_block_that_claims_gigabytes_gives_what_it_really_holds():
    entry = (0x0131).to_bytes(2, "big") + b"\0\2" + (2**32 - 1).to_bytes(4, "big") + (8).to_bytes(4, "big")
    block = b"MM\0*" + (8).to_bytes(4, "big") + b"\xff\xff" + entry * 100
    found = exif.parse(block)
    assert found.damaged
    assert not found.tags


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 400), st.binary(min_size=1, max_size=6), st.integers(0, 400))
def test_spoilt_exif_never_raises_anything_but_its_own_error(place, noise, cut):
    block = with_preview(picture(32, 32), picture(32, 32))[12:400]
    spoilt = block[:place] + noise + block[place + len(noise) : len(block) - cut]
    with contextlib.suppress(exif.Damaged):
        exif.parse(spoilt)
    tags.read(b"\xff\xd8\xff\xe1" + (len(spoilt) + 8).to_bytes(2, "big") + b"Exif\0\0" + spoilt, "JPEG")


def test_text_chunks_that_look_like_tags_are_no_tags():
    assert finding(png_with(Make="Canon", Model="Canon EOS 5D")).details == {}


@pytest.mark.parametrize("folder", ["camera", "hostile", "c2pa"])
def test_no_fixture_raises_a_false_claim(folder, shared_data):
    for path in sorted((shared_data / "fixtures" / folder).iterdir()):
        try:
            assert examine(subject_of(path.read_bytes()))[0].stance == "silent", path.name
        except (InvalidImage, NotApplicable):
            continue


def test_numbers_that_are_none_are_left_out_of_the_details():
    block = Image.Exif()
    block.update(CAMERA)
    assert json.dumps(dict(finding(image_bytes(exif=block.tobytes())).details), allow_nan=False)
    nan = b"MM\0*" + struct.pack(">IHHHIfI", 8, 1, 0x0110, 11, 1, float("nan"), 0)
    assert exif.parse(nan).tags == {"Model": ()}
    assert exif.parse(nan).number("Model") is None
