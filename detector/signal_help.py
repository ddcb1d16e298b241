"""What each signal sees and when it errs: the Markdown files of docs/signals, which pages show and never guess at."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

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
    return frozenset(_all())


def everything() -> list[Help]:
    """In the order of the ledger; what is no signal of its own comes last."""
    order = {name: place for place, name in enumerate(serve.SIGNALS)}
    return sorted(_all().values(), key=lambda one: (order.get(one.name, len(order)), one.title))


def of(name: str) -> Help | None:
    """None for a name without a file."""
    return _all().get(name)


@cache
def _all() -> dict[str, Help]:
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.md"))}


def _read(path: Path) -> Help:
    """A file begins with "# Title" and a paragraph."""
    text = path.read_text(encoding="utf-8")
    title, _, rest = text.partition("\n")
    lead = rest.strip().split("\n\n")[0]
    return Help(path.stem, title.removeprefix("#").strip(), " ".join(lead.split()), text)
