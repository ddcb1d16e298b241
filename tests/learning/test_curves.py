"""The curve of a run: every line in its panel, every value in the table, and nothing drawn of nothing."""

from learning import curves

ROW = {"epoch": 1, "loss": 0.61, "accuracy": 0.7, "validation_auc": None, "learning_rate": 0.0003, "seconds": 20.0}


def test_of_no_epoch_there_is_nothing():
    assert curves.of([]) == curves.Curve([], [], [])


def test_each_panel_has_its_lines_and_what_was_never_measured_has_none():
    curve = curves.of([ROW, ROW | {"epoch": 2, "loss": 0.5}])
    assert [(chart.title, [name for _, name in chart.names]) for chart in curve.charts] == [
        ("Loss", ["Loss"]),
        ("Accuracy and validation", ["Accuracy"]),
        ("Learning rate, in thousandths", ["Learning rate"]),
    ]
    assert curve.columns == ["Epoch", "Loss", "Accuracy", "Learning rate", "Seconds"]
    assert curve.rows[1] == ["2", "0.5", "0.7", "0.0003", "20"]


def test_a_look_that_was_left_out_leaves_a_gap_in_the_table():
    curve = curves.of([ROW, ROW | {"epoch": 2, "validation_auc": 0.8}])
    assert [row[curve.columns.index("Validation AUC")] for row in curve.rows] == ["–", "0.8"]


def test_axes_end_at_values_that_are_short_to_write():
    assert curves._edges([0.2, 0.602]) == (0.0, 0.8)
    assert curves._edges([0.0]) == (0.0, 1.0)
    assert curves._edges([0.6, 0.9]) == (0.5, 1.0)
    assert curves._edges([3.0, 12.0]) == (0.0, 20.0)
