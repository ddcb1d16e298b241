"""Sessions of one person. A session names nobody outside, so each has to be opened."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from accounts.models import User

WAITS = "second_factor"  # in a session: who gave the right password, and owes the code


def of(person: User, *, but: str | None = None) -> "QuerySet[Session]":
    """Those in which they are logged in, or half so; `but` is the key of one that is left out."""
    theirs = [row.pk for row in Session.objects.iterator() if row.pk != but and _whose(row) == str(person.pk)]
    return Session.objects.filter(pk__in=theirs)


def _whose(row: Session) -> str:
    content = row.get_decoded()
    return str(content.get(SESSION_KEY) or content.get(WAITS, {}).get("user", ""))
