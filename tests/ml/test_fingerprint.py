"""Fingerprints: copies stay near, other pictures stay apart, and a search finds just the copies."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from ml import fingerprint as prints
from tests.factories import picture
from tests.ml.making import as_bytes


def compressed(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(as_bytes(image, quality=quality))).convert("RGB")


def cropped(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    return image.crop((int(width * share), int(height * share), int(width * (1 - share)), int(height * (1 - share))))


def fingerprint(image: Image.Image) -> bytes:
    bits = prints.of(image)
    assert bits is not None
    return bits


def block(*rows: tuple[int, bytes]) -> prints.Block:
    return prints.Block.of(rows)


CHANGES = {
    "half the size": lambda image: image.resize((200, 150)),
    "another shape": lambda image: image.resize((400, 260)),
    "JPEG 40": lambda image: compressed(image, 40),
    "brighter": lambda image: Image.blend(image, Image.new("RGB", image.size, "white"), 0.25),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.7),
    "less contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.7),
    "without colour": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "cropped": lambda image: cropped(image, 0.015),
    "all of it": lambda image: compressed(cropped(image, 0.01).resize((180, 140)), 60),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("seed", range(5))
def test_a_copy_is_found_among_others(change, seed):
    image = picture(400, 300, seed)
    rows = [(number + 1, fingerprint(picture(400, 300, number))) for number in range(20)]
    found = prints.near([block(*rows)], fingerprint(CHANGES[change](image)))
    assert [(row.id, row.mirrored) for row in found] == [(seed + 1, False)]


def test_a_copy_in_a_mirror_is_found_and_said_to_be_one():
    rows = [(number, fingerprint(picture(400, 300, number))) for number in range(1, 20)]
    (found,) = prints.near([block(*rows)], fingerprint(ImageOps.mirror(picture(400, 300, 7))))
    assert (found.id, found.mirrored) == (7, True)
    assert found.distance <= 16


def test_the_same_picture_is_at_no_distance():
    bits = fingerprint(picture())
    assert prints.near([block((5, bits))], bits) == [(5, 0, False)]
    assert prints.distance(bits, bits) == (0, False)


def test_other_pictures_lie_far_apart():
    bits = [fingerprint(picture(400, 300, seed)) for seed in range(30)]
    apart = [prints.distance(one, other)[0] for at, one in enumerate(bits) for other in bits[:at]]
    assert min(apart) > prints.NEAR + 16
    assert 100 < np.median(apart) < 156


def test_what_is_mirrored_twice_is_as_before():
    bits = fingerprint(picture())
    assert prints.mirrored(prints.mirrored(bits)) == bits != prints.mirrored(bits)


@pytest.mark.parametrize("colour", ["white", "black", "teal"])
def test_a_plain_picture_has_no_fingerprint(colour):
    assert prints.of(Image.new("RGB", (300, 200), colour)) is None
    assert prints.of(compressed(Image.new("RGB", (300, 200), colour), 50)) is None


def test_a_fingerprint_has_the_promised_length_and_begins_with_the_hash_of_manifests():
    bits = fingerprint(picture())
    assert len(bits) == prints.BYTES
    assert bits[:8].hex() == prints.perceptual_hash(picture())


def test_the_perceptual_hash_survives_a_resize_and_a_new_compression():
    image = picture(400, 300)
    copy = compressed(image.resize((200, 150)), 60)
    near = int(prints.perceptual_hash(image), 16) ^ int(prints.perceptual_hash(copy), 16)
    other = int(prints.perceptual_hash(image), 16) ^ int(prints.perceptual_hash(picture(400, 300, seed=1)), 16)
    assert near.bit_count() <= 3 < 12 < other.bit_count()


def test_the_nearest_comes_first_and_each_row_once():
    bits = fingerprint(picture())
    farther = bits[:-1] + bytes([bits[-1] ^ 0b111])
    found = prints.near([block((1, farther)), block((2, bits), (3, bits))], bits)
    assert [(row.id, row.distance) for row in found] == [(2, 0), (3, 0), (1, 3)]


def test_what_differs_in_more_bits_than_the_bound_is_no_copy():
    bits = fingerprint(picture())
    at_bound = bits[:32] + bytes(byte ^ 0xFF for byte in bits[32:])  # the last 64 of the verifying bits
    beyond = bits[:31] + bytes(byte ^ 0xFF for byte in bits[31:])
    assert [row.distance for row in prints.near([block((1, at_bound), (2, beyond))], bits)] == [prints.NEAR]


def test_blocks_are_joined():
    bits = [bytes([number] * prints.BYTES) for number in range(4)]
    whole = block(*zip((2, 3, 5, 8), bits, strict=True))
    again = block((2, bits[0])).joined(block(*zip((3, 5, 8), bits[1:], strict=True)))
    assert again.ids.tolist() == [2, 3, 5, 8]
    assert (again.long == whole.long).all()
    assert (again.short == whole.short).all()


def test_an_empty_block_finds_nothing():
    assert prints.near([block()], fingerprint(picture())) == []
