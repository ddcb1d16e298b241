"""Compression: is one part of this picture compressed otherwise than the rest?

Two independent tests of parts: blocks that lack the first of two quantisations (double_quantisation), and blocks on a
grid out of step (block_grid). The earlier quality of the whole (ghosts) is told, and never speaks for a fake: to save
a picture again is no manipulation. Where neither test finds anything the picture is an error level analysis.
Measured: 1.2 % of 810 photographs flagged, 67 to 85 % of suitable splices found, 7 % of those of CASIA.
"""

from typing import Any, NamedTuple

import cv2
import numpy as np

from ml.evidence import block_grid, double_quantisation, ghosts, maps
from ml.evidence.blocks import Grey, Plane, Stored, as_stored, coefficients, stored, upright
from ml.evidence.regions import Flags, box, strongest
from ml.evidence.subject import NotApplicable, Subject
from ml.evidence.tiles import looked_at, spread
from ml.findings import Finding
from ml.sentences import Sentence, say

SIGNAL = "compression"
THRESHOLD = 1.0  # of the larger of both scores, each over its own bound; docs/signals/compression.md has the rates
_ALIGNED_BOUND, _SHIFTED_BOUND = 17.0, 7.2
_LEAST_EDGE = 128
_TOO_SMALL = say("Compression is examined in pictures of at least {edge} pixels a side.", edge=_LEAST_EDGE)
_MOST_PIXELS = 2_000_000  # of blocks transformed, and of squares searched for a shifted grid
_TILE = 512
_LEAST_GAIN, _LEAST_ORDERS = 0.5, 3  # nats a block and orders, from which a first quantisation is believed
_WINDOW, _CLEAR = 5, 0.3  # blocks, and nats a block that speak against a first quantisation there
_LARGEST = 0.6  # of the picture: a part is the lesser part


class Part(NamedTuple):
    """One test's answer, in the frame of the file: `score` over the test's bound, the part, and the map behind it."""

    score: float
    region: Flags
    evidence: Plane
    details: dict[str, Any]


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake where a part's compression differs, or silent; raises NotApplicable if too small."""
    if min(subject.grey.shape) < _LEAST_EDGE:
        raise NotApplicable(_TOO_SMALL)
    how = stored(subject.data, subject.facts)
    grey = as_stored(subject.grey, how.orientation)
    stride = max(1, int(np.ceil((grey.size / _MOST_PIXELS) ** 0.5)))
    aligned = _aligned(grey, how, stride)
    shifted = _shifted(grey)
    best = max((part for part in (aligned, shifted) if part), key=lambda part: part.score)
    values = coefficients(grey, double_quantisation.ORDERS, stride)
    earlier = None
    if aligned is None or aligned.details["quantised_twice"]:  # tables that are not standard leave ghosts of their own
        earlier = ghosts.earlier_quality(values, double_quantisation.ORDERS, subject.facts.jpeg_quality)
    details = {
        "score": round(best.score, 3), "threshold": THRESHOLD, "format": subject.facts.format,
        "double_quantisation": aligned.details if aligned else None, "block_grid": shifted.details,
        "earlier_quality": earlier, "looked_at": round(1 / stride**2, 3),
    }  # fmt: skip
    if best.score < THRESHOLD:
        levels = ghosts.error_levels(values, double_quantisation.ORDERS)
        return [Finding(SIGNAL, "silent", _nothing(how, earlier), details, _levels_picture(levels, subject, how))]
    details["box"] = box(upright(best.region, how.orientation), subject.image.size)
    summary = _found(best is shifted)
    return [Finding(SIGNAL, "supports_fake", summary, details, _part_picture(best, best is shifted, subject, how))]


def _aligned(grey: Grey, how: Stored, stride: int) -> Part | None:
    """None for a file that is no JPEG: without the table the last quantisation is not known."""
    if how.table is None:
        return None
    twice = double_quantisation.examine(grey, how.table, stride)
    believed = twice.gain > _LEAST_GAIN and len(twice.steps) >= _LEAST_ORDERS
    smooth = cv2.blur(twice.evidence, (_WINDOW, _WINDOW))
    region = strongest(smooth < -_CLEAR, -twice.evidence)
    counts = believed and region.share < _LARGEST
    score = region.total / twice.evidence.size**0.5 / _ALIGNED_BOUND if counts else 0.0
    details = {
        "score": round(score * _ALIGNED_BOUND, 2), "gain": round(twice.gain, 3), "quantised_twice": believed,
        "first_steps": {f"{row},{column}": step for (row, column), step in sorted(twice.steps.items())},
    }  # fmt: skip
    return Part(score, region.mask, np.asarray(smooth, np.float32), details)


def _shifted(grey: Grey) -> Part:
    """The clearest of the squares looked at; the whole picture is one where it is small."""
    boxes = list(spread(grey.shape, _TILE, _MOST_PIXELS)) if grey.size > _MOST_PIXELS else []
    boxes = boxes or [(slice(0, min(grey.shape[0], 4 * _TILE)), slice(0, min(grey.shape[1], 4 * _TILE)))]
    found = [block_grid.examine(np.ascontiguousarray(grey[place])) for place in boxes]
    number = int(np.argmax([shifted.score for shifted in found]))
    best, place = found[number], boxes[number]
    rows, columns = -(-grey.shape[0] // 8), -(-grey.shape[1] // 8)
    region, evidence = np.zeros((rows, columns), bool), np.full((rows, columns), np.nan, np.float32)
    at = tuple(slice(edge.start // 8, edge.start // 8 + n) for edge, n in zip(place, best.region.shape, strict=True))
    region[at], evidence[at] = best.region, best.evidence
    whole = next((shifted.whole for shifted in found if shifted.whole), None)
    details = {
        "score": round(best.score, 2), "offset": list(best.offset) if best.offset else None,
        "whole_picture_offset": list(whole) if whole else None, "looked_at": looked_at(boxes, grey.shape),
    }  # fmt: skip
    return Part(best.score / _SHIFTED_BOUND, region, evidence, details)


def _part_picture(part: Part, shifted: bool, subject: Subject, how: Stored) -> bytes:
    """Yellow is what is compressed otherwise."""
    values = part.evidence if shifted else -part.evidence
    high = 8.0 if shifted else 2.0
    turned = upright(values, how.orientation), upright(part.region, how.orientation)
    return maps.draw(turned[0], subject.image.size, 0.0 if shifted else -high, high, outline=turned[1])


def _levels_picture(levels: Plane, subject: Subject, how: Stored) -> bytes:
    high = max(float(np.quantile(levels, 0.99)), 1.0)
    return maps.draw(upright(levels, how.orientation), subject.image.size, 0.0, high)


def _found(shifted: bool) -> Sentence:
    if shifted:
        return say(
            "A part of the picture carries traces of an earlier JPEG whose blocks are out of step with the rest."
        )
    return say("Most of the picture was compressed as JPEG twice, but one part of it only once.")


def _nothing(how: Stored, earlier: int | None) -> Sentence:
    before = say(" It seems to have been saved before at a JPEG quality of about {quality}.", quality=earlier)
    if how.table is None:
        return say(
            "No part stands out by its block grid; the other tests of compression need a JPEG file.{before}",
            before=before if earlier else "",
        )
    return say(
        "No part of the picture was found to be compressed otherwise than the rest.{before}",
        before=before if earlier else "",
    )
