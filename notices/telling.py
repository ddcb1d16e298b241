"""Telling people what happened to what is theirs."""

from typing import Any

from django.db import transaction

from accounts.models import User
from ml.sentences import Sentence
from notices import deliveries, kinds, letters
from notices.models import Delivery, Endpoint, Notice


@transaction.atomic
def tell(
    person: User, *, kind: str, text: str, link: str = "", target: str = "", data: dict[str, Any] | None = None
) -> Notice:
    """Tell a person one thing. Call it inside the act's own transaction: both are kept, or neither is.

    `text` is a sentence of at most 500 characters, which `say` made, so that readers are told it in their language;
    `link` is an address on this site, `data` what a program is told.
    In the page it is there at once; letters and deliveries are put in line and go out after the transaction.
    """
    said = Sentence.of_text(text)
    notice = Notice.objects.create(
        person=person, kind=kind, text=text[:500], parts=said.form, link=link, target=target, data=data or {}
    )
    letters.put_in_line(notice)
    if kind != kinds.ENDPOINT_FAILING:
        deliveries.put_in_line(notice)
    return notice


@transaction.atomic
def forget(target: str) -> None:
    """Remove all that was told about a thing that is gone: texts and bodies may hold its name."""
    Notice.objects.filter(target=target).delete()
    Delivery.objects.filter(target=target).delete()
    Endpoint.objects.callbacks().filter(target=target).delete()
