"""The tables of an evaluation, for the card and the page alike: rows of words, made from `evaluation.json` alone.

Whatever an older evaluation did not measure gives a table without rows, which nobody shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Measured = Mapping[str, Any]
_FUSED = ("auc", "found", "false_alarms", "inconclusive")
NONE = "–"
_PARTS = (
    ("never_trained", "†"),
    ("test", ""),
    ("never_trained_degraded", "† (degraded)"),
    ("test_degraded", " (degraded)"),
)
_FLIPS = ("contradicted", "crossed", "relabelled")


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of as many cells; the first cell of a row names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def false_alarms(measured: Measured) -> Table:
    """Each set of photographs: those of sources that were never trained on first, marked †."""
    rows = tuple(
        (
            f"{name}{mark}", str(row["false_alarms"]["of"]), share(row["false_alarms"]),
            percent(row["inconclusive"]), percent(row.get("outside", {}).get("value")),
            share(row["false_alarms_at_threshold"]),
        )
        for name, mark, row in photographs(measured)
    )  # fmt: skip
    return Table(("set", "images", "called fake", "inconclusive", "of a kind not tested", "above threshold"), rows)


def photographs(measured: Measured) -> Iterator[tuple[str, str, Measured]]:
    """Source, mark and figures wherever there are photographs, "all" left out."""
    for part, mark in _PARTS:
        for name, row in measured.get(part, {}).items():
            if "false_alarms" in row and name != "all":
                yield name, mark, row


def by_source(rows: Measured, baseline: Measured | None = None) -> Table:
    """What a person meets: verdicts, ranking and how steady they are.

    `baseline` holds another model's rows, which stand beside these where both are of the same images.
    """
    columns = ["set", "images", "accuracy", "balanced", "AUC", "inconclusive", "fakes missed"]
    columns += ["flips JPEG 75", "flips half size"]
    told = [
        [
            name, str(row["images"]), figure(row, "accuracy", percent), figure(row, "balanced_accuracy", percent),
            figure(row, "auc", ratio), percent(row["inconclusive"]), share(row.get("missed")),
            percent(row["flips"]["jpeg75"]), percent(row["flips"]["half_size"]),
        ]
        for name, row in rows.items()
    ]  # fmt: skip
    if baseline:
        columns[5:5] = ["baseline balanced", "baseline AUC"]
        for cells, (name, row) in zip(told, rows.items(), strict=True):
            found = baseline.get(name, {})
            other = found if found.get("sha256") == row.get("sha256") else {}
            cells[5:5] = [figure(other, "balanced_accuracy", percent), figure(other, "auc", ratio)]
    return Table(tuple(columns), tuple(tuple(cells) for cells in told))


def at_threshold(rows: Measured) -> Table:
    """What calling every image by the threshold gives, where there are both classes; {} in old evaluations."""
    names = ("precision", "recall", "f1", "average_precision")
    told = tuple(
        (name, str(row["fakes"]), *(figure(row, key, ratio) for key in names))
        for name, row in rows.items()
        if "precision" in row
    )
    return Table(("set", "fakes", "precision", "recall", "F1", "average precision"), told)


def confusion(rows: Measured) -> Table:
    """True class by verdict, over all images."""
    counts: Measured = whole(rows).get("confusion", {})
    verdicts = tuple(next(iter(counts.values()), {}))
    told = tuple((_kind(truth), *(str(row[verdict]) for verdict in verdicts)) for truth, row in counts.items())
    return Table(("truth", *(f"called {_kind(verdict)}" for verdict in verdicts)), told)


def base_rates(measured: Measured) -> Table:
    """Precision of an alarm for each share of fakes in the queue."""
    queues = measured.get("base_rates", {})
    first: Measured = next(iter(queues.values()), {})
    shares = tuple(first.get("precision", {}))
    words = {
        "test": "test images",
        "test_degraded": "test images, degraded",
        "never_trained": "photographs never trained on",
        "worst_source": f"photographs as in {queues.get('worst_source', {}).get('source', '')}, the worst set",
    }
    told = tuple(
        (
            words.get(name, name),
            share(row["false_alarms"]),
            *(_interval(row["precision"][one], percent) for one in shares),
        )
        for name, row in queues.items()
    )
    return Table(("queue", "false alarms", *(f"{float(one):.0%} fakes".replace("%", " %") for one in shares)), told)


def robustness(measured: Measured) -> Table:
    """Each journey with what is left of the verdicts."""
    journeys = measured.get("robustness", {})
    rows = [("as it is", journeys["as_it_is"])] if journeys else []
    rows += [(f"{family} {row['level']}", row) for family, curve in journeys.get("curves", {}).items() for row in curve]
    told = tuple(
        (
            name, figure(row, "auc", ratio), figure(row, "accuracy", percent), share(row.get("false_alarms")),
            percent(row["inconclusive"]), *(percent(row["flips"][kind]) for kind in _FLIPS),
        )
        for name, row in rows
    )  # fmt: skip
    return Table(("journey", "AUC", "accuracy", "false alarms", "inconclusive", *_FLIPS), told)


def localisation(measured: Measured) -> Table:
    """How well altered regions are marked."""
    told = tuple(
        (
            f"{name}{'†' if part == 'never_trained' else ''}", str(row.get("images", 0)), figure(row, "f1", ratio),
            figure(row, "iou", ratio), ratio(row.get("pixel_auc")), percent(row.get("marked_on_photographs")),
        )
        for part, sources in measured.get("localisation", {}).items()
        for name, row in sources.items()
    )  # fmt: skip
    return Table(("set", "masks", "pixel F1", "IoU", "pixel AUC", "marked on photographs"), told)


def slices(measured: Measured) -> Table:
    """Test images cut by size, by file and by subject."""
    told = tuple(
        (
            f"{kind}: {name}", str(row["images"]), figure(row, "accuracy", percent), figure(row, "auc", ratio),
            share(row.get("false_alarms")), percent(row["inconclusive"]),
        )
        for kind, parts in measured.get("slices", {}).items()
        for name, row in parts.items()
    )  # fmt: skip
    return Table(("slice", "images", "accuracy", "AUC", "false alarms", "inconclusive"), told)


def others(measured: Measured) -> Iterator[tuple[str, Measured]]:
    """The models that scored the same images: versions in service, then the baseline."""
    for version, row in measured.get("against", {}).items():
        yield f"version {version}", row
    if "baseline" in measured:
        yield f"baseline ({measured['baseline']['name']})", measured["baseline"]


def differences(other: Measured) -> Table:
    """What the other has, then this model less the other on the same images; plus is better but for false alarms."""
    names = ("auc", "balanced_accuracy", "accuracy", "false_alarms")
    told = tuple(
        (
            f"{name}{mark}", str(theirs.get("images", NONE)), figure(theirs, "auc", ratio),
            share(theirs.get("false_alarms")), *(signed(row.get(key)) for key in names),
        )
        for part, mark in _PARTS
        for name, row in other.get("difference", {}).get(part, {}).items()
        for theirs in [other.get(part, {}).get(name, {})]
    )  # fmt: skip
    columns = ("set", "images", "its AUC", "its false alarms")
    return Table((*columns, "AUC", "balanced accuracy", "accuracy", "false alarms"), told)


def signals(card: Measured) -> Table:
    """The ledger's signals: how often each speaks, and what it weighs."""
    told = tuple(
        (
            name.replace("_", "-"), _kind(row["kind"]), row.get("source", NONE),
            _of(row["hits"]), _of(row["false_alarms"]),
            f"{row['log_likelihood_ratio']:+.2f}" if row["log_likelihood_ratio"] else "none",
        )
        for name, row in card.get("signals", {}).items()
    )  # fmt: skip
    return Table(("signal", "speaks of", "measured in", "fakes", "photographs", "weight"), told)


