"""What a C2PA manifest store tells of a picture: who signed, what was done, from what it was made.

Everything in it was written by whoever made the file, so nothing is taken for well-formed and every text is cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ml.evidence.c2pa_reader import SIGNER_LIST, Store
from ml.evidence.c2pa_words import AI_SOURCES, CAMERA_SOURCES, DOUBTS, HARMLESS, SOURCES, action_word, relation_word
from ml.sentences import Sentence, say

_LONGEST = 80  # characters of a name
_MOST = 30  # manifests, actions and ingredients that are read
_MADE_FROM = ("parentOf", "componentOf")  # what was only shown to a generator ("inputTo") is not in the picture
_PASSED = (".match", ".validated", ".trusted", ".insideValidity")
_BINDINGS = ("assertion.dataHash.match", "assertion.bmffHash.match", "assertion.boxesHash.match")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One signed statement: its content, the codes of the checks that it failed, and whether of a part alone."""

    label: str
    content: dict[str, Any]
    failed: frozenset[str]
    part: bool = False

    @property
    def broken(self) -> bool:
        """Whether it failed a check that leaves nothing of what it says."""
        return bool(self.failed - DOUBTS)


def failed_checks(store: Store) -> frozenset[str]:
    """Codes of what is wrong with the credential of this very file.

    Faults of earlier ones count where the signer did not know of them.
    """
    results = _dict(store.get("validation_results"))
    deltas = [_dict(delta.get("validationDeltas")) for delta in _dicts(results.get("ingredientDeltas"))]
    past = {code for delta in deltas for code, _ in _codes(delta, "failure")} - DOUBTS
    return frozenset({code for code, _ in _codes(results.get("activeManifest"), "failure")} | past)


def is_bound(store: Store) -> bool:
    """Whether the signature holds and covers the bytes of this file: no fault is not yet a proof."""
    passed = {code for code, _ in _codes(_dict(store.get("validation_results")).get("activeManifest"), "success")}
    return "claimSignature.validated" in passed and not passed.isdisjoint(_BINDINGS)


def is_trusted(store: Store) -> bool:
    """Whether the library found nothing amiss and the signer on the list of signers, not on that of time stamps."""
    listed = _dict(store.get("validation_results")).get("trustListUri") == SIGNER_LIST
    return store.get("validation_state") == "Trusted" and listed


def manifests(store: Store) -> list[Manifest]:
    """That of this file first, then those of the pictures it was made from, farther and farther back."""
    known = _dict(store.get("manifests"))
    active = str(store.get("active_manifest"))
    queue = [Manifest(active, _dict(known.get(active)), failed_checks(store))] if active in known else []
    found: dict[str, Manifest] = {}
    while queue and len(found) < _MOST:
        following = queue.pop(0)
        if following.label not in found:
            found[following.label] = following
            queue += _origins(store, following)
    return list(found.values())


