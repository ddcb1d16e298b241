"""Event files are read back by TensorFlow's own reader, which checks every checksum."""

import pytest

from ml import events

tensorflow = pytest.importorskip("tensorflow")


def test_tensorflow_reads_what_was_written(tmp_path):
    events.add(tmp_path, 1, {"loss": 0.5, "validation_auc": 0.75})
    events.add(tmp_path, 300, {"loss": 0.25})
    written = str(tmp_path / events.FILE)
    found = [
        tensorflow.compat.v1.Event.FromString(record.numpy()) for record in tensorflow.data.TFRecordDataset(written)
    ]
    assert found[0].file_version == "brain.Event:2"
    values = [(event.step, value.tag, value.simple_value) for event in found[1:] for value in event.summary.value]
    assert values == [(1, "loss", 0.5), (1, "validation_auc", 0.75), (300, "loss", 0.25)]
    assert found[2].wall_time >= found[1].wall_time > 1e9
