"""The API keeps its published contract: generated requests, in the name of several people, meet no 500 and no
undocumented answer, on a site with something of everything in it."""

import pytest

from tests.services.contract import installation, run

pytestmark = pytest.mark.slow


def test_generated_requests_meet_no_500_and_no_undocumented_answer(tmp_path):
    """The examples and a few requests for each operation; `python -m tests.services.contract 12` asks thousands."""
    with installation(tmp_path / "var") as on:
        for who, most, phases in (
            ("reader", 1, "fuzzing"),
            ("moderator", 2, "fuzzing"),
            ("owner", 3, "examples,fuzzing"),
        ):
            done = run(on, who, tmp_path, most, "--phases", phases)
            assert done.returncode == 0, f"{who}: {done.stdout[-6000:]}"
