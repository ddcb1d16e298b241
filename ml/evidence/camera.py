"""What the file says of the camera, the time and the programs, and whether that can be true."""

import io

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ml.evidence import tags as metadata
from ml.evidence import thumbnail
from ml.evidence.capture import Capture, capture
from ml.evidence.contradictions import contradictions, in_words
from ml.evidence.subject import NotApplicable, Subject
from ml.evidence.tags import Tags
from ml.evidence.thumbnail import Grey, Likeness
from ml.findings import Finding

SIGNAL = "camera"
_CAVEAT = "such tags can be copied, and written by anyone"
_SCALE, _GAP, _SHARE = 3, 12, 0.2  # of the picture that shows the difference
_MARK = "#e69f00"  # orange of Okabe and Ito, told apart with any colour vision


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake for a contradiction or a preview that shows something else, silent otherwise.

    Raises:
        NotApplicable: the format has no place for camera tags.
    """
    if subject.facts.format not in metadata.FORMATS:
        raise NotApplicable(f"{subject.facts.format} files have no place for the tags of a camera.")
    tags = metadata.read(subject.data, subject.facts.format)
    said, wrong = capture(tags), contradictions(capture(tags))
    alike = _likeness(tags, subject)
    details = _details(said, wrong, alike)
    if alike and (alike.other or alike.altered):
        return [Finding(SIGNAL, "supports_fake", _of_preview(alike), details, _picture(alike))]
    if wrong:
        summary = f"What the file says of its origin cannot all be true, unless a clock was wrong: {wrong[0]}"
        return [Finding(SIGNAL, "supports_fake", summary, details)]
    return [Finding(SIGNAL, "silent", _plain(said, tags, alike), details)]


def _likeness(tags: Tags, subject: Subject) -> Likeness | None:
    small = thumbnail.decoded(tags.exif.thumbnail) if tags.exif.thumbnail else None
    return thumbnail.compare(small, subject.image) if small else None


def _of_preview(alike: Likeness) -> str:
    if alike.other:
        return "The small preview stored in the file shows another picture: one of the two was replaced."
    return "The small preview stored in the file differs from the picture in one place, which was changed since."


def _plain(said: Capture, tags: Tags, alike: Likeness | None) -> str:
    """What is said, and that it proves nothing."""
    if not said.camera:
        start = "The file names no camera"
        start += f", but the program {said.editor}" if said.editor else ""
        return tags.problems[0] if tags.problems else f"{start}; that says nothing, since tags are easily lost."
    on = f" on {in_words(said.taken)}" if said.taken else ""
    by = f", and last saved with {said.editor}" if said.editor else ""
    if alike and alike.part:
        by += f"; its preview shows another cut of the scene, so it was cropped{' since' if by else ''}"
    return f"The file says it was taken with a camera named {said.camera}{on}{by}; {_CAVEAT}."


def _details(said: Capture, wrong: list[str], alike: Likeness | None) -> dict[str, object]:
    details: dict[str, object] = dict(said.facts)
    if said.editor:
        details["edited_with"] = said.editor
    if wrong:
        details["contradictions"] = wrong
    if alike:
        state = "other" if alike.other else "cropped" if alike.part else "altered" if alike.altered else "same"
        details |= {"preview": f"{state}, mirrored" if alike.mirrored else state, "score": round(alike.difference, 3)}
    for name, values in (("gps", said.gps), ("private", said.private)):
        if values:
            details[name] = dict(values)
    return details


def _picture(alike: Likeness) -> bytes:
    """Preview and picture beside each other as they were compared, the place that differs framed: a PNG."""
    one, two = (_enlarged(plane) for plane in alike.planes)
    gap = np.full((one.shape[0], _GAP), 255, np.uint8)
    drawn = Image.fromarray(np.hstack([one, gap, two])).convert("RGB")
    if alike.altered:
        for left in (0, one.shape[1] + _GAP):
            _frame(drawn, alike, left, one.shape)
    stream = io.BytesIO()
    drawn.save(stream, "PNG")
    return stream.getvalue()


def _enlarged(plane: Grey) -> np.typing.NDArray[np.uint8]:
    bright = np.clip(plane, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(bright, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC), np.uint8)


def _frame(drawn: Image.Image, alike: Likeness, left: int, shape: tuple[int, ...]) -> None:
    half = _SHARE * min(shape) / 2
    x, y = left + alike.place[0] * shape[1], alike.place[1] * shape[0]
    ImageDraw.Draw(drawn).rectangle((x - half, y - half, x + half, y + half), outline=_MARK, width=3)
