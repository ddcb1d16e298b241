"""Small sets of pictures made on the spot: fakes carry a faint checkerboard, as careless up-sampling leaves one."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ml import config, data, images, split
from ml.data import Record
from ml.evidence.subject import Subject
from tests.pictures import picture


def fake_picture(width: int = 96, height: int = 96, seed: int = 0) -> Image.Image:
    pixels = np.asarray(picture(width, height, seed), dtype=int)
    board = 24 * (np.indices((height, width)).sum(axis=0) % 2)[..., None]
    return Image.fromarray(np.clip(pixels + board - 12, 0, 255).astype(np.uint8))


def as_bytes(image: Image.Image, format: str = "JPEG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def whole_subject(data: bytes) -> Subject:
    """The file as a deep signal meets it."""
    return Subject(data, *images.read(data))


def write_source(folder: Path, count: int, first: int = 0, fake_quality: int = 90) -> Path:
    """`count` authentic and as many fake pictures, each its own group."""
    for label, make, quality in (("authentic", picture, 90), ("ai_generated", fake_picture, fake_quality)):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for number in range(first, first + count):
            image = make(96, 96, seed=1000 * (label == "authentic") + number)
            (folder / label / f"{label}-{number}.jpg").write_bytes(as_bytes(image, quality=quality))
    return folder


def records_of(folder: Path, name: str = "made") -> list[Record]:
    found = [found for found in data.examine(data.list_source(name, folder)) if isinstance(found, Record)]
    return list(split.assign(found))


def record(**changes) -> Record:
    values = {
        "path": "a.jpg", "label": "authentic", "source": "made", "group": "a", "sha256": "0" * 64,
        "phash": "0123456789abcdef", "width": 100, "height": 100, "bytes": 5000, "format": "JPEG", "jpeg_quality": 90,
    }  # fmt: skip
    return Record(**values | changes)


def tiny_experiment(**training) -> config.Experiment:
    """A network of 64 pixels without pretrained weights, for a few steps."""
    values = {"epochs": 3, "images_per_epoch": 16, "batch": 8, "frozen_epochs": 1, "warmup_epochs": 0.5}
    return config.from_dict(
        {
            "name": "tiny",
            "description": "A test.",
            "network": {"input_size": 64, "residual_filters": 4},
            "training": values | training,
            "terms": {"made": "made on the spot"},
            "judgement": {"tested_short_edge": [32, 6000], "tested_megapixels": [0.001, 25]},
        }
    )
