"""Stability: does the model's verdict survive what happens to a picture on its way through the internet?

Small changes that no person notices should leave the verdict alone; where one turns it round, it rests on traces too
weak to rely on (as robustness to common corruptions is measured: Hendrycks and Dietterich, 2019).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PIL import Image, ImageFilter

from ml.evidence.subject import NotApplicable, Opinion, Subject
from ml.findings import Finding
from ml.sentences import Sentence, say
from ml.views import reencoded, scaled

SIGNAL = "stability"
_SHORT_EDGE = 640  # pixels: about what a model of 256 pixels works at
_CROPPED = 0.03  # of either edge
_BLUR = 0.7  # pixels
_ZOOM, _RIM, _PAGE, _SCREENSHOT_QUALITY = 0.9, 0.02, (246, 246, 246), 85
_TURNED = {"authentic": ("ai_generated", "manipulated"), "ai_generated": ("authentic",), "manipulated": ("authentic",)}


class Variant(NamedTuple):
    """A change: its name for a machine, what was done for a person ("when the picture was …"), and how."""

    name: str
    done: Sentence
    make: Callable[[Image.Image], Image.Image]


def cropped(image: Image.Image) -> Image.Image:
    """Without a thin strip at the left and at the top, which moves the blocks of the picture's JPEG as well."""
    return image.crop((round(image.width * _CROPPED), round(image.height * _CROPPED), image.width, image.height))


def blurred(image: Image.Image) -> Image.Image:
    """A little softer."""
    return image.filter(ImageFilter.GaussianBlur(_BLUR))


def screenshot(image: Image.Image) -> Image.Image:
    """As on a screen: a little smaller, a rim of the page around it, saved as a site does."""
    shown = scaled(image, _ZOOM)
    rim = max(1, round(min(shown.size) * _RIM))
    page = Image.new("RGB", (shown.width + 2 * rim, shown.height + 2 * rim), _PAGE)
    page.paste(shown, (rim, rim))
    return reencoded(page, _SCREENSHOT_QUALITY)


VARIANTS = (
    Variant("jpeg_90", say("saved again (JPEG 90)"), lambda image: reencoded(image, 90)),
    Variant("jpeg_70", say("saved again (JPEG 70)"), lambda image: reencoded(image, 70)),
    Variant("half_size", say("made half as large"), lambda image: scaled(image, 0.5)),
    Variant("cropped", say("cropped by 3 %"), cropped),
    Variant("blurred", say("blurred a little"), blurred),
    Variant("screenshot", say("taken as a screenshot"), screenshot),
)


def examine(subject: Subject) -> list[Finding]:
    """One finding, silent: the score of each variant, those that turn the verdict round, and the spread."""
    if subject.judge is None or (opinion := subject.opinion) is None:
        raise NotApplicable(say("There is no model whose verdict could be tested."))
    small = reduced(subject.image)
    opinions = {variant.name: subject.judge(variant.make(small)) for variant in VARIANTS}
    flips = turned_round(opinion, opinions)
    scores = [opinion.fake_probability, *(each.fake_probability for each in opinions.values())]
    details = {
        "as_it_is": _as_json(opinion),
        "variants": {name: _as_json(each) for name, each in opinions.items()},
        "flips": flips,
        "spread": round(max(scores) - min(scores), 4),
    }
    return [Finding(SIGNAL, "silent", _summary(opinion, opinions, flips), details)]


def reduced(image: Image.Image) -> Image.Image:
    """Averaged by the largest power of two that keeps the scale at which models work: changes cost little there.

    A model would reduce a picture the same way before it looks, and its other figures begin there as well
    (`ml.journeys`); a change is harsher here than in the full picture, whose reduction would smooth it away.
    """
    factor = 1
    while min(image.size) // (2 * factor) >= _SHORT_EDGE:
        factor *= 2
    return image.reduce(factor) if factor > 1 else image


def turned_round(opinion: Opinion, opinions: Mapping[str, Opinion]) -> list[str]:
    """The variants that are clearly called the opposite; of an inconclusive picture, those of the smaller side.

    An inconclusive variant says nothing of either side, and the two kinds of fake are no opposites.
    """
    if opinion.label in _TURNED:
        return [name for name, each in opinions.items() if each.label in _TURNED[opinion.label]]
    authentic = [name for name, each in opinions.items() if each.label == "authentic"]
    fake = [name for name, each in opinions.items() if each.label in _TURNED["authentic"]]
    return min(authentic, fake, key=len)


def _as_json(opinion: Opinion) -> dict[str, object]:
    return {"label": opinion.label, "fake_probability": round(opinion.fake_probability, 4)}


def _summary(opinion: Opinion, opinions: Mapping[str, Opinion], flips: list[str]) -> Sentence:
    scores = [each.fake_probability for each in opinions.values()]
    between = {"low": min(scores), "high": max(scores)}
    if flips:
        return say(
            "The verdict turned round when the picture was {done:or}, so it cannot be relied on: its score lay between "
            "{low:.0%} and {high:.0%}.",
            done=[variant.done for variant in VARIANTS if variant.name in flips],
            **between,
        )
    unsure = sum(each.label not in _TURNED for each in opinions.values())
    if opinion.label not in _TURNED:
        return say(
            "The verdict was inconclusive, and no small change of the picture contradicts another: its score lay "
            "between {low:.0%} and {high:.0%}.",
            **between,
        )
    if unsure:
        return say(
            "No small change of the picture turned the verdict round, but {unsure} of {all} left it open: its score "
            "lay between {low:.0%} and {high:.0%}.",
            unsure=unsure, all=len(opinions), **between,
        )  # fmt: skip
    return say(
        "The verdict held under {number} small changes of the picture: its score lay between {low:.0%} and {high:.0%}.",
        number=len(opinions), **between,
    )  # fmt: skip
