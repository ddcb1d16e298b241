"""The ledger: signals that fail or do not apply say so and take no other down."""

import sys
import types

import pytest
from PIL import Image

from ml.evidence import ledger
from ml.evidence.subject import NotApplicable, Subject
from ml.findings import Finding
from ml.images import ImageFacts


@pytest.fixture
def subject():
    return Subject(b"", ImageFacts("PNG", "image/png", "png", 8, 8, 1, 0), Image.new("RGB", (8, 8), "red"))


@pytest.fixture
def signals(monkeypatch):
    def add(name, examine):
        module = types.ModuleType(name)
        module.examine = examine
        monkeypatch.setitem(sys.modules, f"ml.evidence.{name}", module)

    return add


def test_every_signal_of_the_ledger_exists_and_bears_its_name():
    for name in (*ledger.QUICK, *ledger.DEEP):
        module = __import__(f"ml.evidence.{name}", fromlist=["examine"])
        assert name == module.SIGNAL
        assert callable(module.examine)


def test_a_signal_that_does_not_apply_says_why(subject, signals):
    def refuses(subject):
        raise NotApplicable("This is no JPEG.")

    signals("refuses", refuses)
    assert list(ledger.examine(subject, ["refuses"])) == [Finding("refuses", "not_run", "This is no JPEG.")]


def test_a_signal_that_breaks_takes_no_other_down(subject, signals):
    signals("breaks", lambda subject: 1 / 0)
    signals("works", lambda subject: [Finding("works", "silent", "Nothing here.")])
    found = list(ledger.examine(subject, ["breaks", "works"]))
    assert [finding.stance for finding in found] == ["not_run", "silent"]
    assert "broke" in found[0].summary


def test_luma_and_pixels_are_those_of_the_picture(subject):
    assert subject.pixels.shape == (8, 8, 3)
    assert subject.grey[0, 0] == 76  # ITU-R 601 of pure red


def test_without_a_model_there_is_no_opinion(subject):
    assert subject.opinion is None


def test_what_a_signal_finds_later_stands_for_what_it_found_first():
    first = [Finding("stability", "silent", "Held."), Finding("camera", "silent", "None.")]
    later = [Finding("stability", "silent", "Turned."), Finding("faces", "silent", "None.")]
    assert [finding.summary for finding in ledger.together(first, later)] == ["None.", "Turned.", "None."]
