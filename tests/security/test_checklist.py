"""docs/security-checklist.md names every requirement once, and only what exists as its proof."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security-checklist.md").read_text()
ROWS = [row.strip("| ").split(" | ", 3) for row in re.findall(r"^\| \d.+$", TEXT, re.M)]
STATES = {"met", "not met", "not applicable"}
# Requirements of level 1 and 2 of each chapter of version 5.0.
COUNTS = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
    16: 16,
    17: 7,
}
PROOF = re.compile(r"`([\w./-]+\.(?:py|md|toml|txt|json|html))(?:::(\w+))?`")


def numbers() -> list[str]:
    return [number for row in ROWS for number in row[0].split(", ")]


def test_every_requirement_stands_there_once():
    assert [number for number, count in Counter(numbers()).items() if count > 1] == []
    assert Counter(int(number.partition(".")[0]) for number in numbers()) == COUNTS


def test_the_sum_at_the_top_is_that_of_the_rows():
    told = Counter(row[2] for row in ROWS for _ in row[0].split(", "))
    assert set(told) == STATES
    assert f"its {sum(told.values())} requirements" in TEXT
    assert f"**{told['met']} met, {told['not met']} not met, {told['not applicable']} not applicable.**" in TEXT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:30])
def test_what_is_met_names_its_proof_and_all_that_is_named_exists(row):
    proofs = PROOF.findall(row[3])
    assert proofs or row[2] != "met"
    for path, name in proofs:
        assert (ROOT / path).is_file(), path
        assert not name or f"def {name}(" in (ROOT / path).read_text(), name
