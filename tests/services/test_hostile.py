"""Some hundred hostile files, archives and bodies, to a site of several processes; docs/operate.md has thousands."""

import pytest

from tests.services.hostile import besiege

pytestmark = pytest.mark.slow


def test_hostile_files_meet_refusals_and_take_nobody_along(tmp_path):
    siege = besiege(tmp_path, 250, seed=72)
    assert siege.faults == []
    assert len(siege.got) == 250
    assert len({one.kind for one in siege.got}) >= 15  # every kind had its turn
    assert {"uploads/", "uploads/search/", "batches/"} == {one.door for one in siege.got}
