"""What of the site is to be translated, found in its source: by `ast` in Python, by Django's own reader in templates.

Each folder of code or templates has a catalogue of its own beside it: `desk/locale` for `desk/**/*.py`,
`templates/desk/locale` for `templates/desk/` (and `templates/admin/desk/`), `locale` for what belongs to no app.
Nothing here needs more than the site itself, so that tests can ask what lacks.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = settings.BASE_DIR
_PAGES = ROOT / "templates"
_SUFFIXES = {".html", ".txt", ".typ"}
# Where a function's arguments hold the context (or what it always is), the sentence and its plural.
_Places = tuple[int | str | None, int, int | None]
_CALLS: dict[str, _Places] = {
    **dict.fromkeys(("_", "N_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy", "N_n"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
    "say": ("evidence", 0, None),  # ml/sentences.py, told by detector/sentences.py
    "say_many": ("evidence", 0, 1),
}
_TEXT = r"""u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_TAG = re.compile(rf"\b(n?p?gettext|_)\({_TEXT}(?:, {_TEXT})?(?:, {_TEXT})?")


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence that is to be translated."""

    text: str
    plural: str | None = None
    context: str | None = None


def folders() -> dict[Path, list[Path]]:
    """Each folder of catalogues with the files that it translates."""
    found = {ROOT / "locale": [*_python(ROOT / "fakedetect_site"), *_files(_PAGES), *_files(_PAGES / "admin")]}
    for app in apps.get_app_configs():
        folder = Path(app.path)
        if folder.parent == ROOT and app.label != "site":
            found[folder / "locale"] = list(_python(folder))
    for folder in sorted(_PAGES.iterdir()):
        if folder.is_dir() and folder.name != "admin":
            inside = [*folder.rglob("*"), *(_PAGES / "admin" / folder.name).rglob("*")]
            found[folder / "locale"] = sorted(path for path in inside if path.suffix in _SUFFIXES)
    return found


def messages(sources: list[Path]) -> dict[Message, list[str]]:
    """What these files want translated, each with the files that say it."""
    found: dict[Message, list[str]] = {}
    for path in sources:
        for message in _of(path):
            places = found.setdefault(message, [])
            if (name := path.relative_to(ROOT).as_posix()) not in places:
                places.append(name)
    return found


@cache
def _of(path: Path) -> tuple[Message, ...]:
    text = path.read_text("utf-8")
    return tuple(_of_python(text) if path.suffix == ".py" else _of_template(text))


def _of_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (places := _CALLS.get(_called(node))):
            context, singular, plural = (_argument(node, place) for place in places)
            if singular is not None:
                yield Message(singular, plural, context)


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _argument(node: ast.Call, place: int | str | None) -> str | None:
    """A sentence that stands there; what is put together at run time cannot be found, and is none."""
    if isinstance(place, str):
        return place
    if place is None or place >= len(node.args):
        return None
    value = node.args[place]
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _of_template(text: str) -> Iterator[Message]:
    for match in _TAG.finditer(templatize(text)):
        texts = [ast.literal_eval(given) for given in match.groups()[1:] if given]
        context, singular, plural = _CALLS["gettext" if match[1] == "_" else match[1]]
        yield Message(
            texts[singular],
            texts[plural] if plural is not None else None,
            texts[context] if isinstance(context, int) else None,
        )


def _python(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES)
