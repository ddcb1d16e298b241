"""Settings from the environment, read loudly: a value that cannot be meant stops the start with one sentence."""

import importlib.util
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    """Accepts 1, true, yes, on and 0, false, no, off in any case; refuses everything else."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false; write 1 or 0.")
    return value in {"1", "true", "yes", "on"}


def number(name: str, default: int, *, at_least: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdigit() or int(value) < at_least:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number of at least {at_least}.")
    return int(value)


def share(name: str, default: float) -> float:
    """A part of a whole, from 0 to 1."""
    value = os.environ.get(name, "").strip()
    try:
        found = float(value or default)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise ImproperlyConfigured(f"{name}={value!r} is no share; write a number from 0 to 1, such as 0.02.")
    return found


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    value = os.environ.get(name, "").strip().lower() or default
    if value not in among:
        raise ImproperlyConfigured(f"{name}={value!r} is not known; write {', '.join(among[:-1])} or {among[-1]}.")
    return value


def items(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


def numbers(name: str, default: str) -> frozenset[int]:
    """Whole numbers, by commas."""
    found = items(name, default)
    if not found or not all(item.isdigit() for item in found):
        raise ImproperlyConfigured(f"{name}={os.environ.get(name)!r} is no list of whole numbers, such as {default}.")
    return frozenset(int(item) for item in found)


def needs(name: str, module: str, lock: str) -> None:
    """Whoever sets `name` has installed what it takes."""
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # a package above it is missing
        found = None
    if found is None:
        raise ImproperlyConfigured(f"{name} is set, and what it takes is missing: install {lock}, or unset it.")


def secret(name: str, *, at_least: int = 16) -> str:
    """Empty, or so long that nobody guesses it."""
    value = os.environ.get(name, "").strip()
    if value and len(value) < at_least:
        raise ImproperlyConfigured(f"{name} has {len(value)} characters; a secret needs at least {at_least}.")
    return value


def secret_key(path: Path) -> str:
    """SECRET_KEY from the environment, else from `path`, which is made with a fresh key for the owner's eyes only."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, secrets.token_urlsafe(64))
    return path.read_text().strip()


def _write_once(path: Path, content: str) -> None:
    """Create with mode 0600; the second of two processes that start at once keeps the first one's key."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
