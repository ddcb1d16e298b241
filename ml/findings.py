"""The one shape of evidence: what a signal found, for whom it speaks, and what it could not test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ml.sentences import Sentence

Stance = Literal["supports_fake", "supports_authentic", "silent", "not_run"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the evidence ledger.

    `summary` is one sentence for a person; `details` are JSON values for a machine; `picture` is a PNG or None.
    """

    signal: str
    stance: Stance
    summary: Sentence
    details: Mapping[str, Any] = field(default_factory=dict)
    picture: bytes | None = None
