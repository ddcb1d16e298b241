"""A report on one upload, as a signed file: what was found, what was not tested, which model spoke, and who asked.

The JSON holds everything, its pictures included; the PDF (report_pdf.py) shows the same content to people.
"""

import base64
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.audit import Actor
from accounts.roles import owns
from detector import dossier_pictures, model_figures, models_in_use, originals, report, report_pdf, signing
from detector.errors import Refused
from detector.models import Analysis, State, Upload
from fakedetect_site.context import VERSION

FORMAT = "fakedetect-report/1"
STATEMENT = gettext_noop(
    "A verdict is a probability, not a proof. It says how often images that look like this one to the model turned out "
    "to be fake among images whose origin was known. The model can be wrong about any single image, in both "
    "directions, and more often about kinds of images that it was not tested on. “No sign found” does not make an "
    "image authentic. Weigh this report with the source of the image, earlier copies of it and the people in it."
)
_LIBRARIES = (
    "django", "pillow", "pillow-heif", "numpy", "ai-edge-litert", "opencv-python-headless", "c2pa-python",
    "cryptography", "typst",
)  # fmt: skip
_SAFE_INTEGER = 2**53 - 1  # beyond it, programs that read JSON numbers as doubles read another number

Dossier = dict[str, Any]


def pdf(actor: Actor, *, upload: Upload, base: str = "", private: bool = False) -> bytes:
    """The report as a signed PDF.

    Raises:
        Refused: not_ready, no_report_key.
    """
    content, shown = _gather(actor, upload, base, private)
    return _made(actor, upload, "pdf", signing.signed_pdf(report_pdf.render(content, shown)), content)


def document(actor: Actor, *, upload: Upload, base: str = "", private: bool = False) -> bytes:
    """The report as signed canonical JSON.

    Raises:
        Refused: not_ready, no_report_key.
    """
    content, shown = _gather(actor, upload, base, private)
    whole = content | {"pictures": {name: embedded(picture) for name, picture in shown.items()}}
    return _made(actor, upload, "json", signing.signed_json(whole), content)


def for_archive(actor: Actor, *, upload: Upload, base: str = "") -> bytes:
    """`document` without pictures, for an archive that holds the file itself and is one act in the audit history.

    Raises:
        Refused: not_ready, no_report_key.
    """
    content, _latest = _told(actor, upload, base, False)
    rows = [row | {"picture": None} for row in content["evidence"]]
    return signing.signed_json(content | {"evidence": rows, "pictures": {}})


def _gather(actor: Actor, upload: Upload, base: str, private: bool) -> tuple[Dossier, dict[str, bytes]]:
    """The content of a report and its pictures by name, each at most about a thousand pixels wide."""
    content, latest = _told(actor, upload, base, private)
    return content, dict(dossier_pictures.of_upload(upload, latest))


def _told(actor: Actor, upload: Upload, base: str, private: bool) -> tuple[Dossier, Analysis]:
    latest = upload.latest
    if latest is None or latest.state not in (State.DONE, State.FAILED):
        raise Refused("not_ready", _("There is no answer to report on yet. Ask again in a moment."))
    private = private and actor.user is not None and owns(actor.user, upload)
    told = report.of_upload(upload, reader=actor.user if private else None)  # without a reader, as for the public
    return plain(_content(upload, latest, told) | making(actor, base, private)), latest


def _content(upload: Upload, latest: Analysis, told: report.Report) -> Dossier:
    card = models_in_use.card_of(latest.model)
    return {
        "format": FORMAT,
        "id": str(upload.pk),
        "file": told["file"],
        "uploaded_at": utc(upload.created_at),
        "analysed_at": utc(latest.finished_at),
        "status": told["status"],
        "error": told["error"],
        "verdict": told["verdict"],
        "review": told["review"],  # what a person decided; it is shown before the machine's verdict
        "earlier": told["earlier"],
        "model_alone": latest.own or None,  # before the other evidence had its say
        "ledger": told["ledger"],
        "evidence": [row | {"picture": dossier_pictures.name_of(row["picture"])} for row in told["evidence"]],
        "model": {"version": latest.model.version, "sha256": latest.model.sha256, **model_figures.of_card(card)},
        "statement": STATEMENT,
        "reviewer": told["review"]["by"] if told["review"] else None,
    }


def making(actor: Actor, base: str, private: bool) -> Dossier:
    libraries = {name: version(name) for name in _LIBRARIES}
    made: Dossier = {"at": utc(timezone.now()), "by": actor.user.get_username() if actor.user else actor.name}
    made |= {"with_private_details": private, "check_at": f"{base}/verify/" if base else None}
    return {"made": made, "software": {"fakedetect": VERSION, "python": platform.python_version(), **libraries}}


def _made(actor: Actor, upload: Upload, kind: str, data: bytes, content: Dossier) -> bytes:
    details = {"format": kind, "private": content["made"]["with_private_details"]}
    facts = {"model": content["model"]["version"], "private": {"sha256": originals.digest(data)}}
    audit.record(actor, "report.made", target=f"upload:{upload.pk}", details=details, **facts)
    return data


def utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def embedded(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def plain(value: Any) -> Any:
    """The same value in what every JSON reader reads alike: whole numbers beyond a double's precision as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _SAFE_INTEGER:
        return str(value)
    return value
