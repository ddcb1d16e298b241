"""What an alarm is worth where fakes are rare: precision at several shares of fakes in the queue."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ml.figures import share
from ml.judged import Judged, joined

SHARES = (0.01, 0.05, 0.2, 0.5)
_ENOUGH = 50  # photographs of a source, before it can be called the worst
Measured = Mapping[str, Any]


def measure(judged: Mapping[str, Judged]) -> dict[str, Any]:
    """Precision with the alarms of the test images, as they are and degraded, and with other photographs' alarms.

    An inconclusive verdict is no alarm. "never_trained" takes the false alarms from photographs of sources that were
    never trained on, "worst_source" from the source with the most; the alarms on fakes are those of the test images.
    """
    result = {}
    for name, fakes, photographs in _queues(judged):
        if fakes.fake.any() and not photographs.fake.all():
            found, alarms = _alarms(fakes, fake=True), _alarms(photographs, fake=False)
            result[name] = {
                "found": found,
                "false_alarms": alarms,
                "precision": {f"{share:g}": precision(found, alarms, share) for share in SHARES},
            }
    worst = _worst(judged)
    return result | ({"worst_source": result["worst_source"] | {"source": worst[0]}} if worst and result else {})


def precision(found: Measured, alarms: Measured, fakes: float) -> dict[str, Any] | None:
    """The share of alarms that are fakes in a queue with this share of fakes; None where there are no alarms.

    The interval takes both rates at their unfavourable and at their favourable ends, so it is wider than 95 %.
    """
    if not found["value"] and not alarms["value"]:
        return None
    low, high = (_precision(found["interval"][side], alarms["interval"][1 - side], fakes) for side in (0, 1))
    return {"value": _precision(found["value"], alarms["value"], fakes), "interval": [low, high]}


def _precision(found: float, alarms: float, fakes: float) -> float:
    true, false = fakes * found, (1 - fakes) * alarms
    return true / (true + false) if true + false else 0.0


def _alarms(judged: Judged, *, fake: bool) -> dict[str, Any]:
    rows = judged.fake == fake
    return share(judged.alarms[rows], judged.groups[rows])


def _queues(judged: Mapping[str, Judged]) -> list[tuple[str, Judged, Judged]]:
    """(name, the images whose fakes count, the images whose photographs count)."""
    test = judged["test"]
    queues = [(name, judged[name], judged[name]) for name in ("test", "test_degraded")]
    if "never_trained" in judged:
        queues.append(("never_trained", test, judged["never_trained"]))
    worst = _worst(judged)
    return queues + ([("worst_source", test, worst[1])] if worst else [])


def _worst(judged: Mapping[str, Judged]) -> tuple[str, Judged] | None:
    """The source whose photographs, as they are, cause the largest share of alarms, with its images."""
    whole = joined([judged[name] for name in ("test", "never_trained") if name in judged])
    parts = [(str(name), whole.only((whole.sources == name) & ~whole.fake)) for name in np.unique(whole.sources)]
    enough = [(name, part) for name, part in parts if len(part.records) >= _ENOUGH]
    return max(enough, key=lambda one: float(one[1].alarms.mean())) if enough else None
