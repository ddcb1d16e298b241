"""The one decode: what it accepts, what it refuses, and with which words."""

import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from ml import images
from ml.containers import end_of_image
from tests.factories import image_bytes, picture


def refusal(data: bytes, **limits) -> str:
    with pytest.raises(images.InvalidImage) as caught:
        images.decode(data, images.Limits(**limits) if limits else None)
    assert caught.value.detail.endswith((".", "?"))
    return caught.value.code


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
def test_it_reads_every_format_of_the_list(format):
    data = image_bytes(format)
    facts = images.inspect(data)
    assert (facts.format, facts.width, facts.height, facts.bytes) == (format, 320, 240, len(data))
    decoded = images.decode(data)
    assert (decoded.mode, decoded.size) == ("RGB", (320, 240))
    difference = np.abs(np.asarray(decoded, int) - np.asarray(picture(), int)).mean()
    assert difference < 15  # the same picture, within what the lossy formats lose


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_turns_the_picture_upright(orientation):
    upright = picture(300, 200)
    turned = upright.transpose(UNDO[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    turned.save(stream, "JPEG", quality=95, exif=exif)
    facts, decoded = images.inspect(stream.getvalue()), images.decode(stream.getvalue())
    assert (facts.width, facts.height) == decoded.size == (300, 200)
    assert np.abs(np.asarray(decoded, int) - np.asarray(upright, int)).mean() < 8


# How a camera stores an upright scene for each orientation: the inverse of what a viewer applies.
UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def test_it_decodes_a_large_jpeg_at_a_smaller_scale_on_request():
    decoded = images.decode(image_bytes(width=2000, height=1600), at_least=448)
    assert decoded.size == (1000, 800)


def test_a_smaller_scale_keeps_both_edges_at_least_that_long():
    decoded = images.decode(image_bytes(width=4000, height=500), at_least=448)
    assert min(decoded.size) >= 448


def test_it_lays_transparency_on_white():
    stream = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(stream, "PNG")
    assert images.decode(stream.getvalue()).getpixel((4, 4)) == (255, 255, 255)


def test_it_scales_sixteen_bit_grey_instead_of_clipping_it():
    stream = io.BytesIO()
    Image.fromarray(np.full((8, 8), 32768, np.uint16)).save(stream, "PNG")
    assert images.decode(stream.getvalue()).getpixel((0, 0)) == (127, 127, 127)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK"])
def test_it_makes_rgb_of_every_mode(mode):
    stream = io.BytesIO()
    picture().convert(mode).save(stream, "TIFF" if mode != "P" else "GIF")
    assert images.decode(stream.getvalue()).mode == "RGB"


def test_it_takes_the_first_frame_of_an_animation():
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue", "green")]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert images.inspect(stream.getvalue()).frames == 3
    assert images.decode(stream.getvalue()).getpixel((0, 0)) == (255, 0, 0)


def test_the_input_is_square_and_antialiased():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    values = images.to_input(Image.fromarray(stripes), 64)
    assert values.shape == (64, 64, 3)
    assert values.std() < 3  # fine stripes become grey; without antialiasing they would stay black and white


def test_a_thumbnail_carries_no_metadata():
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    data = image_bytes(width=800, height=600, exif=exif, comment=b"a secret")
    small = images.thumbnail(images.decode(data), 320)
    assert Image.open(io.BytesIO(small)).size == (320, 240)
    assert b"A camera" not in small
    assert b"a secret" not in small
    assert b"Exif" not in small


def test_it_refuses_an_empty_file():
    assert refusal(b"") == "empty_file"


def test_it_refuses_text():
    assert refusal(b"Dear editor, find the picture attached." * 10) == "not_an_image"


@pytest.mark.parametrize("head", [b"%PDF-1.7\n", b"8BPS\0\1", b"<svg xmlns=", b"\xff\x0a\0", b"\0\0\1\0\1\0"])
def test_it_names_formats_that_it_does_not_take(head):
    assert refusal(head + bytes(100)) == "unsupported_format"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_it_refuses_a_file_that_is_cut_off(format, share):
    data = image_bytes(format)
    assert refusal(data[: int(len(data) * share)]) in {"truncated", "unreadable", "not_an_image"}


def test_it_says_truncated_of_half_a_jpeg_even_at_a_smaller_scale():
    data = image_bytes(width=2000, height=1500)
    with pytest.raises(images.InvalidImage) as caught:
        images.decode(data[: len(data) // 2], at_least=320)
    assert caught.value.code == "truncated"


def test_it_refuses_more_bytes_than_allowed():
    assert refusal(image_bytes(), bytes=1000) == "file_too_large"


def png_bomb(width: int, height: int) -> bytes:
    """A PNG that announces a huge picture in a few hundred bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(8000, 8000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_it_refuses_a_bomb_before_decoding_it(width, height):
    assert refusal(png_bomb(width, height)) == "too_many_pixels"


def test_it_refuses_ten_thousand_frames():
    frames = [Image.new("P", (2, 2), n % 255) for n in range(10_000)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], optimize=False, disposal=1)
    assert refusal(stream.getvalue()) == "too_many_frames"


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("evil.txt", "hello")
    return stream.getvalue()


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
@pytest.mark.parametrize(
    "tail",
    [zipped(), b"%PDF-1.4 and more", b"<?php system('id');", b"\x7fELF\2\1\1"],
    ids=["zip", "pdf", "php", "elf"],
)
def test_it_refuses_a_file_that_is_two_things_at_once(format, tail):
    assert refusal(image_bytes(format) + tail) == "polyglot"


def test_it_refuses_a_pdf_header_in_front_of_the_pixels():
    assert refusal(image_bytes(comment=b"%PDF-1.5 hidden")) == "polyglot"


def test_it_takes_a_motion_photograph():
    video = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(range(256)) * 40
    assert images.decode(image_bytes() + video).size == (320, 240)


def test_it_takes_a_photograph_to_which_a_web_host_appended_a_script():
    assert images.decode(image_bytes() + b"<script language=JavaScript></script>").size == (320, 240)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF"])
def test_it_knows_where_a_picture_ends(format):
    data = image_bytes(format)
    assert end_of_image(data, format) == len(data)
    if format not in ("AVIF", "HEIF"):  # whose boxes may go on for ever
        assert end_of_image(data + b"tail" * 10, format) == len(data)


def test_it_finds_the_end_of_a_progressive_jpeg():
    data = image_bytes(progressive=True, quality=95)
    assert end_of_image(data + b"tail", "JPEG") == len(data)


def test_damaged_exif_does_not_hide_a_sound_picture():
    data = bytearray(image_bytes(exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\xff\xff"))
    assert images.decode(bytes(data)).size == (320, 240)


def test_every_hostile_file_is_decoded_or_refused_with_words(shared_data):
    files = [path for path in sorted((shared_data / "fixtures" / "hostile").iterdir()) if path.is_file()]
    assert len(files) >= 130
    refused = 0
    for path in files:
        try:
            assert images.decode(path.read_bytes(), at_least=320).mode == "RGB"
        except images.InvalidImage:
            refused += 1
    assert refused > 50


def test_photographs_from_cameras_are_read(shared_data):
    for path in sorted((shared_data / "fixtures" / "camera").glob("*.jpg")):
        assert images.decode(path.read_bytes()).width > 0, path
