"""Multipart bodies that no browser sends, each with the type that its request announces."""

import random
from collections.abc import Callable

from tests.fuzz import hostile

Body = tuple[str, bytes]
_FORM = "multipart/form-data; boundary=%s"
NAMES = (
    "x.jpg", "../../x.jpg", "a\\b.jpg", "", ".", "..", "x" * 5_000 + ".jpg", "a\x00b.jpg", "a\r\nX-Evil: 1.jpg",
    "\u202egpj.exe", "\U0001f469\u200d\U0001f467.png", "'; DROP TABLE uploads; --.jpg", "<script>alert(1)</script>.jpg",
    "%2e%2e%2fx.jpg",
    "&#46;&#46;&#47;x.jpg", "x.php\0.jpg", "con", "a\ufffe.jpg", "\ud83d.jpg",
    " . ", "=1+1.jpg", "~root", "a" * 255 + ".heic",
)  # fmt: skip


def body(chance: random.Random) -> Body:
    return chance.choice(_KINDS)(chance)


def form(*parts: bytes, boundary: str = "b") -> Body:
    mark = boundary.encode()
    return _FORM % boundary, b"".join(
        b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts
    ) + b"--" + mark + b"--\r\n"


def part(data: bytes, name: str = "image", file: str = "x.jpg", more: bytes = b"") -> bytes:
    said = f'Content-Disposition: form-data; name="{name}"; filename="{file}"'.encode("utf-8", "surrogatepass")
    return said + b"\r\n" + more + b"\r\n" + data


def _named(chance: random.Random) -> Body:
    return form(part(hostile.file(chance)[1], file=chance.choice(NAMES)))


def _no_boundary(chance: random.Random) -> Body:
    boundary = chance.choice(
        ("", "; boundary=", "; boundary=" + "x" * 300, '; boundary="', "; boundary=ä", "; charset=utf-8")
    )
    return "multipart/form-data" + boundary, form(part(b"x"))[1]


def _another_boundary(chance: random.Random) -> Body:
    return _FORM % "other", form(part(hostile.file(chance)[1]))[1]


def _cut(chance: random.Random) -> Body:
    said, whole = form(part(hostile.file(chance)[1]))
    return said, whole[: chance.randrange(len(whole))]


def _many_files(chance: random.Random) -> Body:
    return form(*[part(b"x", name=f"image{n}") for n in range(chance.choice((99, 101, 3_000)))])


def _many_fields(chance: random.Random) -> Body:
    field = b'Content-Disposition: form-data; name="f%d"\r\n\r\nx'
    return form(*[field % n for n in range(chance.choice((999, 1_001, 5_000)))], part(b"x"))


def _long_field(chance: random.Random) -> Body:
    return form(
        b'Content-Disposition: form-data; name="tags"\r\n\r\n' + b"x" * chance.choice((3_000_000, 100)), part(b"x")
    )


def _field_for_file(chance: random.Random) -> Body:
    return form(b'Content-Disposition: form-data; name="image"\r\n\r\n' + hostile.file(chance)[1])


def _encoded(chance: random.Random) -> Body:
    """Base 64 that is none, and other ways that mail has to carry bytes."""
    how = chance.choice((b"base64", b"quoted-printable", b"gzip", b"x" * 300))
    return form(
        part(
            chance.choice((b"====", b"a", b"\xff" * 90, b"/9j/4AAQ")),
            more=b"Content-Transfer-Encoding: " + how + b"\r\n",
        )
    )


def _heads(chance: random.Random) -> Body:
    odd = (
        b"no colon at all", b"A: " + b"x" * 90_000, b"Content-Type: " + b"a/b;" * 9_000,
        b"Content-Disposition: form-data", b"\xff\xfe: \x00", b"Content-Type: x; charset=bogus",
        b"Content-Disposition: form-data; name*=utf-8''%FF%FE; filename*=utf-8''%00",
    )  # fmt: skip
    return form(part(b"x", more=chance.choice(odd) + b"\r\n"), chance.choice(odd) + b"\r\n\r\nx")


def _another_type(chance: random.Random) -> Body:
    said = chance.choice(
        ("text/plain", "application/json", "application/xml", "image/jpeg", "", "x", "multipart/mixed; boundary=b")
    )
    return said, chance.choice(
        (hostile.file(chance)[1], b"[" * 100_000, b'{"image_url": 1}', b"\xff{}", b"null", b"[]", b"NaN")
    )


def _twice(chance: random.Random) -> Body:
    return form(
        part(hostile.file(chance)[1]), part(hostile.file(chance)[1]), part(b"", name="files"), part(b"", name="archive")
    )


_KINDS: tuple[Callable[[random.Random], Body], ...] = (
    _named, _named, _named, _no_boundary, _another_boundary, _cut, _many_files, _many_fields, _long_field,
    _field_for_file, _encoded, _heads, _another_type, _twice,
)  # fmt: skip
