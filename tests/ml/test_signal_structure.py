"""How files are built: tables, sampling, chunks, and whatever follows the picture's end."""

import io
import json
import struct
import time
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ml.evidence import chunk_build, jpeg_build, quantisation, trailing
from ml.evidence.segments import jpeg_header
from ml.evidence.structure import examine
from ml.evidence.subject import NotApplicable
from ml.images import InvalidImage
from tests.factories import image_bytes, picture
from tests.ml.files import png_chunk, png_with, subject_of, with_png_chunk, with_segment

GAIN_MAP = with_segment(image_bytes(width=32, height=32), 0xE2, b"urn:iso:std:iso:ts:21496:-1\0" + b"\0" * 8)
VIDEO = struct.pack(">I", 16) + b"ftypmp42\0\0\0\0" + struct.pack(">I", 24) + b"mdat" + b"\1" * 16


def finding(data: bytes):
    (found,) = examine(subject_of(data))
    assert found.stance == "silent"
    return found


@pytest.mark.parametrize("quality", [5, 40, 75, 92, 100])
def test_the_standard_tables_are_named_with_their_quality(quality):
    found = finding(image_bytes(quality=quality))
    assert found.details["tables"] == f"standard, quality {quality}"
    assert f"standard tables at quality {quality}" in found.summary


def test_a_grey_picture_is_judged_by_its_one_table():
    stream = io.BytesIO()
    picture(64, 64).convert("L").save(stream, "JPEG", quality=80)
    assert finding(stream.getvalue()).details["tables"] == "standard, quality 80"


def test_tables_of_mozjpeg_are_named():
    table = [*range(64)]
    for place, (row, column) in enumerate(_zigzag_by_hand()):
        table[row * 8 + column] = min(max(quantisation._ROBIDOUX[row * 8 + column], 1), 255)
        assert quantisation._zigzag()[place] == row * 8 + column
    stream = io.BytesIO()
    picture(64, 64).save(stream, "JPEG", qtables=[table, table])
    assert finding(stream.getvalue()).details["tables"] == "mozjpeg, quality 50"


def _zigzag_by_hand() -> list[tuple[int, int]]:
    """Walks the block as the standard draws it."""
    row = column = 0
    path = []
    for _ in range(64):
        path.append((row, column))
        if (row + column) % 2 == 0:
            row, column = (
                (row, column + 1)
                if row == 0 and column < 7
                else (row + 1, column)
                if column == 7
                else (row - 1, column + 1)
            )
        else:
            row, column = (
                (row + 1, column)
                if column == 0 and row < 7
                else (row, column + 1)
                if row == 7
                else (row + 1, column - 1)
            )
    return path


def test_tables_of_no_known_encoder_are_called_unknown():
    stream = io.BytesIO()
    picture(64, 64).save(stream, "JPEG", qtables=[[7, *range(3, 66)], [9, *range(5, 68)]])
    assert finding(stream.getvalue()).details["tables"] == "unknown"


def test_standard_tables_of_two_qualities_are_unknown():
    luma = quantisation.tables(jpeg_header(image_bytes(quality=70)))[0]
    chroma = quantisation.tables(jpeg_header(image_bytes(quality=90)))[1]
    assert quantisation.family({0: luma, 1: chroma}) is None


