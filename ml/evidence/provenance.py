"""Provenance: what the Content Credentials of a file say (C2PA, 2021 to 2025), and how far they can be believed.

Four things that are often taken for one another: absent, invalid, valid of an unknown signer, valid of a listed one.
"""

from typing import Any

from ml.evidence import c2pa_history as history
from ml.evidence import c2pa_words as words
from ml.evidence.c2pa_reader import Damaged, Elsewhere, Store, read_store
from ml.evidence.subject import Subject
from ml.findings import Finding, Stance
from ml.sentences import Sentence, say

SIGNAL = "provenance"
_NONE = say("The file carries no Content Credentials; most files carry none, so this says nothing.")


def examine(subject: Subject) -> list[Finding]:
    """One finding; `details["state"]` is absent, invalid, untrusted or trusted.

    Raises:
        NotApplicable: whatever `read_store` raises.
    """
    try:
        store = read_store(subject.data, subject.facts.format, subject.facts.mime, apart=subject.apart)
    except Elsewhere as host:
        return [_finding("absent", "silent", _elsewhere(history.cut(str(host)) or say("another place")))]
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


def _invalid(store: Store, faults: list[Sentence]) -> Finding:
    """Silent: a caption added in a newsroom breaks the seal as a forger does (docs/decisions/0023)."""
    found = history.manifests(store)
    details = _details(found) | {"ai": False, "faults": faults}
    return _finding("invalid", "silent", _broken_summary(faults), **details)


def _untrusted(store: Store, doubts: list[Sentence]) -> Finding:
    found = [manifest for manifest in history.manifests(store) if not manifest.broken]
    details = _details(found)
    why = {"signer": details["signer"], "doubts": doubts or [words.doubt("signingCredential.untrusted")]}
    if details["ai"]:
        claim = words.SOURCES[details["digital_source_type"]]
        summary = say("Content Credentials signed as {signer} say that {claim}, but {doubts:;}.", claim=claim, **why)
        return _finding("untrusted", "supports_fake", summary, **details, doubts=doubts)
    summary = say(
        "Content Credentials signed as {signer} are unbroken, but nobody vouches for them: {doubts:;}.", **why
    )
    return _finding("untrusted", "silent", summary, **details, doubts=doubts)


def _trusted(store: Store) -> Finding:
    """What an unlisted signer said of an earlier picture is no part of what a listed one vouches for."""
    found = history.manifests(store)
    vouched = [manifest for manifest in found if not manifest.failed]
    details = _details(found) | _source(vouched)
    said = {"signer": details["signer"], "claim": words.SOURCES.get(details["digital_source_type"], "")}
    if details["ai"]:
        summary = say("{signer}, a signer on the trust list, states that {claim}.", **said)
        return _finding("trusted", "supports_fake", summary, **details)
    if history.is_plain_capture(found):
        summary = say(
            "{signer}, a signer on the trust list, states that {claim}; valid is not true, since a camera also "
            "photographs screens and staged scenes.",
            **said,
        )
        return _finding("trusted", "supports_authentic", summary, **details)
    summary = say(
        "{signer}, a signer on the trust list, vouches for the history of this file, which is no proof of what it "
        "shows{past}.",
        signer=details["signer"], past=_past(found),
    )  # fmt: skip
    return _finding("trusted", "silent", summary, **details)


def _past(found: list[history.Manifest]) -> str:
    broken = any(manifest.broken for manifest in found)
    return say("; an earlier credential in it is broken") if broken else ""


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


def _finding(state: str, stance: Stance, summary: Sentence, **details: Any) -> Finding:
    return Finding(SIGNAL, stance, summary, {"state": state, "ai": False, **details})


def _broken_summary(faults: list[Sentence]) -> Sentence:
    return say("The Content Credentials of this file are broken and count for nothing: {faults:;}.", faults=faults)


def _elsewhere(host: str) -> Sentence:
    return say(
        "The file says that its Content Credentials lie at {host}; they were not fetched, so this says nothing.",
        host=host,
    )
