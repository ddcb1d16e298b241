"""Every word that a template shows is marked for translation: in its text and in what is read of its attributes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

PAGES = settings.BASE_DIR / "templates"
SCRIPTS = settings.BASE_DIR / "static" / "js"
READ = re.compile(
    r"""\s(?:aria-label|aria-description|title|placeholder|alt"""
    r"""|data-(?:label|some|none|one|many|mark-all|left|copied|refused))\s*=\s*"([^"]*)\""""
)
DEFAULT = re.compile(r"""\|default(?:_if_none)?:(?:"([^"]*)"|'([^']*)')""")  # a marked one is _("…")
WORD = re.compile(r"[^\W\d_]{2,}")
# Names, units and what is typed as it stands: the same in every language.
NAMES = {
    "FakeDetect", "API", "PDF", "JSON", "CSV", "ZIP", "SHA", "EXIF", "JPEG", "PNG", "URL", "HTTP", "MB", "kB", "px",
    "ms", "en", "Content", "Credentials", "Webhooks", "Webhook", "Standard", "curl", "Authorization", "Bearer",
}  # fmt: skip
SPOKEN = re.compile(r"""["'`]([A-Z][a-z]+(?: [^"'`]*)?\.?)["'`]""")
UNSPOKEN = {"Accept", "Arrow", "Back", "Escape", "Files", "Shift"}  # what scripts name to the browser
VERBATIM = re.compile(r"<(code|pre|script|style)\b.*?</\1>", re.DOTALL)


def shown(text: str) -> str:
    """What stays of a template once everything that is marked, every tag and every comment is taken away."""
    kept, skipping = [], ""
    for token in Lexer(text).tokenize():
        word = token.contents.split(" ")[0] if token.token_type == TokenType.BLOCK else ""
        if skipping:
            skipping = "" if word == skipping else skipping
        elif word in ("blocktranslate", "comment", "verbatim"):
            skipping = f"end{word}"
        elif token.contents == "block main_class":  # of styles
            skipping = "endblock"
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
        elif token.token_type in (TokenType.VAR, TokenType.BLOCK):
            kept.append("\x00")
    return "".join(kept)


def unmarked(text: str) -> set[str]:
    source = VERBATIM.sub("", shown(text))
    pieces = [*READ.findall(source), *map("".join, DEFAULT.findall(text)), re.sub(r"<[^>]*>", " ", source)]
    without_entities = re.sub(r"&\w+;", " ", " ".join(pieces))
    return set(WORD.findall(without_entities)) - NAMES


@pytest.mark.parametrize("path", sorted(PAGES.rglob("*.html")), ids=lambda path: str(path.relative_to(PAGES)))
def test_every_word_of_a_template_is_marked(path: Path):
    assert unmarked(path.read_text()) == set()


def test_a_word_that_is_not_marked_is_found():
    page = """{% load i18n %}<p title="Seen" class="wide">{% translate "Marked" %} bare {{ name|default:"nobody" }}</p>
    {% blocktranslate trimmed %}Marked too{% endblocktranslate %}{{ name|default:_("marked") }}<code>verbatim</code>"""
    assert unmarked(page) == {"Seen", "bare", "nobody"}


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_no_script_has_words_of_its_own(path: Path):
    assert set(SPOKEN.findall(path.read_text())) <= UNSPOKEN


def test_what_scripts_say_stands_in_the_pages():
    pages = "".join(path.read_text() for path in PAGES.rglob("*.html"))
    said = {name for path in SCRIPTS.rglob("*.js") for name in re.findall(r'\bsay\("(\w+)"', path.read_text())}
    assert said
    assert said <= set(re.findall(r'<template data-say="(\w+)">', pages))


def test_a_word_of_a_script_is_found():
    script = """words.textContent = "Copied"; say("done"); this.say(`Zoom ${scale} %`); event.key === "Escape";"""
    assert set(SPOKEN.findall(script)) - UNSPOKEN == {"Copied", "Zoom ${scale} %"}