@pytest.mark.parametrize(("option", "name"), [(0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")])
def test_chroma_sampling_is_told(option, name):
    assert finding(image_bytes(subsampling=option)).details["sampling"] == name


def test_progressive_coding_scans_and_markers_are_told():
    found = finding(image_bytes(progressive=True))
    assert "a progressive JPEG" in found.summary
    assert found.details["scans"] > 5
    assert found.details["markers"][0] == "APP0 JFIF"
    assert found.details["markers"][-1] == "EOI"


def test_the_notes_of_photoshop_are_told():
    saved_for_web = with_segment(image_bytes(), 0xEC, b"Ducky\0\1\0\4" + struct.pack(">I", 60) + b"\0\0")
    assert finding(saved_for_web).details["saved_by"] == "Photoshop for the web, quality 60"
    level = b"8BIM" + struct.pack(">HHI", 0x0406, 0, 6) + struct.pack(">hHH", 8, 1, 1)
    saved = with_segment(image_bytes(), 0xED, b"Photoshop 3.0\0" + level)
    assert "saved by Photoshop, level 12 of 12" in finding(saved).summary


def test_a_whole_picture_has_nothing_behind_its_end():
    for format in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        assert "after_the_end" not in finding(image_bytes(format)).details, format


AFTER = {
    "HDR gain map": GAIN_MAP,
    "second picture": image_bytes(width=40, height=30),
    "video of a motion photograph": VIDEO,
    "trailer of a Samsung phone": b"\0\0\x30\x0aMotionPhoto_Data" + b"\7" * 50 + b"SEFH" + b"\0" * 20 + b"SEFT",
    "padding": b"\0" * 100,
    "text": b"<!-- served by a host of pages -->\n",
    "unknown data": bytes(range(1, 200)),
}


@pytest.mark.parametrize("name", AFTER)
def test_what_follows_the_picture_is_named_with_its_size(name):
    found = finding(image_bytes() + AFTER[name])
    assert found.details["after_the_end"] == [{"what": name, "bytes": len(AFTER[name])}]
    assert (name in found.summary) == (name != "padding")


def test_several_pieces_are_told_apart_and_the_unknown_one_is_spoken_of():
    found = finding(image_bytes() + GAIN_MAP + VIDEO + bytes(range(1, 100)))
    names = [part["what"] for part in found.details["after_the_end"]]
    assert names == ["HDR gain map", "video of a motion photograph", "unknown data"]
    assert "unknown data of 99 bytes" in found.summary


def test_data_behind_a_png_and_a_webp_are_named_too():
    for format in ("PNG", "WEBP"):
        after = finding(image_bytes(format) + bytes(range(1, 50))).details["after_the_end"]
        assert after == [{"what": "unknown data", "bytes": 49}], format


def test_chunks_of_a_png_are_told_in_order():
    found = finding(png_with(Title="x"))
    assert found.details["chunks"] == ["IHDR", "tEXt", "IDAT", "IEND"]
    assert (found.details["colour"], found.details["bits"], found.details["texts"]) == ("RGB", 8, ["Title"])


def test_unknown_chunks_and_wrong_checksums_are_told():
    found = finding(with_png_chunk(image_bytes("PNG"), b"quIz", b"secret"))
    assert found.details["unknown_chunks"] == ["quIz"]
    spoilt = png_chunk(b"tEXt", b"Title\0x")[:-1] + b"?"
    data = image_bytes("PNG")
    assert chunk_build.png(data[:33] + spoilt + data[33:])[1]["faults"] == ["a checksum is wrong"]


def test_a_picture_in_several_places_is_against_the_rules():
    pixels = zlib.compress(b"\0\1\2\3" * 1)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    parts = png_chunk(b"IDAT", pixels[:4]) + png_chunk(b"tIME", b"\7\xe0\1\1\0\0\0") + png_chunk(b"IDAT", pixels[4:])
    _, details = chunk_build.png(b"\x89PNG\r\n\x1a\n" + header + parts + png_chunk(b"IEND", b""))
    assert details["faults"] == ["the picture's data are in several places"]


def test_webp_and_avif_are_told():
    stream = io.BytesIO()
    picture(32, 32).save(stream, "WEBP", lossless=True, exif=Image.Exif().tobytes())
    assert "lossless WebP" in finding(stream.getvalue()).summary
    assert finding(image_bytes("WEBP")).details["coding"] == "lossy"
    assert finding(image_bytes("AVIF")).details["brand"] == "avif"


def test_a_format_that_tells_nothing_does_not_apply():
    with pytest.raises(NotApplicable, match="BMP"):
        examine(subject_of(image_bytes("BMP")))


def test_a_million_empty_chunks_and_markers_cost_no_second():
    start = time.process_time()
    jpeg_build.build(b"\xff\xd8" + b"\xff\xfe\0\2" * 500_000)
    chunk_build.png(b"\x89PNG\r\n\x1a\n" + png_chunk(b"tEXt", b"") * 300_000)
    trailing.parts(image_bytes(width=16, height=16) + b"\xff\xd8\xff\xd9" * 100_000, "JPEG")
    assert time.process_time() - start < 1


BUILDERS = [jpeg_build.build, chunk_build.png, chunk_build.webp, chunk_build.heif, chunk_build.gif]
WHOLE = [image_bytes(name, width=48, height=32) for name in ("JPEG", "PNG", "WEBP", "AVIF", "GIF")]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 4), st.floats(0, 1), st.integers(0, 700), st.binary(max_size=5))
def test_any_bytes_are_described_without_an_exception(which, cut, place, noise):
    data = WHOLE[which]
    spoilt = (data[:place] + noise + data[place + len(noise) :])[: int(len(data) * cut)]
    for build in BUILDERS:
        words, details = build(spoilt)
        assert words
        assert "\\u0000" not in json.dumps(details, allow_nan=False)
    for format in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP"):
        trailing.parts(spoilt, format)


@pytest.mark.parametrize("folder", ["camera", "hostile", "c2pa", "ai_metadata"])
def test_every_fixture_is_described_in_milliseconds(folder, shared_data):
    for path in sorted((shared_data / "fixtures" / folder).iterdir()):
        try:
            subject = subject_of(path.read_bytes())
        except InvalidImage:
            continue
        start = time.process_time()
        try:
            assert examine(subject)[0].stance == "silent"
        except NotApplicable:
            continue
        assert time.process_time() - start < 0.3, path.name
