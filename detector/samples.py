"""The images of samples/, which may be given away: a first verdict without an own picture at hand."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from detector.errors import Refused
from ml import serve

FOLDER = Path(settings.BASE_DIR) / "samples"
_LIST = Path(__file__).with_name("samples.toml")  # not beside the pictures: `analyze samples` shall meet pictures only


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of samples/ and what is known of it (samples.toml, here)."""

    name: str
    title: str
    truth: str  # in words: what the picture really is
    origin: str


@lru_cache(maxsize=1)
def all_samples() -> tuple[Sample, ...]:
    entries = tomllib.loads(_LIST.read_text())["sample"]
    return tuple(Sample(**entry) for entry in entries)


def read(name: str) -> bytes:
    """The bytes of a sample; the name is looked up in the list and never joined to a path unchecked.

    Raises:
        Refused: not_found.
    """
    if name not in {sample.name for sample in all_samples()}:
        raise Refused("not_found", _("There is no such sample."))
    return (FOLDER / name).read_bytes()


@lru_cache(maxsize=32)
def thumbnail(name: str) -> bytes:
    return serve.thumbnail(serve.decode(read(name), at_least=320), 320)
