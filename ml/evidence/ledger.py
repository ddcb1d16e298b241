"""The ledger: every signal asked in turn, and none able to take the others down.

A signal is one module of this package with a name, `SIGNAL`, and `examine(subject)`, which returns findings or raises
`NotApplicable` with the reason. What breaks is told as "not run", never guessed.
"""

import importlib
import logging
from collections.abc import Iterator, Sequence

from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import say

log = logging.getLogger(__name__)

# In the order of the page. Quick ones read the file alone and run before the answer; deep ones read every pixel.
QUICK: tuple[str, ...] = ("provenance", "ai_metadata", "camera", "structure")
DEEP: tuple[str, ...] = (
    "stability", "where", "visible_mark", "copy_move", "compression", "noise", "resampling", "spectrum", "faces",
)  # fmt: skip
_BROKE = say("This check broke on this picture. The others are not affected.")


def examine(subject: Subject, signals: Sequence[str]) -> Iterator[Finding]:
    """The findings of these signals, each as soon as it is there; raises nothing."""
    for name in signals:
        yield from _guarded(name, subject)


def together(first: Sequence[Finding], later: Sequence[Finding]) -> list[Finding]:
    """All findings; where a signal looked again, deeper, its later ones stand for its first."""
    again = {finding.signal for finding in later}
    return [*(finding for finding in first if finding.signal not in again), *later]


def _guarded(name: str, subject: Subject) -> Sequence[Finding]:
    try:
        found: Sequence[Finding] = importlib.import_module(f"{__package__}.{name}").examine(subject)
    except NotApplicable as silent:
        return [Finding(name, "not_run", silent.reason)]
    except Exception:  # whatever breaks in one signal, the ledger goes on
        log.exception("signal %s", name)
        return [Finding(name, "not_run", _BROKE)]
    return found
