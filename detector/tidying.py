"""What a process left behind that was killed between the storage and the data base: files without a row, and rows
without an upload. Each is removed as a deletion would, under the lock of its row, so an upload under way loses nothing.
"""

import re
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from detector import integrity, originals, pictures
from detector.models import Original, Upload
from fakedetect_site.folder_storage import UNFINISHED

SHARES = tuple(f"{number:02x}" for number in range(256))  # stored files lie by the first two letters of their digest
_CONTENT = re.compile(r"(?:originals|thumbnails)/../([0-9a-f]{64})\.(\w{1,8})")


def sweep() -> str:
    """The round: one share of the storage each minute, since to list all of a large one takes long."""
    return f"{clear(SHARES[int(time.time() // 60) % len(SHARES)])} removed"


def clear_all() -> int:
    """The whole storage at once; how much was removed."""
    return sum(clear(share) for share in SHARES)


def clear(share: str) -> int:
    paths = [*integrity.without_row(share), *integrity.unfinished()]
    removed = sum(_remove(path) for path in paths if _left(path))
    return removed + sum(_release(sha256) for sha256 in _unheld(share)) + _forget_pictures(share)


def _left(path: str) -> bool:
    """Whoever wrote it had the time in which a silent worker is taken for dead."""
    with suppress(FileNotFoundError):  # its writer was done with it just now
        age = timezone.now() - default_storage.get_modified_time(path)
        return bool(age > timedelta(seconds=settings.LEASE_SECONDS))
    return False


def _remove(path: str) -> bool:
    if path.startswith(f"{UNFINISHED}/"):
        default_storage.delete(path)
        return True
    named = _CONTENT.fullmatch(path)  # what is called otherwise is not ours: `check_integrity` names it
    if named:
        originals.remove_left(named[1], named[2])
    return named is not None


def _unheld(share: str) -> list[str]:
    """Contents whose last upload was deleted by a process that died before it removed them."""
    rows = Original.objects.filter(pk__gte=share, pk__lt=f"{share}g", uploads=None)
    return list(rows.values_list("pk", flat=True))


def _release(sha256: str) -> bool:
    originals.release(sha256)
    return True


def _forget_pictures(share: str) -> int:
    """The same for the pictures of evidence, which lie by upload."""
    ids = [UUID(name) for name in integrity.folders(f"{pictures.FOLDER}/{share}") if _is_id(name)]
    gone = set(ids) - set(Upload.objects.filter(pk__in=ids).values_list("pk", flat=True))
    for upload_id in gone:
        pictures.forget(upload_id)
    return len(gone)


def _is_id(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
