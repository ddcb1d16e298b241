"""The one place that calls libc2pa: from a file to the text of its manifest store."""

import io
from typing import Any


class Refused(Exception):
    """The library cannot make a store of this file; the text is its own."""


def opened(data: bytes, mime: str, settings: dict[str, Any]) -> str | None:
    """The store as JSON with the results of validation, None where the file has none.

    Raises:
        Refused: see there.
    """
    import c2pa  # type: ignore[import-untyped]  # here, since it takes a third of a second

    # A context of its own for each file: some milliseconds less would not pay for one shared by threads and forks.
    context = c2pa.Context.from_dict(settings)
    try:
        reader = c2pa.Reader.try_create(mime, io.BytesIO(data), context=context)
        if reader is None:
            return None
        with reader:
            return str(reader.json())
    except c2pa.C2paError as error:
        raise Refused(str(error)) from error
    finally:
        context.close()
