"""Provenance: what the Content Credentials of a file say (C2PA, 2021 to 2025), and how far they can be believed.

Four things that are often taken for one another: absent, invalid, valid of an unknown signer, valid of a listed one.
"""

from typing import Any

from ml.evidence import c2pa_history as history
from ml.evidence import c2pa_words as words
from ml.evidence.c2pa_reader import Damaged, Elsewhere, Store, read_store
from ml.evidence.subject import Subject
from ml.findings import Finding, Stance

SIGNAL = "provenance"
_NONE = "The file carries no Content Credentials; most files carry none, so this says nothing."


def examine(subject: Subject) -> list[Finding]:
    """One finding; `details["state"]` is absent, invalid, untrusted or trusted.

    Raises:
        NotApplicable: whatever `read_store` raises.
    """
    try:
        store = read_store(subject.data, subject.facts.format, subject.facts.mime)
    except Elsewhere as host:
        return [_finding("absent", "silent", _elsewhere(history.cut(str(host))))]
    except Damaged:
        return [_finding("invalid", "silent", _broken_summary([words.DAMAGED]), faults=[words.DAMAGED])]
    return [_judged(store) if store and history.manifests(store) else _finding("absent", "silent", _NONE)]


def _judged(store: Store) -> Finding:
    failed = history.failed_checks(store)
    faults = failed - words.DOUBTS or (set() if history.is_bound(store) else {words.UNBOUND})
    if faults:
        return _invalid(store, sorted({words.fault(code) for code in faults}))
    if history.is_trusted(store):
        return _trusted(store)
    return _untrusted(store, sorted({words.doubt(code) for code in failed}))


def _invalid(store: Store, faults: list[str]) -> Finding:
    """Silent: a caption added in a newsroom breaks the seal as a forger does (docs/decisions/0023)."""
    found = history.manifests(store)
    details = _details(found) | {"ai": False, "faults": faults}
    return _finding("invalid", "silent", _broken_summary(faults), **details)


def _untrusted(store: Store, doubts: list[str]) -> Finding:
    found = [manifest for manifest in history.manifests(store) if not manifest.broken]
    details = _details(found)
    reason = "; ".join(doubts) or "the signer is not on the trust list"
    summary = f"Content Credentials signed as {details['signer']} are unbroken, but nobody vouches for them: {reason}."
    if details["ai"]:
        claim = words.SOURCES[details["digital_source_type"]]
        summary = f"Content Credentials signed as {details['signer']} say that {claim}, but {reason}."
    return _finding("untrusted", "supports_fake" if details["ai"] else "silent", summary, **details, doubts=doubts)


def _trusted(store: Store) -> Finding:
    """What an unlisted signer said of an earlier picture is no part of what a listed one vouches for."""
    found = history.manifests(store)
    vouched = [manifest for manifest in found if not manifest.failed]
    details = _details(found) | _source(vouched)
    signer = f"{details['signer']}, a signer on the trust list,"
    if details["ai"]:
        claim = words.SOURCES[details["digital_source_type"]]
        return _finding("trusted", "supports_fake", f"{signer} states that {claim}.", **details)
    if history.is_plain_capture(found):
        claim = words.SOURCES[details["digital_source_type"]]
        caution = "valid is not true, since a camera also photographs screens and staged scenes"
        return _finding("trusted", "supports_authentic", f"{signer} states that {claim}; {caution}.", **details)
    summary = f"{signer} vouches for the history of this file, which is no proof of what it shows{_past(found)}."
    return _finding("trusted", "silent", summary, **details)


def _past(found: list[history.Manifest]) -> str:
    return "; an earlier credential in it is broken" if any(manifest.broken for manifest in found) else ""


def _details(found: list[history.Manifest]) -> dict[str, Any]:
    """What this file's own manifest, the first, and those before it tell."""
    return {
        "claim_generator": history.generator(found[0]),
        "signer": history.signer(found[0]),
        "actions": history.told(found),
        "ingredients": history.ingredients(found),
        "time": history.signed_at(found[0]),
        **_source(found),
    }


def _source(found: list[history.Manifest]) -> dict[str, Any]:
    return {"digital_source_type": history.source_type(found), "ai": history.names_ai(found)}


def _finding(state: str, stance: Stance, summary: str, **details: Any) -> Finding:
    return Finding(SIGNAL, stance, summary, {"state": state, "ai": False, **details})


def _broken_summary(faults: list[str]) -> str:
    return f"The Content Credentials of this file are broken and count for nothing: {'; '.join(faults)}."


def _elsewhere(host: str) -> str:
    return f"The file says that its Content Credentials lie at {host}; they were not fetched, so this says nothing."
