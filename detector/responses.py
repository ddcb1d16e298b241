"""Answers that carry pictures: private, typed from the allow-list, never guessed, never run."""

from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import quote

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.roles import Someone, owns
from detector import originals, pictures
from detector.errors import refused
from detector.limits import limits
from detector.models import Upload
from ml import serve

Response = TypeVar("Response", bound=HttpResponseBase)

_SHOWN_BY_BROWSERS = {"JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"}
_PREVIEW_EDGE = 1600
_HEATMAP_EDGE = 512


def original(upload: Upload, reader: Someone) -> FileResponse | HttpResponse:
    """The file as it was uploaded, streamed from storage; to others than its owner without the place it names."""
    kept = upload.original
    stream = _stored(originals.path_of(kept.sha256, kept.extension))
    how = "inline" if kept.format in _SHOWN_BY_BROWSERS else "attachment"
    response: FileResponse | HttpResponse
    if owns(reader, upload):
        response = FileResponse(stream, content_type=kept.mime)
    else:
        stream.close()
        response = HttpResponse(originals.read_without_place(kept), content_type=kept.mime)
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(upload.name)}"
    return _private(response)


def thumbnail(upload: Upload) -> HttpResponse:
    with _stored(originals.thumbnail_path(upload.original_id)) as stream:
        return _private(HttpResponse(stream.read(), content_type="image/jpeg"))


def preview(upload: Upload) -> HttpResponse:
    """A JPEG that every browser can show, of TIFF and HEIC too, without the original's metadata."""
    with _stored(originals.path_of(upload.original_id, upload.original.extension)) as stream:
        data = stream.read()
    try:
        image = serve.decode(data, limits(), at_least=_PREVIEW_EDGE)
    except serve.InvalidImage as error:  # the limits were lowered since it was taken in
        raise refused(error) from error
    return _private(HttpResponse(serve.thumbnail(image, _PREVIEW_EDGE), content_type="image/jpeg"))


def heatmap(upload: Upload) -> HttpResponse:
    """The class-activation map as a transparent PNG of the image's proportions."""
    latest = upload.latest
    if latest is None or latest.heatmap is None:
        raise Http404("This verdict has no heat-map.")
    scale = _HEATMAP_EDGE / max(upload.original.width, upload.original.height)
    width, height = (max(1, round(edge * scale)) for edge in (upload.original.width, upload.original.height))
    return _private(HttpResponse(serve.render_heatmap(latest.heatmap, width, height), content_type="image/png"))


def evidence(upload: Upload, name: str) -> HttpResponse:
    """The picture of one finding, under the name that the report gives it."""
    latest = upload.latest
    row = pictures.named(latest.findings.all()).get(name) if latest else None
    if row is None:
        raise Http404("This evidence has no picture.")
    with _stored(row.picture) as stream:
        return _private(HttpResponse(stream.read(), content_type="image/png"))


def report(upload: Upload, kind: str, data: bytes) -> HttpResponse | StreamingHttpResponse:
    """A report to be saved: opened in place, a program could write it anew and lose its signature."""
    return saved(f"{upload.name} report.{kind}", f"application/{kind}", data)


def saved(name: str, mime: str, content: bytes | Iterator[bytes]) -> HttpResponse | StreamingHttpResponse:
    """A file that is made anew for each answer, to be saved: whole, or in pieces while it is made."""
    response: HttpResponse | StreamingHttpResponse
    if isinstance(content, bytes):
        response = _private(HttpResponse(content, content_type=mime))
    else:
        response = _private(StreamingHttpResponse(content, content_type=mime))
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def drawn(picture: bytes, mime: str) -> HttpResponse:
    """A picture that was made for this answer."""
    return _private(HttpResponse(picture, content_type=mime))


def _stored(path: str) -> File[bytes]:
    """Open a stored file; 404 where it is gone, which `check_integrity` will name."""
    try:
        return default_storage.open(path)
    except FileNotFoundError as error:
        raise Http404("The stored file is gone.") from error


def _private(response: Response) -> Response:
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
