"""How one person likes to review: what is hidden until they have decided, and whether single keys decide."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.audit import Actor
from accounts.models import User
from desk.models import Habits
from detector.errors import Refused


def of(person: User) -> Habits:
    """What this person chose, or the defaults, unsaved."""
    return Habits.objects.filter(person=person).first() or Habits(person=person)


@transaction.atomic
def choose(actor: Actor, *, hide_machine: bool, keys: bool) -> Habits:
    """Keep what the person wants from now on.

    Raises:
        Refused: not_for_you.
    """
    if actor.user is None:
        raise Refused("not_for_you", _("Only moderators review."))
    chosen = {"hide_machine": hide_machine, "keys": keys}
    kept, _made = Habits.objects.update_or_create(person=actor.user, defaults=chosen)
    audit.record(actor, "desk.habits", target=f"user:{actor.user.pk}", details=chosen)
    return kept
