"""A ZIP from a stranger, file by file: what it says of itself is looked at first, and never believed.

The list of its files is bounded before it is read, since zipfile reads it whole; each file is unpacked in pieces that
are counted as they come, whatever size was announced. One that cannot be taken is refused alone, by its name.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from detector.errors import Refused

_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE, _LONGEST_COMMENT = 22, 20, 65_535
_ENTRY = 1_024  # bytes of the list for each file: names and extra fields are far shorter
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_RATIO, _FROM = 200, 1_000_000  # no picture that is larger than this shrinks to a two-hundredth
_CHUNK = 1 << 16
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}  # what systems put in without being asked
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive; `refusal` is why it cannot be taken, known before a byte is unpacked."""

    name: str
    info: zipfile.ZipInfo
    refusal: Refused | None


def opened(file: IO[bytes], most: int) -> zipfile.ZipFile:
    """The archive, once its end says that its list is short enough to be read.

    Raises:
        Refused: bad_archive, too_many_files.
    """
    _check_end(file, most)
    file.seek(0)
    try:
        return zipfile.ZipFile(file)
    except _BROKEN:
        raise Refused("bad_archive", "This is no ZIP, or it is damaged.") from None


def members(archive: zipfile.ZipFile, most: int) -> Iterator[Member]:
    """Its files, without folders and what systems leave there.

    Raises:
        Refused: too_many_files.
    """
    found = [info for info in archive.infolist() if not info.filename.endswith("/") and not _JUNK & set(_parts(info))]
    if len(found) > most:
        raise Refused("too_many_files", f"A batch has at most {most} files.")
    for info in found:
        yield Member(_parts(info)[-1] if _parts(info) else "", info, _refusal(info))


def pieces(archive: zipfile.ZipFile, member: Member, most: int) -> Iterator[bytes]:
    """The bytes of one file, at most so many.

    Raises:
        Refused: file_too_large, suspicious_ratio, nested_archive, bad_member.
    """
    count = 0
    try:
        with archive.open(member.info) as stream:
            while chunk := stream.read(_CHUNK):
                if not count and chunk.startswith(_ARCHIVES):
                    raise Refused("nested_archive", "This is an archive within the archive. Unpack it first.")
                count += len(chunk)
                _check_size(count, member.info.compress_size, most)
                yield chunk
    except _BROKEN:
        raise Refused("bad_member", "This file of the archive is damaged.") from None


def _check_size(count: int, packed: int, most: int) -> None:
    if count > most:
        raise Refused("file_too_large", f"A file may have at most {most / 1e6:g} MB.")
    if count > _FROM and count > _RATIO * max(packed, 1):
        raise Refused("suspicious_ratio", f"This file grows to more than {_RATIO} times its packed size.")


def _check_end(file: IO[bytes], most: int) -> None:
    """Look where zipfile will look. What says that it needs ZIP64 has more than a batch may have."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE))
    tail = file.read()
    at = len(tail) - _END_SIZE
    if not (tail[at : at + 4] == _END and tail[-2:] == b"\0\0"):
        at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise Refused("bad_archive", "This is no ZIP, or it is damaged.")
    disk, start, here, entries, length, offset = struct.unpack_from("<4x4H2L", tail, at)
    if tail[max(0, at - _LOCATOR_SIZE) :][:4] == _END64 or 0xFFFF in (entries, here) or 0xFFFFFFFF in (length, offset):
        raise Refused("bad_archive", "This ZIP is of the kind for very many or very large files (ZIP64). Split it.")
    if disk or start:
        raise Refused("bad_archive", "This ZIP is a part of several. Send one that is whole.")
    if length > most * _ENTRY + _LONGEST_COMMENT:
        raise Refused("too_many_files", f"A batch has at most {most} files.")


def _parts(info: zipfile.ZipInfo) -> tuple[str, ...]:
    return PurePosixPath(info.filename).parts


def _refusal(info: zipfile.ZipInfo) -> Refused | None:
    name = info.orig_filename
    if "\\" in name or "\0" in name or name.startswith("/") or ".." in PurePosixPath(name).parts or not _parts(info):
        return Refused("invalid_name", "The name in the archive points out of it.")
    if info.flag_bits & _ENCRYPTED:
        return Refused("encrypted", "This file of the archive is locked with a password.")
    if info.compress_type not in _METHODS:
        return Refused("unsupported_compression", "This file of the archive is packed in a way other than usual.")
    if (info.external_attr >> 16) & 0o170000 not in (0, 0o100000):
        return Refused("invalid_name", "This is a link or a device, and no file.")
    return None
