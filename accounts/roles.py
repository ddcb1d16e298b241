"""The only place where permissions are decided."""

from typing import Protocol, TypeGuard

from django.contrib.auth.models import AnonymousUser

from accounts.models import Role, User

Someone = User | AnonymousUser


class Owned(Protocol):
    """Anything with an owner."""

    owner_id: int


def is_account(user: Someone) -> TypeGuard[User]:
    return user.is_authenticated and user.is_active


def is_moderator(user: Someone) -> bool:
    """Moderators see every upload; administrators may do what moderators may."""
    return is_account(user) and user.role in (Role.MODERATOR, Role.ADMINISTRATOR)


def is_administrator(user: Someone) -> bool:
    return is_account(user) and user.role == Role.ADMINISTRATOR


def can_see(user: Someone, thing: Owned) -> bool:
    return owns(user, thing) or is_moderator(user)


def can_delete(user: Someone, thing: Owned) -> bool:
    """Owners delete what is theirs; of others' only administrators, since a deletion cannot be undone."""
    return owns(user, thing) or is_administrator(user)


def owns(user: Someone, thing: Owned) -> bool:
    return is_account(user) and thing.owner_id == user.pk


def flags_of(role: str) -> dict[str, bool]:
    """What Django's admin wants to know of a role."""
    return {"is_staff": role != Role.USER, "is_superuser": role == Role.ADMINISTRATOR}
