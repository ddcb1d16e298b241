"""What a full counter says to people and programs, and how counters stand in the headers of an answer.

The headers are those of the IETF draft "RateLimit header fields for HTTP" (draft-ietf-httpapi-ratelimit-headers).
"""

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.counting import Ask, Full, State
from accounts.errors import Refused
from accounts.models import Measure

# The counters that the present request was told against; None outside a request.
told: ContextVar[list[State] | None] = ContextVar("told", default=None)


def tell(states: Iterable[State]) -> None:
    """Remember how counters with a limit and an end stand, for the headers of the answer."""
    if (known := told.get()) is not None:
        known += [one for one in states if one.ask.most and one.ask.window.end]


def headers(states: Iterable[State]) -> dict[str, str]:
    """`RateLimit-Policy` says what holds, `RateLimit` what is left of it. A narrower limit of a token has its own."""
    by_name = {_name(one.ask): one for one in states}
    if not by_name:
        return {}
    policies = (f'"{name}";q={one.ask.most};w={one.ask.window.seconds}{_unit(one)}' for name, one in by_name.items())
    left = (f'"{name}";r={one.left};t={one.ask.window.left}' for name, one in by_name.items())
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(left)}


def refusal(full: Full) -> Refused:
    """The one error of every limit that time makes room under again."""
    ask, left = full.ask, full.ask.window.left
    if ask.amount > ask.most:
        return _never(ask)
    tell([State(ask, ask.most)])
    again = timezone.now() + timedelta(seconds=left or 0)
    fields = {
        "what": ask.measure,
        "limit": ask.most,
        "period": ask.window.period,
        "of": ask.subject.partition(":")[0],
        "again_at": again.replace(microsecond=0).isoformat(),
    }
    return Refused("limit_reached", sentence(ask), 429, fields=fields, retry_after=left)


def _never(ask: Ask) -> Refused:
    words = _("This file alone is larger than all that you may hand in: %(most)s %(period)s.")
    values = {"period": period_words(ask.window.period), "most": amount_words(ask.measure, ask.most)}
    return Refused("larger_than_limit", words % values, 413, fields={"what": ask.measure, "limit": ask.most})


def sentence(ask: Ask) -> str:
    """What is too much, and when to go on."""
    values = {
        "limit": amount_words(ask.measure, ask.most),
        "period": period_words(ask.window.period),
        "when": wait_words(ask.window.left or 0),
    }
    if ask.subject.startswith("token:"):
        return _("This token has used up what it may: %(limit)s %(period)s. Go on %(when)s.") % values
    if ask.subject.startswith("address:"):
        return _("That was a lot at once from your address: at most %(limit)s %(period)s. Go on %(when)s.") % values
    return _("You have used up what you may: %(limit)s %(period)s. Go on %(when)s.") % values


def amount_words(measure: str, most: int) -> str:
    """So many of what."""
    if measure in (Measure.BYTES, Measure.KEPT):
        return bytes_words(most)
    if measure == Measure.UPLOADS:
        return ngettext("%(count)s upload", "%(count)s uploads", most) % {"count": f"{most:,}"}
    return ngettext("%(count)s request", "%(count)s requests", most) % {"count": f"{most:,}"}


def period_words(period: str) -> str:
    """The words behind "so many"."""
    return {"minute": _("a minute"), "day": _("a day"), "month": _("a month")}.get(period, _("for now"))


def bytes_words(size: int) -> str:
    """In decimal units, as limits are set."""
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= factor:
            return f"{size / factor:.3g}\u00a0{unit}"
    return f"{size}\u00a0B"


def wait_words(seconds: int) -> str:
    """In so many seconds, minutes, hours or days."""
    if seconds <= 90:
        return ngettext("in %(count)d second", "in %(count)d seconds", seconds) % {"count": seconds}
    if seconds <= 90 * 60:
        minutes = -(-seconds // 60)
        return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}
    hours = -(-seconds // 3600)
    if hours <= 36:
        return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
    days = -(-seconds // 86_400)
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


def _name(ask: Ask) -> str:
    """The name of a policy: "writes", "uploads-day", "token-writes"."""
    whose = ["token"] if ask.subject.startswith("token:") else []
    when = [] if ask.measure in (Measure.READS, Measure.WRITES) else [ask.window.period]
    return "-".join([*whose, ask.measure, *when])


def _unit(state: State) -> str:
    return ';qu="content-bytes"' if state.ask.measure == Measure.BYTES else ""
