"""Sentences for people, in English, that remember how they were made, so that a reader's language can make them anew.

    say("At {score:.0%} the score is too close to the threshold of {threshold:.0%} to call.", score=0.52, threshold=0.5)

is the English text, and carries its template and values. Values are text, numbers, other sentences, or lists of these.
The template says how each is written: a format of Python's for numbers, `date` for an ISO date, `and`, `or`, `;` or `,`
for a list; where a sentence stands in for a number its format is passed over. A template holds words: what a file says
comes in as a value, which is text whatever is in it.
"""

import string
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

Value = Any  # str, int, float, Sentence, or a list of these
Form = dict[str, Any]


class Sentence(str):
    """English text with the template and the values that it was made from; `many` is the template of a plural.

    A plural goes by the value `count`. Equal to, stored as and sent as its text alone.
    """

    __slots__ = ("many", "template", "values")
    template: str
    many: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, many: str = "", /, **values: Value) -> Self:
        told = string_of(template, many, values)
        self = super().__new__(cls, told)
        self.template, self.many, self.values = template, many, values
        return self

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Value]]:
        """Copied and pickled by what it was made from."""
        return (self.template, self.many), dict(self.values)

    @property
    def form(self) -> Form:
        """The same as JSON values, for `from_form`."""
        form: Form = {"say": self.template, "with": {name: _form_of(value) for name, value in self.values.items()}}
        return form | ({"many": self.many} if self.many else {})

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> Self:
        """Raises AttributeError, KeyError, TypeError or ValueError on what is no form of a sentence."""
        return cls(form["say"], form.get("many", ""), **{name: _of_form(part) for name, part in form["with"].items()})

    @classmethod
    def of_text(cls, text: str) -> Self:
        """A text of which nothing else is known: no catalogue has it, so it stays as it is."""
        return text if isinstance(text, cls) else cls(text.replace("{", "{{").replace("}", "}}"))


class Teller(string.Formatter):
    """Fills templates in English. A subclass tells the same sentences in another language."""

    def tell(self, sentence: Sentence) -> str:
        """The sentence in the language of this teller."""
        return str(sentence)

    def number(self, text: str) -> str:
        """A number that was formatted the English way."""
        return text

    def date(self, day: datetime) -> str:
        """A date as a person writes it."""
        return f"{day.day} {day:%B %Y}"

    def joined(self, parts: Sequence[str], how: str) -> str:
        """A list in words; `how` is "and" or "or" before the last, or what stands between any two."""
        if how not in ("and", "or"):
            return f"{how} ".join(parts)
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {how} {parts[-1]}"

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Value]) -> tuple[Value, str]:
        """A name and nothing else: no template reaches into a value."""
        return kwargs[field_name], field_name

    def format_field(self, value: Value, format_spec: str) -> str:
        if isinstance(value, list | tuple):
            return self.joined([self.format_field(part, "") for part in value], format_spec)
        if isinstance(value, Sentence):
            return self.tell(value)
        if format_spec == "date":
            return self.date(datetime.fromisoformat(value))
        return value if isinstance(value, str) else self.number(format(value, format_spec))


_ENGLISH = Teller()


def string_of(template: str, many: str, values: Mapping[str, Value]) -> str:
    """The English text."""
    return _ENGLISH.vformat(many if many and values["count"] != 1 else template, (), values)


def say(template: str, /, **values: Value) -> Sentence:
    """A sentence, or a part of one. The template is a literal: tests collect it for the catalogues."""
    return Sentence(template, **values)


def say_many(one: str, many: str, /, count: int, **values: Value) -> Sentence:
    """The same of a number of things, `count`, that both templates may show."""
    return Sentence(one, many, count=count, **values)


def _form_of(value: Value) -> Any:
    if isinstance(value, Sentence):
        return value.form
    return [_form_of(part) for part in value] if isinstance(value, list | tuple) else value


def _of_form(part: Any) -> Value:
    if isinstance(part, Mapping):
        return Sentence.from_form(part)
    return [_of_form(one) for one in part] if isinstance(part, list) else part
