"""What the PDF of a report says, in words and in order, in the active language; report.typ only lays it out.

Everything here is data to the typesetter, never code. The fonts that it brings know Latin, Greek, Cyrillic, Hebrew,
Devanagari, basic Arabic and many signs: what they lack, and characters that turn the direction of writing, are told by
their number, so that a name cannot pose as another.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from detector import report_titles
from detector.sentences import figure, of_a_card, told
from detector.templatetags import verdicts

Content = Mapping[str, Any]
Row = list[str]

_GROUPS = {
    "supports_fake": gettext_lazy("Points to a fake"),
    "supports_authentic": gettext_lazy("Points to a real photograph"),
    "silent": gettext_lazy("Speaks for neither side"),
}
_SENTENCES = {
    "authentic": gettext_lazy(
        "The traces that the model looks for are not here, or too weak to report. That is not proof that the image is "
        "genuine."
    ),
    "ai_generated": gettext_lazy("The image carries traces that the model knows from AI generators."),
    "manipulated": gettext_lazy("Parts of the image do not fit the rest of it."),
    "inconclusive": gettext_lazy("The model cannot tell. Do not rely on its raw figure."),
}
_UNFINISHED = {
    "queued": gettext_lazy("The deeper checks had not begun when this report was made. What they find is not in it."),
    "running": gettext_lazy(
        "The deeper checks were still running when this report was made. What they find later is not in it."
    ),
    "failed": gettext_lazy("The deeper checks broke and were given up."),
}
_NEVER = gettext_lazy(
    "Who took the picture, when, where and of whom; whether its caption is true; whether the scene was staged. "
    "No program reads that from pixels."
)
_COPIES = gettext_lazy(
    "Whether this picture was uploaded here before. The answer depends on whose uploads a reader may see, so it stands "
    "on the page and not in a report that travels."
)
_READABLE = re.compile(
    r"[\n\u0020-\u007e\u00a0-\u0377\u0384-\u04ff\u0531-\u058a\u0591-\u05f4\u0621-\u063a\u0640-\u0652\u0900-\u097f"
    r"\u1e00-\u1fff\u2010-\u2027\u202f-\u2040\u20a0-\u20bf\u2190-\u23ff\u2460-\u25ff\ufffd]"
)


def layout(content: Content, files: Mapping[str, str]) -> dict[str, Any]:
    """All that the page shows, as strings; `files` are the file names of the pictures that are there."""
    said = {
        "words": report_titles.shared(content["made"]["check_at"]) | report_titles.of_image(),
        "title": verdicts.outcome_words({**content}, content["model"]),
        "outcome": verdicts.outcome({**content}),
        "review": review_of(content),
        "name": content["file"]["name"],
        "image": files.get("image"),
        "heatmap": files.get("heatmap"),
        "answer": answer(content),
        "file": file_facts(content["file"]),
        "groups": [_group(str(title), stance, content, files) for stance, title in _GROUPS.items()],
        "unchecked": list(_unchecked(content)),
        "model": _model(content["model"]),
        "figures": list(_figures(content["model"])),
        "sets": [_set(row) for row in content["model"]["tested_on"]],
        "limits": [of_a_card(limit) for limit in content["model"]["limits"]],
        "making": list(_making(content)),
        "software": ", ".join(f"{name} {number}" for name, number in content["software"].items()),
        "statement": _(content["statement"]),
        "foot": f"FakeDetect {content['software']['fakedetect']} · SHA-256 {content['file']['sha256'][:16]}…",
    }
    return {key: all_readable(value) for key, value in said.items()}


def readable(text: str) -> str:
    """Text as the fonts can show it: any other character as ⟨U+…⟩."""
    return "".join(
        char if _READABLE.match(char) else f"⟨U+{ord(char):04X}⟩" for char in unicodedata.normalize("NFC", text)
    )


def all_readable(value: Any) -> Any:
    if isinstance(value, str | Promise):
        return readable(str(value))
    if isinstance(value, Mapping):
        return {key: all_readable(part) for key, part in value.items()}
    return [all_readable(part) for part in value] if isinstance(value, list) else value


def review_of(content: Content) -> list[str] | None:
    """What a person decided, and that the machine's own answer follows: paragraphs under the title."""
    review = content["review"]
    if not review:
        return None
    when = {"when": moment(review["at"]), "who": review["by"]}
    decided = _("Decided by %(who)s on %(when)s.") if review["by"] else _("Decided on %(when)s.")
    passing = "" if review["final"] else " " + _("The decision could still be taken back when this report was made.")
    machine = verdicts.machine_words({**content}, content["model"])
    note = [_("“%(note)s”") % {"note": review["note"]}] if review["note"] else []
    return [decided % when + passing, *note, _("The machine’s own verdict: %(verdict)s.") % {"verdict": machine}]


