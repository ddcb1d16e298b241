"""File names are shown and never trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import names
from detector.errors import Refused


@pytest.mark.parametrize("name", ["cat.jpg", "Été à la plage.HEIC", "日本.png", "a..b.jpg", ".hidden", "x" * 50])
def test_it_keeps_an_ordinary_name(name):
    assert names.checked(name) == name


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b.jpg", "C:\\x.jpg", "..", ".", "a\x00b.jpg", "a\nb.jpg", "\x7f.jpg"]
)
def test_it_refuses_paths_and_control_characters(name):
    with pytest.raises(Refused) as caught:
        names.checked(name)
    assert (caught.value.code, caught.value.status) == ("invalid_name", 400)


def test_it_gives_a_nameless_file_a_name():
    assert names.checked("  ") == "image"


def test_it_shortens_a_long_name_and_keeps_its_ending():
    short = names.checked("x" * 400 + ".jpeg")
    assert len(short) <= 255
    assert short.endswith("….jpeg")


@given(st.text(max_size=600))
def test_whatever_passes_fits_the_column_and_holds_no_path(name):
    try:
        passed = names.checked(name)
    except Refused:
        return
    assert 0 < len(passed) <= 255
    assert "/" not in passed
    assert "\\" not in passed
    assert passed.isprintable() or any(char.isspace() or ord(char) > 127 for char in passed)
