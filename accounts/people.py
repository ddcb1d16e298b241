"""Accounts: sign up, roles, profile, password, deactivation. Pages, admin and commands all end here."""

import secrets

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import ApiToken, Role, User
from accounts.roles import flags_of, is_administrator


class Refused(Exception):
    """An act that cannot be done now, with one sentence for the person who asked."""


def sign_up(actor: Actor, *, username: str, email: str, password: str, language: str = "", time_zone: str = "") -> User:
    """Make an ordinary account. The form has validated the three; the data base knows who came first.

    `language` and `time_zone` are those of the page on which they signed up: mails are written by them.

    Raises:
        Refused: the username or the e-mail address belongs to another account.
    """
    return _create(actor, username, email, password, Role.USER, language=language, time_zone=time_zone)


@transaction.atomic
def set_role(actor: Actor, *, user: User, role: str) -> None:
    """Give a role. The same role again changes nothing.

    Raises:
        PermissionDenied: the actor is no administrator (nor the system).
        Refused: nobody would be left to administer.
    """
    only_administrators(actor)
    before = _locked(user)
    if before.role == role:
        return
    if role != Role.ADMINISTRATOR:
        _keep_an_administrator(before)
    User.objects.filter(pk=user.pk).update(role=role, **flags_of(role))
    user.refresh_from_db(fields=["role", "is_staff", "is_superuser"])
    audit.record(actor, "role.changed", target=_name(user), details={"from": before.role, "to": str(role)})


def change_profile(actor: Actor, *, user: User, email: str) -> None:
    """Change the e-mail address. The audit says that it changed, not what it is: history cannot be erased.

    Raises:
        Refused: the address belongs to another account.
    """
    email = User.objects.normalize_email(email)
    if User.objects.filter(pk=user.pk, email=email).exists():
        return
    try:
        _set_email(actor, user, email)
    except IntegrityError:
        raise Refused(_("This e-mail address belongs to another account.")) from None
    user.refresh_from_db(fields=["email"])


@transaction.atomic
def close_guide(actor: Actor, *, user: User) -> None:
    """Put the first steps away for good. A second click changes nothing."""
    if User.objects.filter(pk=user.pk, guide_closed_at=None).update(guide_closed_at=timezone.now()):
        audit.record(actor, "guide.closed", target=_name(user))
    user.refresh_from_db(fields=["guide_closed_at"])


def change_password(actor: Actor, *, user: User, password: str, revoke_tokens: bool = True) -> None:
    """Set a password. Django ends the person's other sessions, since they are bound to the password.

    API tokens are revoked too, unless the person changes the password freely and wants to keep them
    (docs/decisions/0007).
    """
    hashed = make_password(password)  # slow on purpose, so it holds no lock
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(password=hashed)
        revoked = _revoke_tokens(user) if revoke_tokens else []
        audit.record(actor, "password.changed", target=_name(user), details={"revoked_tokens": revoked})
    user.refresh_from_db(fields=["password"])


@transaction.atomic
def deactivate(actor: Actor, *, user: User) -> None:
    """Lock a person out everywhere, at once: sessions and tokens ask `is_active`. Nothing is deleted.

    Raises:
        PermissionDenied: the actor is no administrator (nor the system).
        Refused: nobody would be left to administer.
    """
    only_administrators(actor)
    before = _locked(user)
    if before.is_active:
        _keep_an_administrator(before)
        _set_active(actor, user, False)


@transaction.atomic
def reactivate(actor: Actor, *, user: User) -> None:
    """Let a person in again, with the role and the tokens that they had.

    Raises:
        PermissionDenied: the actor is no administrator (nor the system).
    """
    only_administrators(actor)
    if not _locked(user).is_active:
        _set_active(actor, user, True)


def ensure_administrator(actor: Actor) -> tuple[User, str] | None:
    """If nobody can administer, make somebody who can, and return them with their random password."""
    if User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    return _create(actor, _free_name("admin"), "", password, Role.ADMINISTRATOR), password


def _create(actor: Actor, username: str, email: str, password: str, role: Role, **preferred: str) -> User:
    user = User(username=User.normalize_username(username), role=role, **flags_of(role), **preferred)
    user.email = User.objects.normalize_email(email)
    user.password = make_password(password)  # slow on purpose, so it holds no lock
    try:
        _insert(actor, user)
    except IntegrityError:
        raise Refused(_("This username or e-mail address belongs to another account.")) from None
    return user


@transaction.atomic
def _insert(actor: Actor, user: User) -> None:
    user.save(force_insert=True)
    audit.record(actor, "account.created", target=_name(user), details={"role": str(user.role)})


@transaction.atomic
def _set_email(actor: Actor, user: User, email: str) -> None:
    User.objects.filter(pk=user.pk).update(email=email)
    audit.record(actor, "account.changed", target=_name(user), details={"changed": ["email"]})


def _set_active(actor: Actor, user: User, active: bool) -> None:
    User.objects.filter(pk=user.pk).update(is_active=active)
    user.refresh_from_db(fields=["is_active"])
    audit.record(actor, "account.reactivated" if active else "account.deactivated", target=_name(user))


def _revoke_tokens(user: User) -> list[int]:
    live = ApiToken.objects.filter(user=user, revoked_at=None).order_by("pk")
    revoked = list(live.values_list("pk", flat=True))
    ApiToken.objects.filter(pk__in=revoked).update(revoked_at=timezone.now())
    return revoked


def only_administrators(actor: Actor) -> None:
    if actor is audit.SYSTEM or (actor.user and is_administrator(actor.user)):
        return
    raise PermissionDenied("Only administrators may do this.")


def _locked(user: User) -> User:
    """The row as it is now, held with those of all administrators, so that two cannot remove each other."""
    list(User.objects.select_for_update().filter(role=Role.ADMINISTRATOR).order_by("pk").values_list("pk"))
    return User.objects.select_for_update().get(pk=user.pk)


def _keep_an_administrator(user: User) -> None:
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if user.role == Role.ADMINISTRATOR and not others.exists():
        raise Refused(_("This is the last administrator. Make somebody else an administrator first."))


def _free_name(wanted: str) -> str:
    taken = User.objects.filter(username__iexact=wanted).exists()
    return f"{wanted}-{secrets.token_hex(3)}" if taken else wanted


def _name(user: User) -> str:
    return f"user:{user.pk}"
