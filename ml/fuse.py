"""The verdict, once the evidence has had its say."""

from collections.abc import Mapping, Sequence
from typing import Any

from ml.findings import Finding


def fuse(own: Mapping[str, Any], findings: Sequence[Finding], card: Mapping[str, Any]) -> Mapping[str, Any]:
    """The verdict of the model alone, revised where the card says how much the findings weigh.

    `own` and the answer hold `label`, `fake_probability`, `probabilities` and `reasons`. No card gives weights yet,
    so the model's word stands.
    """
    return own
