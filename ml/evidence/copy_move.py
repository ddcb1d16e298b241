"""Copy-move: is a part of this picture a copy of another part of it, and where?

Equal blocks and equal keypoints propose transforms, a dense comparison keeps the pixels that really agree under one,
and traces of the camera's grid tell, where they can, which side is the copy. The plan follows Cozzolino, Poggi and
Verdoliva (2015); proposals by voting take the place of their dense search, which NumPy could not do in half a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.evidence import block_votes, copy_direction, copy_picture, dense_check, keypoint_votes
from ml.evidence.copy_picture import Pair
from ml.evidence.dense_check import Flags, Plane, Region, Transform
from ml.evidence.outline import moved, outline
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.sentences import Sentence, say, say_many

Pixels = npt.NDArray[np.uint8]  # RGB, (height, width, 3)

SIGNAL = "copy_move"
_NOTHING = say("No part of the picture was found to be a copy of another part.")
THRESHOLD = 1500.0  # at most 1 % false alarms; docs/decisions/0013 has the measurement
_MOST_PIXELS = 800_000  # analysed; larger pictures are shrunk
_LEAST_EDGE, _LONGEST_EDGE = 32, 16_000
_PLAIN, _TURNED = 10, 6  # hypotheses tested
_LARGEST_OVERLAP = 0.15  # a region that its own equal covers is a pattern, not a copy
_SAME = 8.0  # pixels between transforms that say the same
_UNIT = 200_000  # pixels of a picture whose areas count as they are; in a larger one everything is larger
_OTHERS = 50.0  # pixels: what any part repeats somewhere
_STEP = 4  # pixels: the footprints of groups are compared on every fourth row and column
_EXACT = 1.0  # grey levels: sides that differ less were not compressed since
_LIKELY, _KNOWN = 1.0, 2.0  # standard errors from which the copy is told from its original, for the mask and in words


@dataclass(frozen=True, slots=True)
class Match:
    """`score` is 0 where nothing repeats; `size` is the picture's, in pixels, `both` and `alone` are as analysed.

    Masks of the shape (height, width) of the picture are made when they are asked for: at 50 megapixels each is large.
    """

    score: float
    size: tuple[int, int]
    both: Flags
    alone: Flags
    pairs: tuple[Pair, ...]

    @property
    def mask(self) -> Flags:
        """Originals and copies."""
        return _resized(self.both, self.size)

    @property
    def copies(self) -> Flags:
        """The copies alone where the direction is at least likely, else both."""
        return _resized(self.alone, self.size)


@dataclass(frozen=True, slots=True)
class _Group:
    """Regions under one transform; those under its inverse are the same seen from the other side."""

    regions: list[Region]
    strength: float


def find(image: Image.Image) -> Match:
    """Look for parts that are copies of others, moved, turned or scaled. Any size and content; raises nothing."""
    size = _analysed_size(*image.size)
    nothing = np.zeros(size[::-1], bool)
    if min(size) < _LEAST_EDGE:
        return Match(0.0, image.size, nothing, nothing, ())
    pixels = _pixels(image, size)
    planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    groups = _groups(_regions(planes), planes.shape[:2])
    if not groups:
        return Match(0.0, image.size, nothing, nothing, ())
    return _match(pixels, planes, groups, image.size)


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake with the regions, or silent."""
    if min(_analysed_size(*subject.image.size)) < _LEAST_EDGE:
        raise NotApplicable(say("The picture is too small or too narrow to look for copied parts in it."))
    match = find(subject.image)
    score = {"score": round(match.score, 1)}
    if match.score < THRESHOLD:
        return [Finding(SIGNAL, "silent", _NOTHING, score)]
    details = score | {"pairs": copy_picture.as_json(match.pairs), "mask": copy_picture.packed(match.alone, match.size)}
    picture = copy_picture.draw(subject.grey, match.both, match.pairs)
    return [Finding(SIGNAL, "supports_fake", _summary(match.pairs), details, picture)]


