"""The certificate of an erasure: signed JSON of what was removed and what the proof searched. It names nobody."""

from collections.abc import Mapping
from typing import Any

from django.apps import apps

from accounts import audit
from accounts.errors import Refused
from detector import signing
from fakedetect_site.context import VERSION
from privacy.models import Erasure, Kind
from privacy.proof import Proof

FORMAT = "fakedetect-erasure/1"
STATEMENT = (
    "What is listed was removed from this installation. Afterwards its data base, its storage and its own folder were "
    "searched for names, addresses, file names, digests, fingerprints and pieces of the files. Copies outside the "
    "installation are not covered: backups until they are replaced, exports that were taken before, and what was told "
    "to others by e-mail or webhook. The audit history keeps that something was done, when, and under which number."
)
_STAYS = {
    Kind.UPLOAD: ["The history of what was done with the upload, under its number."],
    Kind.ACCOUNT: [
        "The history of what was done, under a number that leads to nobody any more.",
        "Decisions that the person gave as a moderator on uploads of others, without their name.",
        "Notes that the person wrote in cases of others, without their name.",
    ],
}


def write(erasure: Erasure, proof: Proof) -> str:
    """The signed text; unsigned where the key of this site cannot be used, which `signed` then says."""
    content = _content(erasure, proof)
    try:
        return signing.signed_json(content).decode()
    except Refused as error:
        return signing.canonical({**content, "signed": False, "why": error.detail}).decode()


def words_of(name: str) -> str:
    """A table in words: "detector.upload" is "uploads"."""
    try:
        return str(apps.get_model(name)._meta.verbose_name_plural)
    except (LookupError, ValueError):
        return name


def _content(erasure: Erasure, proof: Proof) -> Mapping[str, Any]:
    broken = audit.verify_chain()
    return {
        "format": FORMAT,
        "id": str(erasure.pk),
        "kind": erasure.kind,
        "subject": erasure.subject,
        "asked_at": erasure.asked_at.isoformat(timespec="seconds"),
        "finished_at": erasure.finished_at.isoformat(timespec="seconds") if erasure.finished_at else None,
        "removed": dict(sorted(erasure.removed.items())),
        "stays": _STAYS[Kind(erasure.kind)],
        "proof": proof.plain(),
        "audit_chain": f"broken at event {broken.position}" if broken else "whole",
        "statement": STATEMENT,
        "software": {"fakedetect": VERSION},
    }
