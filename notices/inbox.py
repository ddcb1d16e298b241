"""A person's notices in the page: new, read, removed. Nobody else's affair, so the history is silent on it."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.roles import Someone, is_account
from notices.models import Notice

PAGE_SIZE = 30


def of(person: Someone) -> QuerySet[Notice]:
    """What this person was told, newest first; nothing for those without an account."""
    return Notice.objects.filter(person_id=person.pk) if is_account(person) else Notice.objects.none()


def unread(person: Someone) -> int:
    """How many are new: the figure at the bell."""
    return of(person).filter(read_at=None).count()


def page(rows: QuerySet[Notice], before: int | None = None) -> tuple[list[Notice], int | None]:
    """One page of a list, and the key of the next; by key, so that what arrives meanwhile moves nothing."""
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return shown, shown[-1].pk if len(found) > PAGE_SIZE else None


def read(notice: Notice) -> None:
    """Mark as read; the first time counts."""
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())


def unread_again(notice: Notice) -> None:
    """Mark as new again, to come back to it."""
    Notice.objects.filter(pk=notice.pk).update(read_at=None)


def read_all(person: Someone) -> int:
    """Mark everything as read; how many were new."""
    return of(person).filter(read_at=None).update(read_at=timezone.now())


def remove(notice: Notice) -> None:
    """Delete one, and the letter of it that has not gone out."""
    Notice.objects.filter(pk=notice.pk).delete()


def remove_read(person: Someone) -> int:
    """Delete all that were read; how many."""
    _, counted = of(person).exclude(read_at=None).delete()
    return counted.get("notices.Notice", 0)
