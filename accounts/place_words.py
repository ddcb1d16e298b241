"""Words that everybody tries first here: the name of the product, of the site and its hosts, and those of a setting."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_PRODUCT = ("fakedetect", "deepfake", "fake", "detect")
_SHORTEST = 4  # shorter parts of a name stand in any sentence
_LEFT = 8  # characters that a password must have beside them


def words() -> list[str]:
    """The list, the longest first: what is left of a word counts for nothing."""
    hosts = " ".join([*settings.ALLOWED_HOSTS, settings.SITE_URL.partition("://")[2]]).casefold()
    parts = {part for part in re.split(r"[\W_]+", hosts) if len(part) >= _SHORTEST and not part.isdigit()}
    own = {word.casefold() for word in settings.PASSWORD_WORDS}
    return sorted({*_PRODUCT, *parts, *own}, key=lambda word: (-len(word), word))


class PlaceWordsValidator:
    """Refuses a password that is little more than such words."""

    def validate(self, password: str, user: object = None) -> None:
        left = password.casefold()
        for word in words():
            left = left.replace(word, "")
        if len(left) < _LEFT and left != password.casefold():
            raise ValidationError(_("This is little more than the name of this site, which is tried first."), "place")

    def get_help_text(self) -> str:
        return _("Not the name of this site.")
