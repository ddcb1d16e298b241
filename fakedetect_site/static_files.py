"""Collect static files when they changed: to hash and compress them all takes seconds, to look takes none."""

import hashlib
from collections.abc import Iterator

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect() -> bool:
    """Collect if any source file came, went or changed since the last time; tell whether any had."""
    stamp = settings.VAR_DIR / "static.fingerprint"
    now = _fingerprint()
    if stamp.exists() and stamp.read_text() == now and settings.STATIC_ROOT.is_dir():
        return False
    # From scratch: left to itself it keeps whatever is not older than its source, by the clock.
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now)
    return True


def _fingerprint() -> str:
    lines = sorted(_sources())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sources() -> Iterator[str]:
    """Where each file would go, its size and its time of change."""
    yield str(settings.STATIC_ROOT)
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield f"{path} {storage.size(path)} {storage.get_modified_time(path).timestamp()}"
