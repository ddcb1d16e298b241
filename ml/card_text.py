"""MODEL_CARD.md: the card told to people, from its JSON alone. What a card does not hold is left out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ml import tables
from ml.tables import Table, percent

Card = Mapping[str, Any]


def render(card: Card) -> str:
    """The Markdown of a card, those of earlier versions included."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Card) -> Iterator[str]:
    yield f"# Model card: {card['version']}"
    yield f"\n{card['description']}"
    yield f"\nClasses: {', '.join(card['classes'])}. Made {card['created'][:10]} on {card['machine']}"
    yield f"in {_minutes(card['training']['seconds'])}, {card['training']['epochs']} epochs."
    yield from _measured(card["metrics"])
    yield from _evidence(card)
    yield "\n## How it decides"
    yield from _decision(card)
    yield "\n## What it does not know\n"
    yield from (f"- {limit}" for limit in card["limits"])
    yield "\n## Data and terms"
    yield from _data(card)
    yield "\n## How it was made"
    yield from _making(card)


def _measured(measured: Card) -> Iterator[str]:
    yield "\n## False alarms on photographs, first"
    yield "\nShare of authentic photographs that are called fake; in brackets, here and below, 95 % intervals."
    yield "Sets marked † were never trained on."
    yield from _rows(tables.false_alarms(measured))
    yield "\n## Test images, by source"
    baseline = measured.get("baseline", {})
    yield from _rows(tables.by_source(measured["test"], baseline.get("test")))
    yield "\nThe same images, each degraded once (crop, shrink, blur, compression):"
    yield from _rows(tables.by_source(measured["test_degraded"], baseline.get("test_degraded")))
    yield "\n`accuracy` counts an inconclusive verdict as an error; `balanced` calls every image by the threshold."
    yield from _titled("Calling every image by the threshold:", tables.at_threshold(measured["test"]))
    yield from _confusion(measured)
    yield from _further(measured)


def _evidence(card: Card) -> Iterator[str]:
    yield from _section(
        "What the evidence weighs",
        "How often each signal of the ledger speaks of validation images of its kind of fake and of photographs; the "
        "weight is added to the log-odds, taken at the cautious ends of both intervals.",
        tables.signals(card),
    )
    yield from _section(
        "What the evidence gains",
        "Test images: the model alone → with the signals of pixels. Stability, which makes more inconclusive, is "
        "left out.",
        tables.fusion(card),
    )


def _confusion(measured: Card) -> Iterator[str]:
    table = tables.confusion(measured["test"])
    if not table.rows:
        return
    yield from _titled("All test images, by what they are and what they are called:", table)
    words = (("test", "as they are"), ("test_degraded", "degraded"))
    for whole, name in ((tables.whole(measured[part]), name) for part, name in words):
        if "calibration_error" in whole:
            yield f"\nTest images {name}: expected calibration error {_calibration(whole)}."


def _calibration(whole: Card) -> str:
    mixed = f"{whole['calibration_error']:.3f}, Brier {whole['brier']:.3f}"
    if "calibration_error_at_prior" not in whole:
        return mixed
    return (
        f"{whole['calibration_error_at_prior']:.3f}, Brier {whole['brier_at_prior']:.3f} in the queue that the "
        f"probabilities are stated for, its sources alike; {mixed} in the mixture at hand"
    )


def _further(measured: Card) -> Iterator[str]:
    """The sections that a card may lack."""
    yield from _section("Confirmed mistakes", tables.regression_words(measured), tables.regression(measured))
    yield from _section("Sources that it was not trained on", _left_out(measured), tables.leave_one_out(measured))
    yield from _section(
        "What an alarm is worth",
        "Share of alarms that are fakes, by the share of fakes in the queue. Inconclusive is no alarm.",
        tables.base_rates(measured),
    )
    yield from _section(
        "After a journey",
        "Each step by itself, on a part of the images. Of all verdicts, `contradicted` became another conclusive one, "
        "`crossed` changed the side of the threshold, `relabelled` changed in any way, to or from inconclusive too.",
        tables.robustness(measured),
    )
    yield from _section(
        "Where a picture was altered", "At one half of the map's probability.", tables.localisation(measured)
    )
    yield from _section(
        "Cut another way",
        "Test images by size, file and subject; a cut is also a choice of sources.",
        tables.slices(measured),
    )
    for name, other in tables.others(measured):
        yield from _section(
            f"Beside {name}",
            "What the other has, then this model less the other on the same images: more is better, but for false "
            "alarms.",
            tables.differences(other),
        )


