"""What each signal sees and when it errs: the Markdown files of docs/signals, which pages show and never guess at.

A folder named by a language holds the same files in it; where one lacks, the English one is shown.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import get_language

from ml import serve

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "signals"


class Help(NamedTuple):
    """One signal explained; `lead` is the first paragraph, in plain words."""

    name: str
    title: str
    lead: str
    markdown: str


def names() -> frozenset[str]:
    """The signals that are explained; an address can name nothing else."""
    return frozenset(_all("en"))


def everything() -> list[Help]:
    """In the order of the ledger; what is no signal of its own comes last, by its English title in every language."""
    order = {name: place for place, name in enumerate(serve.SIGNALS)}
    known = sorted(_all("en").values(), key=lambda one: (order.get(one.name, len(order)), one.title))
    told = _all(_language())
    return [told[one.name] for one in known]


def of(name: str) -> Help | None:
    """None for a name without a file."""
    return _all(_language()).get(name)


def _language() -> str:
    """That of the reader; a region reads what its language has, and where no language is active, English is told."""
    return (get_language() or "en").partition("-")[0]


@cache
def _all(language: str) -> dict[str, Help]:
    return {path.stem: _read(_told_in(language, path)) for path in sorted(FOLDER.glob("*.md"))}


def _told_in(language: str, path: Path) -> Path:
    translated = path.parent / language / path.name
    return translated if translated.is_file() else path


def _read(path: Path) -> Help:
    """A file begins with "# Title" and a paragraph."""
    text = path.read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    lead = rest.strip().split("\n\n")[0]
    return Help(path.stem, title.removeprefix("#").strip(), " ".join(lead.split()), text)
