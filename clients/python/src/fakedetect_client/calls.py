"""What the API is asked, apart from who carries it: each function makes a call, which knows how to read its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypeVar
from urllib.parse import quote

import httpx

from fakedetect_client.answers import Case, Me, Page, ReportCheck, Similar, Ticket
from fakedetect_client.errors import UnexpectedAnswer
from fakedetect_client.results import Result
from fakedetect_client.sources import Image

T_co = TypeVar("T_co", covariant=True)
Row = TypeVar("Row")
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """`repeatable`: made twice it does what it does once. `into`: where the body of a good answer goes, piece by piece.
    `patience`: for how much longer than usual its answer may take. `elsewhere`: `path` is a whole address of another
    server, which shall not see the token."""

    method: str
    path: str
    read: Callable[[httpx.Response], T_co]
    params: Params = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Sequence[tuple[str, Any]] | None = None
    repeatable: bool = True
    into: BinaryIO | None = None
    patience: float = 0.0
    content: bytes | None = None
    elsewhere: bool = False

    def parts(self) -> dict[str, Any]:
        """As httpx takes them."""
        body = {"json": self.json, "files": self.form, "content": self.content, "params": dict(self.params) or None}
        given = {name: value for name, value in body.items() if value is not None}
        return {"method": self.method, "url": self.path, "headers": self.headers} | given


def code_of(response: httpx.Response) -> str:
    """The code of an error, or nothing where the body has another shape."""
    return str(error_of(response).get("code", ""))


def error_of(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def me() -> Call[Me]:
    return Call("GET", "me/", _json(Me.of))


def upload(image: Image, key: str, fields: Mapping[str, Any], wait: int) -> Call[Result]:
    """The key lets the site answer a repetition with what it answered first, instead of taking the image twice."""
    body: dict[str, Any] = {"json": _by_address(image, fields)} if image.url else {"form": _form(image, fields)}
    headers = {"Idempotency-Key": f'"{key}"'}
    return Call("POST", "uploads/", _json(Result.of), _waiting(wait), headers, patience=float(wait), **body)


def announce(name: str, size: int, sha256: str, kind: str) -> Call[Ticket]:
    """Where a file may be sent past the site."""
    told = {"name": name, "size": size, "sha256": sha256, "type": kind}
    return Call("POST", "uploads/direct/", _json(Ticket.of), json=told)


def send(ticket: Ticket, data: bytes) -> Call[None]:
    return Call(ticket.method, ticket.url, _nothing, headers=ticket.headers, content=data, elsewhere=True)


def complete(ticket: Ticket, key: str, fields: Mapping[str, Any], wait: int) -> Call[Result]:
    path, headers = f"uploads/direct/{ticket.id}/complete/", {"Idempotency-Key": f'"{key}"'}
    told = {name: _plain(one) for name, one in fields.items()}
    return Call("POST", path, _json(Result.of), _waiting(wait), headers, json=told, patience=float(wait))


def get(upload_id: str, wait: int = 0) -> Call[Result]:
    """The site may keep its answer back for `wait` seconds, until there is a verdict."""
    return Call("GET", _upload(upload_id), _json(Result.of), _waiting(wait), patience=float(wait))


def delete(upload_id: str) -> Call[None]:
    return Call("DELETE", _upload(upload_id), _nothing)


def page(filters: Params) -> Call[Page[Result]]:
    return Call("GET", "uploads/", _json(lambda raw: Page.of(raw, Result.of)), params=_given(filters))


def similar(upload_id: str) -> Call[Similar]:
    return Call("GET", f"{_upload(upload_id)}similar/", _json(Similar.of))


def heatmap(upload_id: str) -> Call[bytes]:
    return Call("GET", f"{_upload(upload_id)}heatmap/", _bytes)


def picture(upload_id: str, name: str) -> Call[bytes]:
    return Call("GET", f"{_upload(upload_id)}evidence/{quote(name, safe='')}/", _bytes)


def original(upload_id: str, into: BinaryIO) -> Call[None]:
    return Call("GET", f"{_upload(upload_id)}image/", _nothing, into=into)


def report(upload_id: str, kind: str, private: bool) -> Call[bytes]:
    params = {"private": "1"} if private else {}
    return Call("GET", f"{_upload(upload_id)}report.{kind}", _bytes, params=params)


def verify_report(image: Image) -> Call[ReportCheck]:
    return Call("POST", "verify/", _json(ReportCheck.of), form=[_file("report", image)])


def cases(filters: Params) -> Call[Page[Case]]:
    return Call("GET", "cases/", _json(lambda raw: Page.of(raw, Case.of)), params=_given(filters))


def case(case_id: str) -> Call[Case]:
    return Call("GET", _case(case_id), _json(Case.of))


def make_case(title: str, description: str) -> Call[Case]:
    told = {"title": title, "description": description}
    return Call("POST", "cases/", _json(Case.of), json=told, repeatable=False)


def fill_case(case_id: str, upload_ids: list[str]) -> Call[int]:
    """How many were not in it before."""
    read = _json(lambda raw: len(raw["added"]))
    return Call("POST", f"{_case(case_id)}items/", read, json={"uploads": upload_ids})


def case_page(case_id: str, filters: Params) -> Call[Page[Result]]:
    return Call("GET", f"{_case(case_id)}items/", _json(lambda raw: Page.of(raw, Result.of)), params=_given(filters))


def case_file(case_id: str, name: str, into: BinaryIO) -> Call[None]:
    """`report.pdf`, `report.json` or `export.zip`, which may take their time."""
    return Call("GET", f"{_case(case_id)}{name}", _nothing, into=into, patience=120.0)


def _upload(upload_id: str) -> str:
    return f"uploads/{quote(upload_id, safe='')}/"


def _case(case_id: str) -> str:
    return f"cases/{quote(case_id, safe='')}/"


def _waiting(seconds: int) -> Params:
    return {"wait": seconds} if seconds else {}


def _form(image: Image, fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [_file("image", image), *(_part(name, one) for name, told in fields.items() for one in _several(told))]


def _by_address(image: Image, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"image_url": image.url} | {name: _plain(told) for name, told in fields.items()}


def _file(field: str, image: Image) -> tuple[str, Any]:
    return field, (image.name, image.content, "application/octet-stream")


def _part(field: str, value: Any) -> tuple[str, Any]:
    """A field that is no file, in a multipart body."""
    return field, (None, str(value))


def _several(values: Any) -> Sequence[Any]:
    return list(values) if isinstance(values, list | tuple | set) else [values]


def _plain(value: Any) -> Any:
    """As JSON takes it: a list or a text."""
    return list(value) if isinstance(value, list | tuple | set) else str(value)


def _given(filters: Params) -> Params:
    return {name: _text(value) for name, value in filters.items() if value is not None and value != ""}


def _text(value: Any) -> Any:
    return ("1" if value else "0") if isinstance(value, bool) else value


def _json(read: Callable[[Any], Row]) -> Callable[[httpx.Response], Row]:
    def of(response: httpx.Response) -> Row:
        try:
            return read(response.json())
        except (ValueError, KeyError, TypeError) as error:
            raise UnexpectedAnswer("The answer is not what a FakeDetect site answers. Is the address right?") from error

    return of


def _bytes(response: httpx.Response) -> bytes:
    return response.content


def _nothing(response: httpx.Response) -> None:
    """There is nothing to read."""
