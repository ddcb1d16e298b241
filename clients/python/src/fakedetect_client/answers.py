"""The other things that a site answers with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from fakedetect_client.errors import FakeDetectError
from fakedetect_client.reading import Fields
from fakedetect_client.results import Result

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, and the parameters that ask for the next page. The address in the answer is not followed: a proxy may have
    bent it, and a token goes to the configured site only."""

    results: tuple[T, ...]
    next: Mapping[str, str] | None

    @classmethod
    def of(cls, raw: Any, row: Callable[[Any], T]) -> "Page[T]":
        read = Fields(raw)
        following = read.text("next")
        return cls(read.many("results", row), dict(parse_qsl(urlsplit(following).query)) if following else None)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where the bytes of an announced file go, and with which headers."""

    id: str
    method: str
    url: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, raw: Any) -> "Ticket":
        read = Fields(raw)
        return cls(read.must("id"), read.must("method"), read.must("url"), dict(raw["headers"]))


@dataclass(frozen=True, slots=True)
class Checked:
    """One of many: the source as it was given, and a result or what went wrong."""

    source: Any
    result: Result | None = None
    error: FakeDetectError | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """Another upload of the same picture. `kind` is same_file, copy or mirrored."""

    id: str
    kind: str
    distance: int
    name: str
    verdict: str | None
    page: str

    @classmethod
    def of(cls, raw: Any) -> "Copy":
        read = Fields(raw)
        what = read.must("id"), read.text("kind"), read.whole("distance"), read.text("name")
        return cls(*what, read.text_or_none("verdict"), read.text("page"))


@dataclass(frozen=True, slots=True)
class Similar:
    copies: tuple[Copy, ...]
    more: bool

    @classmethod
    def of(cls, raw: Any) -> "Similar":
        read = Fields(raw)
        return cls(read.many("copies", Copy.of), read.flag("more"))


@dataclass(frozen=True, slots=True)
class ReportCheck:
    """Whether a report is as the site signed it, and one sentence that says why."""

    valid: bool
    reason: str
    kind: str
    key_id: str

    @classmethod
    def of(cls, raw: Any) -> "ReportCheck":
        read = Fields(raw)
        return cls(read.flag("valid"), read.must("reason"), read.text("kind"), read.text("key_id"))


@dataclass(frozen=True, slots=True)
class Me:
    """Whose token this is. `scope` is read, write, or None without a token."""

    username: str
    email: str
    role: str
    token_name: str | None
    scope: str | None
    expires_at: datetime | None

    @classmethod
    def of(cls, raw: Any) -> "Me":
        read = Fields(raw)
        token = Fields(read.object("token"))
        who = read.must("username"), read.text("email"), read.text("role")
        return cls(*who, token.text_or_none("name"), token.text_or_none("scope"), token.time("expires_at"))


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    title: str
    description: str
    role: str | None
    uploads: int
    people: int
    created_at: datetime | None
    closed_at: datetime | None
    links: Mapping[str, str]
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, raw: Any) -> "Case":
        read = Fields(raw)
        said = read.must("id"), read.text("title"), read.text("description"), read.text_or_none("role")
        size = read.whole("uploads"), read.whole("people")
        return cls(*said, *size, read.time("created_at"), read.time("closed_at"), read.object("links"), read.raw)
