"""Findings as rows: in order, and cleaned of what a data base refuses."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from detector import pictures
from detector.models import Analysis, Finding
from ml import serve

_LONGEST = Finding._meta.get_field("summary").max_length or 0


def kept(analysis: Analysis, findings: Sequence[serve.Finding], start: int = 0) -> list[Finding]:
    """Store the findings' pictures and make the rows, to be created; `start` is the first one's place on the page."""
    return [_row(analysis, finding, position) for position, finding in enumerate(findings, start)]


def _row(analysis: Analysis, finding: serve.Finding, position: int) -> Finding:
    return Finding(
        analysis=analysis,
        position=position,
        signal=finding.signal,
        stance=finding.stance,
        summary=_text(finding.summary)[:_LONGEST],
        details=storable(finding.details),
        picture=pictures.keep(analysis.upload_id, finding.signal, finding.picture) if finding.picture else "",
    )


def finding(row: Finding) -> serve.Finding:
    """A row as the signal gave it, without its picture."""
    return serve.Finding(row.signal, cast(Any, row.stance), row.summary, row.details)


def storable(value: Any) -> Any:
    """JSON that every data base takes: files hold NUL and halves of characters, signals hold NumPy's numbers.

    Raises:
        TypeError: it is nothing that JSON knows.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "item"):
        return storable(value.item())
    raise TypeError(f"A finding's details hold {type(value).__name__}, which JSON does not know.")


def _text(value: str) -> str:
    return value.replace("\0", "").encode("utf-8", "replace").decode()
