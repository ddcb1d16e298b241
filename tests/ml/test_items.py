"""EXIF, XMP and notes of HEIF, AVIF and GIF, read by our own readers: what their decoders hand out, from any bytes."""

import io
import struct
import tracemalloc

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ml import images
from ml.evidence import blocks, items, segments, tags
from ml.evidence.items import Metadata
from tests.ml.files import jpeg_with
from tests.pictures import image_bytes, picture

PACKET = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def exif() -> bytes:
    block = Image.Exif()
    block.update({0x010F: "Maker", 0x0110: "Camera"})
    return block.tobytes()


def saved(form: str, **options) -> bytes:
    return image_bytes(form, 64, 48, **options)


def handed_out(data: bytes) -> Metadata:
    with Image.open(io.BytesIO(data)) as image:
        return Metadata((image.info.get("exif") or b"").removeprefix(b"Exif\0\0"), image.info.get("xmp") or b"")


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
@pytest.mark.parametrize("options", [{}, {"exif": exif()}, {"xmp": PACKET}, {"exif": exif(), "xmp": PACKET}])
def test_blocks_are_those_that_decoders_hand_out(form, options):
    data = saved(form, **options)
    found = items.metadata(data)
    assert found._replace(exif=found.exif.removeprefix(b"Exif\0\0")) == handed_out(data)
    assert bool(found.exif) == ("exif" in options)
    assert tags.read(data, form).exif.text("Make") == ("Maker" if "exif" in options else "")


def test_of_several_blocks_the_first_counts():
    made = pillow_heif.from_pillow(picture(64, 48))
    stream = io.BytesIO()
    made.save(stream, exif=exif(), xmp=PACKET)
    assert items.metadata(stream.getvalue()).xmp == PACKET


def test_no_decoder_opens_what_has_metadata(monkeypatch):
    files = {form: saved(form, exif=exif()) for form in ("HEIF", "AVIF")} | {"GIF": saved("GIF", comment=b"note")}
    facts = images.inspect(jpeg_with({0x0112: 6}))
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("A decoder was asked in this process."))
    assert tags.read(files["HEIF"], "HEIF").exif.tags
    assert tags.read(files["AVIF"], "AVIF").exif.tags
    assert tags.read(files["GIF"], "GIF").texts == {"Comment": "note"}
    assert blocks.stored(jpeg_with({0x0112: 6}), facts).orientation == 6


@pytest.mark.parametrize("comment", [b"", b"one", b"x" * 700])
def test_a_comment_of_a_gif_is_whole(comment):
    assert segments.gif_comment(saved("GIF", comment=comment)) == comment


@pytest.mark.parametrize("options", [{}, {"quality": 31}, {"progressive": True}])
def test_a_table_is_the_one_that_the_decoder_uses(options):
    data = saved("JPEG", **options)
    with Image.open(io.BytesIO(data)) as image:
        assert blocks.stored(data, images.inspect(data)).table.ravel().tolist() == list(image.quantization[0])


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def listing(places: bytes, count: int = 1) -> bytes:
    entry = box(b"infe", struct.pack(">IHH", 2 << 24, 7, 0) + b"Exif\0")
    table = struct.pack(">IBBH", 1 << 24, 0x44, 0, count) + places
    return box(b"ftyp", b"heic") + box(
        b"meta", bytes(4) + box(b"iinf", struct.pack(">IH", 0, 1) + entry) + box(b"iloc", table)
    )


def test_pieces_that_name_the_same_bytes_again_and_again_become_no_more_than_the_file():
    pieces = struct.pack(">HHHH", 7, 0, 0, 64) + struct.pack(">II", 0, 4_000) * 64
    data = listing(pieces) + bytes(4_000)
    assert len(items.metadata(data).exif) <= len(data)


@pytest.mark.parametrize(
    "places",
    [
        b"", b"\0", struct.pack(">HHHH", 7, 0, 0, 60_000), struct.pack(">HHHHII", 7, 0, 0, 1, 2**32 - 1, 2**32 - 1),
        struct.pack(">HHHHII", 7, 1, 0, 1, 0, 9), struct.pack(">HHHHII", 7, 2, 0, 1, 0, 9),
    ],
)  # fmt: skip
def test_a_list_that_leads_nowhere_says_nothing(places):
    assert items.metadata(listing(places)) == Metadata()


@settings(deadline=None, derandomize=True)
@given(st.sampled_from(["HEIF", "AVIF", "GIF"]), st.data())
def test_no_change_of_a_file_is_more_than_other_tags(form, data):
    options = {"comment": b"note"} if form == "GIF" else {"exif": exif(), "xmp": PACKET}
    spoilt = bytearray(saved(form, **options))
    for _ in range(data.draw(st.integers(1, 6))):
        spoilt[data.draw(st.integers(0, min(len(spoilt), 600) - 1))] = data.draw(st.integers(0, 255))
    tags.read(bytes(spoilt[: data.draw(st.integers(0, len(spoilt)))]), form)


def test_an_item_that_names_the_file_over_and_over_is_copied_once():
    """Sixty thousand extents of a megabyte: joined one after the other they would be sixty gigabytes."""
    data = bytes(1_000_000)
    places = [items._Place(1, 0, 0, len(data))] * 60_000
    tracemalloc.start()
    joined = items._joined(1, places, (data, b""))
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(joined) == len(data)
    assert highest < 1.5 * len(data)
