"""What the file says of the camera, the time and the programs, and whether that can be true."""

import io

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ml.evidence import tags as metadata
from ml.evidence import thumbnail
from ml.evidence.capture import Capture, capture
from ml.evidence.contradictions import contradictions
from ml.evidence.subject import NotApplicable, Subject
from ml.evidence.tags import Tags
from ml.evidence.thumbnail import Grey, Likeness
from ml.findings import Finding
from ml.sentences import Sentence, say

SIGNAL = "camera"
_SCALE, _GAP, _SHARE = 3, 12, 0.2  # of the picture that shows the difference
_MARK = "#e69f00"  # orange of Okabe and Ito, told apart with any colour vision


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake for a contradiction or a preview that shows something else, silent otherwise.

    Raises:
        NotApplicable: the format has no place for camera tags.
    """
    if subject.facts.format not in metadata.FORMATS:
        raise NotApplicable(say("{format} files have no place for the tags of a camera.", format=subject.facts.format))
    tags = metadata.read(subject.data, subject.facts.format)
    said, wrong = capture(tags), contradictions(capture(tags))
    alike = _likeness(tags, subject)
    details = _details(said, wrong, alike)
    if alike and (alike.other or alike.altered):
        return [Finding(SIGNAL, "supports_fake", _of_preview(alike), details, _picture(alike))]
    if wrong:
        summary = say(
            "What the file says of its origin cannot all be true, unless a clock was wrong: {contradiction}",
            contradiction=wrong[0],
        )
        return [Finding(SIGNAL, "supports_fake", summary, details)]
    return [Finding(SIGNAL, "silent", _plain(said, tags, alike), details)]


def _likeness(tags: Tags, subject: Subject) -> Likeness | None:
    small = thumbnail.decoded(tags.exif.thumbnail, apart=subject.apart) if tags.exif.thumbnail else None
    return thumbnail.compare(small, subject.image) if small else None


def _of_preview(alike: Likeness) -> Sentence:
    if alike.other:
        return say("The small preview stored in the file shows another picture: one of the two was replaced.")
    return say("The small preview stored in the file differs from the picture in one place, which was changed since.")


def _plain(said: Capture, tags: Tags, alike: Likeness | None) -> Sentence:
    """What is said, and that it proves nothing."""
    if tags.problems and not said.camera:
        return tags.problems[0]
    if not said.camera:
        return say(
            "The file names no camera{but}; that says nothing, since tags are easily lost.",
            but=say(", but the program {program}", program=said.editor) if said.editor else "",
        )
    return say(
        "The file says it was taken with a camera named {camera}{on}{by}{cropped}; such tags can be copied, and "
        "written by anyone.",
        camera=said.camera,
        on=say(" on {day:date}", day=said.taken.isoformat()) if said.taken else "",
        by=say(", and last saved with {program}", program=said.editor) if said.editor else "",
        cropped=_cropped(said) if alike and alike.part else "",
    )


def _cropped(said: Capture) -> Sentence:
    if said.editor:
        return say("; its preview shows another cut of the scene, so it was cropped since")
    return say("; its preview shows another cut of the scene, so it was cropped")


def _details(said: Capture, wrong: list[Sentence], alike: Likeness | None) -> dict[str, object]:
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
