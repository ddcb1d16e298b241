"""Does the file itself name a generator: in its settings, its workflow, its labels or the name of its program?"""

from ml.evidence import tags as metadata
from ml.evidence.exif import clean
from ml.evidence.generators import Note, notes
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding

SIGNAL = "ai_metadata"
_LONGEST_PROMPT, _LONGEST = 300, 120
_CAVEAT = "anyone can write or remove such a note"


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake where the file names a generator, silent where it does not.

    Raises:
        NotApplicable: the format has no place for such notes.
    """
    if subject.facts.format not in metadata.FORMATS:
        raise NotApplicable(f"{subject.facts.format} files have no place for notes of generators.")
    found = notes(metadata.read(subject.data, subject.facts.format))
    if not found:
        return [Finding(SIGNAL, "silent", "The file names no AI generator, which says nothing: notes are easily lost.")]
    return [Finding(SIGNAL, "supports_fake", _summary(found), _details(found))]


def _summary(found: list[Note]) -> str:
    name = _short(_first(found, "generator"))
    if not name and found[0].says.lower() == "compositesynthetic":
        return f"The file says of itself that it is a composite with synthetic parts ({found[0].where}); {_CAVEAT}."
    made = "edited" if _edited(found) else "made"
    return f"The file says of itself that it was {made} with {name or 'generative AI'} ({found[0].where}); {_CAVEAT}."


def _edited(found: list[Note]) -> bool:
    return all(note.kind == "edited" for note in found)


def _details(found: list[Note]) -> dict[str, object]:
    """The first note in full, completed by the others, and where each stood."""
    values = {
        "generator": _short(_first(found, "generator")),
        "model": _short(_first(found, "model")),
        "prompt": _short(_first(found, "prompt"), _LONGEST_PROMPT),
        "seed": _short(_first(found, "seed")),
        "says": _short(_first(found, "says")),
        "where": "; ".join(dict.fromkeys(note.where for note in found)),
    }
    return {
        "kind": "edited" if _edited(found) else "generated",
        **{name: value for name, value in values.items() if value},
    }


def _first(found: list[Note], name: str) -> str:
    return next((value for note in found if (value := str(getattr(note, name)))), "")


def _short(text: str, length: int = _LONGEST) -> str:
    text = " ".join(clean(text).split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
