"""Uploads over the limit are counted and thrown away while they arrive, so that the answer can still be a sentence.

Cutting the connection would show people a browser error; spooling the file would fill the disk.
"""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class TooLargeFile(SimpleUploadedFile):
    """Stands for a file whose content was thrown away; `size` is what was sent."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, b"")
        self.size = size


class BoundedUploadHandler(FileUploadHandler):
    """Goes before Django's own handlers and passes them at most MAX_UPLOAD_BYTES of each file.

    A view that takes larger files names the setting that says how large: `view.largest_file = "MAX_…"`.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.over = False
        view = self.request.resolver_match.func if self.request and self.request.resolver_match else None
        self.most = getattr(settings, getattr(view, "largest_file", "MAX_UPLOAD_BYTES"))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.over = self.over or start + len(raw_data) > self.most
        return None if self.over else raw_data

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        return TooLargeFile(self.file_name or "", file_size) if self.over else None
