"""The fixed words of a report's layout, in the active language; the templates hold none of their own."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from detector.sentences import figure


def shared(check_at: str | None) -> dict[str, Any]:
    """What the report on an image and that on a case have in common."""
    return {
        "lang": (get_language() or "en").split("-")[0],
        "page": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        "how_to_read": _("How to read this."),
        "why": _("Why"),
        "file": _("The file"),
        "evidence": _("Evidence"),
        "smaller": _("The image, made smaller: %(name)s") % {"name": "{name}"},
        "ends": [figure(0, ".0%"), _("Probability of a fake"), figure(1, ".0%")],
        "model": _("The model that answered"),
        "making": _("How this report was made"),
        "programs": _("Programs"),
        "signed": _signed(check_at),
    }


def of_image() -> dict[str, Any]:
    """The report on one image."""
    return {
        "document": _("FakeDetect report: %(name)s") % {"name": "{name}"},
        "kind": _("Report on an image"),
        "no_picture": _("The picture could not be shown: its stored file is gone or cannot be decoded."),
        "under_map": _("The same image, under the map"),
        "over_image": _("Map over the image: bright places speak for a fake"),
        "map": _("The model’s map: bright places speak for a fake. A hint, not a proof."),
        "no_finding": _("No check reported a finding."),
        "unchecked": _("What was not checked"),
        "measured": _("Measured on images that it was not trained on (95 % intervals in brackets)"),
        "figures": ["", _("as they are"), _("degraded")],
        "sets": _("Each tested set by itself; no image of sets marked † was ever trained on"),
        "columns": [
            _("set"), _("images"), _("right answers"), _("photographs called fake"), _("fakes missed"), _("AUC"),
        ],
        "limits": _("What it does not know"),
    }  # fmt: skip


def of_case() -> dict[str, Any]:
    """The report on a case."""
    return {
        "document": _("FakeDetect report on a case: %(name)s") % {"name": "{name}"},
        "kind": _("Report on a case"),
        "all_images": _("All images"),
        "no_image": _("No image lies in this case."),
        "columns": ["", "", _("Image"), _("Machine"), _("Fake"), _("People"), _("Page")],
        "image": _("Image %(number)s") % {"number": "{number}"},
        "no_picture": _("The picture is not shown: its stored file is gone, or this report would grow too large."),
        "notes": _("Notes"),
        "no_note": _("Nobody wrote a note."),
    }


def _signed(check_at: str | None) -> str:
    told: Mapping[str, str] = {"command": "manage.py verify_report", "address": check_at or ""}
    if check_at:
        return _(
            "This file is signed with Ed25519. Whether it is as it was made can be checked at %(address)s, where "
            "nothing is uploaded, with %(command)s, or by any program that knows Ed25519: the signature covers every "
            "byte before the last line. Printing it, or saving it anew, leaves the signature behind."
        ) % told  # fmt: skip
    return _(
        "This file is signed with Ed25519. Whether it is as it was made can be checked with %(command)s, or by any "
        "program that knows Ed25519: the signature covers every byte before the last line. Printing it, or saving it "
        "anew, leaves the signature behind."
    ) % told  # fmt: skip
