"""What the model and its signals say, told in the reader's language.

`ml` speaks English in sentences that remember their parts (ml/sentences.py). A row keeps the English text, which the
API and signed reports show, and beside it the parts by that text (`parts_of`). Whoever reads the row gets sentences
back (`restored`), which are their English text until `told` tells them in the language that is active. Rows from
before have no parts and stay English, as does what a catalogue does not know.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import formats, translation

from ml.serve import Sentence, Teller

Parts = dict[str, Any]

CONTEXT = "evidence"  # of every template of `say`, in the catalogues: short ones mean other things elsewhere
_HOLE = re.compile(r"\{[^{}]*\}")
_UNTELLABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)  # by a damaged row or catalogue


class _ReadersTeller(Teller):
    """Tells a sentence by the catalogues of the active language, and writes numbers and dates its way."""

    def tell(self, sentence: Sentence) -> str:
        template = _translated(sentence)
        if template is None:
            return str(sentence)
        try:
            return self.vformat(template, (), sentence.values)
        except _UNTELLABLE:
            return str(sentence)

    def number(self, text: str) -> str:
        marks = {
            ",": formats.get_format("THOUSAND_SEPARATOR"),
            ".": formats.get_format("DECIMAL_SEPARATOR"),
            "%": translation.pgettext("behind a number", "%"),
        }
        return "".join(marks.get(char, char) for char in text)

    def date(self, day: datetime) -> str:
        return str(formats.date_format(day, "DATE_FORMAT"))

    def joined(self, parts: Sequence[str], how: str) -> str:
        words = {
            "and": translation.pgettext("before the last of a list", "and"),
            "or": translation.pgettext("before the last of a list", "or"),
        }
        if how not in words or len(parts) < 2:
            return super().joined(parts, how)
        return f"{', '.join(parts[:-1])} {words[how]} {parts[-1]}"


_teller = _ReadersTeller()


def told(text: str) -> str:
    """A sentence in the active language; any other text as it is."""
    return _teller.tell(text) if isinstance(text, Sentence) else text


def of_a_card(text: str) -> str:
    """A sentence of a model's card, which is a text alone, in the active language where a catalogue has it."""
    return told(Sentence.of_text(text))


def figure(value: float, form: str) -> str:
    """A number in one of Python's formats, the active language's way."""
    return _teller.number(format(value, form))


def parts_of(*values: Any) -> Parts:
    """The parts of every sentence in these values of JSON, by its text as a row keeps it."""
    return {text_of(said): storable(said.form) for value in values for said in _sentences(value)}


def restored(value: Any, parts: Mapping[str, Any]) -> Any:
    """The same value of JSON with its sentences as sentences again."""
    if isinstance(value, str):
        return _restored(value, parts[value]) if value in parts else value
    if isinstance(value, Mapping):
        return {key: restored(part, parts) for key, part in value.items()}
    return [restored(part, parts) for part in value] if isinstance(value, list) else value


def storable(value: Any) -> Any:
    """JSON that every data base takes: files hold NUL and halves of characters, signals hold NumPy's numbers.

    Raises:
        TypeError: it is nothing that JSON knows.
    """
    if isinstance(value, str):
        return text_of(value)
    if isinstance(value, Mapping):
        return {text_of(str(key)): storable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [storable(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if hasattr(value, "item"):
        return storable(value.item())
    raise TypeError(f"A finding's details hold {type(value).__name__}, which JSON does not know.")


def text_of(value: str) -> str:
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()


def _sentences(value: Any) -> Iterator[Sentence]:
    if isinstance(value, Sentence):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _sentences(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _sentences(part)


def _restored(text: str, form: Any) -> str:
    """The sentence of these parts, if it is this very text: only words may change, never what is said."""
    try:
        sentence = Sentence.from_form(form)
    except _UNTELLABLE:
        return text
    return sentence if sentence == text else text


def _translated(sentence: Sentence) -> str | None:
    """The template of the active language; None where its catalogue lacks it. What holds no word needs none."""
    template = sentence.template
    if sentence.many:
        template = sentence.many if sentence.values.get("count") != 1 else template
        found = translation.npgettext(CONTEXT, sentence.template, sentence.many, sentence.values.get("count", 0))
    else:
        found = translation.pgettext(CONTEXT, template)
    wordless = not any(map(str.isalpha, _HOLE.sub("", template)))
    return found if wordless or found != template else None
