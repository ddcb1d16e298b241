"""A folder that never holds half a file under its name, whenever the process dies and however full the disk is."""

import os
import uuid
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_makedirs

from fakedetect_site.storage_faults import Telling

UNFINISHED = "unfinished"  # what is being written, and what a process left that died; the rounds remove it


class WholeFiles(FileSystemStorage):
    """Writes beside, then moves into place in one step.

    Files are kept under the digest of their content: half a file under the name of the whole would be taken for it.
    """

    def _save(self, name: str, content: Any) -> str:
        beside = f"{UNFINISHED}/{uuid.uuid4().hex}"
        try:
            super()._save(beside, content)  # type: ignore[misc]  # the stubs do not know it
            safe_makedirs(os.path.dirname(self.path(name)), self.directory_permissions_mode or 0o777, exist_ok=True)
            os.replace(self.path(beside), self.path(name))
        except BaseException:
            self.delete(beside)
            raise
        return name


class FolderStorage(Telling, WholeFiles):
    """The storage of a site without a bucket."""
