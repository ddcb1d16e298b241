"""Each harness, a bounded number of times, the same each time; `make fuzz` goes on for as long as one has patience."""

import random
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import corpus, harnesses

FEW = {"signals": 12, "credentials": 30, "metadata": 40}  # which take longer


@st.composite
def spoilt(draw, harness: str) -> bytes:
    """A sound input with a few bytes changed, left out or put in, so that a finding shrinks to those that matter."""
    data = bytearray(draw(st.sampled_from(corpus.of(harness))))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data)


def inputs(harness: str) -> st.SearchStrategy[bytes]:
    drawn = st.integers(0, 2**32).map(lambda number: corpus.drawn(harness, random.Random(number)))
    return spoilt(harness) | drawn | st.binary(max_size=200)


@pytest.mark.parametrize("harness", harnesses.ALL)
def test_no_bytes_bring_more_than_a_refusal(harness):
    @settings(max_examples=FEW.get(harness, 80), deadline=None, derandomize=True, suppress_health_check=HealthCheck)
    @given(inputs(harness))
    def holds(data: bytes) -> None:
        harnesses.ALL[harness](data)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, about damaged tags
        holds()
