"""The verdict, once the evidence has had its say. Four rules, in this order:

1. A valid Content Credential of a trusted signer that declares the work of AI decides, which kind too.
2. A signal whose error rates the card measured adds its log-likelihood ratio to the log-odds (naive Bayes). What the
   model has no eye for it cannot deny: below the prior its word does not count against such a signal.
3. What is left that speaks for a fake never decides. It only turns "no sign found" into "inconclusive".
4. A verdict that flips when the picture is saved again, made smaller or cropped is inconclusive, unless 1 or 2 decided.

Nothing in the evidence turns a fake into "no sign found": metadata is too easily written.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ml.findings import Finding
from ml.sentences import say

AUTHENTIC, AI_GENERATED, MANIPULATED, INCONCLUSIVE = "authentic", "ai_generated", "manipulated", "inconclusive"
_WHOLLY = "trainedAlgorithmicMedia"  # IPTC's digital source type of a picture that AI made alone; others are composites
_SIGNED = 0.99  # the probability that stands for a signed statement; what remains is a stolen key
# Those of rule 3: what anybody can write or draw, and copies; other traces in pixels speak through rule 2 alone.
_INFORMING = ("provenance", "ai_metadata", "camera", "visible_mark", "copy_move")


def fuse(own: Mapping[str, Any], findings: Sequence[Finding], card: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict of the model alone, `own`, revised by the findings.

    Both hold `label`, `fake_probability`, `probabilities` and `reasons`. `card["signals"]` gives the weights.
    """
    against = [finding for finding in findings if finding.stance == "supports_fake"]
    for signed in filter(_declares_ai, against):
        kind = AI_GENERATED if signed.details.get("digital_source_type") == _WHOLLY else MANIPULATED
        return _decided(own, kind, _at_least(own["probabilities"], kind, _SIGNED), [signed])
    weights = {name: row for name, row in card.get("signals", {}).items() if row["log_likelihood_ratio"] > 0}
    weighing = [finding for finding in against if finding.signal in weights]
    if weighing and (decided := _weighed(own, weighing, weights, card)):
        return decided
    return _doubted(own, against, findings)


def _declares_ai(finding: Finding) -> bool:
    return (
        finding.signal == "provenance"
        and finding.details.get("state") == "trusted"
        and finding.details.get("ai") is True
    )


def _weighed(
    own: Mapping[str, Any],
    weighing: Sequence[Finding],
    weights: Mapping[str, Mapping[str, Any]],
    card: Mapping[str, Any],
) -> dict[str, Any] | None:
    """The verdict that the measured signals make together with the model, or None where they do not reach one."""
    decision = card["decision"]
    mass = _from_the_prior(own, decision["prior"])
    for finding in weighing:
        mass = _multiplied(mass, weights[finding.signal])
    if 1 - mass[AUTHENTIC] <= decision["band"][1]:
        return None
    label = max((name for name in mass if name != AUTHENTIC), key=mass.__getitem__)
    return _decided(own, label, mass, weighing)


def _from_the_prior(own: Mapping[str, Any], prior: float) -> dict[str, float]:
    """The model's probabilities, or the prior where the model is below it or cannot tell."""
    if own["label"] != INCONCLUSIVE and own["fake_probability"] >= prior:
        return dict(own["probabilities"])
    kinds = [name for name in own["probabilities"] if name != AUTHENTIC]
    return {AUTHENTIC: 1 - prior} | dict.fromkeys(kinds, prior / len(kinds))


def _multiplied(mass: Mapping[str, float], weight: Mapping[str, Any]) -> dict[str, float]:
    """Bayes' rule. A signal that knows its kind of fake speaks for that alone; it was measured among fakes of it.

    The ratio counts for the whole of the fakes: split over kinds it would weigh less the more kinds there are.
    """
    ratio, kind = math.exp(weight["log_likelihood_ratio"]), weight.get("kind")
    authentic = mass[AUTHENTIC] / (mass[AUTHENTIC] + ratio * (1 - mass[AUTHENTIC]))
    grown = {
        name: value * (1 if name == AUTHENTIC or (kind and name != kind) else ratio) for name, value in mass.items()
    }
    fakes = sum(value for name, value in grown.items() if name != AUTHENTIC)
    return {name: authentic if name == AUTHENTIC else (1 - authentic) * value / fakes for name, value in grown.items()}


def _doubted(own: Mapping[str, Any], against: Sequence[Finding], findings: Sequence[Finding]) -> dict[str, Any]:
    doubts = [finding.summary for finding in against if finding.signal in _INFORMING]
    doubts = doubts if own["label"] == AUTHENTIC else []
    if own["label"] != INCONCLUSIVE:
        doubts += [
            finding.summary for finding in findings if finding.signal == "stability" and finding.details.get("flips")
        ]
    if not doubts:
        return dict(own)
    return dict(own) | {"label": INCONCLUSIVE, "reasons": [*doubts, *own["reasons"]]}


def _decided(own: Mapping[str, Any], label: str, mass: Mapping[str, float], by: Sequence[Finding]) -> dict[str, Any]:
    reasons = [finding.summary for finding in by]
    return {
        "label": label,
        "fake_probability": 1 - mass[AUTHENTIC],
        "probabilities": dict(mass),
        "reasons": [*reasons, *(say("The model alone: {reason}", reason=reason) for reason in own["reasons"])],
    }


def _at_least(mass: Mapping[str, float], kind: str, share: float) -> dict[str, float]:
    """The same with at least this share for one kind; the others shrink in proportion."""
    rest = 1 - mass[kind]
    if mass[kind] >= share:
        return dict(mass)
    return {name: share if name == kind else value * (1 - share) / rest for name, value in mass.items()}
