"""The password once more, before something that cannot be undone; guesses are counted, whichever door they come by."""

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts import counting, spent
from accounts.counting import Ask, Full
from accounts.errors import Refused
from accounts.models import User

_MOST, _WINDOW = 10, "3600s"  # guesses in so many seconds


@sensitive_variables()
def confirm(person: User, password: str) -> None:
    """Let pass whoever knows their own password. A guess is counted before it is tried: many at once are many.

    Raises:
        Refused: wrong_password, too_many_guesses.
    """
    guess = Ask(f"user:{person.pk}", "password", counting.window(_WINDOW), 1, _MOST, person.pk)
    try:
        counting.add([guess])
    except Full as full:
        raise _too_many(full.ask.window.left or 1) from None
    if not person.check_password(password):
        raise Refused("wrong_password", _("This is not your password. Nothing was changed."), 403)
    counting.clear(guess)


def _too_many(seconds: int) -> Refused:
    sentence = _("The password was wrong very often. Try again %(when)s.") % {"when": spent.wait_words(seconds)}
    return Refused("too_many_guesses", sentence, 429, retry_after=seconds)
