"""Scoring files and folders from the shell: nothing is stored, every regular file gets an answer."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from detector import originals, report
from detector.report import Report
from ml import serve
from ml.serve import InvalidImage, Limits, Score, Scorer, say, too_large


def regular_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those below the folders named, in a stable order; links to folders are not followed.

    A path that does not exist is yielded too, so that it gets its error like every other.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for folder, below, names in os.walk(path):
            below.sort()
            yield from (Path(folder, name) for name in sorted(names))


def score_all(
    scorer: Scorer, paths: Iterable[Path], limits: Limits, workers: int, *, quick: bool = False
) -> Iterator[Report]:
    """Score in order with this many threads; at most a few files a thread are in memory at once.

    `quick` leaves the deep signals of the ledger out.
    """
    files = regular_files(paths)
    with ThreadPoolExecutor(workers) as pool:
        while batch := [file for _, file in zip(range(workers * 4), files, strict=False)]:
            yield from pool.map(lambda path: score_file(scorer, path, limits, quick=quick), batch)


def score_file(scorer: Scorer, path: Path, limits: Limits, *, quick: bool = False) -> Report:
    """One file's report, plus its path; whatever is wrong with the file stands in the report's `error`."""
    try:
        data = _read(path, limits)
        score = scorer.score(data, limits)
        score = _fused(score, [] if quick else list(scorer.examine(data, limits)))
        found = report.of_score(path.name, originals.digest(data), score)
    except InvalidImage as error:
        found = report.of_error(path.name, error.code, error.detail)
    except OSError as error:
        found = report.of_error(path.name, "unreadable_file", f"The file cannot be read: {error.strerror}.")
    return {"path": str(path)} | found


def _fused(score: Score, deep: Sequence[serve.Finding]) -> Score:
    """The same with the deep signals among its findings, and the verdict in the light of all."""
    findings = tuple(serve.together(score.findings, deep))
    return replace(score, findings=findings, **serve.fuse(score.own, findings, score.model.card))


def _read(path: Path, limits: Limits) -> bytes:
    """The bytes of a regular file within the limit: a pipe would block and a device never end."""
    if path.exists() and not path.is_file():
        raise InvalidImage("not_a_file", say("This is no regular file."))
    if path.stat().st_size > limits.bytes:
        raise too_large(limits)
    return path.read_bytes()
