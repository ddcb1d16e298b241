"""Faces: where they are, and what the model says of each by itself.

A face pasted into a photograph, or exchanged, is a small part of it: seen alone it fills the model's view.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image

from ml.evidence import face_detector
from ml.evidence.drawing import Box, Canvas, Colour
from ml.evidence.subject import NotApplicable, Opinion, Subject
from ml.findings import Finding, Stance
from ml.sentences import Sentence, say, say_many

SIGNAL = "faces"
_MOST_JUDGED = 5  # the largest: each costs as much as a verdict
_MARGIN = 0.4  # of the face, on each side: the sets that models learn from show the whole head
_FAKE = {"ai_generated": say("AI-generated"), "manipulated": say("manipulated")}


class Face(NamedTuple):
    """Where it was found, the part of the picture that was judged, and the model's opinion of that part."""

    box: Box
    judged: Box
    opinion: Opinion | None


def examine(subject: Subject) -> list[Finding]:
    """One finding: supports_fake where the model clearly calls a face by itself fake, else silent."""
    if not face_detector.available():
        raise NotApplicable(say("The version of OpenCV that is installed brings no face detector."))
    boxes = face_detector.detect(subject.grey)
    if not boxes:
        return [Finding(SIGNAL, "silent", say("No face was found."), {"count": 0, "faces": []})]
    faces = judged(subject.image, boxes, subject.judge)
    fakes = [face for face in faces if face.opinion and face.opinion.label in _FAKE]
    details: dict[str, object] = {"count": len(faces), "faces": [_as_json(face) for face in faces]}
    if scores := [face.opinion.fake_probability for face in faces if face.opinion]:
        details["score"] = round(max(scores), 4)
    stance: Stance = "supports_fake" if fakes else "silent"
    return [Finding(SIGNAL, stance, _summary(faces), details, _draw(subject, faces))]


def judged(image: Image.Image, boxes: Sequence[Box], judge: Callable[[Image.Image], Opinion] | None) -> list[Face]:
    """All faces in this order, the first few judged by themselves where there is a model."""
    faces = []
    for number, box in enumerate(boxes):
        part = with_margin(box, image.size)
        asked = judge is not None and number < _MOST_JUDGED
        faces.append(Face(box, part, judge(image.crop(part)) if judge and asked else None))
    return faces


def with_margin(box: Box, size: tuple[int, int]) -> Box:
    """The box grown on each side, within a picture of this size (width, height)."""
    left, top, right, bottom = box
    across, down = round((right - left) * _MARGIN), round((bottom - top) * _MARGIN)
    return max(0, left - across), max(0, top - down), min(size[0], right + across), min(size[1], bottom + down)


def _as_json(face: Face) -> dict[str, object]:
    opinion = face.opinion
    said = {"label": opinion.label, "fake_probability": round(opinion.fake_probability, 4)} if opinion else None
    return {"box": list(face.box), "judged": list(face.judged), "opinion": said}


def _draw(subject: Subject, faces: Sequence[Face]) -> bytes:
    canvas = Canvas(subject.grey)
    for number, face in enumerate(faces, 1):
        fake = face.opinion is not None and face.opinion.label in _FAKE
        canvas.box(face.box, Colour.ORANGE if fake else Colour.BLUE, f"{number}!" if fake else str(number))
    return canvas.png()


def _summary(faces: Sequence[Face]) -> Sentence:
    found = say_many("One face was found", "{count} faces were found", len(faces))
    opinions = [face.opinion for face in faces if face.opinion]
    if not opinions:
        return say("{found}, and there is no model to judge faces.", found=found)
    if fakes := [_called(number, one) for number, one in enumerate(opinions, 1) if one.label in _FAKE]:
        return say("{found}; judged by itself, {fakes:,}.", found=found, fakes=fakes)
    return say_many(
        "{found}; judged by itself it is not clearly called fake.",
        "{found}; of the {count} judged by themselves none is clearly called fake.",
        len(opinions), found=found,
    )  # fmt: skip


def _called(number: int, opinion: Opinion) -> Sentence:
    return say(
        "number {number} is called {label} ({score:.0%})",
        number=number, label=_FAKE[opinion.label], score=opinion.fake_probability,
    )  # fmt: skip
