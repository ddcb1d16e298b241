"""What is left of a leak once a source is normalised, measured on the files that training would see."""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from ml.images import InvalidImage
from ml.jpeg import jpeg_quality, jpeg_table
from ml.leaks import Leak, measure
from ml.normalise import normalised_file
from ml.traits import Samples, Traits, of_file
from ml.views import working_image

_LARGEST = 400  # images of each side: they are decoded and compressed for this, and the AUC's error is about 0.02
_INPUT = 256  # of the model whose working images are normalised


def measure_normalised(samples: Samples, sources: Sequence[str], workers: int = 2) -> list[Leak]:
    """The leaks of these sources after `normalise`, from up to 400 images of each side."""
    with ThreadPoolExecutor(workers) as pool:
        after = {source: list(pool.map(_normalised, _fewer(samples[source]))) for source in sources}
    return measure({source: [row for row in rows if row] for source, rows in after.items()})


def _fewer(rows: list[Traits]) -> list[Traits]:
    """Both sides are in the order of their hashes, so the first are as good a draw as any."""
    return [row for fake in (False, True) for row in [row for row in rows if row.fake is fake][:_LARGEST]]


def _normalised(row: Traits) -> Traits | None:
    try:
        picture = working_image(Path(row.path).read_bytes(), _INPUT)
    except (InvalidImage, OSError):  # it went since it was examined, or is a bomb to all but `examine`
        return None
    data = normalised_file(picture, row.sha256)
    with Image.open(io.BytesIO(data)) as image:
        numbers, kinds = of_file(*image.size, len(data), jpeg_quality(image), "JPEG", jpeg_table(image))
    return row._replace(numbers=numbers, kinds=kinds)
