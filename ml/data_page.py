"""The data card as one page of HTML that needs no other file and no network."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ml.leaks import SUSPICIOUS
from ml.split import ASIDE, SPLITS

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } caption { text-align: left; font-weight: 600 }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #d0d7de; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums } td.leak { font-weight: 700; color: #a40e26 }
figure { margin: 0 0 1.5rem } img { max-width: 100%; height: auto } svg text { font-size: 10px; fill: #57606a }
"""
_BAR, _HIGH = 34, 60


def render(card: Mapping[str, Any], folder: Path) -> str:
    """The page; `folder` is where the contact sheets' files are found, which are written into the page itself."""
    parts = [_head(card), _counts(card), _terms(card), _leaks(card), _unreadable(card), _sizes(card)]
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Data card: {escape(card["manifest"])}'
        f"</title><style>{_STYLE}</style></head>\n<body>\n{''.join(parts)}{_sheets(card, folder)}</body>\n</html>\n"
    )


def _head(card: Mapping[str, Any]) -> str:
    return (
        f"<h1>Data card: {escape(card['manifest'])}</h1>\n<p>{card['images']:,} images, of which {card['set_aside']:,} "
        f"are copies or near copies that were set aside; {card['unreadable']:,} more files could not be read.<br>"
        f"Digest of content, labels and sides: <code>{card['data_sha256']}</code></p>\n"
    )


def _counts(card: Mapping[str, Any]) -> str:
    sides = [*SPLITS, ASIDE]
    rows = [
        [source, label, *(row["splits"].get(side, 0) for side in sides), row["masks"], _listed(row["formats"])]
        for source, label, row in _labels(card)
    ]
    return _table("Images", ["Source", "Label", *sides, "with mask", "Formats"], rows)


def _terms(card: Mapping[str, Any]) -> str:
    rows = [[name, _listed(source["terms"])] for name, source in card["sources"].items()]
    return _table("Terms", ["Source", "Terms (images)"], rows)


def _leaks(card: Mapping[str, Any]) -> str:
    """Two tables: each trait of each source, before and, where it was normalised, after."""
    before = _traits("What the files alone give away (AUC of each trait; 0.5 is nothing)", card["leaks"])
    after = _traits("After normalising", card["leaks_after"]) if card["leaks_after"] else ""
    return before + after + "".join(f"<p>{escape(line)}</p>\n" for line in notes(card))


def notes(card: Mapping[str, Any]) -> list[str]:
    """What to say of leaks in sentences, for the page and the command alike."""
    lines = []
    left = sorted({leak["source"] for leak in card["leaks_after"] if leak["suspicious"]})
    if card["normalised"]:
        lines.append(f"Normalised before anything looks at their pixels: {', '.join(card['normalised'])}.")
    if left:
        lines.append(f"Still above {SUSPICIOUS} after normalising, so trust no figure of them: {', '.join(left)}.")
    if card["refused"]:
        lines.append(f"Refused because their files give the class away: {', '.join(card['refused'])}.")
    if card["one_class_only"]:
        lines.append(f"One class only, so a leak cannot be measured: {', '.join(card['one_class_only'])}.")
    return lines


def _traits(caption: str, leaks: Sequence[Mapping[str, Any]]) -> str:
    traits = list(dict.fromkeys(leak["trait"] for leak in leaks))
    figures = {(leak["source"], leak["trait"]): leak["auc"] for leak in leaks}
    images = {leak["source"]: leak["images"] for leak in leaks}
    rows = [[source, *(figures[source, trait] for trait in traits), count] for source, count in images.items()]
    return _table(caption, ["Source", *traits, "images"], rows)


def _unreadable(card: Mapping[str, Any]) -> str:
    rows = [[found["path"], found["reason"]] for found in card["unreadable_first"]]
    return _table("Files that could not be read (the first)", ["File", "Reason"], rows) if rows else ""


def _sizes(card: Mapping[str, Any]) -> str:
    edges = card["short_edge_bins"]
    names = [f"< {edges[0]}", *map(str, edges)]
    charts = (
        f"<figure><figcaption>{escape(f'{source}, {label}')}</figcaption>{_chart(names, row['short_edges'])}</figure>\n"
        for source, label, row in _labels(card)
    )
    return f"<h2>Short edges, in pixels</h2>\n{''.join(charts)}"


def _chart(names: Sequence[str], values: Sequence[int]) -> str:
    highest = max(values) or 1
    bars = "".join(
        _bar(place, name, value, highest) for place, (name, value) in enumerate(zip(names, values, strict=True))
    )
    width, height = _BAR * len(names), _HIGH + 32
    return f'<svg width="{width}" height="{height}" role="img" aria-label="{_spoken(names, values)}">{bars}</svg>'


def _bar(place: int, name: str, value: int, highest: int) -> str:
    high, middle = round(_HIGH * value / highest), _BAR * place + _BAR // 2
    return (
        f'<rect x="{_BAR * place + 2}" y="{14 + _HIGH - high}" width="{_BAR - 4}" height="{high}" fill="#57606a"/>'
        f'<text x="{middle}" y="{10 + _HIGH - high}" text-anchor="middle">{value or ""}</text>'
        f'<text x="{middle}" y="{28 + _HIGH}" text-anchor="middle">{escape(name)}</text>'
    )


def _spoken(names: Sequence[str], values: Sequence[int]) -> str:
    return escape("; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True) if value))


def _sheets(card: Mapping[str, Any], folder: Path) -> str:
    return "<h2>Pictures</h2>\n" + "".join(_sheet(sheet, folder) for sheet in card["contact_sheets"])


def _sheet(sheet: Mapping[str, Any], folder: Path) -> str:
    title = escape(f"{sheet['source']}, {sheet['label']}: {sheet['pictures']} drawn by hash")
    content = base64.b64encode((folder / sheet["file"]).read_bytes()).decode()
    return (
        f'<figure><figcaption>{title}</figcaption><img alt="{title}" src="data:image/jpeg;base64,{content}"></figure>\n'
    )


def _labels(card: Mapping[str, Any]) -> Iterable[tuple[str, str, Mapping[str, Any]]]:
    return [(name, label, row) for name, source in card["sources"].items() for label, row in source["labels"].items()]


def _listed(counts: Mapping[str, int]) -> str:
    return "; ".join(f"{name} ({count:,})" for name, count in counts.items())


def _table(caption: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in names)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f'<td class="number{" leak" if value > SUSPICIOUS else ""}">{value:.3f}</td>'
    if isinstance(value, int):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"
