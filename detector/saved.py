"""Saved views: a person gives a state of the history a name, and takes the name back.

What a view is called and what it asks for stays out of the audit history, which cannot forget: it knows it by number.
"""

import unicodedata

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from accounts.roles import Someone, is_account, is_moderator, owns
from detector import list_state, tags
from detector.errors import Refused
from detector.models import SavedView

MOST = 50  # of a person
LONGEST = SavedView._meta.get_field("name").max_length or 0


def of(person: Someone) -> list[SavedView]:
    """Theirs by name."""
    return list(SavedView.objects.filter(owner=person.pk)) if is_account(person) else []


@transaction.atomic
def keep(actor: Actor, *, name: str, query: str) -> SavedView:
    """Keep a state of the history; of the query stays what the history knows.

    Raises:
        Refused: invalid_view, too_many_views, name_taken.
        PermissionDenied: nobody is logged in.
    """
    person = _held(actor)
    kept, stated = _named(name), _stated(person, query)
    if SavedView.objects.filter(owner=person).count() >= MOST:
        sentence = _("A person has at most %(count)d saved views. Delete one first.")
        raise Refused("too_many_views", sentence % {"count": MOST})
    _only_of_its_name(person, kept)
    made = SavedView.objects.create(owner=person, name=kept, key=tags.key_of(kept), query=stated)
    _write_down(actor, "view.saved", made)
    return made


@transaction.atomic
def rename(actor: Actor, *, view: SavedView, name: str) -> None:
    """Another name for the same state; the same as before changes nothing.

    Raises:
        Refused: invalid_view, name_taken, not_found.
        PermissionDenied: it is somebody else's.
    """
    person, kept = _held(actor, view), _named(name)
    _only_of_its_name(person, kept, but=view)
    rows = SavedView.objects.filter(pk=view.pk)
    if not rows.exists():
        raise Refused("not_found", _("This view is gone."))
    if rows.exclude(name=kept).update(name=kept, key=tags.key_of(kept)):
        _write_down(actor, "view.renamed", view)
    view.refresh_from_db()


@transaction.atomic
def delete(actor: Actor, *, view: SavedView) -> None:
    """Forget it; the uploads that it showed stay. Again changes nothing.

    Raises:
        PermissionDenied: it is somebody else's.
    """
    _held(actor, view)
    if SavedView.objects.filter(pk=view.pk).delete()[0]:
        _write_down(actor, "view.deleted", view)


def _held(actor: Actor, view: SavedView | None = None) -> User:
    """The person, locked until the act is done, or two at once would both be the last."""
    person = actor.user
    if person is None or not is_account(person) or (view and not owns(person, view)):
        raise PermissionDenied("A saved view is its owner's alone.")
    list(User.objects.select_for_update(no_key=True).filter(pk=person.pk).values_list("pk"))
    return person


def _named(name: str) -> str:
    kept = " ".join(unicodedata.normalize("NFC", name).split())
    if not kept or len(kept) > LONGEST or not kept.isprintable():
        sentence = _("Give the view a name of at most %(count)d characters.")
        raise Refused("invalid_view", sentence % {"count": LONGEST})
    return kept


def _stated(person: User, query: str) -> str:
    stated = list_state.cleaned(query)
    if not is_moderator(person):
        stated = list_state.without(stated, "all")
    if not stated:
        raise Refused("invalid_view", _("This is the whole history. Choose a filter or an order first."))
    if len(stated) > list_state.LONGEST:
        raise Refused("invalid_view", _("These filters are too long to be kept. Shorten the search."))
    return stated


def _only_of_its_name(person: User, name: str, but: SavedView | None = None) -> None:
    same = SavedView.objects.filter(owner=person, key=tags.key_of(name))
    if any(one != but for one in same):
        raise Refused("name_taken", _("You have a view of this name. Choose another one."))


def _write_down(actor: Actor, action: str, view: SavedView) -> None:
    audit.record(actor, action, target=f"user:{view.owner_id}", details={"view": view.pk})
