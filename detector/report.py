"""Analysis → one plain dict, the same for page, API, PDF and shell (DESIGN: "The verdict")."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from accounts.roles import Someone, can_label, can_see, owns
from detector import ledger_rows, models_in_use, pictures, review, similar
from detector.models import Analysis, Original, State, Upload
from detector.sentences import restored
from ml import serve
from ml.serve import ImageFacts, Score

Report = dict[str, Any]

_PRIVATE = {"gps", "private"}  # keys of details: where a person was, which camera is theirs


def of_upload(upload: Upload, *, base: str = "", reader: Someone | None = None, copies: bool = False) -> Report:
    """The report of an upload, as its latest analysis stands. `base` ("https://…") makes the addresses absolute.

    With `copies` the other uploads of this picture are searched for, as far as the reader may see them.
    """
    latest = upload.latest
    found = _evidence_of(latest, base, private=bool(reader and owns(reader, upload))) if latest else []
    seen = [similar.row_of(upload, reader, base)] if copies and reader else []
    return {
        "id": str(upload.pk),
        "status": latest.state if latest else State.QUEUED.value,
        "created_at": upload.created_at.isoformat(),
        "duplicate_of": str(upload.duplicate_of_id) if _tells_earlier(upload, reader) else None,
        "owner": upload.owner.get_username() if reader and not owns(reader, upload) else None,
        "external_id": (upload.external_id or None) if _labels(upload, reader) else None,
        "tags": [tag.name for tag in upload.tags.all()] if _labels(upload, reader) else [],
        "note": upload.note if _labels(upload, reader) else None,
        "file": _file_of(upload.name, upload.original),
        "verdict": _verdict_of(latest) if latest and latest.state == State.DONE else None,
        "review": _review_of(upload),
        "earlier": _earlier_of(upload),
        "evidence": found + seen,
        "ledger": latest.ledger_state if latest else State.QUEUED.value,
        "heatmap": base + _link("detector:heatmap", upload) if latest and latest.heatmap else None,
        "error": _error_of(latest) if latest and latest.state == State.FAILED else None,
        "links": _links(upload, base),
    }


def _tells_earlier(upload: Upload, reader: Someone | None) -> bool:
    """The owner's earlier upload is no business of those who see this one in a case."""
    return bool(upload.duplicate_of_id) and (reader is None or can_see(reader, upload))


def _labels(upload: Upload, reader: Someone | None) -> bool:
    return reader is not None and can_label(reader, upload)


def of_score(name: str, sha256: str, score: Score) -> Report:
    """The same shape for a file that was scored without being stored, for its owner."""
    return {
        "id": None,
        "status": State.DONE.value,
        "file": _file(name, sha256, score.facts),
        "verdict": {
            "label": score.label,
            "fake_probability": score.fake_probability,
            "probabilities": score.probabilities,
            "reasons": list(score.reasons),
            "thresholds": thresholds(score.model.card),
            "model": {"version": score.model.version, "sha256": score.model.sha256},
        },
        "review": None,
        "earlier": [],
        "evidence": [_row(row, dict(row.details), None) for row in score.findings],
        "ledger": State.DONE.value,
        "heatmap": None,
        "error": None,
    }


def of_error(name: str, code: str, detail: str) -> Report:
    """The same shape for a file that could not be scored."""
    empty: Report = {
        "id": None,
        "status": State.FAILED.value,
        "verdict": None,
        "review": None,
        "earlier": [],
        "evidence": [],
        "ledger": State.FAILED.value,
        "heatmap": None,
    }
    return empty | {"file": {"name": name}, "error": {"code": code, "detail": detail}}


def thresholds(card: Mapping[str, Any]) -> dict[str, float] | None:
    """Where "no sign" ends and "fake" begins; between them the answer is inconclusive."""
    band = card.get("decision", {}).get("band")
    return {"authentic_below": band[0], "fake_above": band[1]} if band else None


def _file_of(name: str, original: Original) -> Report:
    return {
        "name": name,
        "sha256": original.sha256,
        "bytes": original.bytes,
        "format": original.format,
        "width": original.width,
        "height": original.height,
    }


def _file(name: str, sha256: str, facts: ImageFacts) -> Report:
    size = {"width": facts.width, "height": facts.height}
    return {"name": name, "sha256": sha256, "bytes": facts.bytes, "format": facts.format} | size


def _verdict_of(analysis: Analysis) -> Report:
    return {
        "label": analysis.label,
        "fake_probability": analysis.fake_probability,
        "probabilities": analysis.probabilities,
        "reasons": restored(analysis.reasons, analysis.parts),
        "thresholds": thresholds(models_in_use.card_of(analysis.model)),
        "model": {"version": analysis.model.version, "sha256": analysis.model.sha256},
    }


def _review_of(upload: Upload) -> Report | None:
    """What a person decided and still stands: it is shown above the machine's verdict, which stays beside it."""
    found = review.standing(upload)
    return (
        {
            "decision": found.decision,
            "note": found.note,
            "by": found.reviewer.get_username() if found.reviewer else None,
            "at": found.created_at.isoformat(),
            "final": review.is_final(found),
        }
        if found
        else None
    )


def _earlier_of(upload: Upload) -> list[Report]:
    """The verdicts of other models, the one shown last first: they stay when history is scored again."""
    done = [one for one in upload.analyses.all() if one.state == State.DONE and one != upload.latest]
    done.sort(key=lambda one: (one.shown_since, one.pk), reverse=True)
    return [
        {
            "label": one.label,
            "fake_probability": one.fake_probability,
            "model": {"version": one.model.version, "sha256": one.model.sha256},
            "at": one.finished_at.isoformat() if one.finished_at else None,
        }
        for one in done
    ]


def _evidence_of(analysis: Analysis, base: str, *, private: bool) -> list[Report]:
    rows = list(analysis.findings.all())
    links = {
        row.pk: base + reverse("detector:evidence", args=[analysis.upload_id, name])
        for name, row in pictures.named(rows).items()
    }
    found = [(row, ledger_rows.finding(row)) for row in rows]
    return [_row(one, one.details if private else public(one.details), links.get(row.pk)) for row, one in found]


def _row(row: serve.Finding, details: Any, picture: str | None) -> Report:
    shown = {"signal": row.signal, "stance": row.stance, "summary": row.summary}
    return shown | {"details": details, "picture": picture}


def public(details: Any) -> Any:
    """Details without what only the owner of a picture may read, however deep it lies."""
    if isinstance(details, list):
        return [public(part) for part in details]
    if isinstance(details, dict):
        return {key: public(part) for key, part in details.items() if key not in _PRIVATE}
    return details


def _error_of(analysis: Analysis) -> Report:
    return {"code": analysis.error_code, "detail": restored(analysis.error_detail, analysis.parts)}


def _links(upload: Upload, base: str) -> Report:
    links = {name: base + _link(f"detector:{name}", upload) for name in ("image", "preview", "thumbnail", "delete")}
    return links | {
        "page": base + _link("detector:verdict", upload),
        "api": base + _link("api:upload-detail", upload),
    }


def _link(name: str, upload: Upload) -> str:
    return reverse(name, args=[upload.pk])
