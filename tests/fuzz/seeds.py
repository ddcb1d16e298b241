"""Sound files of every kind that the site reads, small, made on the spot: what hostile ones are made from."""

import io
import random
from functools import cache

from PIL import Image, PngImagePlugin

from tests.ml.files import exif_with_preview, jpeg_with, with_png_chunk, with_segment, with_xmp, xmp
from tests.pictures import image_bytes, picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")
ODD_MODES = {
    "1": ("PNG", "TIFF", "BMP"), "L": ("JPEG", "PNG", "TIFF", "GIF", "WEBP"), "LA": ("PNG", "TIFF"),
    "P": ("PNG", "GIF", "TIFF", "BMP"), "RGBA": ("PNG", "WEBP", "TIFF", "AVIF", "HEIF"), "CMYK": ("JPEG", "TIFF"),
    "YCbCr": ("JPEG", "TIFF"), "LAB": ("TIFF",), "I": ("TIFF",), "I;16": ("PNG", "TIFF"), "F": ("TIFF",),
}  # fmt: skip


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


@cache
def plain() -> dict[str, bytes]:
    """One of each format."""
    return {form: image_bytes(form, 96, 64, seed=number) for number, form in enumerate(FORMATS)}


@cache
def rich() -> tuple[bytes, ...]:
    """Files that carry metadata, previews, palettes, frames and packed text."""
    block = Image.Exif()
    block.update({0x010F: "Maker", 0x0110: "Camera", 0x0112: 6, 0x0132: "2024:02:30 25:61:00"})
    block.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 1.5), 3: "E", 4: (8.0, 32.0, 0.0)})
    packet = xmp(xmp__CreatorTool="Firefly", photoshop__Credit="Made with AI")
    image, notes = picture(96, 64, 3), PngImagePlugin.PngInfo()
    notes.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, Seed: 1", zip=True)
    notes.add_itxt("prompt", '{"3": {"class_type": "KSampler", "inputs": {}}}', zip=True)
    notes.add_itxt("XML:com.adobe.xmp", packet.decode())
    frames = [picture(40, 30, seed) for seed in range(4)]
    with_tags = [saved(image, form, exif=block.tobytes()) for form in ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")]
    with_packet = [saved(image, form, xmp=packet) for form in ("WEBP", "AVIF", "HEIF")]
    animated = [saved(frames[0], form, save_all=True, append_images=frames[1:]) for form in ("GIF", "WEBP", "TIFF")]
    return (
        *with_tags,
        *with_packet,
        *animated,
        jpeg_with({0x010F: "Maker"}, {0x829A: 0.01}, image=image, progressive=True),
        saved(image, "JPEG", quality=30, subsampling=0, comment=b"note"),
        with_xmp(image_bytes("JPEG", 96, 64), packet),
        with_segment(image_bytes("JPEG", 96, 64), 0xE1, exif_with_preview({0x010F: "M"}, image_bytes("JPEG", 64, 48))),
        with_segment(
            image_bytes("JPEG", 96, 64), 0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\x03Ann"
        ),
        saved(image, "PNG", pnginfo=notes),
        with_png_chunk(image_bytes("PNG", 64, 48), b"caBX", b"\0\0\0\x28jumb\0\0\0\x20jumdc2pa" + bytes(20)),
        saved(frames[0], "GIF", comment=b"Made with AI", save_all=True, append_images=frames[1:]),
        saved(image.convert("P"), "TIFF", compression="tiff_lzw"),
        saved(image, "TIFF", compression="jpeg"),
        saved(image, "TIFF", compression="tiff_deflate"),
    )


@cache
def odd() -> tuple[bytes, ...]:
    """Every mode in which a format keeps pixels."""
    return tuple(saved(_in(mode), form) for mode, forms in ODD_MODES.items() for form in forms)


def any_of(chance: random.Random) -> bytes:
    return chance.choice((*plain().values(), *rich(), *odd()))


def _in(mode: str) -> Image.Image:
    image = picture(48, 32, 5)
    if mode == "LAB":  # three planes, whatever they mean
        return Image.frombytes(mode, image.size, image.tobytes())
    return image.convert("L").convert(mode) if mode in ("I", "I;16", "F") else image.convert(mode)
