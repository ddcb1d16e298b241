"""The ledger as a page shows it: rows in four groups, how far it is, details in words, and what a flag is worth."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from detector import signal_help
from detector.sentences import of_a_card, told
from detector.templatetags.verdicts import class_words, percent, plain, spaced, stance_words
from ml import serve

register = template.Library()

Report = Mapping[str, Any]
_STANCES = ("supports_fake", "supports_authentic", "silent", "not_run")  # what speaks comes first
_APART = {"resampling", "spectrum"}  # pictures that are no map of the photograph: they stand beside it, never over it
_FEW = 12  # a longer list of figures tells a person nothing
_LONGEST_WORD = 200  # longer is no word; a digest has 64 letters, a signature or a picture in base64 thousands


@dataclass(frozen=True, slots=True)
class Row:
    """One finding; `key` names it on the page while other rows arrive, `stamp` changes with what it says."""

    key: str
    stamp: str
    signal: str
    summary: str
    details: Mapping[str, Any]
    picture: str | None
    is_map: bool
    help: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one stance."""

    stance: str
    words: str
    rows: list[Row]


class Progress(NamedTuple):
    """How far the ledger is: `state` is "running", "done" or "failed"."""

    state: str
    done: int
    total: int


class Worth(NamedTuple):
    """What the slider of the base rate starts from: the share of fakes that the score is stated for, and the score."""

    prior: float
    score: float


@register.filter
def ledger_groups(report: Report) -> list[Group]:
    """The rows by stance, each group in the order of the report; empty groups too, since a nought is an answer."""
    rows = list(_rows(report))
    return [Group(one, stance_words(one), [row for stance, row in rows if stance == one]) for one in _STANCES]


def _rows(report: Report) -> Iterator[tuple[str, Row]]:
    seen: Counter[str] = Counter()
    known = signal_help.names()
    for found in report.get("evidence") or []:
        name = str(found["signal"])
        seen[name] += 1
        row = Row(
            key=name if seen[name] == 1 else f"{name}-{seen[name]}",
            stamp=_digest(found),
            signal=name,
            summary=told(found["summary"]),
            details=found.get("details") or {},
            picture=found.get("picture"),
            is_map=name not in _APART,
            help=name if name in known else None,
        )
        yield found["stance"] if found["stance"] in _STANCES else "silent", row


@register.filter
def ledger_progress(report: Report) -> Progress:
    """How many of the checks have spoken; a report that knows no ledger is complete."""
    found = {row["signal"] for row in report.get("evidence") or []}
    state = {"queued": "running", "running": "running", "failed": "failed"}.get(str(report.get("ledger")), "done")
    total = len(found | set(serve.SIGNALS)) if state == "running" else len(found)
    return Progress(state, len(found), total)


@register.filter
def stamp(report: Report) -> str:
    """A short digest of verdict and ledger: the page is drawn anew only where it differs."""
    return _digest(verdict_stamp(report), ledger_progress(report), report.get("evidence"))


@register.filter
def verdict_stamp(report: Report) -> str:
    """A short digest of the answer: it changes where the ledger revises the verdict."""
    return _digest(report.get("verdict"))


def _digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]


@register.filter
def in_words(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Details as (name, value) for people: one line a fact, without what is empty or meant for machines alone."""
    return [line for key, value in details.items() for line in _lines(spaced(key), key, value)]


def _lines(name: str, key: str, value: object) -> Iterator[tuple[str, str]]:
    """What lies inside an object or a list of objects gets a line of its own, named after where it lies."""
    if isinstance(value, Mapping) and any(isinstance(part, Mapping) for part in value.values()):
        for inner, part in value.items():
            yield from _lines(f"{name}: {_lower(spaced(inner))}", inner, part)
    elif isinstance(value, list | tuple) and any(isinstance(part, Mapping) for part in value):
        for number, part in enumerate(value[:_FEW], 1):
            yield from _lines(f"{name} {number}", key, part)
    elif words := _value(key, value):
        yield name, words


def _value(key: str, value: object) -> str:
    """One value in words, or "" for what is empty and for data in disguise, such as a picture in base64."""
    if isinstance(value, Mapping):
        inherited = key if key.endswith("probability") else ""
        said = [(spaced(name), _value(inherited or name, part)) for name, part in value.items()]
        return "; ".join(f"{_lower(name)} {words}" for name, words in said if words)
    if isinstance(value, list | tuple):
        return _list(list(value))
    if value is None or (isinstance(value, str) and max(map(len, value.split()), default=0) > _LONGEST_WORD):
        return ""
    if key.endswith("probability") and isinstance(value, int | float):
        return percent(value)
    if isinstance(value, serve.Sentence):
        return told(value)
    return class_words(str(value)) if key == "label" else plain(value) if value != "" else ""


def _list(values: list[Any]) -> str:
    figures = [value for value in values if isinstance(value, int | float)]
    if len(values) > _FEW and len(figures) == len(values):
        ends = {"count": len(values), "low": plain(min(figures)), "high": plain(max(figures))}
        return _("%(count)d figures from %(low)s to %(high)s") % ends
    shown = [_value("", value) for value in values[:_FEW]]
    more = [_("and %(count)d more") % {"count": len(values) - _FEW}] if len(values) > _FEW else []
    nested = any(isinstance(value, Mapping | list | tuple) for value in values)
    return (" · " if nested else ", ").join([*shown, *more])


def _lower(words: str) -> str:
    """Inside a line a name begins small, unless it is an abbreviation."""
    return words if len(words) > 1 and words[:2].isupper() else words[:1].lower() + words[1:]


register.filter("of_a_card", of_a_card)


@register.filter
def worth(report: Report, card: Mapping[str, Any]) -> Worth | None:
    """None where no flag was raised or lowered, or where the card does not say for which share its scores are."""
    verdict = report.get("verdict")
    prior = (card or {}).get("decision", {}).get("prior")
    if not verdict or verdict["label"] == "inconclusive" or not prior or not 0 < prior < 1:
        return None
    return Worth(float(prior), float(verdict["fake_probability"]))


@register.filter
def times_in_100(share: float) -> str:
    """0.934 → "93 times in 100"; never "100 times" or "0 times": a detector is not that sure of anything."""
    whole = round(float(share) * 100)
    if whole >= 100:
        return _("more than 99 times in 100")
    if whole < 1:
        return _("less than once in 100")
    return ngettext("once in 100", "%(count)d times in 100", whole) % {"count": whole}