def _analysed_size(width: int, height: int) -> tuple[int, int]:
    """At most as many pixels as half a second allows, and edges that OpenCV's warps can address."""
    factor = min(1.0, (_MOST_PIXELS / (width * height)) ** 0.5, _LONGEST_EDGE / max(width, height))
    return round(width * factor), round(height * factor)


def _pixels(image: Image.Image, size: tuple[int, int]) -> Pixels:
    image = image if image.mode == "RGB" else image.convert("RGB")  # which copies even where nothing is to convert
    return np.asarray(image if image.size == size else image.resize(size, Image.Resampling.BOX), np.uint8)


def _regions(planes: Plane) -> list[Region]:
    luma = np.ascontiguousarray(planes[..., 0])
    apart = max(12, min(luma.shape) // 24)
    plain = [np.array([[1, 0, x], [0, 1, y]], np.float64) for x, y in block_votes.displacements(planes, apart, _PLAIN)]
    turned = keypoint_votes.similarities(luma.astype(np.uint8), apart, _TURNED)
    picture = dense_check.prepare(luma)
    return [region for transform in [*plain, *turned] for region in dense_check.regions(picture, transform)]


def _groups(regions: list[Region], shape: tuple[int, int]) -> list[_Group]:
    """Regions by transform, the strongest first; patterns count against others only."""
    rest, alike = sorted(regions, key=lambda region: -region.area), []
    while rest:
        alike.append([region for region in rest if _alike(region.transform, rest[0].transform)])
        rest = [region for region in rest if not _alike(region.transform, rest[0].transform)]
    prints = np.stack([_footprint(same, shape) for same in alike]) if alike else np.zeros((0, 1), np.float32)
    shared = prints @ prints.T * _STEP**2
    np.fill_diagonal(shared, 0)
    groups = []
    for same, others in zip(alike, shared, strict=True):
        copies = [region for region in same if region.overlap <= _LARGEST_OVERLAP]
        if copies:
            groups.append(_Group(_one_sided(copies), _strength(_footprint(copies, shape), copies, float(others.max()))))
    return sorted(groups, key=lambda group: -group.strength)


def _one_sided(regions: list[Region]) -> list[Region]:
    """The best region first, then those that lie on its side of the copy; best agrees most exactly on most pixels."""
    ranked = sorted(regions, key=_exactness, reverse=True)
    return [region for region in ranked if _apart(region.transform, ranked[0].transform) < _SAME]


def _exactness(region: Region) -> float:
    """A copy moved by whole pixels fits a transform a little off as well, since that smooths the noise away."""
    return region.area / (1 + region.difference) * (2 if dense_check.is_plain(region.transform) else 1)


def _footprint(regions: list[Region], shape: tuple[int, int]) -> Plane:
    """1 where a region or its equal lies, flat, on a coarse grid."""
    whole = np.zeros((-(-shape[0] // _STEP), -(-shape[1] // _STEP)), bool)
    for region in regions:
        mask = np.zeros(shape, bool)
        mask[region.box] = region.mask
        coarse = mask[::_STEP, ::_STEP]
        transform = np.column_stack([region.transform[:, :2], region.transform[:, 2] / _STEP])
        whole |= coarse | moved(coarse, transform)
    return whole.ravel().astype(np.float32)


def _strength(footprint: Plane, regions: list[Region], other: float) -> float:
    """Pixels of a connected part, over how much they differ, and over what of them agrees under another transform too.

    What repeats by nature (windows, bricks) repeats in pieces, and under many transforms about equally well.
    """
    unit = max(len(footprint) * _STEP**2 / _UNIT, 1.0)
    area = float(footprint.sum()) * _STEP**2 / unit
    sizes = np.array([region.area for region in regions], np.float64)
    difference = float(np.average([region.difference for region in regions], weights=sizes))
    connected = float((sizes**2).sum() / sizes.sum()) / unit
    return connected / (1 + difference) * (area + _OTHERS) / (other / unit + _OTHERS)


def _alike(one: Transform, two: Transform) -> bool:
    """Whether two transforms, or one and the inverse of the other, send points within a few pixels."""
    return min(_apart(one, two), _apart(one, dense_check.inverse(two))) < _SAME


def _apart(one: Transform, two: Transform) -> float:
    """How far from each other, in pixels, two transforms send points."""
    return float(np.abs((one - two) @ np.array([[100, 400], [100, 300], [1, 1]])).max())


def _sides(luma: Plane, regions: list[Region]) -> tuple[Flags, Flags]:
    """The masks of both sides; each transform is followed for itself, since alignment moved them a little."""
    first, second = np.zeros(luma.shape, bool), np.zeros(luma.shape, bool)
    rest = regions
    while rest:
        transform = rest[0].transform
        one = outline(luma, [region for region in rest if np.array_equal(region.transform, transform)])
        first, second = first | one, second | moved(one, transform)
        rest = [region for region in rest if not np.array_equal(region.transform, transform)]
    return first, second


def _match(pixels: Pixels, planes: Plane, groups: list[_Group], size: tuple[int, int]) -> Match:
    luma = np.ascontiguousarray(planes[..., 0])
    both, copies, pairs = np.zeros(luma.shape, bool), np.zeros(luma.shape, bool), []
    for group in _kept(groups):
        first, second = _sides(luma, group.regions)
        direction = _direction(pixels, first, second, group.regions[0], size)
        both |= first | second
        copies |= (first | second) if abs(direction) < _LIKELY else second if direction > 0 else first
        pairs.append(_pair(group, first, second, size, direction))
    return Match(groups[0].strength, size, both, copies, tuple(pairs))


def _kept(groups: list[_Group]) -> list[_Group]:
    """The strongest and what else would be evidence by itself."""
    return [groups[0], *(group for group in groups[1:] if group.strength >= max(THRESHOLD, groups[0].strength / 10))]


def _direction(pixels: Pixels, first: Flags, second: Flags, best: Region, size: tuple[int, int]) -> float:
    """In standard errors: positive where the transform leads to the copy, negative where it leads to the original."""
    score = copy_direction.by_border(pixels, first, second, best.transform)
    untouched = (pixels.shape[1], pixels.shape[0]) == size and best.difference < _EXACT
    if untouched and dense_check.is_plain(best.transform):
        dx, dy = best.transform[:, 2].astype(int)
        score += copy_direction.by_grid(pixels, first, (int(dx), int(dy)))
    return score


def _pair(group: _Group, first: Flags, second: Flags, size: tuple[int, int], direction: float) -> Pair:
    transform = group.regions[0].transform
    if direction < 0:
        first, second, transform = second, first, dense_check.inverse(transform)
    factor = size[0] / first.shape[1]
    middle = np.append(np.argwhere(first).mean(axis=0)[::-1], 1.0)
    shift = (transform @ middle - middle[:2]) * factor
    return Pair(
        displacement=(round(float(shift[0]), 1), round(float(shift[1]), 1)),
        rotation=round(float(np.degrees(np.arctan2(transform[1, 0], transform[0, 0]))), 1),
        scale=round(float(np.sqrt(abs(np.linalg.det(transform[:, :2])))), 3),
        pixels=int(first.sum()),
        strength=group.strength,
        boxes=(_box(first, factor), _box(second, factor)),
        copy_known=abs(direction) >= _KNOWN,
    )


def _box(mask: Flags, factor: float) -> tuple[int, int, int, int]:
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return tuple(round(edge * factor) for edge in (left, top, left + width, top + height))  # type: ignore[return-value]


def _resized(mask: Flags, size: tuple[int, int]) -> Flags:
    if mask.shape == size[::-1]:
        return mask
    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)


def _summary(pairs: Sequence[Pair]) -> Sentence:
    across, down = (abs(pixels) for pixels in pairs[0].displacement)
    return say_many(
        "A part of the picture appears in it a second time, {across:.0f} pixels across and {down:.0f} pixels down from "
        "the first.",
        "{count} parts of the picture appear in it a second time.",
        len(pairs), across=across, down=down,
    )  # fmt: skip