def answer(content: Content) -> dict[str, Any]:
    verdict = content["verdict"]
    if not verdict:
        detail = content["error"]["detail"] if content["error"] else _("The image could not be analysed.")
        return {"sentence": told(detail), "scale": None, "classes": [], "reasons": []}
    trained = content["model"]["classes"] or list(verdict["probabilities"])
    value, marks = verdict["fake_probability"], verdict["thresholds"] or {}
    return {
        "figure": verdicts.percent(value),
        "sentence": f"{_meaning(verdict)} {_SENTENCES.get(verdict['label'], '')}".strip(),
        "scale": {"value": value, "low": marks.get("authentic_below"), "high": marks.get("fake_above")},
        "marks": f"{_marks(marks)} {_alone(content)}".strip(),
        "classes": [_class(name, part, trained) for name, part in verdict["probabilities"].items()],
        "reasons": [told(reason) for reason in verdict["reasons"]],
    }


def _meaning(verdict: Content) -> str:
    if verdict["label"] == "inconclusive":
        return ""
    share = verdicts.share_words(verdict["fake_probability"])
    return _("%(about_so_many)s of images that score like this are fake.") % {"about_so_many": share}


def _marks(marks: Content) -> str:
    if not marks:
        return ""
    edges = {name: verdicts.percent(marks[mark]) for name, mark in (("low", "authentic_below"), ("high", "fake_above"))}
    words = _(
        "Below %(low)s the answer is “no sign found”, above %(high)s it is “fake”, between them it is inconclusive."
    )
    return words % edges


def _alone(content: Content) -> str:
    """What the model said before the other evidence, where that changed the answer or its probability."""
    own, verdict = content["model_alone"], content["verdict"]
    if not own or all(own[name] == verdict[name] for name in ("label", "fake_probability")):
        return ""
    alone = {"verdict": verdicts.label_words(own["label"]), "share": verdicts.percent(own["fake_probability"])}
    return _("The image model alone: %(verdict)s, %(share)s; other evidence moved it.") % alone


def _class(name: str, value: float, trained: list[str]) -> dict[str, Any]:
    known = name in trained
    figure = verdicts.percent(value) if known else _("not looked for by this model")
    return {"name": verdicts.class_words(name), "value": value if known else None, "figure": figure}


def file_facts(file: Content) -> list[Row]:
    size = {name: file[name] for name in ("format", "width", "height")} | {"bytes": figure(file["bytes"], ",")}
    return [
        [_("Name"), file["name"]],
        [_("Format"), _("%(format)s, %(width)s × %(height)s pixels, %(bytes)s bytes") % size],
        ["SHA-256", file["sha256"]],
    ]


def _group(title: str, stance: str, content: Content, files: Mapping[str, str]) -> dict[str, Any]:
    rows = [_evidence(row, files) for row in content["evidence"] if row["stance"] == stance]
    return {"title": title, "stance": stance, "rows": rows}


def _evidence(row: Content, files: Mapping[str, str]) -> dict[str, Any]:
    shown = {"name": verdicts.signal_words(row["signal"]), "summary": told(row["summary"])}
    return shown | {"picture": files.get(row["picture"] or ""), "notes": list(_notes(row["details"]))}


def _notes(details: Content) -> Iterator[str]:
    """The measured score, and what only the owner may read where the owner asked for it."""
    score = details.get("score")
    if isinstance(score, int | float):
        yield _("Measured score %(score)s") % {"score": figure(score, ",.0f" if 1_000 <= abs(score) < 1e15 else ".3g")}
    for name in ("gps", "private"):
        if details.get(name):
            yield f"{verdicts.spaced(name)}: {verdicts.plain(details[name])}"


