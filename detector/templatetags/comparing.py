"""The words and figures in which the page of two uploads says how they differ."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from detector import similar
from detector.compare import FILE, Kinship, Line
from detector.sentences import figure
from detector.templatetags.verdicts import plain, signal_words, spaced

register = template.Library()

_KINDS = {
    "same_file": gettext_lazy("This is one file, handed in twice: both have the same SHA-256."),
    "copy": gettext_lazy("These are copies of one picture."),
    "mirrored": gettext_lazy("These are copies of one picture, one of them mirrored."),
    "related": gettext_lazy("These pictures have parts in common, though neither is a near-copy of the other."),
    "other": gettext_lazy("These are different pictures."),
    "unknown": gettext_lazy(
        "One of these pictures has no fingerprint, and nothing was found by which to lay them over each other."
    ),
}
_SHA256 = "SHA-256"


@register.filter
def kinship_words(kinship: Kinship) -> str:
    return str(_KINDS[kinship.kind])


@register.filter
def exact_share(value: float) -> str:
    """0.9961 → "99.6 %"; what is measured may be all or nothing."""
    return figure(round(value * 100, 1), ".4g") + "\u00a0%"


@register.filter
def whole_degrees(value: float) -> str:
    """Of an angle; "" where it is none that a person would see."""
    return figure(abs(value), ".1f") + "°" if abs(value) >= 0.5 else ""


@register.filter
def line_name(line: Line) -> str:
    """What the line is about: a signal's own line has no name of its own."""
    if not line.name:
        return signal_words(line.group)
    if line.name == "sha256":
        return _SHA256
    return spaced(line.name) if line.group == FILE else f"{signal_words(line.group)}: {line.name.replace('_', ' ')}"


@register.filter
def line_value(line: Line, side: str) -> str:
    """The value of "one" or "other" as a person reads it."""
    value: Any = getattr(line, side)
    if value is None:
        return pgettext("a value", "none")
    if line.name == "bytes":
        return filesizeformat(value)
    if line.name == "uploaded":
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "SHORT_DATETIME_FORMAT")
    return plain(value)


@register.filter
def copy_words(copy: Mapping[str, Any]) -> str:
    """What kind of copy a row of "seen before" names."""
    if copy["kind"] == "same_file":
        return _("the same file")
    if copy["kind"] == "mirrored":
        return _("a mirrored copy")
    sentence = ngettext("a copy, %(count)d bit apart", "a copy, %(count)d bits apart", copy["distance"])
    return sentence % {"count": copy["distance"]}


@register.filter
def seen_before(report: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The row that names copies of this picture, None where the reader knows of none."""
    rows = (row for row in report["evidence"] if row["signal"] == similar.SIGNAL and row["details"].get("copies"))
    return next(rows, None)