def fusion(card: Measured) -> Table:
    """By source: the model alone → with the evidence."""
    told = tuple(
        (source, str(row["images"]), *(_change(row, name, ratio if name == "auc" else percent) for name in _FUSED))
        for source, row in card.get("fusion", {}).items()
    )
    return Table(("set", "images", "AUC", "fakes found", "false alarms", "inconclusive"), told)


def leave_one_out(measured: Measured) -> Table:
    """Each source that a run was not trained on: those of this very run first."""
    told = tuple(
        (
            row["source"], row["run"], f"{row['views']:,}" if "views" in row else NONE, str(row["images"]),
            figure(row, "auc", ratio), share(row.get("false_alarms")), share(row.get("found")),
            percent(row["inconclusive"]),
        )
        for row in (*_single(measured), *measured.get("leave_one_out", {}).get("rows", ()))
    )  # fmt: skip
    return Table(("left out", "run", "views", "images", "AUC", "false alarms", "fakes found", "inconclusive"), told)


def regression(measured: Measured) -> Table:
    """What became of confirmed mistakes: by the label that is right, all together, and under other versions."""
    found: Measured = measured.get("regression", {})
    if not found.get("images"):
        return Table((), ())
    rows = [(_kind(label), counts) for label, counts in found["by_label"].items()]
    rows += [("all", found["all"])]
    rows += [(f"all, by version {version}", other["all"]) for version, other in found.get("against", {}).items()]
    told = tuple((name, str(sum(counts.values())), *(str(count) for count in counts.values())) for name, counts in rows)
    return Table(("what it is", "pictures", *(f"now {outcome}" for outcome in found["all"])), told)