def _left_out(measured: Card) -> str:
    means = measured.get("leave_one_out", {})
    told = [f"mean AUC {means['mean_auc']:.3f}, worst {means['worst_auc']:.3f}"] if "mean_auc" in means else []
    if "mean_false_alarms" in means:
        told.append(
            f"mean false alarms {percent(means['mean_false_alarms'])}, worst {percent(means['worst_false_alarms'])}"
        )
    sentence = "Each run was trained without the source that it is measured on, for as many views as stand there."
    return f"{sentence} Over the runs beside this one: {'; '.join(told)}." if told else sentence


def _section(title: str, words: str, table: Table) -> Iterator[str]:
    if table.rows:
        yield f"\n## {title}\n\n{words}"
        yield from _rows(table)


def _titled(words: str, table: Table) -> Iterator[str]:
    if table.rows:
        yield f"\n{words}"
        yield from _rows(table)


def _rows(table: Table) -> Iterator[str]:
    yield f"\n| {' | '.join(table.columns)} |"
    yield "|---" * len(table.columns) + "|"
    yield from (f"| {' | '.join(cells)} |" for cells in table.rows)


def _decision(card: Card) -> Iterator[str]:
    rule = card["decision"]
    tested = rule["tested"]
    yield f"\n- Temperature {rule['temperature']:.3f}. Probabilities are stated for a queue in which"
    yield f"  {percent(rule['prior'])} are fakes: then at most {percent(rule['false_alarms'])} of the authentic"
    yield f"  validation images, as they are and degraded, lie above the threshold of {percent(rule['threshold'])}."
    if rule.get("detail"):
        yield f"- Details at the picture's own scale count for {percent(rule['detail'])} beside the whole."
    yield f"- Inconclusive from {rule['band'][0]:.2f} to {rule['band'][1]:.2f}, and when of the views (as it is,"
    yield f"  JPEG 75, half size, mirrored) one lies below {rule['contradiction'][0]:.2f} and one above"
    yield f"  {rule['contradiction'][1]:.2f}."
    yield f"- Inconclusive outside what was tested: shorter edge {_range(tested['short_edge'])} pixels,"
    yield f"  {_range(tested['megapixels'])} megapixels, edges up to {tested['aspect']:g} : 1."
    if quality := tested.get("quality"):
        yield f"- Inconclusive below JPEG quality {quality['jpeg_quality']}, where one shade fills more than"
        yield f"  {percent(quality['plainness'])} of the picture, and outside a roughness of"
        yield f"  {quality['roughness'][0]:.2f} (blurred) to {quality['roughness'][1]:.2f} (noisy)."
    if "familiar" in rule:
        yield "- Inconclusive where the network's own features lie further from those of validation images than nearly"
        yield "  all of those do."


def _data(card: Card) -> Iterator[str]:
    images = card["data"]["images"]
    yield f"\n{images['train']} images to train on, {images['validation']} to choose and calibrate, split by group."
    yield f"Data digest `{card['data']['sha256']}`. The weights inherit what these terms demand:\n"
    yield from (f"- {source}: {terms}" for source, terms in card["terms"].items())


def _making(card: Card) -> Iterator[str]:
    yield f"\nInput: {card['recipe']['input_size']} pixels, {card['recipe']['resize']}; {card['recipe']['decode']}."
    if start := card.get("start"):
        yield _start(start)
    if card.get("export_difference") is not None:
        yield f"LiteRT and Keras differ by at most {card['export_difference']:.1e}."
    yield f"Libraries: {', '.join(f'{name} {number}' for name, number in card['libraries'].items())}."
    yield from (f"SHA-256 of {name}: `{digest}`." for name, digest in card["files"].items())
    yield "The whole experiment, seeds included, is in `card.json`."


def _start(start: Card) -> str:
    """Where a model that went on from another comes from."""
    if not start["old"]:
        return f"It goes on from version {start['version']}, on {start['new']} reviewed images alone."
    exact = "of what that was trained on" if start["same_old_data"] else "that are not exactly what that was trained on"
    return (
        f"It goes on from version {start['version']} with {start['new']} reviewed images, {start['share']:.0%} of each "
        f"epoch, beside {start['old']:,} {exact}."
    )


def _range(pair: Sequence[float]) -> str:
    return f"{pair[0]:g} to {pair[1]:g}"


def _minutes(seconds: float | None) -> str:
    return "an unrecorded time" if seconds is None else f"{seconds / 60:.0f} minutes"
