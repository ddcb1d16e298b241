"""A storage that says when it fails, so that doors can answer with a sentence and when to try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class StorageFailed(OSError):
    """The storage is full, away or broken. A file that is not there is no such failure."""


@contextmanager
def told(broken: tuple[type[Exception], ...] = (OSError,)) -> Iterator[None]:
    """Raises StorageFailed for whatever of `broken` is no fact about one file."""
    try:
        yield
    except (FileNotFoundError, StorageFailed):
        raise
    except broken as error:
        raise StorageFailed(str(error)) from error


class Telling:
    """Goes before a storage of Django's and has its failures told. `broken` is what that storage raises."""

    broken: tuple[type[Exception], ...] = (OSError,)

    def _open(self, *args: Any, **options: Any) -> Any:
        with told(self.broken):
            return super()._open(*args, **options)  # type: ignore[misc]

    def _save(self, *args: Any, **options: Any) -> Any:
        with told(self.broken):
            return super()._save(*args, **options)  # type: ignore[misc]

    def exists(self, name: str) -> bool:
        with told(self.broken):
            return bool(super().exists(name))  # type: ignore[misc]

    def delete(self, name: str) -> None:
        with told(self.broken):
            super().delete(name)  # type: ignore[misc]

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with told(self.broken):
            folders, files = super().listdir(path)  # type: ignore[misc]
        return folders, files
