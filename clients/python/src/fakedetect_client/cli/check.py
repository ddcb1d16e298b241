"""`fakedetect check`: hand images in, wait for their verdicts, and end with a number that a script understands."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from fakedetect_client.answers import Checked
from fakedetect_client.cli import exits
from fakedetect_client.cli.finding import Item, items
from fakedetect_client.cli.output import WRITERS, Writer, summary
from fakedetect_client.cli.progress import Progress
from fakedetect_client.client import Client
from fakedetect_client.errors import FakeDetectError, Forbidden, NotAuthenticated, Unreachable
from fakedetect_client.results import FAKE, Result

VERDICTS = ("fake", "ai_generated", "manipulated", "inconclusive", "none")
_END_OF_ALL = (Unreachable, NotAuthenticated, Forbidden)  # what stops one stops all


@dataclass
class Tally:
    total: int
    checked: int = 0
    found: int = 0
    failed: int = 0

    @property
    def code(self) -> int:
        """What was found says more than what could not be looked at."""
        if self.found:
            return exits.FOUND
        return exits.FAILED if self.failed else exits.CLEAN


def run(asked: argparse.Namespace, client: Client) -> int:
    todo = items(asked.files, asked.recursive)
    writer: Writer = WRITERS[asked.format]()
    tally = Tally(len(todo))
    try:
        with Progress(len(todo), wanted=not asked.quiet) as progress:
            _all(asked, client, todo, writer, tally, progress)
    except KeyboardInterrupt:
        writer.end()
        _say(f"Stopped. {summary(tally.checked, tally.found, tally.failed)} {_rest(tally, asked.jobs)}")
        return exits.STOPPED
    except _END_OF_ALL:
        writer.end()
        if tally.checked + tally.failed:
            _say(f"{summary(tally.checked, tally.found, tally.failed)} {_rest(tally, asked.jobs)}")
        raise
    writer.end()
    if len(todo) > 1 and not asked.quiet:
        _say(summary(tally.checked, tally.found, tally.failed))
    return tally.code


def _all(
    asked: argparse.Namespace, client: Client, todo: list[Item], writer: Writer, tally: Tally, progress: Progress
) -> None:
    names = {id(item.source): item.name for item in todo}
    for one in _checked(asked, client, todo):
        progress.clear()
        name = names[id(one.source)]
        if one.result:
            writer.result(name, one.result)
            tally.checked += 1
            tally.found += is_found(one.result, asked.fail_on, asked.threshold)
        elif one.error:
            if isinstance(one.error, _END_OF_ALL):
                raise one.error
            writer.failure(name, one.error)
            tally.failed += 1
        progress.step()


def _checked(asked: argparse.Namespace, client: Client, todo: list[Item]) -> Iterator[Checked]:
    options = {"wait": asked.wait, "ledger": asked.evidence}
    return client.check_many((item.source for item in todo), jobs=asked.jobs, **options)


def is_found(result: Result, fail_on: list[str], threshold: float | None) -> bool:
    """Whether one of the verdicts that --fail-on names stands. A threshold takes the place of the site's own, for what
    counts as fake; what a person decided stands before both."""
    label = result.label
    if "fake" in fail_on and (_beyond(result, threshold) if threshold is not None else label in FAKE):
        return True
    return label in fail_on


def _beyond(result: Result, threshold: float) -> bool:
    if result.review:
        return result.is_fake
    return result.fake_probability is not None and result.fake_probability >= threshold


def _rest(tally: Tally, jobs: int) -> str:
    """What nobody can know is said too: an image that was on its way may have arrived."""
    left = tally.total - tally.checked - tally.failed
    if not left:
        return ""
    under_way = min(jobs, left)
    return f"{left} not checked; up to {under_way} of them were under way: see 'fakedetect list'."


def _say(text: str) -> None:
    print(text.strip(), file=sys.stderr)


def problem(error: FakeDetectError) -> int:
    """The number for an error that ended the whole command."""
    return exits.DENIED if isinstance(error, _END_OF_ALL) else exits.FAILED
