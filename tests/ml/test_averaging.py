"""The mean of two models is a model, and of what has no mean none is made."""

import numpy as np
import pytest
from django.core.management import CommandError, call_command

keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from ml import config, network


def saved(path, size=64, filters=0):
    model = network.build(
        config.from_dict({"name": "tiny", "network": {"input_size": size, "mask_filters": filters}}).network, None
    )
    model.save(path)
    return model.get_weights()


def test_every_weight_is_the_mean(tmp_path, capsys):
    one, other = saved(tmp_path / "one.keras"), saved(tmp_path / "other.keras")
    call_command("average_models", tmp_path / "one.keras", tmp_path / "other.keras", "--out", tmp_path / "mean.keras")
    assert "The mean of 2 models" in capsys.readouterr().out
    mean = keras.saving.load_model(tmp_path / "mean.keras", compile=False).get_weights()
    assert any(not np.array_equal(first, second) for first, second in zip(one, other, strict=True))
    for value, first, second in zip(mean, one, other, strict=True):
        np.testing.assert_allclose(value, (first + second) / 2, atol=1e-6)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["one.keras"], "two models and more"),
        (["one.keras", "wide.keras"], "not of one shape"),
        (["one.keras", "none.keras"], "none.keras"),
        (["one.keras", "text.keras"], "text.keras"),
    ],
)
def test_what_has_no_mean_is_refused_and_nothing_written(tmp_path, names, words):
    saved(tmp_path / "one.keras")
    saved(tmp_path / "wide.keras", filters=8)
    (tmp_path / "text.keras").write_text("no model")
    with pytest.raises(CommandError, match=words):
        call_command("average_models", *(tmp_path / name for name in names), "--out", tmp_path / "mean.keras")
    assert not (tmp_path / "mean.keras").exists()
