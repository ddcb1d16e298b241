"""The proof of an erasure: data base, storage and logs are searched for what was erased.

Every column of every table that holds text, JSON or bytes is read, whoever made it; the files of an SQLite data base
byte for byte; the names of all stored files and what is in them; whatever else lies in the folder of the site, and its
log. What is looked for: names and addresses, file names, digests, fingerprints, and pieces of the bytes.
"""

import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from django.apps import apps
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection

from detector import integrity
from privacy import compacting, traces
from privacy.needles import SHORTEST, Needle, Searcher, of_bytes, of_text
from privacy.traces import Traces

_BATCH = 1 << 20
_OWN = "data base file"
_NOT_OURS = ("static", "models", "trust")  # folders of the site that hold what everybody's has
_SECRETS = ("secret_key", "report_key.pem")


@dataclass(slots=True)
class Sought:
    """What is looked for, and what is not, and why."""

    needles: list[Needle] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> dict[str, int]:
        return dict(Counter(needle.kind for needle in self.needles))


@dataclass(slots=True)
class Proof:
    """Where something was found, by place and kind; and what was searched. Nothing that was sought is named."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    searched: Counter[str] = field(default_factory=Counter)
    sought: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        return not self.found

    def plain(self) -> dict[str, Any]:
        """For the certificate."""
        found = [{"where": where, "what": kind, "times": count} for (where, kind), count in sorted(self.found.items())]
        told = {"sought": self.sought, "not_sought": self.left_out, "searched": dict(self.searched)}
        return {"clean": self.clean, **told, "found": found}


def search(left: Traces) -> Proof:
    """Search everywhere. Reads, and changes nothing."""
    sought = sought_of(left)
    proof = Proof(sought=sought.kinds, left_out=dict(sought.left_out))
    searcher = Searcher(sought.needles)
    _search_tables(proof, searcher)
    _search_storage(proof, searcher, left)
    for place, path in _files():
        _search_file(proof, searcher, place, path)
    return proof


def sought_of(left: Traces) -> Sought:
    """Needles for what must be gone; what is somebody else's too, or a word of everyday use, proves nothing."""
    sought = Sought()
    _seek_names(sought, left)
    _seek_files(sought, left)
    _seek_content(sought, left)
    return sought


def hard(left: Traces) -> Searcher:
    """Only what cannot be there by chance."""
    sought = Sought()
    _seek_content(sought, left)
    sought.needles += [needle for text in left.addresses for needle in of_text("address", text)]
    return Searcher(sought.needles)


def _seek_names(sought: Sought, left: Traces) -> None:
    common = _everyday_words()
    for name in left.names:
        if len(name.encode()) < SHORTEST:
            sought.left_out["names that are too short to be told from chance"] += 1
        elif name.lower() in common:
            sought.left_out["names that are words of the site itself"] += 1
        else:
            sought.needles += of_text("name", name)
    for address in left.addresses:
        sought.needles += of_text("address", address)


def _seek_files(sought: Sought, left: Traces) -> None:
    others = traces.files_of_others(left)
    for name in sorted({name for name in left.files if name}):
        if name in others:
            sought.left_out["file names that uploads of other people have too"] += 1
        elif "." not in name or len(name.encode()) < SHORTEST:
            sought.left_out["file names that are everyday words"] += 1
        else:
            sought.needles += of_text("file name", name)


def _seek_content(sought: Sought, left: Traces) -> None:
    staying = traces.shared(left)
    for sha256 in sorted(set(left.digests)):
        if sha256 in staying:
            sought.left_out["files that somebody else handed in too"] += 1
            continue
        sought.needles += [of_bytes("digest", sha256.encode()), of_bytes("digest", bytes.fromhex(sha256))]
        sought.needles += [of_bytes("bytes", bytes.fromhex(piece)) for piece in left.slices.get(sha256, ())]
    alike = traces.fingerprints_of_others(left)
    for bits in sorted(set(left.fingerprints)):
        if bits in alike:
            sought.left_out["fingerprints that pictures of other people have too"] += 1
        else:
            sought.needles += [of_bytes("fingerprint", bytes.fromhex(bits)), of_bytes("fingerprint", bits.encode())]


