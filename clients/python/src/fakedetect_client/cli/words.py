"""The words in which a terminal is told. Colour only underlines them."""

import os
import unicodedata
from typing import TextIO

from fakedetect_client.results import Result

_LABELS = {
    "authentic": "No sign found",
    "ai_generated": "AI-generated",
    "manipulated": "Manipulated",
    "inconclusive": "Inconclusive",
}
_STATES = {"queued": "Being analysed", "running": "Being analysed", "failed": "Not analysed"}
_COLOURS = {"authentic": "32", "ai_generated": "35", "manipulated": "31", "inconclusive": "33", "error": "31"}
STANCES = {
    "supports_fake": "speaks for a fake",
    "supports_authentic": "speaks against",
    "silent": "says nothing",
    "not_run": "not tested",
}


def verdict(result: Result) -> str:
    """What is shown: a person's decision says so."""
    if result.label is None:
        return _STATES.get(result.status, result.status)
    words = _LABELS.get(result.label, result.label.replace("_", " "))
    return f"{words} (by a person)" if result.review else words


def percent(probability: float | None) -> str:
    """Never rounded to a certainty."""
    if probability is None:
        return "–"
    if 0 < probability < 0.01:
        return "< 1 %"
    if 0.99 < probability < 1:
        return "> 99 %"
    return f"{probability * 100:.0f} %"


def printable(text: object) -> str:
    """File names and answers come from strangers: nothing in them may steer a terminal."""
    return "".join(char if _is_harmless(char) else f"\\x{ord(char):02x}" for char in str(text))


def painted(text: str, label: str | None, stream: TextIO) -> str:
    colour = _COLOURS.get(label or "")
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and has_colour(stream) else text


def has_colour(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _is_harmless(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
