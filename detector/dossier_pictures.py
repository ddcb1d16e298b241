"""The pictures of a report: the image itself, its heat-map and what findings show, small enough for a page."""

import logging
from collections.abc import Iterator

from django.core.files.storage import default_storage

from detector import originals, pictures
from detector.limits import limits
from detector.models import Analysis, Upload
from ml import serve

log = logging.getLogger(__name__)

IMAGE, HEATMAP = "image", "heatmap"
_EDGE = 1_000
_HEATMAP_EDGE = 500


def of_upload(upload: Upload, latest: Analysis) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each picture that can be had. What is gone or cannot be decoded is left out."""
    if image := _reduced(originals.path_of(upload.original_id, upload.original.extension)):
        yield IMAGE, image
    if latest.heatmap:
        yield HEATMAP, _heatmap(upload, latest.heatmap)
    for name, row in pictures.named(latest.findings.all()).items():
        if shown := _reduced(row.picture):
            yield _own(name), shown


def small(upload: Upload, *, large: bool) -> bytes | None:
    """The image alone, for reports on many: as `of_upload` has it, or the thumbnail that is there already."""
    if large:
        return _reduced(originals.path_of(upload.original_id, upload.original.extension))
    try:
        with default_storage.open(originals.thumbnail_path(upload.original_id)) as stream:
            data: bytes = stream.read()
            return data
    except OSError:
        return None


def name_of(address: str | None) -> str | None:
    """The name here of the picture that the upload's page shows at this address."""
    return _own(address.rpartition("/")[2].removesuffix(".png")) if address else None


def _own(name: str) -> str:
    return f"evidence-{name}"


def _heatmap(upload: Upload, rows: list[list[float]]) -> bytes:
    scale = _HEATMAP_EDGE / max(upload.original.width, upload.original.height)
    width, height = (max(1, round(edge * scale)) for edge in (upload.original.width, upload.original.height))
    return serve.render_heatmap(rows, width, height)


def _reduced(path: str) -> bytes | None:
    """A JPEG without metadata, transparency on white."""
    try:
        with default_storage.open(path) as stream:
            return serve.thumbnail(serve.decode(stream.read(), limits(), at_least=_EDGE), _EDGE)
    except (OSError, serve.InvalidImage):  # a report without a picture is still a report
        log.exception("report: %s is left out", path)
        return None
