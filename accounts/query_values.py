"""What may stand in the query of an address: one of a few values. What is misspelt is refused, never passed over."""

from collections.abc import Collection

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request


def one_of(request: Request, name: str, values: Collection[str]) -> str:
    """The value; "" where there is none.

    Raises:
        ValidationError: it is none of these.
    """
    value: str = request.query_params.get(name, "")
    if value and value not in values:
        raise ValidationError({name: [f"Write one of these: {', '.join(values)}."]})
    return value


def flag(request: Request, name: str) -> bool:
    """Whether it is 1; 0 is the same as nothing.

    Raises:
        ValidationError: it is neither.
    """
    return one_of(request, name, FLAG) == "1"


def page_number(request: Request) -> int:
    """From 1 on.

    Raises:
        ValidationError: it is no such number.
    """
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0) or len(text) > 9:
        raise ValidationError({"page": ["Write a whole number from 1 on."]})
    return int(text)


FLAG = ("0", "1")
