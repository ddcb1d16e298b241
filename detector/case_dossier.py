"""A report on a case, as a signed file: every image with its verdict and what people decided, the notes, who asked.

Like the report on one upload (dossier.py) the JSON holds everything and the PDF shows the same to people. Both are made
outside any transaction; one act in the audit history tells of the file.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from detector import (
    case_notes,
    case_reading,
    case_words,
    cases,
    dossier,
    dossier_pictures,
    model_figures,
    models_in_use,
    originals,
    report,
    report_pdf,
    signing,
)
from detector.errors import Refused
from detector.models import Case, CaseNote, Label, Upload
from detector.sentences import figure

FORMAT = "fakedetect-case-report/1"
MOST = 500  # images of a report: a minute's work, and a file that can still be checked
_LARGE = 30  # images up to which each is shown at a thousand pixels; of more, their thumbnails
_PICTURES_BYTES = 12_000_000  # together; in the JSON they take a third more, and no report has more than 25 MB
_CHUNK = 50
_TEMPLATE = settings.BASE_DIR / "templates" / "report" / "case.typ"

Content = dict[str, Any]
Pictures = dict[str, bytes]


def pdf(actor: Actor, *, case: Case, verdict: str = "", base: str = "") -> bytes:
    """The report as a signed PDF; with a verdict, on what is shown as such alone.

    Raises:
        Refused: too_many_images, no_report_key.
    """
    content, pictures = _gather(actor, case, verdict, base)
    layout = partial(case_words.layout, content)
    plain = report_pdf.typeset(_TEMPLATE, content["made"]["at"], layout, pictures)
    return _made(actor, case, "pdf", signing.signed_pdf(plain), content)


def document(actor: Actor, *, case: Case, verdict: str = "", base: str = "") -> bytes:
    """The report as signed canonical JSON.

    Raises:
        Refused: too_many_images, no_report_key.
    """
    content, pictures = _gather(actor, case, verdict, base)
    whole = content | {"pictures": {name: dossier.embedded(picture) for name, picture in pictures.items()}}
    return _made(actor, case, "json", signing.signed_json(whole), content)


def _gather(actor: Actor, case: Case, verdict: str, base: str) -> tuple[Content, Pictures]:
    verdict = verdict if verdict in Label.values else ""
    keys = list(case_reading.uploads_of(case, verdict).order_by("created_at", "pk").values_list("pk", flat=True))
    if len(keys) > MOST:
        raise Refused(
            "too_many_images",
            _(
                "A report holds at most %(most)s images, and these are %(count)s. Choose a verdict to narrow it down, "
                "or take the export, which has no bound."
            )
            % {"most": MOST, "count": figure(len(keys), ",")},
        )
    pictures = Pictures()
    items: list[Content] = []
    models: dict[str, Content] = {}
    for upload in _in_chunks(keys):
        items.append(_item(upload, case, len(items) + 1, pictures, large=len(keys) <= _LARGE))
        if (latest := upload.latest) and latest.model.version not in models:
            card = models_in_use.card_of(latest.model)
            models[latest.model.version] = {"sha256": latest.model.sha256, **model_figures.of_card(card)}
    content = _content(case, verdict, items) | {"models": models} | dossier.making(actor, base, False)
    return dossier.plain(content), pictures


def _in_chunks(keys: list[Any]) -> Iterator[Upload]:
    """In the order of the keys, few in memory at once; what is deleted meanwhile is left out."""
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        found = {row.pk: row for row in Upload.objects.filter(pk__in=chunk).with_verdicts()}
        yield from (found[key] for key in chunk if key in found)


def _content(case: Case, verdict: str, items: list[Content]) -> Content:
    counts = case_reading.outcomes(case)
    notes = case_reading.notes_of(case, at_most=case_notes.MOST)
    return {
        "format": FORMAT,
        "id": str(case.pk),
        "title": case.title,
        "description": case.description,
        "made_in": dossier.utc(case.created_at),
        "closed_at": dossier.utc(case.closed_at),
        "only": verdict or None,  # where the report is on one verdict alone
        "uploads": {"all": sum(counts.values()), **counts},
        "items": items,
        "notes": [_note(note) for note in reversed(notes)],
        "statement": dossier.STATEMENT,
    }


def _item(upload: Upload, case: Case, number: int, pictures: Pictures, *, large: bool) -> Content:
    told, latest = report.of_upload(upload), upload.latest  # without a reader, as for the public
    name = f"image-{number}"
    room = _PICTURES_BYTES - sum(map(len, pictures.values()))
    picture = dossier_pictures.small(upload, large=large)
    if picture and len(picture) <= room:
        pictures[name] = picture
    return {
        "number": number,
        "id": told["id"],
        "file": told["file"],
        "uploaded_by": upload.owner.get_username(),
        "uploaded_at": dossier.utc(upload.created_at),
        "analysed_at": dossier.utc(latest.finished_at) if latest else None,
        "status": told["status"],
        "error": told["error"],
        "verdict": told["verdict"],
        "review": told["review"],
        "ledger": told["ledger"],
        "evidence": [{name: row[name] for name in ("signal", "stance", "summary")} for row in told["evidence"]],
        "picture": name if name in pictures else None,
    }


def _note(note: CaseNote) -> Content:
    about: Any = note
    return {
        "text": note.text,
        "by": note.author.get_username() if note.author else None,
        "at": dossier.utc(note.created_at),
        "about": str(note.upload_id) if about.still_here else None,
    }


def _made(actor: Actor, case: Case, kind: str, data: bytes, content: Content) -> bytes:
    details = {"format": kind, "uploads": len(content["items"]), "only": content["only"]}
    private = {"sha256": originals.digest(data)}
    audit.record(actor, "case.report_made", target=cases.name_of(case), details=details, private=private)
    return data
