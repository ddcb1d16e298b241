"""One JSON object of an answer, read with care: what is missing has a default, what is unknown does no harm."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from fakedetect_client.errors import UnexpectedAnswer

T = TypeVar("T")


class Fields:
    def __init__(self, raw: Any) -> None:
        if not isinstance(raw, Mapping):
            raise UnexpectedAnswer("The answer is not a JSON object. Is this the address of a FakeDetect site?")
        self.raw: Mapping[str, Any] = raw

    def must(self, name: str) -> str:
        """A text without which the answer makes no sense."""
        if not isinstance(value := self.raw.get(name), str):
            raise UnexpectedAnswer(f"The answer lacks {name!r}. Is this the address of a FakeDetect site?")
        return value

    def text(self, name: str) -> str:
        value = self.raw.get(name)
        return value if isinstance(value, str) else ""

    def text_or_none(self, name: str) -> str | None:
        value = self.raw.get(name)
        return value if isinstance(value, str) else None

    def whole(self, name: str) -> int:
        value = self.raw.get(name)
        return int(value) if isinstance(value, int | float) else 0

    def number(self, name: str) -> float:
        value = self.raw.get(name)
        return float(value) if isinstance(value, int | float) else 0.0

    def flag(self, name: str) -> bool:
        return bool(self.raw.get(name))

    def time(self, name: str) -> datetime | None:
        try:
            return datetime.fromisoformat(self.text(name))
        except ValueError:
            return None

    def object(self, name: str) -> Mapping[str, Any]:
        value = self.raw.get(name)
        return value if isinstance(value, Mapping) else {}

    def part(self, name: str, of: Callable[[Any], T]) -> T | None:
        """A part of its own shape, or None."""
        value = self.raw.get(name)
        return None if value is None else of(value)

    def many(self, name: str, of: Callable[[Any], T]) -> tuple[T, ...]:
        value = self.raw.get(name)
        return tuple(of(one) for one in value) if isinstance(value, list) else ()
