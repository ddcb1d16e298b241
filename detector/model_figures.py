"""What a report tells of the model: the figures of its card that say how far to trust it, and what it does not know.

Cards of earlier versions lack parts; what a card does not hold is left out, never guessed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext_noop

Card = Mapping[str, Any]

_FIGURES = ("accuracy", "balanced_accuracy", "auc")
_SHARES = ("false_alarms", "missed")


def of_card(card: Card) -> dict[str, Any]:
    """Figures over all test images, over photographs of sources that were never trained on, and each tested set."""
    measured = card.get("metrics", {})
    tested = measured.get("test", {})
    return {
        "made": card.get("created"),
        "description": card.get("description"),
        "classes": card.get("classes", []),
        "test": _figures(tested.get("all", {})),
        "test_degraded": _figures(measured.get("test_degraded", {}).get("all", {})),
        "calibration": _calibration(tested.get("all", {})),
        "tested_on": list(_sets(measured)),
        "limits": card.get("limits", []),
    }


def _sets(measured: Card) -> Iterator[dict[str, Any]]:
    """Each set by itself, those that were never trained on first: an average over unequal sets hides the bad one."""
    for part, trained in (("never_trained", False), ("test", True)):
        for name, row in measured.get(part, {}).items():
            if name != "all":
                yield {"set": name, "trained_on": trained, **_figures(row)}


def _figures(row: Card) -> dict[str, Any]:
    told = {name: row[name] for name in ("images", "fakes", "inconclusive") if name in row}
    for name in _FIGURES:
        if name in row:
            told[name] = {"value": row[name], "interval": row.get(f"{name}_interval")}
    return told | {name: dict(row[name]) for name in _SHARES if name in row}


def _calibration(row: Card) -> dict[str, Any] | None:
    """The expected calibration error: for the queue that probabilities are stated for, where the card has it."""
    for name, of in (("calibration_error_at_prior", gettext_noop("the queue that probabilities are stated for")),
                     ("calibration_error", gettext_noop("the test images as they are mixed"))):  # fmt: skip
        if name in row:
            return {"expected_error": row[name], "over": of}
    return None
