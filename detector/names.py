"""File names come from strangers: they are shown, never used as a path."""

import re
import unicodedata

from django.utils.translation import gettext as _

from detector.errors import Refused

_MAX = 255
_PATH_PARTS = re.compile(r"(^|[\\/])\.{1,2}([\\/]|$)|[\\/]")


def checked(name: str) -> str:
    """Return the name, normalised; refuse path parts and control characters, which no real file name has.

    Raises:
        Refused: invalid_name.
    """
    if _PATH_PARTS.search(name):
        raise Refused("invalid_name", _("The file name contains a path. Send the bare name."))
    if any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") for char in name):
        raise Refused("invalid_name", _("The file name contains control characters."))
    return shortened(unicodedata.normalize("NFC", name).strip()) or "image"


def shortened(name: str) -> str:
    """At most 255 characters, the ending kept."""
    if len(name) <= _MAX:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = ending[:16] if dot else ""
    return f"{(stem or name)[: _MAX - len(ending) - 2]}…{dot}{ending}"
