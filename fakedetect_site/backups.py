"""A back-up of all that an installation is, and the way back into an empty place.

The order keeps it whole beside a running site. The signed heads of the history go first, since a head that is newer
than the copied history would accuse it. Files go after the data base: they are stored before their rows are written, so
every copied row finds its file, and what came in meanwhile is a file too many and nothing worse.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection

from detector import integrity
from fakedetect_site import database_copies

SUMS = "SHA256SUMS"
_PIECE = 1 << 20


class BackUpRefused(Exception):
    """It was not begun, or does not hold: one sentence says why."""


def back_up(folder: Path) -> Iterator[str]:
    """Copy everything into a new folder that its owner alone may read; one line for each step.

    Raises:
        BackUpRefused: the folder holds something, or the data base cannot be copied.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackUpRefused(f"{folder} is not empty. Name a new folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    yield f"keys and signed heads: {_copy_keys(folder / 'keys')}"
    yield f"data base: {_copied(database_copies.dump, folder)}"
    yield f"models and trust lists: {sum(_copy_tree(source, folder / name) for name, source in _trees().items())}"
    yield f"files: {_copy_files(folder / 'files')}"
    yield f"{SUMS}: {_write_sums(folder)}"


def restore(folder: Path) -> Iterator[str]:
    """Bring a back-up into a place that is empty, its digests checked first.

    Raises:
        BackUpRefused: it was changed, something is here already, or the secret key of this place is another one.
    """
    yield f"{SUMS}: {_check_sums(folder)} files as they were"
    _require_an_empty_place()
    _restore_secret(folder / "keys" / "secret_key")
    yield f"data base: {_copied(database_copies.load, folder)}"
    yield f"files: {_restore_files(folder / 'files')}"
    for name, target in (*_keys().items(), *_trees().items()):
        _put(folder / ("keys" if name in _keys() else "") / name, target)
    yield "keys, models and trust lists: in their places"


def _keys() -> dict[str, Path]:
    return {"report_key.pem": Path(settings.REPORT_KEY), "audit_heads.jsonl": Path(settings.AUDIT_HEADS)}


def _trees() -> dict[str, Path]:
    return {"models": Path(settings.MODELS_DIR), "trust": Path(settings.TRUST_LIST_DIR)}


def _copy_keys(target: Path) -> int:
    target.mkdir(mode=0o700)
    _write_private(target / "secret_key", settings.SECRET_KEY)
    found = {name: source for name, source in _keys().items() if source.exists()}
    for name, source in found.items():
        _write_private(target / name, source.read_text())
    return len(found) + 1


def _copied(act: Any, folder: Path) -> str:
    try:
        return str(act(connection, folder))
    except (database_copies.CopyFailed, OSError) as error:
        raise BackUpRefused(f"The data base cannot be copied: {error}") from error


def _copy_tree(source: Path, target: Path) -> int:
    if not source.is_dir():
        return 0
    shutil.copytree(source, target)
    return sum(path.is_file() for path in target.rglob("*"))


def _copy_files(target: Path) -> int:
    """Through the storage, be it a folder or a bucket. What is deleted this moment is gone with its row."""
    return sum(_copy_file(path, target / path) for path in integrity.stored())


def _copy_file(path: str, target: Path) -> bool:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with default_storage.open(path) as source, target.open("wb") as kept:
            shutil.copyfileobj(source, kept, _PIECE)
    except FileNotFoundError:
        return False
    return True


def _write_sums(folder: Path) -> int:
    """In the form that `sha256sum --check` reads."""
    lines = [f"{_digest(path)}  {path.relative_to(folder)}\n" for path in sorted(folder.rglob("*")) if path.is_file()]
    (folder / SUMS).write_text("".join(lines))
    return len(lines)


def _check_sums(folder: Path) -> int:
    try:
        lines = (folder / SUMS).read_text().splitlines()
    except OSError as error:
        raise BackUpRefused(f"{folder} is no whole back-up: {SUMS} is missing.") from error
    for line in lines:
        digest, _, name = line.partition("  ")
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            raise BackUpRefused(f"{name} is missing or was changed since the back-up was made. Take another one.")
    return len(lines)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_an_empty_place() -> None:
    if connection.introspection.table_names():
        raise BackUpRefused("The data base holds tables already. Restore into an empty one.")
    if any(True for _ in integrity.stored()):
        raise BackUpRefused("The storage holds files already. Restore into an empty one.")


def _restore_secret(kept: Path) -> None:
    """Secrets of webhooks and what erasures hold are derived from it, so another key would lose them."""
    secret = kept.read_text()
    if secret == settings.SECRET_KEY:
        return
    if os.environ.get("SECRET_KEY"):
        raise BackUpRefused("SECRET_KEY is not that of the back-up. Set it to the content of keys/secret_key.")
    _write_private(settings.VAR_DIR / "secret_key", secret)


def _restore_files(source: Path) -> int:
    paths = [path for path in source.rglob("*") if path.is_file()]
    for path in paths:
        with path.open("rb") as stream:
            _save(str(path.relative_to(source)), stream)
    return len(paths)


def _save(name: str, stream: IO[bytes]) -> None:
    saved = default_storage.save(name, File(stream))
    if saved != name:
        raise BackUpRefused(f"{name} was there already and lies now as {saved}. Empty the storage, then start again.")


def _put(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        _write_private(target, source.read_text())


def _write_private(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(content)