def actions(manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The actions of one manifest, as they stand there."""
    for assertion in _dicts(manifest.content.get("assertions")):
        if str(assertion.get("label")).startswith("c2pa.actions"):
            yield from _dicts(_dict(assertion.get("data")).get("actions"))


def told(history: list[Manifest]) -> list[Sentence]:
    """What was done, in words, the first thing first."""
    lines = [_action_line(action) for manifest in reversed(history) for action in actions(manifest)]
    return lines[:_MOST]


def ingredients(history: list[Manifest]) -> list[Sentence]:
    """The pictures that this one was made from, with what they are to it."""
    found = [item for manifest in history for item in _dicts(manifest.content.get("ingredients"))]
    return [
        say(
            "{picture}: {relation}",
            picture=cut(item.get("title")) or say("a picture without a name"),
            relation=relation_word(str(item.get("relationship"))),
        )
        for item in found[:_MOST]
    ]


def source_type(history: list[Manifest]) -> str | None:
    """The digital source type that tells most: AI before a camera before all others.

    A part made by AI makes a picture of another source a composite; so does an AI program that did not create it.
    """
    whole = _sources(manifest for manifest in history if not manifest.part)
    parts = _sources(manifest for manifest in history if manifest.part)
    if whole and not whole & AI_SOURCES.keys() and parts & AI_SOURCES.keys():
        return "compositeSynthetic"
    return next((code for code in SOURCES if code in (whole or parts)), None)


def is_plain_capture(history: list[Manifest]) -> bool:
    """Whether a camera took the picture and nothing was done since that changes what is seen."""
    done = [action for manifest in history for action in actions(manifest)]
    parts = [item for manifest in history for item in _dicts(manifest.content.get("ingredients"))]
    return (
        source_type(history) in CAMERA_SOURCES
        and {short_code(action.get("digitalSourceType")) for action in done} <= {"", *CAMERA_SOURCES}
        and all(action.get("action") in HARMLESS for action in done)
        and all(item.get("relationship") == "parentOf" for item in parts)
        and len(history) == 1 + len(parts)  # each earlier picture with a credential of its own
        and not any(manifest.failed for manifest in history)
    )


def names_ai(history: list[Manifest]) -> bool:
    """Whether generative AI made the picture or a part of it, by what these manifests say."""
    return source_type(history) in AI_SOURCES


def signer(manifest: Manifest) -> str:
    """The organisation of the certificate, and the name that it was issued to."""
    info = _dict(manifest.content.get("signature_info"))
    organisation, name = cut(info.get("issuer")), cut(info.get("common_name"))
    return f"{organisation} ({name})" if organisation and name else organisation or name or say("an unnamed signer")


def signed_at(manifest: Manifest) -> str | None:
    """The time stamp, ISO 8601; None where nobody but the signer vouches for a time."""
    return cut(_dict(manifest.content.get("signature_info")).get("time")) or None


def generator(manifest: Manifest) -> str:
    """The program that made the claim, with its version."""
    for info in _dicts(manifest.content.get("claim_generator_info")):
        return " ".join(part for part in (cut(info.get("name")), cut(info.get("version"))) if part)
    words = cut(manifest.content.get("claim_generator")).split()
    return words[0].replace("/", " ").replace("_", " ") if words else ""


def short_code(value: Any) -> str:
    """The last part of the address of a digital source type."""
    return cut(value.rstrip("/").rpartition("/")[2]) if isinstance(value, str) else ""


def cut(value: Any) -> str:
    """A text of the file on one line, without characters that do not print, at most 80 characters."""
    text = value if isinstance(value, str) else ""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _LONGEST]).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _origins(store: Store, manifest: Manifest) -> list[Manifest]:
    """The manifests of what a picture was made from."""
    known, found = _dict(store.get("manifests")), []
    for item in _dicts(manifest.content.get("ingredients"))[:_MOST]:
        label, relation = str(item.get("active_manifest")), item.get("relationship")
        if label in known and relation in _MADE_FROM:
            part = manifest.part or relation != _MADE_FROM[0]
            found.append(Manifest(label, _dict(known[label]), _faults_of(store, label, item), part))
    return found


def _sources(history: Iterable[Manifest]) -> set[str]:
    return {_source(action) for manifest in history for action in actions(manifest)} & SOURCES.keys()


def _source(action: dict[str, Any]) -> str:
    code = short_code(action.get("digitalSourceType"))
    edited = code == "trainedAlgorithmicMedia" and action.get("action") != "c2pa.created"
    return "compositeWithTrainedAlgorithmicMedia" if edited else code


def _faults_of(store: Store, label: str, ingredient: dict[str, Any]) -> frozenset[str]:
    """What the signer recorded of an ingredient's manifest, corrected by what is found today."""
    recorded = _codes(_dict(ingredient.get("validation_results")).get("activeManifest"), "failure")
    recorded += _codes({"failure": ingredient.get("validation_status")}, "failure")
    failed = {code for code, _ in recorded if not code.endswith(_PASSED)}
    for delta in _dicts(_dict(store.get("validation_results")).get("ingredientDeltas")):
        changes = _dict(delta.get("validationDeltas"))
        failed |= {code for code, url in _codes(changes, "failure") if label in url}
        if any(code == "signingCredential.trusted" and label in url for code, url in _codes(changes, "success")):
            failed.discard("signingCredential.untrusted")
    return frozenset(failed)


def _action_line(action: dict[str, Any]) -> Sentence:
    agent = action.get("softwareAgent")
    name = cut(agent) or cut(_dict(agent).get("name"))
    source = SOURCES.get(_source(action))
    done = action_word(cut(action.get("action")))
    done = say("{action} with {program}", action=done, program=name) if name else done
    return say("{action} ({source})", action=done, source=source) if source else done


def _codes(results: Any, kind: str) -> list[tuple[str, str]]:
    """(code, what it is about) of one kind of validation result."""
    return [(str(item.get("code")), str(item.get("url"))) for item in _dicts(_dict(results).get(kind))]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
