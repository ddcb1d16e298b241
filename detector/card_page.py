"""The model's card as a page: the figures that matter first, charts of the rest, and what it does not know.

Cards of earlier versions lack parts; what a card does not hold is left out, never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from detector import model_figures
from detector.sentences import of_a_card
from ml.serve import report_charts

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure at the top: what it is, its value as a share or a plain number, its interval."""

    name: str
    value: float
    interval: Sequence[float] | None
    is_share: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """An SVG, what stands under it, and what its lines are."""

    svg: SafeString
    caption: str
    key: SafeString | None = None


def of(card: Card) -> dict[str, Any]:
    """What the template needs; each part is empty where the card lacks it."""
    measured = card.get("metrics", {})
    return {
        "headlines": headlines(card),
        "alarms": _alarms(measured),
        "reliability": _reliability(measured),
        "journeys": [Chart(_safe(svg), caption) for caption, svg in report_charts.journeys(measured, _journeys())],
        "journey_key": _safe(report_charts.key(_series())),
        "journey_images": measured.get("robustness", {}).get("images"),
        "sets": model_figures.of_card(card)["tested_on"],
        "limits": [of_a_card(limit) for limit in card.get("limits", [])],
    }


def headlines(card: Card) -> list[Headline]:
    """False alarms on photographs first: they are what people meet, and what they forgive least."""
    return list(_headlines(card.get("metrics", {})))


def _headlines(measured: Card) -> Iterator[Headline]:
    whole = measured.get("test", {}).get("all", {})
    for name, row in measured.get("never_trained", {}).items():
        if name != "all" and "false_alarms" in row:
            words = _("False alarms: %(set)s") % {"set": name.replace("_", " ")}
            yield Headline(words, row["false_alarms"]["value"], row["false_alarms"]["interval"])
    if "false_alarms" in whole:
        words = _("False alarms: test photographs")
        yield Headline(words, whole["false_alarms"]["value"], whole["false_alarms"]["interval"])
    if "balanced_accuracy" in whole:
        yield Headline(_("Balanced accuracy"), whole["balanced_accuracy"], whole.get("balanced_accuracy_interval"))
    if "inconclusive" in whole:
        yield Headline(_("Inconclusive"), whole["inconclusive"], None)
    if "auc" in whole:
        yield Headline(_("AUC, all test images"), whole["auc"], whole.get("auc_interval"), is_share=False)


def _alarms(measured: Card) -> Chart | None:
    drawn = report_charts.false_alarms(measured, _("Share of photographs called fake, by set"))
    if drawn is None:
        return None
    svg, high = drawn
    words = _("Share of authentic photographs called fake, from 0 to %(high).0f %%; lines are 95 %% intervals.")
    return Chart(_safe(svg), words % {"high": high * 100})


def _reliability(measured: Card) -> Chart | None:
    drawn = report_charts.reliability(measured, _("Stated against true share of fakes"))
    if drawn is None:
        return None
    svg, names = drawn
    words = {"test": _("test images as they are"), "test_degraded": _("test images, degraded")}
    key = report_charts.key([words[name] for name in names])
    return Chart(_safe(svg), _("Stated (across) and true (up) share of fakes"), _safe(key))


def _journeys() -> dict[str, tuple[str, str]]:
    return {
        "jpeg": (_("Worth after JPEG, by quality"), _("Changed verdicts after JPEG, by quality")),
        "scale": (_("Worth when made smaller, by factor"), _("Changed verdicts when made smaller, by factor")),
        "blur": (_("Worth when blurred, by radius"), _("Changed verdicts when blurred, by radius")),
        "crop": (_("Worth when cropped, by share kept"), _("Changed verdicts when cropped, by share kept")),
        "screenshot": (_("Worth as a screenshot, by zoom"), _("Changed verdicts as a screenshot, by zoom")),
    }


def _series() -> list[str]:
    """The names of `report_charts.SERIES`, in their order."""
    return [
        _("AUC"), _("balanced accuracy"), _("accuracy"),
        _("contradicted"), _("crossed"), _("relabelled"), _("false alarms"),
    ]  # fmt: skip


def _safe(svg: str) -> SafeString:
    # Safe: ml.charts escapes every word that it draws.
    return mark_safe(svg)  # noqa: S308
