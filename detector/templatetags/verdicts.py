"""The words, icons and figures in which pages say a verdict. What they say is decided in report.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_SPACE = "\u00a0"  # a figure never parts from its sign at the end of a line
_LABELS = {  # label: (in full, short)
    "authentic": ("No sign of manipulation found", "No sign found"),
    "ai_generated": ("Likely AI-generated", "AI-generated"),
    "manipulated": ("Likely manipulated", "Manipulated"),
    "inconclusive": ("Inconclusive", "Inconclusive"),
}
_WITHOUT_VERDICT = {"pending": "Being analysed", "failed": "Not analysed"}
_CLASSES = {"authentic": "Authentic", "ai_generated": "AI-generated", "manipulated": "Manipulated"}
_STATUSES = {
    "queued": "Being analysed",
    "running": "Being analysed",
    "done": "Done",
    "failed": "Could not be analysed",
}
_STANCES = {  # stance: (words, icon)
    "supports_fake": ("Speaks for a fake", "failed"),
    "supports_authentic": ("Speaks against", "check"),
    "silent": ("Says nothing", "minus"),
    "not_run": ("Could not be tested", "skip"),
}
_SIGNALS = {
    "provenance": "Content Credentials",
    "ai_metadata": "Notes of generators",
    "camera": "Camera and editing notes",
    "structure": "How the file is built",
    "stability": "Does the verdict hold?",
    "where": "Where",
    "copy_move": "Copied regions",
    "compression": "Compression history",
    "noise": "Noise",
    "resampling": "Resampling",
    "spectrum": "Spectrum",
    "faces": "Faces",
    "similar": "Seen before",
    "familiar": "Like what was tested",
    "tested_range": "Within what was tested",
}


_CAPITALS = {"ai", "c2pa", "exif", "gps", "id", "iptc", "jpeg", "png", "xmp"}


def _words(key: object) -> str:
    words = str(key).replace("_", " ").capitalize().split(" ")
    return " ".join(word.upper() if word.lower() in _CAPITALS else word for word in words)


@register.filter
def percent(value: float) -> str:
    """0.934 → "93 %". Never 0 % or 100 %: a detector is not that sure of anything."""
    whole = round(float(value) * 100)
    if whole >= 100:
        return f">{_SPACE}99{_SPACE}%"
    if whole <= 0:
        return f"<{_SPACE}1{_SPACE}%"
    return f"{whole}{_SPACE}%"


@register.filter
def share_words(value: float) -> str:
    """The beginning of a sentence: "About 93 %", "More than 99 %", "Fewer than 1 %"."""
    figure = percent(value)
    start = {">": "More than", "<": "Fewer than"}.get(figure[0])
    return f"{start} {figure[2:]}" if start else f"About {figure}"


@register.filter
def position(value: float) -> str:
    """A place on a scale of 100 %, for an SVG attribute; kept off the very ends, where a dot would be cut."""
    return f"{min(max(float(value) * 100, 1.0), 99.0):.1f}%"


@register.filter
def width_between(low: float, high: float) -> str:
    return f"{max(float(high) - float(low), 0) * 100:.1f}%"


@register.filter
def label_words(label: str) -> str:
    return _LABELS[label][0] if label in _LABELS else _words(label)


@register.filter
def label_short(label: str) -> str:
    return _LABELS[label][1] if label in _LABELS else _words(label)


@register.filter
def class_words(name: str) -> str:
    """The three things a probability can be of; "authentic" is a class of the model here, not a verdict."""
    return _CLASSES.get(name) or _words(name)


@register.filter
def status_words(status: str) -> str:
    return _STATUSES.get(status) or _words(status)


@register.filter
def stance_words(stance: str) -> str:
    return _STANCES[stance][0] if stance in _STANCES else _words(stance)


@register.filter
def stance_icon(stance: str) -> str:
    return _STANCES[stance][1] if stance in _STANCES else "info"


@register.filter
def signal_words(signal: str) -> str:
    return _SIGNALS.get(signal) or _words(signal)


@register.filter
def spaced(key: str) -> str:
    """A key of a details object as a person would write it."""
    return _words(key)


@register.filter
def plain(value: object) -> str:
    """A JSON value as words: lists with commas, objects as "key: value", yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{_words(key)}: {plain(part)}" for key, part in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value)) or "none"
    if isinstance(value, float):
        return (
            f"{round(value):,}" if abs(value) >= 1000 else f"{value + 0.0:.4g}"
        )  # adding nought takes the sign off it
    return "none" if value in (None, "") else str(value)


@register.filter
def moment(iso: str) -> datetime:
    """The time of a report, to be formatted in the reader's way."""
    return datetime.fromisoformat(iso)


@register.filter
def outcome(report: dict[str, Any]) -> str:
    """The one key that picks icon, colour and words: the verdict's label, or "pending", or "failed"."""
    if report["verdict"]:
        return str(report["verdict"]["label"])
    return "failed" if report["status"] == "failed" else "pending"


@register.filter
def outcome_words(report: dict[str, Any], card: Mapping[str, Any] | None = None) -> str:
    """The answer in words; "no sign" names only what the model of this card was trained to find."""
    key = outcome(report)
    if key == "authentic" and card and "manipulated" not in card.get("classes", ("manipulated",)):
        return "No sign of AI generation found"
    return label_words(key) if key in _LABELS else status_words(report["status"])


@register.filter
def scrolling_tables(html: SafeString) -> SafeString:
    """Wide tables scroll by themselves, by keyboard too; `html` is what our Markdown renderer made."""
    opened = '<div class="scroll" role="group" aria-label="Table, scrolls sideways" tabindex="0"><table>'
    return mark_safe(html.replace("<table>", opened).replace("</table>", "</table></div>"))  # noqa: S308


@register.inclusion_tag("detector/_icon.html")
def icon(name: str, title: str = "") -> dict[str, str]:
    """An icon of static/img/icons.svg. Without a title it is decoration, and silent."""
    return {"name": name, "title": title}


@register.inclusion_tag("detector/_chip.html")
def chip(key: str, words: str = "", probability: float | None = None) -> dict[str, Any]:
    """Icon, word and colour of one outcome; with the probability where one is known."""
    words = words or _WITHOUT_VERDICT.get(key) or label_short(key)
    return {"key": key, "words": words, "probability": probability}


@register.inclusion_tag("detector/_chip.html")
def report_chip(report: dict[str, Any]) -> dict[str, Any]:
    """The chip of a whole report, as lists show it."""
    verdict = report["verdict"]
    return chip(outcome(report), probability=verdict["fake_probability"] if verdict else None)


@register.simple_tag
def mark(size: int = 28) -> SafeString:
    """The sign of the house, decorative."""
    return format_html(
        '<svg class="mark" width="{0}" height="{0}" aria-hidden="true"><use href="{1}#mark"/></svg>',
        size,
        static("img/icons.svg"),
    )
