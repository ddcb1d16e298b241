"""The head of the history, signed at intervals: to a file of its own and to the log.

Who rewrites the whole chain from its start, head included, leaves it whole in itself. What was signed before then tells
another story, and more so where the file or the log is kept on another machine.
"""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.utils import timezone

from accounts.audit_chain import Head
from accounts.audit_seals import HEAD, NotSealed, opened, sealed
from accounts.models import AuditHead

log = logging.getLogger(__name__)

_BEGINNING = '{"at":"'  # of a canonical statement


class BadHead(Exception):
    """A signed head that cannot be believed, with one sentence."""


def sign_if_due() -> str:
    """Sign the head, unless that was done lately or nothing happened since; says what was done."""
    path, head = Path(settings.AUDIT_HEADS), AuditHead.objects.filter(pk=1).first()
    if head is None or _fresh(path):
        return "not due"
    if f'"events":{head.last_id},' in _last_line(path):
        return "nothing new"
    return f"signed at {sign(head).events} events"


def sign(head: AuditHead) -> Head:
    """Sign this head now.

    Raises:
        KeyUnusable: the site's key cannot be used.
        OSError: the file cannot be written.
    """
    made = Head(head.last_id, head.last_digest, timezone.now().isoformat(timespec="seconds"))
    line = sealed(HEAD, {"events": made.events, "digest": made.digest, "at": made.at})
    _append(Path(settings.AUDIT_HEADS), line)
    log.info("audit head %s", line)
    return made


def read(paths: Iterable[Path], keys: Iterable[Ed25519PublicKey]) -> dict[int, Head]:
    """The signed heads of these files by their number of events; a log that holds them does as well.

    Raises:
        BadHead: one is not signed by any of the keys, or two contradict each other.
        OSError: a file cannot be read.
    """
    heads: dict[int, Head] = {}
    keys = list(keys)
    for path in paths:
        for head in _heads_of(path, keys):
            earlier = heads.setdefault(head.events, head)
            if earlier.digest != head.digest:
                raise BadHead(f"Two signed heads of {head.events} events name different digests: {path}.")
    return dict(sorted(heads.items()))


def _heads_of(path: Path, keys: list[Ed25519PublicKey]) -> Iterator[Head]:
    """Every line that holds a head; a line of a log begins with other words."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if _BEGINNING not in line or HEAD not in line:  # a log also holds what others wrote, addresses say
                continue
            try:
                seal = opened(line[line.find(_BEGINNING) :], keys)
                yield Head(int(seal["events"]), str(seal["digest"]), str(seal["at"]))
            except (NotSealed, KeyError, ValueError, TypeError) as error:
                raise BadHead(f"The signed head in line {number} of {path} is not to be believed: {error}.") from None


def _fresh(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < settings.AUDIT_SIGN_SECONDS
    except FileNotFoundError:
        return False


def _last_line(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - 1_000, 0))
        return (stream.read().decode(errors="replace").splitlines() or [""])[-1]


def _append(path: Path, line: str) -> None:
    """In one write, which the system keeps whole; after a line that a crash cut off, on a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        size = os.fstat(descriptor).st_size
        cut = size and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, f"{chr(10) if cut else ''}{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
