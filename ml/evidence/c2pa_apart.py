"""Content Credentials of files that nobody vouches for, read in a process of their own (`ml.apart`).

Not in the one that decodes pictures: few files carry any, and that one would hold the library for all.
"""

import atexit
import json
import os
from functools import cache
from typing import Any

from ml import wire
from ml.apart import Apart, Lie
from ml.evidence.c2pa_library import Refused

_MEMORY = 1_000_000_000  # of address space, beside the library and up to a file of the largest size in several copies
_MOST = 32_000_000  # bytes of a store: the largest of the samples of the standard's authors have some thousand


def opened(data: bytes, mime: str, settings: dict[str, Any]) -> dict[str, Any] | None:
    """What `c2pa_library.opened` tells, as an object.

    Raises:
        Refused: the library cannot make a store of this file.
        Unsafe: it died of this file, or took too long.
        CannotStart: no child comes up.
    """
    return _shared().opened(data, mime, settings)


class StoreReader(Apart):
    """Turns files into manifest stores, elsewhere."""

    what, program = "reader of Content Credentials", "ml.evidence.c2pa_child"

    def opened(self, data: bytes, mime: str, settings: dict[str, Any]) -> dict[str, Any] | None:
        """Raises what the function of this name raises."""
        first = json.dumps(settings).encode()
        return self.ask({"mime": mime, "settings": len(first)}, first + data, _MOST, _believed)


def _believed(told: wire.Head, body: bytearray) -> dict[str, Any] | None:
    match told.get("state"):
        case "none":
            return None
        case "refused":
            raise Refused(body.decode("utf-8", "replace"))
        case "store":
            return _object(body)
    raise Lie("This is no state.")


def _object(body: bytearray) -> dict[str, Any]:
    try:
        store = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Lie(str(error)) from error
    if type(store) is not dict:
        raise Lie("A store is an object.")
    return store


@cache
def _shared() -> StoreReader:
    reader = StoreReader(_MEMORY)
    atexit.register(reader.close)
    return reader


# What a copy of this process inherits is not its own: it would talk into the same pipes.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_shared.cache_clear)
