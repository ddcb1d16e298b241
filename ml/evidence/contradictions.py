"""What cannot be true of one photograph at once: few rules, each of which only a change or a wrong clock explains."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from ml.evidence.capture import Capture
from ml.sentences import Sentence, say

_SLACK = timedelta(hours=36)  # clocks of cameras and computers may stand in different time zones
_EPOCH = 1995  # no camera writes a true date before; earlier ones come from a reset clock
# Makers whose models begin with a name that no other maker uses.
_MODELS = {"canon": r"canon (?:eos|powershot|ixus|digital)", "nikon": r"nikon [dez]\d", "apple": r"ip(?:hone|ad)\b"}
_IPHONE = re.compile(r"iPhone (\d+|[A-Z]{1,2}|\d[A-Z]?)(?:[a-z]{1,2})?(?: |$)")
# Year of the first iPhone of a number (Apple's announcements); sub-models came no earlier.
_FIRST_YEAR = {"3G": 2008, "4": 2010, "5": 2012, "6": 2014, "7": 2016, "8": 2017, "X": 2017, "XS": 2018, "XR": 2018,
               "SE": 2016, "11": 2019, "12": 2020, "13": 2021, "14": 2022, "15": 2023, "16": 2024}  # fmt: skip


def contradictions(said: Capture) -> list[Sentence]:
    """One sentence for each contradiction."""
    return [sentence for rule in (_times, _maker, _lens, _too_early) for sentence in rule(said)]


def _times(said: Capture) -> Iterator[Sentence]:
    """The time of digitising is left out: many phones write one and the same day of 2002 there."""
    taken, changed = _true(said.taken), _true(said.modified)
    if taken and changed and changed < taken - _SLACK:
        yield say(
            "It was changed on {changed:date}, before it was taken on {taken:date}.",
            changed=changed.isoformat(), taken=taken.isoformat(),
        )  # fmt: skip


def _true(time: datetime | None) -> datetime | None:
    return time if time and time.year >= _EPOCH else None


def _maker(said: Capture) -> Iterator[Sentence]:
    for maker, models in _MODELS.items():
        if said.make and re.match(models, said.model, re.IGNORECASE) and maker not in said.make.lower():
            yield say("{make} makes no {model}.", make=said.make[:60], model=said.model[:60])


def _lens(said: Capture) -> Iterator[Sentence]:
    """An iPhone names itself in its lens."""
    both = said.model.startswith("iPhone ") and said.lens.startswith("iPhone ")
    if both and not said.lens.lower().startswith(f"{said.model.lower()} "):
        yield say("An {model} has no lens named {lens}.", model=said.model[:60], lens=said.lens[:60])


def _too_early(said: Capture) -> Iterator[Sentence]:
    match = _IPHONE.match(said.model)
    year = _FIRST_YEAR.get(match[1], 0) if match else 0
    taken = _true(said.taken)
    if taken and taken.year < year:
        yield say(
            "It says that an {model} took it in {taken}, but that phone came in {year}.",
            model=said.model[:60], taken=taken.year, year=year,
        )  # fmt: skip