def regression_words(measured: Measured) -> str:
    """What the table counts, in two sentences."""
    seen = measured.get("regression", {}).get("trained_on", 0)
    learned = "None of them was" if not seen else "One of them was" if seen == 1 else f"{seen} of them were"
    return (
        "Pictures of which an earlier model was sure, and wrong, as a person confirmed. "
        f"{learned} among the images that this model was trained on."
    )


def whole(rows: Measured) -> Measured:
    """All images together, or the only source."""
    return rows["all"] if "all" in rows else next(iter(rows.values()), {})


def percent(value: float | None) -> str:
    """5.1 %"""
    return NONE if value is None else f"{100 * value:.1f} %"


def ratio(value: float | None) -> str:
    """0.986"""
    return NONE if value is None else f"{value:.3f}"


def share(value: Measured | None) -> str:
    """5.1 % (2.5 to 10.2)"""
    return NONE if value is None else f"{percent(value['value'])} ({_edges(value['interval'], percent)})"


def figure(row: Measured, name: str, words: Any) -> str:
    """A figure of a row with its interval, where it has one; `words` is `percent` or `ratio`."""
    if name not in row:
        return NONE
    edges = row.get(f"{name}_interval")
    return f"{words(row[name])} ({_edges(edges, words)})" if edges else str(words(row[name]))


def signed(value: Measured | None) -> str:
    """+0.012 (+0.004 to +0.020)"""
    if value is None:
        return NONE
    low, high = value["interval"]
    return f"{value['value']:+.3f} ({low:+.3f} to {high:+.3f})"


def _interval(value: Measured | None, words: Any) -> str:
    return NONE if value is None else f"{words(value['value'])} ({_edges(value['interval'], words)})"


def _edges(edges: Sequence[float], words: Any) -> str:
    low, high = (str(words(edge)).removesuffix(" %") for edge in edges)
    return f"{low} to {high}"


def _of(counts: Sequence[int]) -> str:
    return f"{counts[0]} of {counts[1]}"


def _change(row: Measured, name: str, words: Any) -> str:
    before, after = (words(row[part].get(name)) for part in ("alone", "fused"))
    return before if before == after else f"{before} → {after}"


def _single(measured: Measured) -> list[dict[str, Any]]:
    """The sources left out of this very run."""
    return [{"source": name, "run": "this one", **row} for name, row in measured.get("left_out", {}).items()]


def _kind(label: str) -> str:
    return label.replace("ai_generated", "AI-generated")
