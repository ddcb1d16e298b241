"""The data card: what a manifest holds, on what terms, what is wrong with it, and how it looks."""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from ml import data_page
from ml.contact_sheets import contact_sheet
from ml.split import ASIDE
from ml.tally import EDGES, Tally

NOT_STATED = "not stated"
_NAMED = 20  # unreadable files; the report has all


def write(manifest: Path, report: dict[str, Any], tally: Tally) -> Path:
    """Write MANIFEST.data_card.json, MANIFEST.data_card.html and a folder of contact sheets; returns the page."""
    page, sheets = manifest.with_suffix(".data_card.html"), _write_sheets(manifest, tally)
    card = compose(manifest.name, report, tally) | {"contact_sheets": sheets}
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    manifest.with_suffix(".data_card.json").write_text(text, "utf-8")
    page.write_text(data_page.render(card, manifest.parent), "utf-8")
    return page


def compose(name: str, report: dict[str, Any], tally: Tally) -> dict[str, Any]:
    """The card as plain values, without contact sheets."""
    return {
        "manifest": name,
        "images": tally.images,
        "data_sha256": report["data_sha256"],
        "set_aside": sum(count for (_, _, split), count in tally.counts.items() if split == ASIDE),
        "unreadable": len(report["unreadable"]),
        "unreadable_first": report["unreadable"][:_NAMED],
        "sources": _sources(tally),
        "short_edge_bins": list(EDGES),
    } | {key: report[key] for key in ("leaks", "leaks_after", "normalised", "refused", "one_class_only")}


def _sources(tally: Tally) -> dict[str, Any]:
    """Source → its terms, and for each label counts of sides, masks, formats and short edges."""
    sources: dict[str, Any] = {}
    for source, terms in sorted(tally.licences.items()):
        named = {licence or NOT_STATED: count for licence, count in terms.most_common()}
        sources[source] = {"terms": named, "labels": defaultdict(dict)}
    for (source, label, split), count in sorted(tally.counts.items()):
        sources[source]["labels"][label].setdefault("splits", {})[split] = count
    for (source, label), row in ((key, sources[key[0]]["labels"][key[1]]) for key in tally.formats):
        row["masks"] = tally.masks[source, label]
        row["formats"] = dict(tally.formats[source, label].most_common())
        row["short_edges"] = [tally.sizes[source, label][place] for place in range(len(EDGES) + 1)]
    return sources


def _write_sheets(manifest: Path, tally: Tally) -> list[dict[str, Any]]:
    folder = manifest.with_suffix(".data_card")
    folder.mkdir(exist_ok=True)
    for old in folder.glob("[0-9][0-9]*-*.jpg"):
        old.unlink()
    sheets = []
    for number, ((source, label), picks) in enumerate(tally.picks().items(), start=1):
        path = folder / f"{number:02}-{re.sub(r'[^A-Za-z0-9_-]+', '_', f'{source}-{label}')}.jpg"
        path.write_bytes(contact_sheet(picks))
        sheets.append({"source": source, "label": label, "pictures": len(picks), "file": f"{folder.name}/{path.name}"})
    return sheets
