"""What an erasure has to look for in the end, kept meanwhile so that neither a data base nor a copy of it tells it.

A name that is being erased cannot lie readable in the row that says so. It is encrypted with a key derived from the
site's secret, which is not in the data base (secret_box.py), and emptied when the proof was made.
"""

import json
import zlib
from typing import Any

from cryptography.fernet import InvalidToken
from django.utils.translation import gettext_noop

from fakedetect_site.secret_box import box

_PURPOSE = "privacy.sealing"


class Unreadable(Exception):
    """The site's secret was changed since: one sentence that says so."""


def seal(content: dict[str, Any]) -> str:
    plain = json.dumps(content, ensure_ascii=False).encode()
    return box(_PURPOSE).encrypt(zlib.compress(plain)).decode()


def opened(sealed: str) -> dict[str, Any]:
    """Raises Unreadable."""
    try:
        content: dict[str, Any] = json.loads(zlib.decompress(box(_PURPOSE).decrypt(sealed.encode())))
    except InvalidToken:
        raise Unreadable(gettext_noop("SECRET_KEY was changed while this erasure was under way.")) from None
    return content
