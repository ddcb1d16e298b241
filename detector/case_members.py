"""The people of a case: added, given another role, removed. A case always has an owner who can act."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from detector import cases, happenings
from detector.errors import Refused
from detector.models import Case, CaseMember, CaseRole

MOST = 100  # members of a case
_HEIRS = {CaseRole.OWNER.value: 0, CaseRole.EDITOR.value: 1, CaseRole.VIEWER.value: 2}


@transaction.atomic
def add(actor: Actor, *, case: Case, username: str, role: str = CaseRole.VIEWER) -> CaseMember:
    """Make somebody a member; they are told.

    Raises:
        Refused: no_such_person, already_member, case_full, invalid_role, not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = cases.managed(actor, case)
    person = _person(username)
    if found.members.filter(user=person).exists():
        raise Refused("already_member", _("This person is a member already. Change the role instead."))
    if found.members.count() >= MOST:
        raise Refused("case_full", _("A case has at most %(most)s members.") % {"most": MOST})
    member = CaseMember.objects.create(case=found, user=person, role=_role(role))
    audit.record(actor, "case.member_added", target=cases.name_of(found), details=_told(person) | {"role": member.role})
    _tell(actor, member)
    return member


@transaction.atomic
def change_role(actor: Actor, *, case: Case, person: User, role: str) -> CaseMember:
    """Promote a member, or the reverse. The same role again changes nothing.

    Raises:
        Refused: last_owner, invalid_role, not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = cases.managed(actor, case)
    member, wanted = _member(found, person), _role(role)
    before = member.role
    if before == wanted:
        return member
    _keep_an_owner(member)
    CaseMember.objects.filter(pk=member.pk).update(role=wanted)
    member.role = wanted
    details = _told(person) | {"from": before, "to": wanted}
    audit.record(actor, "case.member_changed", target=cases.name_of(found), details=details)
    return member


@transaction.atomic
def remove(actor: Actor, *, case: Case, person: User) -> None:
    """Take somebody out. What they put into the case stays in it; they themselves may take it out at any time.

    Raises:
        Refused: last_owner, not_found.
        PermissionDenied: the actor does not own the case.
    """
    found = cases.managed(actor, case)
    _part(actor, "case.member_removed", _member(found, person))


@transaction.atomic
def leave(actor: Actor, *, case: Case) -> None:
    """Leave a case, whatever one's role in it.

    Raises:
        Refused: last_owner, not_found.
        PermissionDenied: nobody is logged in.
    """
    if actor.user is None:
        raise PermissionDenied("Log in to leave a case.")
    _part(actor, "case.left", _member(cases.held(case), actor.user))


def part_with(actor: Actor, *, person: User) -> None:
    """Before an account goes: out of every case. One that nobody else owns goes to the member who can do most in it
    and joined first; one without any other member is deleted.
    """
    for case in Case.objects.filter(members__user=person):  # who is locked out already counts too
        _bequeath(actor, case, person)


@transaction.atomic
def _bequeath(actor: Actor, case: Case, person: User) -> None:
    found = cases.held(case)
    others = found.members.filter(user__is_active=True).exclude(user=person)
    heir = min(others, key=lambda one: (_HEIRS[one.role], one.pk), default=None)
    details = _told(person) | {"heir": f"user:{heir.user_id}" if heir else None}
    if heir and heir.role != CaseRole.OWNER:
        CaseMember.objects.filter(pk=heir.pk).update(role=CaseRole.OWNER)
    found.members.filter(user=person).delete()
    if heir is None:
        found.delete()
    audit.record(actor, "case.left" if heir else "case.deleted", target=cases.name_of(case), details=details)


def _part(actor: Actor, action: str, member: CaseMember) -> None:
    _keep_an_owner(member)
    details = _told(member.user) | {"role": member.role}
    member.delete()
    audit.record(actor, action, target=cases.name_of(member.case), details=details)


def _keep_an_owner(member: CaseMember) -> None:
    if member.role != CaseRole.OWNER:
        return
    others = CaseMember.objects.filter(case=member.case_id, role=CaseRole.OWNER, user__is_active=True)
    if not others.exclude(pk=member.pk).exists():
        raise Refused("last_owner", _("This is the last owner of the case. Make somebody else an owner first."))


def _member(case: Case, person: User) -> CaseMember:
    found = case.members.select_related("user", "case").filter(user=person).first()
    if found is None:
        raise Refused("not_found", _("This person is no member of the case."))
    return found


def _person(username: str) -> User:
    """By name in any case of letters. That a name is taken is no secret: the sign-up says so too."""
    found = User.objects.filter(username__iexact=username.strip(), is_active=True).first()
    if found is None:
        raise Refused("no_such_person", _("Nobody here has this username. Ask them how they log in."))
    return found


def _role(role: str) -> str:
    if role not in CaseRole.values:
        raise Refused("invalid_role", _("A role is one of %(known)s.") % {"known": ", ".join(CaseRole.values)})
    return CaseRole(role).value


def _tell(actor: Actor, member: CaseMember) -> None:
    if actor.user is None or member.user_id == actor.user.pk:
        return
    told = {"case": member.case, "person": member.user, "role": member.role, "by": actor.user.get_username()}
    happenings.case_joined.send(CaseMember, **told)


def _told(person: User) -> dict[str, str | None]:
    return {"member": f"user:{person.pk}"}
