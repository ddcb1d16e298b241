"""The one way from a manifest's line to pixels: decoded, normalised where its source leaks, edited where it says so."""

from pathlib import Path

from PIL import Image

from ml import synth
from ml.data import Record
from ml.normalise import framed_mask, normalised
from ml.views import working_image

Mask = Image.Image  # mode L, as large as its picture, 255 where it was altered


def pixels_of(record: Record, size: int) -> tuple[Image.Image, Mask | None]:
    """The working image of a record for a model of this input size, and its mask; None where none is known.

    Raises:
        InvalidImage: the file, or its donor, is no image.
        OSError: a file is gone.
    """
    image, mask = _opened(record.path, size), _mask(record)
    if record.normalise:
        image = normalised(image, record.sha256)
    if record.edit:
        donor = _opened(record.donor, size) if record.donor else None
        edited = synth.render(record.edit, image, donor, record.seed)
        return edited.image, edited.mask
    if mask and record.normalise:
        return image, framed_mask(mask, image.size)
    return image, mask and mask.resize(image.size, Image.Resampling.BOX)


def mask_known(record: Record) -> bool:
    """Whether it is known where a record was altered; of an authentic one: nowhere."""
    return bool(record.label == "authentic" or record.edit or record.mask)


def _opened(path: str, size: int) -> Image.Image:
    return working_image(Path(path).read_bytes(), size)


def _mask(record: Record) -> Mask | None:
    if not record.mask:
        return None
    with Image.open(record.mask) as mask:
        return mask.convert("L")
