"""Gather what is to be translated into the catalogues, and compile them. To run the site needs none of it."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fakedetect_site import catalogues
from fakedetect_site.catalogues import Message

try:
    import polib
except ImportError:  # it comes with the tools of tests and lint
    polib = None

_HEADERS = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


class Command(BaseCommand):
    help = "Gather what is to be translated into the catalogues, and compile them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--missing", action="store_true", help="only list what has no translation yet")

    def handle(self, *args: Any, **options: Any) -> None:
        if polib is None:
            raise CommandError("This needs polib: make setup-dev")
        languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        for language in languages:
            known = _known(language)
            for folder, sources in catalogues.folders().items():
                wanted = catalogues.messages(sources)
                path = folder / language / "LC_MESSAGES" / "django.po"
                missing = _missing(path, wanted) if options["missing"] else _write(path, language, wanted, known)
                self._tell(path, missing, options["missing"])

    def _tell(self, path: Path, missing: list[str], each: bool) -> None:
        if missing:
            name = path.relative_to(settings.BASE_DIR)
            self.stdout.write(f"{name}: {len(missing)} without a translation")
            for text in missing if each else ():
                self.stdout.write(f"  {text!r}")


def _known(language: str) -> dict[Message, Any]:
    """Every translation that there is in any catalogue: a sentence that moved to another file keeps its own."""
    found = {}
    for folder in catalogues.folders():
        for entry in _entries(folder / language / "LC_MESSAGES" / "django.po"):
            if entry.translated():
                found[Message(entry.msgid, entry.msgid_plural or None, entry.msgctxt)] = entry
    return found


def _entries(path: Path) -> Iterator[Any]:
    return iter(polib.pofile(str(path)) if path.exists() else ())


def _missing(path: Path, wanted: dict[Message, list[str]]) -> list[str]:
    have = {Message(entry.msgid, entry.msgid_plural or None, entry.msgctxt) for entry in _entries(path)}
    done = {entry.msgid for entry in _entries(path) if entry.translated()}
    return [message.text for message in wanted if message not in have or message.text not in done]


def _write(path: Path, language: str, wanted: dict[Message, list[str]], known: dict[Message, Any]) -> list[str]:
    """Write catalogue and compiled catalogue anew, in one order, so that two who add meet in few lines."""
    here = {Message(entry.msgid, entry.msgid_plural or None, entry.msgctxt): entry for entry in _entries(path)}
    catalogue = polib.POFile(wrapwidth=100)
    catalogue.metadata = {**_HEADERS, "Language": language}
    for message in sorted(wanted, key=lambda one: (one.text, one.plural or "", one.context or "")):
        before = here.get(message)
        best = before if before and before.translated() else known.get(message, before)
        catalogue.append(_entry(message, sorted(wanted[message]), best))
    if wanted:
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(path))
        catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    elif path.exists():
        path.unlink()
        path.with_suffix(".mo").unlink(missing_ok=True)
    return [entry.msgid for entry in catalogue if not entry.translated()]


def _entry(message: Message, places: list[str], before: Any) -> Any:
    entry = polib.POEntry(
        msgid=message.text,
        msgctxt=message.context,
        occurrences=[(place, "") for place in places],
        flags=["python-format"] if "%(" in message.text else [],
        tcomment=before.tcomment if before else "",
    )
    if message.plural is None:
        entry.msgstr = before.msgstr if before else ""
    else:
        entry.msgid_plural = message.plural
        entry.msgstr_plural = dict(before.msgstr_plural) if before else {0: "", 1: ""}
    if before and "fuzzy" in before.flags:
        entry.flags.append("fuzzy")
    return entry
