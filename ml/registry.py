"""Versions of the model: a folder each, written whole or not at all, and verified before use."""

import datetime
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TFLITE, KERAS, CARD = "model.tflite", "model.keras", "card.json"
_PARTIAL, _STALE = ".partial-", 86_400  # seconds
_TAKEN = "Version {} exists already; versions are never overwritten."
SHIPPED = Path(__file__).parent / "models"


class ModelRefused(Exception):
    """This folder holds no model that may be used: one sentence says why."""


@dataclass(frozen=True, slots=True)
class Version:
    """A verified version: its card and the very bytes of `model.tflite` whose digest the card holds."""

    folder: Path
    card: Mapping[str, Any]
    content: bytes
    sha256: str


def read(folder: Path) -> Version:
    """Read and verify a version.

    Raises:
        ModelRefused: a file is missing, the card is unreadable, or a digest is not the card's.
    """
    card = _read_card(folder)
    content = _verified(folder / TFLITE, card)
    if (folder / KERAS).is_file():  # needed to train on, not to serve
        _verified(folder / KERAS, card)
    return Version(folder, card, content, card["files"][TFLITE])


def write(models: Path, version: str, card: Mapping[str, Any], tflite: Path, keras: Path) -> Path:
    """Write a version beside and rename it into place; returns its folder.

    Raises:
        ModelRefused: the version exists already, or its name is no version.
    """
    target = models / version
    if not version.replace(".", "").isdigit():
        raise ModelRefused(f"{version!r} is no version; use numbers and dots, such as 2026.11.1.")
    if target.exists():
        raise ModelRefused(_TAKEN.format(version))
    models.mkdir(parents=True, exist_ok=True)
    _sweep(models)
    beside = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=models))
    try:
        _fill(beside, {**card, "version": version}, {TFLITE: tflite, KERAS: keras})
        _into_place(beside, target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def versions(models: Path = SHIPPED) -> list[Path]:
    """The folders of all versions, oldest first."""
    found = [card.parent for card in models.glob(f"[0-9]*/{CARD}")]
    return sorted(found, key=lambda folder: _order(folder.name))


def shipped() -> Path:
    """The newest version that comes with the program.

    Raises:
        ModelRefused: there is none.
    """
    if not (found := versions()):
        raise ModelRefused("No model comes with this copy of the program.")
    return found[-1]


def next_version(models: Path, today: datetime.date) -> str:
    """`2026.11.1` for the first version of November 2026, and so on."""
    month = f"{today.year}.{today.month}"
    taken = [_order(folder.name)[-1] for folder in versions(models) if folder.name.startswith(f"{month}.")]
    return f"{month}.{max(taken, default=0) + 1}"


def file_sha256(path: Path) -> str:
    """Hexadecimal digest of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fill(folder: Path, card: Mapping[str, Any], sources: Mapping[str, Path]) -> None:
    for name, source in sources.items():
        shutil.copyfile(source, folder / name)
    whole = {**card, "files": {name: file_sha256(folder / name) for name in sources}}
    (folder / CARD).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    folder.chmod(0o755)
    for path in (*folder.iterdir(), folder):
        _flush(path)


def _into_place(beside: Path, target: Path) -> None:
    try:
        beside.rename(target)  # fails where somebody else was quicker: a folder that holds files is never replaced
    except OSError as error:
        if target.exists():
            raise ModelRefused(_TAKEN.format(target.name)) from error
        raise
    _flush(target.parent)


def _flush(path: Path) -> None:
    """To the disk itself, so that a power cut leaves no name whose content is still on its way."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(models: Path) -> None:
    """Remove what killed processes left; a folder that is a day old belongs to no living one."""
    for left in models.glob(f"{_PARTIAL}*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _read_card(folder: Path) -> dict[str, Any]:
    try:
        card = json.loads((folder / CARD).read_text("utf-8"))
    except OSError as error:
        raise ModelRefused(f"The model in {folder.name} has no card that can be read.") from error
    except ValueError as error:
        raise ModelRefused(f"The card of the model in {folder.name} is not valid JSON.") from error
    if not isinstance(card, dict) or not isinstance(card.get("files"), dict):
        raise ModelRefused(f"The card of the model in {folder.name} names no files.")
    return card


def _verified(path: Path, card: Mapping[str, Any]) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path.name} of the model in {path.parent.name} cannot be read.") from error
    if hashlib.sha256(content).hexdigest() != card["files"].get(path.name):
        raise ModelRefused(f"{path.name} of the model in {path.parent.name} is not the file its card describes.")
    return content
