"""The only place where permissions are decided."""

from typing import Protocol, TypeGuard

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from accounts.models import Role, User

Someone = User | AnonymousUser
_STAFF = (Role.MODERATOR, Role.ADMINISTRATOR)
LACKS_FACTOR = gettext_noop("This site asks you for a second factor. Set one up first.")


class Owned(Protocol):
    """Anything with an owner."""

    owner_id: int


class Decided(Protocol):
    """Anything that a person decided."""

    reviewer_id: int | None


def is_account(user: Someone) -> TypeGuard[User]:
    return user.is_authenticated and user.is_active


def is_moderator(user: Someone) -> bool:
    """Moderators see every upload; administrators may do what moderators may."""
    return is_account(user) and user.role in _STAFF and not lacks_second_factor(user)


def moderators() -> QuerySet[User]:
    """Everybody who may review, by name."""
    found = User.objects.filter(is_active=True, role__in=_STAFF).order_by("username")
    return found if settings.SECOND_FACTOR == "offered" else found.exclude(factor_since=None)


def is_administrator(user: Someone) -> bool:
    return is_account(user) and user.role == Role.ADMINISTRATOR and not lacks_second_factor(user)


def needs_second_factor(user: Someone) -> bool:
    """The site says whether everybody needs one, those with a role alone, or nobody."""
    asked = settings.SECOND_FACTOR
    return is_account(user) and (asked == "everyone" or (asked == "staff" and user.role in _STAFF))


def lacks_second_factor(user: Someone) -> bool:
    """Who lacks what the site asks of them has no role, whichever door they come by."""
    return is_account(user) and user.factor_since is None and needs_second_factor(user)


def can_undo(user: Someone, decision: Decided) -> bool:
    """A decision is taken back by the person who made it; administrators may take back anybody's."""
    return is_administrator(user) or (is_moderator(user) and decision.reviewer_id == user.pk)


def can_see(user: Someone, thing: Owned) -> bool:
    return owns(user, thing) or is_moderator(user)


def can_delete(user: Someone, thing: Owned) -> bool:
    """Owners delete what is theirs; of others' only administrators, since a deletion cannot be undone."""
    return owns(user, thing) or is_administrator(user)


def can_label(user: Someone, thing: Owned) -> bool:
    """Read and write tags and the note: its owner alone, who may write there what is nobody else's business."""
    return owns(user, thing)


def can_make_link(user: Someone, thing: Owned) -> bool:
    """To show a verdict to somebody without an account is its owner's to decide, and nobody else's."""
    return owns(user, thing)


def can_end_link(user: Someone, thing: Owned) -> bool:
    """See the links to a verdict and end them: its owner, and moderators, who may have to stop one."""
    return owns(user, thing) or is_moderator(user)


def can_keep(user: Someone, thing: Owned) -> bool:
    """Say that no retention period may delete it: its owner, and moderators, who may need it for a decision."""
    return owns(user, thing) or is_moderator(user)


def can_erase_account(user: Someone, person: User) -> bool:
    return is_account(user) and (user.pk == person.pk or is_administrator(user))


def owns(user: Someone, thing: Owned) -> bool:
    return is_account(user) and thing.owner_id == user.pk


# Cases: `membership` is what the person is in the case, "owner", "editor" or "viewer"; None for who is no member.


def can_see_case(user: Someone, membership: str | None) -> bool:
    """Its members; and moderators, who see every upload, hence every folder of uploads. They only look."""
    return is_account(user) and (membership is not None or is_moderator(user))


def can_edit_case(user: Someone, membership: str | None) -> bool:
    """Put uploads in and take them out, write notes."""
    return is_account(user) and membership in ("owner", "editor")


def can_manage_case(user: Someone, membership: str | None) -> bool:
    """Members, name, closing, deletion. Administrators too, or a case whose owners have gone would stay for ever."""
    return (is_account(user) and membership == "owner") or is_administrator(user)


def can_put_into_case(user: Someone, membership: str | None, thing: Owned) -> bool:
    """To share a picture is its owner's to decide; moderators may share any with the people of a case of theirs."""
    return can_edit_case(user, membership) and (owns(user, thing) or is_moderator(user))


def can_take_from_case(user: Someone, membership: str | None, thing: Owned) -> bool:
    """Editors tidy up; and whoever owns a picture may always stop sharing it, as a viewer and as a former member."""
    return can_edit_case(user, membership) or owns(user, thing)


def can_delete_note(user: Someone, author_id: int | None) -> bool:
    return is_account(user) and author_id == user.pk


def flags_of(role: str) -> dict[str, bool]:
    """What Django's admin wants to know of a role."""
    return {"is_staff": role != Role.USER, "is_superuser": role == Role.ADMINISTRATOR}
