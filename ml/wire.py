"""How two processes talk over pipes: a small JSON head, then as many bytes as it announces.

JSON and not pickles: the one at the other end may have been taken over by the file that it decodes.
"""

import json
from typing import Any, BinaryIO

Head = dict[str, Any]

_LENGTH = 4  # bytes that say how long the head is
_LONGEST = 4_096


class Broken(Exception):
    """The other end is gone, or says what cannot be meant."""


def send(stream: BinaryIO, head: Head, body: bytes | bytearray = b"") -> None:
    """Raises Broken where nobody reads any more."""
    text = json.dumps(head | {"body": len(body)}).encode()
    try:
        for part in (len(text).to_bytes(_LENGTH, "big") + text, body):
            _write(stream, memoryview(part))
    except (OSError, ValueError) as error:  # ValueError: closed on this side
        raise Broken(str(error)) from error


def receive(stream: BinaryIO, most: int) -> tuple[Head, bytearray]:
    """The next head, and its body of at most so many bytes.

    Raises:
        Broken: the stream ended, the head is none, or the body is longer.
    """
    try:
        length = int.from_bytes(_read(stream, _LENGTH), "big")
        head = json.loads(_read(stream, _checked(length, _LONGEST)))
        return head, _read(stream, _checked(head["body"], most))
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise Broken(str(error)) from error


def _checked(length: Any, most: int) -> int:
    if type(length) is not int or not 0 <= length <= most:
        raise Broken(f"A length of {length} cannot be meant.")
    return length


def _write(stream: BinaryIO, left: memoryview) -> None:
    """Unbuffered streams may take a part only."""
    while left:
        left = left[stream.write(left) :]


def _read(stream: BinaryIO, length: int) -> bytearray:
    whole = bytearray(length)
    left = memoryview(whole)
    while left:
        got = stream.readinto(left)  # type: ignore[attr-defined]
        if not got:
            raise Broken("The stream ended.")
        left = left[got:]
    return whole
