"""Faces: found, numbered, and judged one by one."""

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml.evidence import face_detector, faces
from ml.evidence.subject import NotApplicable, Opinion, Subject
from ml.images import ImageFacts
from tests.factories import picture

needs_detector = pytest.mark.skipif(not face_detector.available(), reason="OpenCV 5 brings no face detector")


def portrait(size: int = 300) -> Image.Image:
    """A drawn face from the front, soft as a photograph."""
    unit = size / 100
    image = Image.new("RGB", (size, size), (90, 110, 130))
    draw = ImageDraw.Draw(image)

    def ellipse(x, y, across, down, colour):
        corners = (x - across, y - down, x + across, y + down)
        draw.ellipse(tuple(unit * corner for corner in corners), fill=colour)

    ellipse(50, 46, 31, 38, (60, 42, 34))
    ellipse(50, 56, 25, 32, (222, 184, 160))
    ellipse(50, 30, 23, 12, (226, 190, 166))
    for x in (39, 61):
        ellipse(x, 47, 8, 6, (150, 112, 98))
        ellipse(x, 41.5, 8, 1.8, (70, 48, 40))
        ellipse(x, 48, 5, 2.6, (245, 240, 235))
        ellipse(x, 48, 2.6, 2.6, (40, 28, 24))
    ellipse(50, 57, 3.2, 9, (236, 202, 180))
    for x in (46.5, 53.5):
        ellipse(x, 64.5, 2, 1.2, (130, 90, 80))
    ellipse(50, 74, 9, 3.2, (168, 82, 80))
    ellipse(50, 74, 8, 0.8, (90, 40, 40))
    return image.filter(ImageFilter.GaussianBlur(unit * 0.9))


def crowd() -> Image.Image:
    """Two faces in a wide picture, the larger one at the right."""
    image = picture(900, 400)
    image.paste(portrait(180), (60, 120))
    image.paste(portrait(300), (540, 60))
    return image


def subject(image, judge=None):
    return Subject(b"", ImageFacts("PNG", "image/png", "png", image.width, image.height, 1, 0), image, judge)


def calling(label, fake):
    return lambda image: Opinion(label, fake, None, None)


@needs_detector
def test_faces_are_found_the_largest_first():
    (finding,) = faces.examine(subject(crowd()))
    first, second = (face["box"] for face in finding.details["faces"])
    assert 540 < first[0] < first[2] < 840
    assert 60 < second[0] < second[2] < 240
    assert finding.details["count"] == 2
    assert finding.summary == "2 faces were found, and there is no model to judge faces."


@needs_detector
def test_a_face_that_the_model_calls_fake_supports_a_fake():
    (finding,) = faces.examine(subject(portrait(), calling("manipulated", 0.97)))
    assert finding.stance == "supports_fake"
    assert finding.details["score"] == 0.97
    assert finding.summary == "One face was found; judged by itself, number 1 is called manipulated (97%)."
    json.dumps(dict(finding.details))


@needs_detector
@pytest.mark.parametrize("label", ["authentic", "inconclusive"])
def test_a_face_that_is_not_clearly_fake_leaves_it_silent(label):
    (finding,) = faces.examine(subject(portrait(), calling(label, 0.5)))
    assert finding.stance == "silent"
    assert finding.summary == "One face was found; judged by itself it is not clearly called fake."


@needs_detector
def test_the_model_sees_each_face_with_a_margin_and_nothing_else():
    seen = []

    def judge(image):
        seen.append(image.size)
        return Opinion("authentic", 0.1, None, None)

    (finding,) = faces.examine(subject(crowd(), judge))
    boxes = [face["judged"] for face in finding.details["faces"]]
    assert seen == [(right - left, bottom - top) for left, top, right, bottom in boxes]
    assert all(width < 450 for width, _ in seen)


@needs_detector
def test_the_picture_frames_every_face():
    (finding,) = faces.examine(subject(crowd(), calling("authentic", 0.1)))
    with Image.open(io.BytesIO(finding.picture)) as opened:
        drawn = np.asarray(opened.convert("RGB"), int)
    assert drawn.shape == (400, 900, 3)
    blue = (drawn[..., 2] - drawn[..., 0]) > 100
    for face in finding.details["faces"]:
        left, top, right, _ = face["box"]
        assert blue[top - 2 : top + 3, left:right].any(axis=0).mean() > 0.9
    assert not blue[:, 260:500].any()


@needs_detector
@pytest.mark.parametrize("size", [(320, 240), (1, 1), (23, 900), (2000, 30)])
def test_a_picture_without_a_face_says_so(size):
    (finding,) = faces.examine(subject(picture(*size)))
    assert (finding.stance, finding.summary, finding.picture) == ("silent", "No face was found.", None)


@needs_detector
def test_what_the_second_look_does_not_confirm_is_no_face(monkeypatch):
    monkeypatch.setattr(face_detector, "_CONFIRMED", 10_000)
    (finding,) = faces.examine(subject(portrait()))
    assert finding.details["count"] == 0


def test_at_most_the_five_largest_faces_are_judged():
    boxes = [(0, 0, 90 - number, 90 - number) for number in range(7)]
    found = faces.judged(Image.new("RGB", (100, 100)), boxes, calling("authentic", 0.1))
    assert [face.opinion is not None for face in found] == [True] * 5 + [False] * 2


def test_a_margin_ends_at_the_edge_of_the_picture():
    assert faces.with_margin((10, 10, 60, 60), (70, 200)) == (0, 0, 70, 80)


def test_it_does_not_apply_where_opencv_brings_no_detector(monkeypatch):
    monkeypatch.delattr(cv2, "CascadeClassifier", raising=False)
    with pytest.raises(NotApplicable, match="no face detector"):
        faces.examine(subject(portrait()))
    with pytest.raises(RuntimeError, match="opencv-python-headless 4"):
        face_detector.detect(np.zeros((50, 50), np.uint8))


@pytest.mark.parametrize("shape", [(1, 9_000), (9_000, 3), (1, 1)])
def test_a_strip_of_which_nothing_is_left_when_it_is_made_small_has_no_face(shape):
    assert face_detector.detect(np.zeros(shape, np.uint8)) == []
