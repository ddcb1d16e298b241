"""Made pictures as files: in the container of the photograph they were made from, so that it tells nothing."""

import dataclasses
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image
from PIL.JpegImagePlugin import get_sampling

from ml import data
from ml.data import Listed, Record
from ml.images import Limits, decode
from ml.synth import EditRefused
from ml.synth.planning import edited

LIMITS = Limits(bytes=100_000_000, pixels=100_000_000)  # training material is chosen by its owner


def stored(planned: Iterable[Record], folder: Path) -> Iterator[Record]:
    """Make planned records into files below FOLDER/SOURCE, each with its mask; what is there already is kept.

    Raises:
        EditRefused: a file that was made cannot be read again.
        InvalidImage: a base or a donor cannot be read.
    """
    for record in planned:
        home = folder / record.source
        target = home / record.label / f"{record.sha256[:16]}{ending(record)}"
        mask = home / "masks" / f"{record.sha256[:16]}.png"
        if not (target.is_file() and mask.is_file()):
            donor = open_picture(record.donor) if record.donor else None
            made = edited(record, open_picture(record.path), donor)
            mask.parent.mkdir(parents=True, exist_ok=True)
            made.mask.save(mask)
            save_like(Path(record.path), made.image, target)
        yield described(target, record, mask=str(mask))


def open_picture(path: str | Path) -> Image.Image:
    """Upright RGB at full size."""
    return decode(Path(path).read_bytes(), LIMITS)


def ending(base: Record) -> str:
    """JPEG stays JPEG; any other container becomes PNG, which loses nothing."""
    return ".jpg" if base.format == "JPEG" else ".png"


def save_like(base: Path, image: Image.Image, target: Path) -> None:
    """Write beside and rename: a JPEG with the base file's own tables, sampling and channels, or else a PNG."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    if target.suffix == ".jpg":
        with Image.open(base) as original:
            image = image.convert("L") if original.mode == "L" else image
            image.save(partial, "JPEG", qtables=_two(original), subsampling=_sampling(original))
    else:
        image.save(partial, "PNG")
    partial.replace(target)


def described(path: Path, like: Record, mask: str = "") -> Record:
    """The record of a made file, examined as any other, with label, source, group and side of `like`.

    Raises:
        EditRefused: the file cannot be read.
    """
    found = next(iter(data.examine([Listed(path, like.label, like.source, like.group)], workers=1)))
    if not isinstance(found, Record):
        raise EditRefused(f"{path} was made and cannot be read: {found.reason}")
    return dataclasses.replace(found, split=like.split, mask=mask, licence=like.licence)


def _two(original: Image.Image) -> dict[int, list[int]]:
    """One table for luminance and one for colour; some files have one for both."""
    tables: dict[int, list[int]] = getattr(original, "quantization", {})
    first = tables[min(tables)]
    return {0: first, 1: tables.get(1, first)}


def _sampling(original: Image.Image) -> int:
    """Pillow's number of a file's chroma sampling; 4:2:0 where it is none that Pillow can write."""
    found = get_sampling(original)
    return found if found in (0, 1, 2) else 2