def _everyday_words() -> set[str]:
    """What the tables of the site say anyway: its states, roles and labels, and the names of the tables."""
    words = {"admin", "system", "test", "name", "image", "picture", "none", "true", "false", "null"}
    for model in apps.get_models():
        words |= {str(model._meta.model_name), model._meta.app_label}
        for one in model._meta.fields:
            words.add(one.name)
            for value, label in one.flatchoices:
                words |= {str(value).lower(), *str(label).lower().split()}
    return words


def _search_tables(proof: Proof, searcher: Searcher) -> None:
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    for table in tables:
        proof.searched["tables"] += 1
        for column in _columns(table):
            proof.searched["columns"] += 1
            for text in _values(table, column):
                _note(proof, f"{table}.{column}", searcher.found(text))


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [one.name for one in connection.introspection.get_table_description(cursor, table)]


def _values(table: str, column: str) -> Iterator[bytes]:
    """What a column holds, about a megabyte at a time, the values apart; numbers and times are passed over."""
    quoted = connection.ops.quote_name
    waiting, size = [], 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {quoted(column)} FROM {quoted(table)}")  # noqa: S608 (names of the data base's own)
        while rows := cursor.fetchmany(2_000):
            for (value,) in rows:
                if text := _as_bytes(value):
                    waiting.append(text)
                    size += len(text)
            if size > _BATCH:
                yield b"\0".join(waiting)
                waiting, size = [], 0
    yield b"\0".join(waiting)


def _as_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return b""


def _search_storage(proof: Proof, searcher: Searcher, left: Traces) -> None:
    """The name of every stored file, and its content: of all, or of those whose size is that of an erased one."""
    sizes = dict(_sizes())
    whole = sum(sizes.values()) <= settings.PROOF_MEGABYTES * 1_000_000
    for name in sizes:
        proof.searched["stored files by name"] += 1
        _note(proof, "storage, a name", searcher.found(name.encode()))
        if whole or sizes[name] in left.sizes:
            with suppress(FileNotFoundError), default_storage.open(name) as stream:
                _note(proof, "storage", searcher.found_in(cast(io.BufferedReader, stream)))
                proof.searched["stored files read"] += 1


def _sizes() -> Iterator[tuple[str, int]]:
    """Of every stored file; what is being written or deleted this moment is gone before it is looked at."""
    for name in list(integrity.stored()):
        with suppress(FileNotFoundError):
            yield name, default_storage.size(name)


def _files() -> Iterator[tuple[str, Path]]:
    """The data base's own files, whatever else the site wrote, and its log."""
    own = compacting.files()
    yield from ((_OWN, path) for path in own)
    skipped = [Path(settings.VAR_DIR) / name for name in (*_NOT_OURS, *_SECRETS)]
    if isinstance(default_storage, FileSystemStorage):
        skipped.append(Path(default_storage.location))
    yield from _below("site folder", Path(settings.VAR_DIR), [*skipped, *own])
    if settings.LOG_DIR:
        yield from _below("log", Path(settings.LOG_DIR), [])


def _below(place: str, folder: Path, skipped: list[Path]) -> Iterator[tuple[str, Path]]:
    left_out = [path.resolve() for path in skipped]
    for path in sorted(folder.rglob("*")):
        whole = path.resolve()
        if path.is_file() and not path.name.endswith("-shm") and not any(_is_in(whole, one) for one in left_out):
            yield place, path


def _is_in(path: Path, other: Path) -> bool:
    return path == other or other in path.parents


def _search_file(proof: Proof, searcher: Searcher, place: str, path: Path) -> None:
    proof.searched[f"{place}s"] += 1
    _note(proof, f"{place}, a name", searcher.found(path.name.encode()))
    try:
        with compacting.opened(path) if place == _OWN else path.open("rb") as stream:
            _note(proof, place, searcher.found_in(stream))
    except FileNotFoundError:  # it was there a moment ago
        return


def _note(proof: Proof, where: str, found: Iterator[Needle]) -> None:
    for needle in found:
        proof.found[where, needle.kind] += 1
