"""Findings as rows, and rows as findings: in order, and cleaned of what a data base refuses."""

from collections.abc import Sequence
from typing import Any, cast

from detector import pictures
from detector.models import Analysis, Finding
from detector.sentences import parts_of, restored, storable, text_of
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
        summary=text_of(finding.summary)[:_LONGEST],
        details=storable(finding.details),
        parts=parts_of(finding.summary, finding.details),
        picture=pictures.keep(analysis.upload_id, finding.signal, finding.picture) if finding.picture else "",
    )


def finding(row: Finding) -> serve.Finding:
    """A row as the signal gave it, without its picture."""
    summary = serve.Sentence.of_text(restored(row.summary, row.parts))
    return serve.Finding(row.signal, cast(Any, row.stance), summary, restored(row.details, row.parts))
