"""From what lies on disk to a data set that can be trusted: a manifest, a report and a data card beside it."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ml import data, data_card, importers, split, treatment
from ml.data import Listed, Record, Unreadable
from ml.importers.source import NothingFound, Source
from ml.ledger import Ledger
from ml.originals import is_camera_original
from ml.tally import Tally
from ml.traits import ALL, Sampler

Tick = Callable[[int, int], None]
_WORKERS = min(os.cpu_count() or 2, 8)


def prepare(
    sources: Mapping[str, Path] | Sequence[Source],
    out: Path,
    *,
    originals_only: bool = False,
    treat: str = treatment.NORMALISE,
    tick: Tick = lambda done, total: None,
) -> dict[str, Any]:
    """Write the manifest `out` and, beside it, `*.report.json`, which is returned, and the data card.

    With `originals_only`, only files straight from a camera are taken. `treat` says what becomes of a source whose
    files give the class away: "normalise", "refuse" or "report". What was found out of each file stays in
    `*.examined.sqlite`: a run that was stopped goes on from there, and a second one opens new or changed files only.

    Raises:
        NothingFound: no source holds a readable image.
        SourceRefused: a source is not what it should be, or each is refused for its leaks.
    """
    chosen = [Source(path, name) for name, path in sources.items()] if isinstance(sources, Mapping) else sources
    with Ledger(out.with_suffix(".examined.sqlite")) as ledger:
        ledger.enlist(_listed(chosen, originals_only))
        missing = ledger.missing()
        for done in ledger.examine(_WORKERS):
            tick(done, missing)
        return _finish(ledger, chosen, out, treat)


def _listed(sources: Iterable[Source], originals_only: bool) -> Iterator[Listed]:
    for source in sources:
        for listed in importers.listed(source):
            if listed.source == ALL:
                raise data.SourceRefused(f"A source cannot be called {ALL}: reports mean every source by that.")
            if not originals_only or _is_original(listed.path):
                yield listed


def _is_original(path: Path) -> bool:
    try:
        return is_camera_original(path.read_bytes())
    except OSError:
        return False


def _finish(ledger: Ledger, sources: Sequence[Source], out: Path, treat: str) -> dict[str, Any]:
    """Divide, look for leaks, write: two passes over a file, so that memory does not grow with the images."""
    unreadable: list[Unreadable] = []
    sampler, untreated = Sampler(), out.with_suffix(".untreated")
    if not data.write(untreated, sampler.watch(split.assign(_readable(ledger, unreadable)))):
        untreated.unlink()
        raise NothingFound(f"No readable image below {', '.join(str(source.path) for source in sources)}.")
    try:
        treated = treatment.decide(sampler.samples(), treat, _WORKERS)
        tally = Tally()
        data.write(out, tally.watch(treatment.apply(treated, data.read(untreated))))
    finally:
        untreated.unlink()
    report = tally.report() | treated.report() | {"unreadable": [found._asdict() for found in unreadable]}
    out.with_suffix(".report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    data_card.write(out, report, tally)
    return report


def _readable(ledger: Ledger, unreadable: list[Unreadable]) -> Iterator[Record]:
    for found in ledger.found():
        if isinstance(found, Unreadable):
            unreadable.append(found)
        else:
            yield found