def _unchecked(content: Content) -> Iterator[Row]:
    for row in content["evidence"]:
        if row["stance"] == "not_run":
            yield [verdicts.signal_words(row["signal"]), told(row["summary"])]
    if content["ledger"] in _UNFINISHED:
        yield [_("Deeper checks"), str(_UNFINISHED[content["ledger"]])]
    yield [_("Earlier copies"), str(_COPIES)]
    yield [_("Beyond any picture"), str(_NEVER)]


def _model(model: Content) -> list[Row]:
    made = _("Made on %(when)s.") % {"when": moment(model["made"])} if model["made"] else ""
    rows = [
        [_("Version"), model["version"]],
        ["SHA-256", model["sha256"]],
        [_("What it is"), f"{made} {of_a_card(model['description'] or '')}".strip()],
    ]
    return [row for row in rows if row[1]]


def _figures(model: Content) -> Iterator[Row]:
    """Name, on the test images, on the same ones degraded; rows that the card does not hold are left out."""
    words = {
        "images": _("Test images"),
        "accuracy": _("Right answers (an inconclusive one counts as wrong)"),
        "balanced_accuracy": _("Balanced accuracy, every image called"),
        "auc": _("Area under the ROC curve"),
        "false_alarms": _("False alarms: photographs called fake"),
        "missed": _("Fakes that were missed"),
        "inconclusive": _("Inconclusive answers"),
    }
    for name, title in words.items():
        cells = [_figure(name, model[part].get(name)) for part in ("test", "test_degraded")]
        if any(cells):
            yield [title, *(cell or "–" for cell in cells)]
    if calibration := model["calibration"]:
        over = _("Expected calibration error, over %(images)s") % {"images": _(calibration["over"])}
        yield [over, figure(calibration["expected_error"], ".3f"), "–"]


def _set(row: Content) -> Row:
    names = ("images", "accuracy", "false_alarms", "missed", "auc")
    mark = "" if row["trained_on"] else " †"
    return [f"{row['set']}{mark}", *(_figure(name, row.get(name)) or "–" for name in names)]


def _figure(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "images":
        return figure(value, ",")
    if not isinstance(value, Mapping):
        return f"{figure(value * 100, '.1f')} %"
    if name == "auc":
        return _with_interval(value, 1, ".3f", "")
    return _with_interval(value, 100, ".1f", " %")


def _with_interval(value: Mapping[str, Any], factor: int, form: str, sign: str) -> str:
    shown = {"value": figure(value["value"] * factor, form) + sign}
    if edges := value.get("interval"):
        shown |= {"low": figure(edges[0] * factor, form), "high": figure(edges[1] * factor, form)}
        return _("%(value)s (%(low)s to %(high)s)") % shown
    return shown["value"]


def _making(content: Content) -> Iterator[Row]:
    made = content["made"]
    yield [_("Uploaded"), moment(content["uploaded_at"])]
    yield [_("Analysed"), moment(content["analysed_at"]) if content["analysed_at"] else _("not finished")]
    yield from ([_("Earlier verdict"), _earlier(row)] for row in content["earlier"])
    yield [_("Report made"), by(made["at"], made["by"])]
    if review := content["review"]:
        yield [_("Reviewed"), by(review["at"], review["by"])]
    yield [_("Number of the upload"), content["id"]]
    hidden = _("Included, as its maker asked: place, serial numbers and names that the file carries.")
    left_out = _("Left out: place, serial numbers and names that the file may carry.")
    yield [_("Private details"), hidden if made["with_private_details"] else left_out]


def _earlier(row: Mapping[str, Any]) -> str:
    said = {
        "verdict": verdicts.label_words(row["label"]),
        "share": verdicts.percent(row["fake_probability"]),
        "model": row["model"]["version"],
    }
    if not row["at"]:
        return _("%(verdict)s, %(share)s, by model %(model)s") % said
    return _("%(verdict)s, %(share)s, by model %(model)s on %(when)s") % (said | {"when": moment(row["at"])})


def by(iso: str, who: str | None) -> str:
    """When, and by whom."""
    return _("%(when)s, by %(who)s") % {"when": moment(iso), "who": who or _("a person whose account is gone")}


def moment(iso: str) -> str:
    """A time of a report: always UTC, since a report travels."""
    at = datetime.fromisoformat(iso)
    return _("%(date)s, %(time)s UTC") % {"date": date_format(at, "DATE_FORMAT"), "time": f"{at:%H:%M:%S}"}
