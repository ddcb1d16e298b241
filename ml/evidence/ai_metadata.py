"""Does the file itself name a generator: in its settings, its workflow, its labels or the name of its program?"""

from ml.evidence import tags as metadata
from ml.evidence.exif import clean
from ml.evidence.generators import Note, notes
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import Sentence, say

SIGNAL = "ai_metadata"
_LONGEST_PROMPT, _LONGEST = 300, 120
_NONE = say("The file names no AI generator, which says nothing: notes are easily lost.")


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake where the file names a generator, silent where it does not.

    Raises:
        NotApplicable: the format has no place for such notes.
    """
    if subject.facts.format not in metadata.FORMATS:
        no_place = say("{format} files have no place for notes of generators.", format=subject.facts.format)
        raise NotApplicable(no_place)
    found = notes(metadata.read(subject.data, subject.facts.format))
    if not found:
        return [Finding(SIGNAL, "silent", _NONE)]
    return [Finding(SIGNAL, "supports_fake", _summary(found), _details(found))]


def _summary(found: list[Note]) -> Sentence:
    name, where = _short(_first(found, "generator")), found[0].where
    if not name and found[0].says.lower() == "compositesynthetic":
        return say(
            "The file says of itself that it is a composite with synthetic parts ({where}); anyone can write or remove "
            "such a note.",
            where=where,
        )
    generator = name or say("generative AI")
    if _edited(found):
        return say(
            "The file says of itself that it was edited with {generator} ({where}); anyone can write or remove such a "
            "note.",
            generator=generator, where=where,
        )  # fmt: skip
    return say(
        "The file says of itself that it was made with {generator} ({where}); anyone can write or remove such a note.",
        generator=generator, where=where,
    )  # fmt: skip


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
