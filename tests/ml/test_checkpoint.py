"""What a killed run is continued from."""

import json

import numpy as np

from ml import checkpoint, history
from ml.checkpoint import AUC, Kept, State


def arrays(value):
    return [np.full((2, 3), value, np.float32), np.full(4, value, np.float32)]


def state(epoch=5, **values):
    return State(epoch, arrays(1), [np.int64(7)], arrays(2), **values)


def test_a_state_survives_the_file(tmp_path):
    kept = [Kept(4, {AUC: 0.9}, arrays(3)), Kept(2, {AUC: 0.8}, arrays(4))]
    checkpoint.save(tmp_path / "last.npz", state(kept=kept, data="abc", hurried=3))
    found = checkpoint.load(tmp_path / "last.npz")
    assert (found.epoch, found.data, found.hurried) == (5, "abc", 3)
    assert [(one.epoch, one.figures) for one in found.kept] == [(4, {AUC: 0.9}), (2, {AUC: 0.8})]
    for ours, theirs in zip([*kept[1].weights, *found.average], [*found.kept[1].weights, *arrays(2)], strict=True):
        assert np.array_equal(ours, theirs)
    assert found.optimizer[0] == 7
    assert [path.name for path in tmp_path.iterdir()] == ["last.npz"]


def test_a_file_of_the_first_form_is_read(tmp_path):
    lists = {"weights": arrays(1), "optimizer": arrays(2), "average": arrays(3), "best_average": arrays(4)}
    flat = {f"{name}/{i:04d}": array for name, values in lists.items() for i, array in enumerate(values)}
    np.savez(tmp_path / "last.npz", epoch=6, best=0.75, **flat)
    found = checkpoint.load(tmp_path / "last.npz")
    assert (found.epoch, found.best_epoch, found.kept[0].figures, found.data) == (6, 6, {AUC: 0.75}, "")
    assert np.array_equal(found.kept[0].weights[0], arrays(4)[0])


def test_the_best_looks_are_kept_in_order_and_an_earlier_one_wins_a_tie():
    run = state()
    for epoch, figure in enumerate([0.6, 0.8, float("nan"), 0.7, 0.8, 0.5], start=1):
        run.epoch, run.average = epoch, arrays(epoch)
        run.keep({AUC: figure}, at_most=3)
    assert [one.epoch for one in run.kept] == [2, 5, 4]
    assert run.kept[0].weights[0][0, 0] == 2
    earlier = run.kept
    run.keep({AUC: 0.1}, at_most=3)
    assert run.kept is earlier


def test_what_is_kept_does_not_change_with_the_average():
    run = state()
    run.keep({AUC: 0.5}, at_most=1)
    run.average[0] *= 0
    assert run.kept[0].weights[0][0, 0] == 2


def test_an_epoch_stands_once_in_the_curve_and_later_ones_of_a_killed_run_go(tmp_path):
    path = tmp_path / "history.csv"
    for epoch in (1, 2, 3, 2):
        history.add(path, {"epoch": epoch, "loss": epoch / 2})
    assert history.read(path) == [{"epoch": "1", "loss": "0.5"}, {"epoch": "2", "loss": "1.0"}]


def test_an_older_curve_gets_the_columns_it_lacks(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n1,0.5\n")
    history.add(path, {"epoch": 2, "loss": 0.4, "learning_rate": 0.01})
    assert json.dumps(history.read(path)) == json.dumps(
        [{"epoch": "1", "loss": "0.5", "learning_rate": ""}, {"epoch": "2", "loss": "0.4", "learning_rate": "0.01"}]
    )
