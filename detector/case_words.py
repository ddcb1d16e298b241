"""What the PDF of a case says, in words and in order, in the active language; case.typ only lays it out."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from detector import report_titles, report_words
from detector.models import Label
from detector.sentences import of_a_card, told
from detector.templatetags import verdicts

Content = Mapping[str, Any]
Row = list[str]

_TELLING = {
    "supports_fake": gettext_lazy("%(signal)s points to a fake"),
    "supports_authentic": gettext_lazy("%(signal)s points to a real photograph"),
}


def layout(content: Content, files: Mapping[str, str]) -> dict[str, Any]:
    """All that the pages show, as strings; `files` are the file names of the pictures that are there."""
    numbers = {item["id"]: item["number"] for item in content["items"]}
    said = {
        "words": report_titles.shared(content["made"]["check_at"]) | report_titles.of_case(),
        "title": content["title"],
        "description": content["description"],
        "facts": list(_facts(content)),
        "tally": list(_tally(content)),
        "statement": _(content["statement"]),
        "table": [_line(item, content, files) for item in content["items"]],
        "images": [_image(item, content, files, numbers) for item in content["items"]],
        "notes": [_note(note, numbers) for note in content["notes"]],
        "models": list(_models(content)),
        "making": list(_making(content)),
        "software": ", ".join(f"{name} {number}" for name, number in content["software"].items()),
        "foot": f"FakeDetect {content['software']['fakedetect']} · {_('Case %(id)s') % {'id': content['id'][:8]}}",
    }
    return {key: report_words.all_readable(value) for key, value in said.items()}


def _facts(content: Content) -> Iterator[Row]:
    items = content["items"]
    yield [_("Images"), _only(content) if content["only"] else str(len(items))]
    yield [_("Decided by people"), str(sum(bool(item["review"]) for item in items))]
    yield [_("Case since"), report_words.moment(content["made_in"])]
    if content["closed_at"]:
        yield [_("Closed"), report_words.moment(content["closed_at"])]
    yield [_("Report made"), report_words.by(content["made"]["at"], content["made"]["by"])]


def _only(content: Content) -> str:
    counts = {"number": len(content["items"]), "all": content["uploads"]["all"]}
    shown = {"verdict": verdicts.label_short(content["only"])}
    return _("%(number)s of %(all)s, those shown as “%(verdict)s”") % (counts | shown)


def _tally(content: Content) -> Iterator[dict[str, Any]]:
    """How many images of the report are shown as what."""
    shown = [verdicts.outcome({**item}) for item in content["items"]]
    words = {**{label: verdicts.label_words(label) for label in Label.values}, "failed": _("Could not be analysed")}
    for key, title in {**words, "pending": _("Being analysed")}.items():
        if key in shown:
            yield {
                "outcome": key,
                "words": title,
                "count": str(shown.count(key)),
                "share": shown.count(key) / len(shown),
            }


def _line(item: Content, content: Content, files: Mapping[str, str]) -> dict[str, Any]:
    verdict, review = item["verdict"], item["review"]
    return {
        "number": item["number"],
        "name": item["file"]["name"],
        "image": files.get(item["picture"] or ""),
        "outcome": verdicts.machine_outcome({**item}),
        "machine": verdicts.machine_words({**item}, _model_of(item, content)),
        "figure": verdicts.percent(verdict["fake_probability"]) if verdict else "–",
        "decision": _decided(review) if review else "–",
        "uploaded": f"{item['uploaded_by']}, {report_words.moment(item['uploaded_at'])}",
    }


def _image(item: Content, content: Content, files: Mapping[str, str], numbers: Mapping[str, int]) -> dict[str, Any]:
    whole = {**item, "model": _model_of(item, content), "model_alone": None}
    answer = report_words.answer(whole) if item["verdict"] or item["error"] else _nothing()
    return {
        "number": item["number"],
        "name": item["file"]["name"],
        "image": files.get(item["picture"] or ""),
        "outcome": verdicts.outcome({**item}),
        "title": verdicts.outcome_words({**item}, whole["model"]),
        "review": report_words.review_of(whole),
        "answer": answer,
        "file": [*report_words.file_facts(item["file"]), *_when(item)],
        "findings": [_finding(row) for row in item["evidence"] if row["stance"] in _TELLING],
        "silent": _silent(item),
        "notes": [_note(note, numbers) for note in content["notes"] if note["about"] == item["id"]],
    }


def _nothing() -> dict[str, Any]:
    return {
        "sentence": _("The image is being analysed; there is no answer yet."),
        "scale": None,
        "classes": [],
        "reasons": [],
    }


def _model_of(item: Content, content: Content) -> dict[str, Any]:
    """The model that answered, as the report on one upload knows it."""
    version = item["verdict"]["model"]["version"] if item["verdict"] else ""
    return {"classes": [], **content["models"].get(version, {}), "version": version}


def _when(item: Content) -> Iterator[Row]:
    yield [_("Uploaded"), report_words.by(item["uploaded_at"], item["uploaded_by"])]
    if item["analysed_at"] and item["verdict"]:
        said = {"when": report_words.moment(item["analysed_at"]), "model": item["verdict"]["model"]["version"]}
        yield [_("Analysed"), _("%(when)s, by model %(model)s") % said]
    elif item["analysed_at"]:
        yield [_("Analysed"), report_words.moment(item["analysed_at"])]


def _finding(row: Content) -> dict[str, Any]:
    name = _TELLING[row["stance"]] % {"signal": verdicts.signal_words(row["signal"])}
    return {"name": name, "summary": told(row["summary"])}


def _silent(item: Content) -> str:
    count = sum(row["stance"] == "silent" for row in item["evidence"])
    if count == 0:
        return ""
    words = ngettext("One check says nothing for either side.", "%(count)s checks say nothing for either side.", count)
    return words % {"count": count}


def _note(note: Content, numbers: Mapping[str, int]) -> dict[str, str]:
    said = {"who": note["by"] or _("a person whose account is gone"), "when": report_words.moment(note["at"])}
    head = _("%(who)s, %(when)s") % said
    if note["about"] in numbers:
        head = _("%(who)s, %(when)s, about image %(number)s") % (said | {"number": numbers[note["about"]]})
    return {"head": head, "text": note["text"]}


def _decided(review: Content) -> str:
    who = review["by"] or _("a person whose account is gone")
    return _("%(decision)s, by %(who)s") % {"decision": verdicts.decision_words(review["decision"]), "who": who}


def _models(content: Content) -> Iterator[Row]:
    for version, model in content["models"].items():
        yield [_("Version"), version]
        yield ["SHA-256", model["sha256"]]
        if model["description"]:
            yield [_("What it is"), of_a_card(model["description"])]


def _making(content: Content) -> Iterator[Row]:
    yield [_("Number of the case"), content["id"]]
    yield [_("Private details"), _("Left out: place, serial numbers and names that the files may carry.")]
    words = _("Of each image there is a report of its own, with every finding and the figures of the model.")
    yield [_("More"), words]
