"""`evaluation.html`: an evaluation as one page that needs no other file, no network and no script."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from ml import charts, report_charts, tables
from ml.report_style import STYLE
from ml.tables import Table, percent, ratio, share

Measured = Mapping[str, Any]
_FAMILIES = {
    "jpeg": "saved again as JPEG, by quality",
    "scale": "made smaller, by factor",
    "blur": "blurred, by radius in pixels",
    "crop": "cropped, by share of the area",
    "screenshot": "as a screenshot, by zoom",
}


def render(report: Measured, name: str) -> str:
    """The page of a run of this name, from its `evaluation.json`."""
    sections = [section for section in _sections(report) if section[2]]
    links = "".join(f'<li><a href="#{key}">{escape(title)}</a></li>' for key, title, _ in sections)
    body = "".join(
        f'<section id="{key}"><h2>{escape(title)}</h2>{content}</section>\n' for key, title, content in sections
    )
    title = escape(f"Evaluation of {name}")
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title>\n<style>{STYLE}</style></head>\n'
        f'<body><main><h1>{title}</h1>\n{_head(report)}<nav aria-label="Sections"><ul>{links}</ul></nav>\n{body}'
        "</main></body>\n</html>\n"
    )


def _sections(report: Measured) -> Iterator[tuple[str, str, str]]:
    """(key, title, content); a section without content is left out."""
    yield "false-alarms", "False alarms on photographs, first", _false_alarms(report)
    yield "sources", "Test images, by source", _sources(report)
    yield "mistakes", "Confirmed mistakes", _mistakes(report)
    yield "left-out", "Sources that it was not trained on", _table(tables.leave_one_out(report), "Sources left out")
    yield "confusion", "What is called what", _confusion(report)
    yield "reliability", "Do the probabilities come true?", _reliability(report)
    yield "alarms", "What an alarm is worth", _base_rates(report)
    yield "journeys", "After a journey", _journeys(report)
    yield "places", "Where a picture was altered", _table(tables.localisation(report), "Altered regions")
    yield "slices", "Cut another way", _slices(report)
    yield "others", "Beside other models", _others(report)


def _head(report: Measured) -> str:
    whole, degraded = (tables.whole(report.get(part, {})) for part in ("test", "test_degraded"))
    figures = [
        ("Balanced accuracy", _big(whole, "balanced_accuracy", percent)),
        ("AUC", _big(whole, "auc", ratio)),
        ("AUC, degraded", _big(degraded, "auc", ratio)),
        ("False alarms, test", _big_share(whole.get("false_alarms"))),
        *(
            (f"False alarms, {name}", _big_share(row["false_alarms"]))
            for name, row in report.get("never_trained", {}).items()
            if "false_alarms" in row
        ),
        ("Inconclusive", percent(whole.get("inconclusive"))),
    ]
    cards = "".join(f"<div><dt>{escape(name)}</dt><dd>{told}</dd></div>" for name, told in figures)
    return (
        f"<p>{whole.get('images', 0):,} test images, {whole.get('fakes', 0):,} of them fakes. "
        f"In brackets, everywhere, 95 % intervals.</p><dl>{cards}</dl>"
    )


def _big(row: Measured, name: str, words: Any) -> str:
    told, _, edges = tables.figure(row, name, words).partition(" (")
    return f"{escape(told)}<small>{escape(edges.rstrip(')'))}</small>"


def _big_share(value: Measured | None) -> str:
    told, _, edges = share(value).partition(" (")
    return f"{escape(told)}<small>{escape(edges.rstrip(')'))}</small>"


def _false_alarms(report: Measured) -> str:
    drawn = report_charts.false_alarms(report, "Share of photographs called fake, by set")
    if drawn is None:
        return ""
    chart, high = drawn
    caption = f"Share of authentic photographs called fake, from 0 to {percent(high)}; lines are 95 % intervals."
    words = "<p>Sets marked † were never trained on. An inconclusive verdict is no alarm.</p>"
    return (
        words + "".join(charts.wrapped([(caption, chart)])) + _table(tables.false_alarms(report), "False alarms by set")
    )


def _sources(report: Measured) -> str:
    words = (
        "<p><b>Accuracy</b> counts an inconclusive verdict as an error; <b>balanced</b> accuracy, precision, recall "
        "and F1 call every image by the threshold. <b>Flips</b>: the score of that view alone changes its side.</p>"
    )
    parts = [words]
    for part, title in (("test", "As they are"), ("test_degraded", "Each degraded once")):
        rows, baseline = report.get(part, {}), report.get("baseline", {}).get(part)
        parts.append(f"<h3>{title}</h3>{_table(tables.by_source(rows, baseline), f'{title}, by source')}")
        parts.append(_folded(f"{title}: precision, recall, F1, average precision", tables.at_threshold(rows)))
    return "".join(parts) if report.get("test") else ""


def _mistakes(report: Measured) -> str:
    table = _table(tables.regression(report), "Confirmed mistakes")
    return f"<p>{escape(tables.regression_words(report))}</p>{table}" if table else ""


def _confusion(report: Measured) -> str:
    return "".join(
        f"<h3>{title}</h3>{table}"
        for part, title in (("test", "As they are"), ("test_degraded", "Each degraded once"))
        if (table := _table(tables.confusion(report.get(part, {})), f"{title}, verdicts"))
    )


def _reliability(report: Measured) -> str:
    drawn = report_charts.reliability(report, "Stated against true share of fakes")
    if drawn is None:
        return ""
    chart, names = drawn
    told = "".join(f"<li>{_calibration(report, name)}</li>" for name in names)
    words = (
        "<p>In the queue that the probabilities are stated for, its sources alike. On the dotted diagonal what is "
        "stated comes true; the larger the dot, the more of the queue.</p>"
    )
    key = report_charts.key([name.replace("_", " ") for name in names])
    figure = "".join(charts.wrapped([("Stated (across) and true (up) share of fakes", chart)]))
    return f"{words}{key}{figure}<ul>{told}</ul>"


def _calibration(report: Measured, part: str) -> str:
    whole = tables.whole(report[part])
    return (
        f"{part.replace('_', ' ')}: expected calibration error {ratio(whole.get('calibration_error_at_prior'))}, Brier "
        f"{ratio(whole.get('brier_at_prior'))}; in the mixture at hand {ratio(whole.get('calibration_error'))} and "
        f"{ratio(whole.get('brier'))}"
    )


def _base_rates(report: Measured) -> str:
    table = _table(tables.base_rates(report), "Precision of alarms")
    words = (
        "<p>The share of alarms that are fakes, for several shares of fakes in the queue. An inconclusive verdict is "
        "no alarm. The intervals take both rates at their worst and at their best end.</p>"
    )
    return words + table if table else ""


def _journeys(report: Measured) -> str:
    measured = report.get("robustness", {})
    if not measured:
        return ""
    words = (
        f"<p>{measured['images']:,} images, at most {measured['of_each_source']} of each source, each step by itself. "
        "Of all verdicts, <b>contradicted</b> became another conclusive one, <b>crossed</b> changed the side of the "
        "threshold, <b>relabelled</b> changed in any way, to or from inconclusive too. What comes "
        "out smaller than anything that was tested is inconclusive, and counts as an error.</p>"
    )
    titles = {
        name: (f"Worth: {said}", f"Changed verdicts and false alarms: {said}") for name, said in _FAMILIES.items()
    }
    drawn = list(report_charts.journeys(report, titles))
    table = _folded("All figures, false alarms included", tables.robustness(report))
    return f"{words}{report_charts.key(report_charts.SERIES)}{''.join(charts.wrapped(drawn))}{table}"


def _slices(report: Measured) -> str:
    table = _table(tables.slices(report), "Slices")
    return f"<p>A cut is also a choice of sources: read it beside the table by source.</p>{table}" if table else ""


def _others(report: Measured) -> str:
    parts = [
        f"<h3>Beside {escape(name)}</h3>{_table(tables.differences(other), f'Beside {name}')}"
        for name, other in tables.others(report)
    ]
    words = (
        "<p>What the other has, then this model less the other on the same images: more is better, but for false "
        "alarms.</p>"
    )
    return words + "".join(parts) if parts else ""


def _table(table: Table, title: str) -> str:
    """A table with its title for those who hear the page."""
    if not table.rows:
        return ""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.columns)
    body = "".join(
        f'<tr><th scope="row">{escape(cells[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])}</tr>'
        for cells in table.rows
    )
    # A region that scrolls must be reachable by keyboard.
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _folded(title: str, table: Table) -> str:
    return f"<details><summary>{escape(title)}</summary>{_table(table, title)}</details>" if table.rows else ""
