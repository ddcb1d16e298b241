"""ml/place.py: coordinates are blanked wherever they stand, and not a pixel changes."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from ml.evidence import tags
from ml.evidence.capture import capture
from ml.place import PlaceRemains, blanked, without_place
from tests.factories import picture
from tests.ml.files import XMP_PREFIX, png_chunk, with_png_chunk, with_segment

SECONDS, SECONDS_OF_OTHERS = struct.pack("<II", 148, 5), struct.pack(">II", 148, 5)  # 29.6 as cameras write it
PLACE = {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.2), 29: "2026:11:28"}
PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'xmlns:drone="http://www.dji.com/drone-dji/1.0/" tiff:Model="Camera" '
    b'exif:GPSLatitude=\'48,51.4933N\' exif:GPSLongitude="2,17.6700E" drone:GpsLatitude="+48.858222">'
    b"<exif:GPSAltitude>3500/100</exif:GPSAltitude></rdf:Description></rdf:RDF></x:xmpmeta>"
)
TOLD = (b"48,51", b"2,17.67", b"48.858", b"3500/100", b"2026:11:28", SECONDS, SECONDS_OF_OTHERS)


def exif() -> Image.Exif:
    block = Image.Exif()
    block[0x010F] = "Maker"
    block.get_ifd(0x8825).update(PLACE)
    return block


def saved(image_format: str, **options) -> bytes:
    stream = io.BytesIO()
    picture(96, 64).save(stream, image_format, **options)
    return stream.getvalue()


def png_with_profiles() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_itxt("XML:com.adobe.xmp", PACKET.decode(), zip=True)
    notes.add_text("Title", "Tower")
    hexadecimal = (b"Exif\0\0" + exif().tobytes()[6:]).hex()
    notes.add_text("Raw profile type APP1", f"\nAPP1\n{len(hexadecimal) // 2}\n{hexadecimal}\n", zip=True)
    return saved("PNG", pnginfo=notes)


def heif() -> bytes:
    stream = io.BytesIO()
    made = pillow_heif.from_pillow(picture(96, 64))
    made.save(stream, exif=exif().tobytes(), xmp=PACKET)
    return stream.getvalue()


FILES = {
    "JPEG": lambda: with_segment(saved("JPEG", exif=exif()), 0xE1, XMP_PREFIX + PACKET),
    "PNG": lambda: with_png_chunk(saved("PNG", exif=exif()), b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET),
    "PNG packed": png_with_profiles,
    "WEBP": lambda: saved("WEBP", exif=exif(), xmp=PACKET),
    "TIFF": lambda: saved(
        "TIFF", exif=exif(), tiffinfo={271: "Maker", 700: PACKET, 33922: (0.0, 0.0, 0.0, 2.29, 48.85, 0.0)}
    ),
    "HEIF": heif,
}


def pixels(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("name", FILES)
def test_no_coordinate_is_left_and_no_pixel_changes(name):
    data, image_format = FILES[name](), name.split()[0]
    assert capture(tags.read(data, image_format)).gps  # or there would be nothing to blank
    plain = without_place(data, image_format)
    assert not capture(tags.read(plain, image_format)).gps
    assert not [told for told in TOLD if told in plain]
    assert (pixels(plain) == pixels(data)).all()


@pytest.mark.parametrize("name", [name for name in FILES if name != "PNG packed"])
def test_nothing_moves_and_other_tags_stay(name):
    data, image_format = FILES[name](), name.split()[0]
    plain = without_place(data, image_format)
    assert len(plain) == len(data)
    assert tags.read(plain, image_format).exif.text("Make") == "Maker"
    assert tags.read(plain, image_format).first("tiff:Model") == "Camera"


def test_a_file_without_a_place_is_given_as_it_is():
    for image_format in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"):
        data = saved(image_format)
        assert without_place(data, image_format) == data


def test_the_checksums_of_a_png_are_right_afterwards():
    plain = without_place(FILES["PNG"](), "PNG")
    position = 8
    while position < len(plain):
        length = int.from_bytes(plain[position : position + 4], "big")
        body, written = plain[position + 4 : position + 8 + length], plain[position + 8 + length :][:4]
        assert zlib.crc32(body) == int.from_bytes(written, "big")
        position += 12 + length


def test_plain_text_of_a_png_stays_and_what_is_packed_around_a_place_goes():
    plain = without_place(png_with_profiles(), "PNG")
    assert b"Tower" in plain
    assert b"Raw profile" not in plain


def test_the_second_picture_in_a_file_is_blanked_too():
    data = FILES["JPEG"]() + FILES["JPEG"]()
    assert not [told for told in TOLD if told in without_place(data, "JPEG")]


def test_statements_of_content_credentials_and_the_video_behind_a_picture_are_blanked():
    said = b'{"exif:GPSLatitude": "48,51.4933N", "exif:GPSSpeed":12.5, "exif:Make": "Maker"}'
    video = b"\0\0\0\x1e\xa9xyz\0\x12\x15\xc7+48.8582+002.2945/"
    plain = without_place(saved("JPEG") + said + video, "JPEG")
    assert b'"exif:GPSLatitude": "           "' in plain
    assert b'"exif:GPSSpeed":0   , "exif:Make": "Maker"}' in plain
    assert b"48.8582" not in plain


@pytest.mark.parametrize("magic", [b"II*\0", b"IIRO", b"IIRS", b"IIU\0"])
def test_raw_files_are_blanked_as_far_as_their_directories_are_those_of_tiff(magic):
    made = Image.Exif()
    made.get_ifd(0x8825).update(PLACE)
    made.endian = "<"
    block = made.tobytes()[6:]
    assert SECONDS in block
    assert SECONDS not in blanked(magic + block[4:])
    assert blanked(b"RAW" * 50 + magic + block[4:])[:150] == b"RAW" * 50


def test_a_block_that_is_nothing_but_the_place_is_blanked():
    """As in CR3, where each directory has a box of its own."""
    north, east = struct.pack("<6I", 48, 1, 51, 1, 296, 10), struct.pack("<6I", 2, 1, 17, 1, 402, 10)
    entries = struct.pack("<HHI4s", 1, 2, 2, b"N") + struct.pack("<HHII", 2, 5, 3, 62)
    entries += struct.pack("<HHI4s", 3, 2, 2, b"E") + struct.pack("<HHII", 4, 5, 3, 86)
    block = b"II*\0" + struct.pack("<IH", 8, 4) + entries + struct.pack("<I", 0) + north + east
    plain = blanked(b"CMT4" + block + b"CMT3")
    assert north not in plain
    assert east not in plain
    assert plain.startswith(b"CMT4II*\0")
    assert plain.endswith(b"CMT3")


def test_tags_that_are_not_read_are_not_handed_out():
    with pytest.raises(PlaceRemains):
        without_place(b"II+\0" + bytes(40), "TIFF")


def test_what_cannot_be_blanked_is_refused():
    wide = PACKET.decode().encode("utf-16")
    data = with_segment(saved("JPEG"), 0xE1, XMP_PREFIX + wide)
    assert capture(tags.read(data, "JPEG")).gps
    with pytest.raises(PlaceRemains):
        without_place(data, "JPEG")


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_damaged_blocks_raise_nothing(cut):
    data = FILES["JPEG"]()
    without_place(data[: 20 + cut], "JPEG")
    spoilt = bytearray(data)
    spoilt[20 + cut] ^= 0xFF
    assert len(without_place(bytes(spoilt), "JPEG")) == len(data)


def test_a_chunk_that_was_damaged_before_is_kept():
    assert png_chunk(b"IEND", b"") in without_place(saved("PNG"), "PNG")
