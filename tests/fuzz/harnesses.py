"""One harness for each reader of unknown bytes: it takes any, and raises only where a promise is broken.

The same functions are driven by hypothesis (test_fuzz.py), by atheris and by chance (`python -m tests.fuzz`).
"""

import importlib
import io
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from detector import unpacking
from detector.errors import Refused
from ml import containers, images
from ml.data import SourceRefused
from ml.evidence import (
    c2pa_reader,
    chunk_build,
    exif,
    iptc,
    items,
    jpeg_build,
    ledger,
    segments,
    tags,
    trailing,
    xmp,
)
from ml.evidence.capture import capture
from ml.evidence.contradictions import contradictions
from ml.evidence.subject import NotApplicable, Subject
from ml.images import InvalidImage, Limits
from ml.importers import manifests
from ml.importers.source import Source
from ml.place import PlaceRemains, blanked, without_place

_SMALL = Limits(bytes=1_000_000, pixels=300_000, frames=20)
_FEW = Limits(bytes=1_000_000, pixels=40_000, frames=20)  # for the signals, which look at every pixel
_MOST_FILES, _MOST_BYTES = 20, 200_000
_BUILDERS = (jpeg_build.build, chunk_build.png, chunk_build.webp, chunk_build.heif, chunk_build.gif)


def decode(data: bytes) -> None:
    """Refused with a sentence, or pixels of the size that was told."""
    with suppress(InvalidImage):
        facts, image = images.read_here(data, _SMALL)
        assert (image.mode, image.size) == ("RGB", (facts.width, facts.height))
        assert images.thumbnail(image, 64)


def metadata(data: bytes) -> None:
    """Tags of every format, what they say of a photograph, and what others than the owner get of the file."""
    for form in images.FORMATS:
        said = capture(tags.read(data, form))
        assert len(said.camera) < 1_000
        contradictions(said)
        containers.foreign_content(data, form)
        trailing.parts(data, form)
        with suppress(PlaceRemains):
            assert not capture(tags.read(without_place(data, form), form)).gps


def blocks(data: bytes) -> None:
    """EXIF, XMP and IPTC without the files around them."""
    with suppress(exif.Damaged):
        found = exif.parse(data)
        assert sum(len(str(value)) for value in found.tags.values()) < 8 * len(data) + 100_000
    with suppress(xmp.Refused):
        xmp.parse(data)
    iptc.parse(data)
    iptc.resources(data)
    items.metadata(data)
    segments.gif_comment(data)
    assert len(blanked(data)) == len(data)


def structure(data: bytes) -> None:
    """How any file is built, taken for each kind of image in turn."""
    for build in _BUILDERS:
        words, _ = build(data)
        assert str(words)


def credentials(data: bytes) -> None:
    """Content Credentials, in any container."""
    for form in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF", "GIF"):
        with suppress(NotApplicable, c2pa_reader.Damaged, c2pa_reader.Elsewhere):
            c2pa_reader.read_store(data, form, images.kind_of(form)[0])


def signals(data: bytes) -> None:
    """Every signal, on whatever small picture can be decoded. None may break, or find what JSON cannot hold."""
    try:
        facts, image = images.read_here(data, _FEW)
    except InvalidImage:
        return
    subject = Subject(data, facts, image)
    for name in (*ledger.QUICK, *ledger.DEEP):
        with suppress(NotApplicable):
            for finding in importlib.import_module(f"ml.evidence.{name}").examine(subject):
                assert np.isfinite([value for value in finding.details.values() if isinstance(value, float)]).all()


def archives(data: bytes) -> None:
    """An archive is refused, or its files are, or they are no longer than they may be."""
    with suppress(Refused), unpacking.opened(io.BytesIO(data), _MOST_FILES) as archive:
        for member in unpacking.members(archive, _MOST_FILES):
            with suppress(Refused):
                assert member.refusal or sum(map(len, unpacking.pieces(archive, member, _MOST_BYTES))) <= _MOST_BYTES


def lists(data: bytes) -> None:
    """Lists of files for training, which a person wrote or a program spoilt."""
    with tempfile.TemporaryDirectory() as folder:
        for name, read in (("a.csv", manifests.files), ("b.jsonl", manifests.files), ("c.csv", manifests.faces_csv)):
            path = Path(folder) / name
            path.write_bytes(data)
            manifests.is_faces_csv(path)
            with suppress(SourceRefused):
                assert all(one.label for one in read(Source(path)))


Harness = Callable[[bytes], None]
ALL: dict[str, Harness] = {
    one.__name__: one for one in (decode, metadata, blocks, structure, credentials, signals, archives, lists)
}
