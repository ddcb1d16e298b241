"""The explanations of the signals, in the reader's language."""

import re

import pytest
from django.utils import translation

from detector import signal_help

ENGLISH = sorted(signal_help.FOLDER.glob("*.md"))
GERMAN = signal_help.FOLDER / "de"


def shape(text: str) -> list[tuple[str, int, int]]:
    """Of each block: what it begins with, its lines where those count, and how many bold openings it has."""
    blocks = text.strip().split("\n\n")
    return [(_kind(block), _lines(block), len(re.findall(r"^(?:- )?\*\*", block, re.M))) for block in blocks]


def _kind(block: str) -> str:
    return next((mark for mark in ("# ", "## ", "- ", "|") if block.startswith(mark)), "paragraph")


def _lines(block: str) -> int:
    return 1 if _kind(block) == "paragraph" else len(block.splitlines())


def links(text: str) -> list[tuple[str, ...]]:
    """What is no sentence and stays as it is: links, code, and notes on decisions."""
    return re.findall(r"\]\(([^)]+)\)|(`[^`]+`)|(docs/decisions/\d+)", text)


def figures(text: str) -> list[str]:
    """The numbers of two digits and more, without the marks between them: none is lost or mistyped."""
    return sorted(re.findall(r"\d{2,}", re.sub(r"(?<=\d)[.,](?=\d)", "", text)))


def test_german_explains_what_english_does():
    assert {path.name for path in GERMAN.glob("*.md")} == {path.name for path in ENGLISH}
    assert len(ENGLISH) > 10


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_a_german_file_is_built_like_the_english_one(path):
    english, german = path.read_text("utf-8"), (GERMAN / path.name).read_text("utf-8")
    assert shape(german) == shape(english)
    assert links(german) == links(english)
    assert figures(german) == figures(english)
    assert "<" not in german, "HTML is not rendered"


def test_the_pages_are_told_in_the_readers_language(client):
    german = {"headers": {"accept-language": "de"}}
    assert "<h1>Rauschen</h1>" in client.get("/help/signals/noise/", **german).content.decode()
    index = client.get("/help/signals/", **german).content.decode()
    assert "Jede Kamera hinterlässt Rauschen" in index
    assert "Every camera leaves noise" not in index
    assert "<h1>Noise</h1>" in client.get("/help/signals/noise/").content.decode()


def test_names_and_order_are_those_of_the_english_files():
    with translation.override("de"):
        names, german = signal_help.names(), [one.name for one in signal_help.everything()]
    assert names == {path.stem for path in ENGLISH}
    assert german == [one.name for one in signal_help.everything()]


@pytest.mark.parametrize(("language", "title"), [("de-at", "Rauschen"), ("fr", "Noise"), (None, "Noise")])
def test_a_region_reads_its_language_and_an_unknown_one_english(language, title):
    with translation.override(language):
        assert signal_help.of("noise").title == title
        assert signal_help.of("nothing") is None
