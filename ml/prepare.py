"""From folders of images to a data set that can be trusted: a manifest, and a report beside it."""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ml import data, split
from ml.data import Listed, Record, Unreadable
from ml.leaks import leaks
from ml.originals import is_camera_original

Tick = Callable[[int], None]
_EVERY = 500


class NothingFound(ValueError):
    """No image that can be read lies where the sources are said to be."""


def prepare(
    sources: Mapping[str, Path], out: Path, *, originals_only: bool = False, tick: Tick = lambda done: None
) -> dict[str, Any]:
    """Write the manifest `out` and, beside it, `*.report.json`, which is returned.

    `sources` maps a name to a folder that holds LABEL/**; with `originals_only`, only files straight from a camera
    are taken.

    Raises:
        NothingFound: no source holds a readable image.
    """
    unreadable: list[Unreadable] = []
    records = list(split.assign(_readable(_listed(sources, originals_only), unreadable, tick)))
    if not records:
        raise NothingFound(f"No readable image below {', '.join(str(folder) for folder in sources.values())}.")
    data.write(out, records)
    report = _report(records, unreadable)
    out.with_suffix(".report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return report


def _listed(sources: Mapping[str, Path], originals_only: bool) -> Iterator[Listed]:
    for name, folder in sources.items():
        for listed in data.list_source(name, folder):
            if not originals_only or is_camera_original(listed.path.read_bytes()):
                yield listed


def _readable(listed: Iterator[Listed], unreadable: list[Unreadable], tick: Tick) -> Iterator[Record]:
    for done, found in enumerate(data.examine(listed), start=1):
        if done % _EVERY == 0:
            tick(done)
        if isinstance(found, Unreadable):
            unreadable.append(found)
        else:
            yield found


def _report(records: list[Record], unreadable: list[Unreadable]) -> dict[str, Any]:
    counts = Counter((record.source, record.label, record.split) for record in records)
    used = [record for record in records if record.split != split.ASIDE]
    return {
        "images": len(records),
        "data_sha256": data.digest(records),
        "counts": [[*key, count] for key, count in sorted(counts.items())],
        "leaks": [dataclasses.asdict(leak) | {"suspicious": leak.suspicious} for leak in leaks(used)],
        "unreadable": [found._asdict() for found in unreadable],
    }
