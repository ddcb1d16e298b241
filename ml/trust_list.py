"""Whom a signature is traced back to: the pinned trust list, or the one that an operator put in its place."""

import re
from pathlib import Path

SIGNERS = "signers.pem"  # who may sign Content Credentials
TIME_STAMPS = "time_stamps.pem"  # who may say when something was signed
NAMES = (SIGNERS, TIME_STAMPS)
PINNED = Path(__file__).parent / "trust"

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.S)
_folder: Path | None = None


def use(folder: Path | None) -> None:
    """Prefer the lists of this folder to the pinned ones; None returns to the pinned ones."""
    global _folder
    _folder = folder


def trust_list(name: str) -> str:
    """The certificates of one of NAMES as PEM text, read afresh: an update needs no restart."""
    own = _folder / name if _folder else None
    return (own if own and own.is_file() else PINNED / name).read_text("utf-8")


def blocks(text: str) -> list[str]:
    """The PEM blocks of a text, each once, in its order."""
    return list(dict.fromkeys(_BLOCK.findall(text.replace("\r", ""))))
