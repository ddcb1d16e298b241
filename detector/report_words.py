"""What the PDF of a report says, in words and in order; report.typ only lays it out.

Everything here is data to the typesetter, never code. The fonts that it brings know Latin, Greek, Cyrillic, Hebrew,
Devanagari, basic Arabic and many signs: what they lack, and characters that turn the direction of writing, are told by
their number, so that a name cannot pose as another.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from detector.templatetags import verdicts

Content = Mapping[str, Any]
Row = list[str]

_GROUPS = {
    "supports_fake": "Points to a fake",
    "supports_authentic": "Points to a real photograph",
    "silent": "Speaks for neither side",
}
_SENTENCES = {
    "authentic": "The traces that the model looks for are not here, or too weak to report. That is not proof that the "
    "image is genuine.",
    "ai_generated": "The image carries traces that the model knows from AI generators.",
    "manipulated": "Parts of the image do not fit the rest of it.",
    "inconclusive": "The model cannot tell. Do not rely on its raw figure.",
}
_UNFINISHED = {
    "queued": "The deeper checks had not begun when this report was made. What they find is not in it.",
    "running": "The deeper checks were still running when this report was made. What they find later is not in it.",
    "failed": "The deeper checks broke and were given up.",
}
_NEVER = (
    "Who took the picture, when, where and of whom; whether its caption is true; whether the scene was staged. "
    "No program reads that from pixels."
)
_COPIES = (
    "Whether this picture was uploaded here before. The answer depends on whose uploads a reader may see, so it stands "
    "on the page and not in a report that travels."
)
_READABLE = re.compile(
    r"[\n\u0020-\u007e\u00a0-\u0377\u0384-\u04ff\u0531-\u058a\u0591-\u05f4\u0621-\u063a\u0640-\u0652\u0900-\u097f"
    r"\u1e00-\u1fff\u2010-\u2027\u202f-\u2040\u20a0-\u20bf\u2190-\u23ff\u2460-\u25ff\ufffd]"
)


def layout(content: Content, files: Mapping[str, str]) -> dict[str, Any]:
    """All that the page shows, as strings; `files` are the file names of the pictures that are there."""
    told = {
        "title": verdicts.outcome_words({**content}, content["model"]),
        "outcome": verdicts.outcome({**content}),
        "name": content["file"]["name"],
        "image": files.get("image"),
        "heatmap": files.get("heatmap"),
        "answer": _answer(content),
        "file": _file(content["file"]),
        "groups": [_group(title, stance, content, files) for stance, title in _GROUPS.items()],
        "unchecked": list(_unchecked(content)),
        "model": _model(content["model"]),
        "figures": list(_figures(content["model"])),
        "sets": [_set(row) for row in content["model"]["tested_on"]],
        "limits": content["model"]["limits"],
        "making": list(_making(content)),
        "software": ", ".join(f"{name} {number}" for name, number in content["software"].items()),
        "statement": content["statement"],
        "check_at": content["made"]["check_at"],
        "foot": f"FakeDetect {content['software']['fakedetect']} · SHA-256 {content['file']['sha256'][:16]}…",
    }
    return {key: _readable(value) for key, value in told.items()}


def readable(text: str) -> str:
    """Text as the fonts can show it: any other character as ⟨U+…⟩."""
    return "".join(
        char if _READABLE.match(char) else f"⟨U+{ord(char):04X}⟩" for char in unicodedata.normalize("NFC", text)
    )


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, Mapping):
        return {key: _readable(part) for key, part in value.items()}
    return [_readable(part) for part in value] if isinstance(value, list) else value


def _answer(content: Content) -> dict[str, Any]:
    verdict = content["verdict"]
    if not verdict:
        error = content["error"] or {"detail": "The image could not be analysed."}
        return {"sentence": error["detail"], "scale": None, "classes": [], "reasons": []}
    trained = content["model"]["classes"] or list(verdict["probabilities"])
    value, marks = verdict["fake_probability"], verdict["thresholds"] or {}
    return {
        "figure": verdicts.percent(value),
        "sentence": f"{_meaning(verdict)} {_SENTENCES.get(verdict['label'], '')}".strip(),
        "scale": {"value": value, "low": marks.get("authentic_below"), "high": marks.get("fake_above")},
        "marks": f"{_marks(marks)} {_alone(content)}".strip(),
        "classes": [_class(name, part, trained) for name, part in verdict["probabilities"].items()],
        "reasons": verdict["reasons"],
    }


def _meaning(verdict: Content) -> str:
    if verdict["label"] == "inconclusive":
        return ""
    return f"{verdicts.share_words(verdict['fake_probability'])} of images that score like this are fake."


def _marks(marks: Content) -> str:
    if not marks:
        return ""
    low, high = (verdicts.percent(marks[name]) for name in ("authentic_below", "fake_above"))
    return f"Below {low} the answer is “no sign found”, above {high} it is “fake”, between them it is inconclusive."


def _alone(content: Content) -> str:
    """What the model said before the other evidence, where that changed the answer or its probability."""
    own, verdict = content["model_alone"], content["verdict"]
    if not own or all(own[name] == verdict[name] for name in ("label", "fake_probability")):
        return ""
    words = verdicts.label_words(own["label"])
    return f"The image model alone: {words}, {verdicts.percent(own['fake_probability'])}; other evidence moved it."


def _class(name: str, value: float, trained: list[str]) -> dict[str, Any]:
    known = name in trained
    figure = verdicts.percent(value) if known else "not looked for by this model"
    return {"name": verdicts.class_words(name), "value": value if known else None, "figure": figure}


def _file(file: Content) -> list[Row]:
    return [
        ["Name", file["name"]],
        ["Format", f"{file['format']}, {file['width']} × {file['height']} pixels, {file['bytes']:,} bytes"],
        ["SHA-256", file["sha256"]],
    ]


def _group(title: str, stance: str, content: Content, files: Mapping[str, str]) -> dict[str, Any]:
    rows = [_evidence(row, files) for row in content["evidence"] if row["stance"] == stance]
    return {"title": title, "stance": stance, "rows": rows}


def _evidence(row: Content, files: Mapping[str, str]) -> dict[str, Any]:
    told = {"name": verdicts.signal_words(row["signal"]), "summary": row["summary"]}
    return told | {"picture": files.get(row["picture"] or ""), "notes": list(_notes(row["details"]))}


def _notes(details: Content) -> Iterator[str]:
    """The measured score, and what only the owner may read where the owner asked for it."""
    score = details.get("score")
    if isinstance(score, int | float):
        yield f"Measured score {score:,.0f}" if 1_000 <= abs(score) < 1e15 else f"Measured score {score:.3g}"
    for name in ("gps", "private"):
        if details.get(name):
            yield f"{verdicts.spaced(name)}: {verdicts.plain(details[name])}"


def _unchecked(content: Content) -> Iterator[Row]:
    for row in content["evidence"]:
        if row["stance"] == "not_run":
            yield [verdicts.signal_words(row["signal"]), row["summary"]]
    if content["ledger"] in _UNFINISHED:
        yield ["Deeper checks", _UNFINISHED[content["ledger"]]]
    yield ["Earlier copies", _COPIES]
    yield ["Beyond any picture", _NEVER]


def _model(model: Content) -> list[Row]:
    made = f"Made on {_moment(model['made'])}. " if model["made"] else ""
    rows = [
        ["Version", model["version"]],
        ["SHA-256", model["sha256"]],
        ["What it is", made + (model["description"] or "")],
    ]
    return [row for row in rows if row[1]]


def _figures(model: Content) -> Iterator[Row]:
    """Name, on the test images, on the same ones degraded; rows that the card does not hold are left out."""
    words = {
        "images": "Test images",
        "accuracy": "Right answers (an inconclusive one counts as wrong)",
        "balanced_accuracy": "Balanced accuracy, every image called",
        "auc": "Area under the ROC curve",
        "false_alarms": "False alarms: photographs called fake",
        "missed": "Fakes that were missed",
        "inconclusive": "Inconclusive answers",
    }
    for name, title in words.items():
        cells = [_figure(name, model[part].get(name)) for part in ("test", "test_degraded")]
        if any(cells):
            yield [title, *(cell or "–" for cell in cells)]
    if calibration := model["calibration"]:
        yield [f"Expected calibration error, over {calibration['over']}", f"{calibration['expected_error']:.3f}", "–"]


def _set(row: Content) -> Row:
    names = ("images", "accuracy", "false_alarms", "missed", "auc")
    mark = "" if row["trained_on"] else " †"
    return [f"{row['set']}{mark}", *(_figure(name, row.get(name)) or "–" for name in names)]


def _figure(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "images":
        return f"{value:,}"
    if not isinstance(value, Mapping):
        return f"{value * 100:.1f} %"
    if name == "auc":
        return _with_interval(value, 1, "{:.3f}", "")
    return _with_interval(value, 100, "{:.1f}", " %")


def _with_interval(value: Mapping[str, Any], factor: int, form: str, sign: str) -> str:
    told = form.format(value["value"] * factor) + sign
    if edges := value.get("interval"):
        told += f" ({form.format(edges[0] * factor)} to {form.format(edges[1] * factor)})"
    return told


def _making(content: Content) -> Iterator[Row]:
    made = content["made"]
    yield ["Uploaded", _moment(content["uploaded_at"])]
    yield ["Analysed", _moment(content["analysed_at"]) if content["analysed_at"] else "not finished"]
    yield ["Report made", f"{_moment(made['at'])}, by {made['by']}"]
    if content["reviewer"]:
        yield ["Reviewed", str(content["reviewer"])]
    yield ["Number of the upload", content["id"]]
    hidden = "Included, as its maker asked: place, serial numbers and names that the file carries."
    left_out = "Left out: place, serial numbers and names that the file may carry."
    yield ["Private details", hidden if made["with_private_details"] else left_out]


def _moment(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%-d %B %Y, %H:%M:%S UTC")
