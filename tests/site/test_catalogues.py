"""Every sentence of the source is in each catalogue, translated, with the same placeholders, and compiled."""

import gettext
import re
from pathlib import Path

import polib
import pytest
from django.conf import settings

from fakedetect_site import catalogues
from fakedetect_site.catalogues import Message

ROOT = settings.BASE_DIR
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
CASES = [(language, folder) for language in LANGUAGES for folder in catalogues.folders()]
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|%[sd]|\{\w*(?::[^}]*)?\}")
PLURALS = 2  # forms that each of our languages has


def named(one):
    return one if isinstance(one, str) else str(one.relative_to(ROOT))


every = pytest.mark.parametrize(("language", "folder"), CASES, ids=named)

# Catalogues that still lack translations: expected to fail, and failing as soon as they are whole and still listed.
UNFINISHED: dict[str, set[str]] = {}


def whole_or_expected():
    expected = pytest.mark.xfail(reason="still to be translated", strict=True)
    for language, folder in CASES:
        yield pytest.param(language, folder, marks=[expected] if named(folder) in UNFINISHED.get(language, ()) else [])


def path_of(language: str, folder: Path) -> Path:
    return folder / language / "LC_MESSAGES" / "django.po"


def entries(language: str, folder: Path) -> list[polib.POEntry]:
    path = path_of(language, folder)
    return list(polib.pofile(str(path))) if path.exists() else []


def message_of(entry: polib.POEntry) -> Message:
    return Message(entry.msgid, entry.msgid_plural or None, entry.msgctxt)


def translations(entry: polib.POEntry) -> list[str]:
    if not entry.translated():
        return []
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@every
def test_the_catalogue_holds_what_the_source_says_and_nothing_else(language, folder):
    wanted = set(catalogues.messages(catalogues.folders()[folder]))
    held = {message_of(entry) for entry in entries(language, folder)}
    assert wanted - held == set(), "make messages"
    assert held - wanted == set(), "make messages"


@pytest.mark.parametrize(("language", "folder"), list(whole_or_expected()), ids=named)
def test_every_sentence_is_translated(language, folder):
    lacking = [entry.msgid for entry in entries(language, folder) if not entry.translated() or entry.fuzzy]
    assert lacking == []


@every
def test_a_translation_has_the_placeholders_of_its_sentence(language, folder):
    for entry in entries(language, folder):
        originals = [set(found(text)) for text in (entry.msgid, entry.msgid_plural) if text]
        for text in translations(entry):
            assert set(found(text)) in originals, entry.msgid


def found(text: str) -> list[str]:
    return [match[0] for match in PLACEHOLDER.finditer(text)]


@every
def test_a_plural_has_every_form(language, folder):
    for entry in entries(language, folder):
        assert not entry.msgid_plural or len(entry.msgstr_plural) == PLURALS, entry.msgid


@every
def test_a_translation_keeps_the_space_at_the_ends_and_the_tags_of_its_sentence(language, folder):
    for entry in entries(language, folder):
        for text in translations(entry):
            assert (text[:1] == " ", text[-1:] == " ") == (entry.msgid[:1] == " ", entry.msgid[-1:] == " "), entry.msgid
            assert tags(text) in (tags(entry.msgid), tags(entry.msgid_plural or "")), entry.msgid


def tags(text: str) -> list[str]:
    return sorted(re.findall(r"</?[a-z]+", text))


@every
def test_the_compiled_catalogue_says_what_its_source_says(language, folder):
    path = path_of(language, folder)
    assert path.exists() == path.with_suffix(".mo").exists()
    if path.exists():
        with path.with_suffix(".mo").open("rb") as stream:
            compiled = gettext.GNUTranslations(stream)._catalog
        source = polib.pofile(str(path))
        assert {key: value for key, value in compiled.items() if key} == dict(spoken(source)), "make messages"


def spoken(source: polib.POFile):
    """What gettext finds under which key."""
    for entry in source.translated_entries():
        key = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
        if entry.msgid_plural:
            yield from (((key, int(form)), text) for form, text in entry.msgstr_plural.items())
        else:
            yield key, entry.msgstr


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_sentence_has_one_translation_wherever_it_stands(language):
    said: dict[tuple[str | None, str], set[str]] = {}
    for folder in catalogues.folders():
        for entry in entries(language, folder):
            if entry.translated():
                said.setdefault((entry.msgctxt, entry.msgid), set()).add(translations(entry)[0])
    assert {key: texts for key, texts in said.items() if len(texts) > 1} == {}


def test_the_source_is_read_as_gettext_would(tmp_path):
    code = tmp_path / "one.py"
    code.write_text(
        '_("a" "b"); ngettext("%(n)s c", "%(n)s d", n); pgettext("e", "f"); say("i {j}", j=1); _(f"{g}"); other("h")'
    )
    page = tmp_path / "two.html"
    page.write_text(
        """{% load i18n %}{% translate "it's 5 %" %}{% translate 'may' context 'month' %}{{ x|default:_("never") }}
        {% blocktranslate trimmed count n=n %}
          {{ n }} (one)
        {% plural %}
          {{ n }} (many)
        {% endblocktranslate %}{% include "x" with a=_("an argument") %}"""
    )
    assert list(catalogues._of_python(code.read_text())) == [
        Message("ab"),
        Message("%(n)s c", "%(n)s d"),
        Message("f", None, "e"),
        Message("i {j}", None, "evidence"),
    ]
    assert set(catalogues._of_template(page.read_text())) == {
        Message("it's 5 %%"),
        Message("may", None, "month"),
        Message("never"),
        Message("%(n)s (one)", "%(n)s (many)"),
        Message("an argument"),
    }


def test_a_language_is_guessed_as_soon_as_it_is_whole():
    assert set(settings.UNFINISHED_LANGUAGES) == {language for language, folders in UNFINISHED.items() if folders}
