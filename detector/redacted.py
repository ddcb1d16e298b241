"""What a share link shows of a verdict: only what stands here, so that whatever is added elsewhere stays private.

Left out are who handed it in, its name, notes and tags, who decided, times of day, and every word that comes from
the file itself: a signer, a camera, a place, a prompt. Of such checks the page tells what they say for, not what.
"""

from typing import Any

from django.utils.translation import gettext as _

from detector import report
from detector.models import ShareLink
from detector.sentences import told
from fakedetect_site.logs import discreet

Shown = dict[str, Any]

# They look at pixels, and their sentences are made of the site's own words and numbers alone.
OF_PIXELS = frozenset(
    (
        "stability", "where", "visible_mark", "copy_move", "compression", "noise", "resampling", "spectrum", "faces",
        "familiar", "tested_range",
    )
)  # fmt: skip
_OF_THE_PICTURE = ("format", "width", "height", "bytes", "sha256")


def of_link(link: ShareLink) -> Shown:
    """The report as whoever holds the link may see it."""
    whole = report.of_upload(link.upload)
    found = [one for one in whole["evidence"] if one["signal"] != "similar"]  # other uploads are no business of theirs
    return {
        "status": whole["status"],
        "ledger": whole["ledger"],
        "file": {name: whole["file"][name] for name in _OF_THE_PICTURE},
        "verdict": _verdict(whole["verdict"], found),
        "review": _review(whole["review"]),
        "evidence": [_row(one) for one in found],
        "error": None,
    }


def _verdict(whole: Shown | None, found: list[Shown]) -> Shown | None:
    if whole is None:
        return None
    private = {str(one["summary"]) for one in found if one["signal"] not in OF_PIXELS}
    kept = [discreet(told(reason)) for reason in whole["reasons"] if str(reason) not in private]
    if len(kept) < len(whole["reasons"]):
        kept.append(_("What the file says of itself counted too. Its words are left out here."))
    shown = ("label", "fake_probability", "probabilities", "thresholds", "model")
    return {name: whole[name] for name in shown} | {"reasons": kept}


def _review(whole: Shown | None) -> Shown | None:
    return {"decision": whole["decision"], "at": whole["at"], "final": whole["final"]} if whole else None


def _row(whole: Shown) -> Shown:
    words = discreet(told(whole["summary"])) if whole["signal"] in OF_PIXELS else _("What it found is left out here.")
    return {"signal": whole["signal"], "stance": whole["stance"], "summary": words, "details": {}, "picture": None}
