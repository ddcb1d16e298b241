"""What the exported model must repeat of the trained one, and on which pictures."""

from collections import Counter

import numpy as np
import pytest

from ml import config
from tests.factories import picture
from tests.ml.making import as_bytes, record

pytest.importorskip("tensorflow")

import keras

from ml import export, network
from ml.runtime import Runtime


@pytest.fixture(scope="module")
def model():
    return network.build(config.Network(input_size=64), None)


@pytest.fixture(scope="module")
def content(model):
    return export.convert(model)


@pytest.fixture
def samples():
    return list(np.random.default_rng(0).integers(0, 255, (40, 64, 64, 3), dtype=np.uint8))


class Wrong:
    """A runtime whose output of one name is off."""

    def __init__(self, content: bytes, name: str, by: float | list[float]) -> None:
        self.run, self.name, self.by, self.calls = Runtime(content), name, by, 0

    def __call__(self, pixels):
        self.calls += 1
        output = self.run(pixels)
        wrong = getattr(output, self.name) + np.array(self.by, np.float32)
        return output._replace(**{self.name: wrong}) if self.calls == 3 else output


def test_every_output_that_the_site_reads_is_compared(model, content, samples):
    found = export.differences(model, Runtime(content), samples)
    assert found.keys() == {"logits", "cam", "features", "probabilities"}
    assert 0 < max(found.values()) <= export.TOLERANCE


@pytest.mark.parametrize("name", ["logits", "cam", "features"])
@pytest.mark.parametrize("by", [0.01, float("nan"), float("inf")])
def test_one_wrong_picture_of_many_refuses_the_export(model, content, samples, tmp_path, monkeypatch, name, by):
    monkeypatch.setattr(export, "convert", lambda model, half: content)
    monkeypatch.setattr(export, "Runtime", lambda content: Wrong(content, name, by))
    with pytest.raises(export.ExportRefused, match=f"differ by .* in {name}, more than"):
        export.export(model, tmp_path / "model.tflite", iter(samples))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def sure(model):
    """The same network with logits near 50 and -50, which float32 holds to four digits after the point."""
    loud = keras.models.clone_model(model)
    loud.set_weights(model.get_weights())
    loud.get_layer(network.HEAD).bias.assign([50.0, -50.0])
    return loud


def _refusal(model, by, samples, tmp_path, monkeypatch, name="logits"):
    monkeypatch.setattr(export, "Runtime", lambda content: Wrong(content, name, by))
    try:
        export.export(model, tmp_path / "model.tflite", samples)
    except export.ExportRefused as refused:
        return str(refused)
    return None


def test_large_logits_may_differ_in_proportion(sure, samples, tmp_path, monkeypatch):
    assert _refusal(sure, 0.003, samples[:4], tmp_path, monkeypatch) is None
    assert "in logits" in _refusal(sure, 0.006, samples[:4], tmp_path, monkeypatch)


def test_large_logits_that_differ_where_probabilities_do_are_refused(sure, samples, tmp_path, monkeypatch):
    sure.get_layer(network.HEAD).bias.assign([50.0, 50.0])
    assert "in probabilities" in _refusal(sure, [0.003, 0.0], samples[:4], tmp_path, monkeypatch)
    assert not list(tmp_path.iterdir())


def test_a_map_may_differ_by_less_than_eyes_can_see(sure, samples, tmp_path, monkeypatch):
    assert _refusal(sure, 0.04, samples[:4], tmp_path, monkeypatch, "cam") is None
    assert "in cam, more than 0.001" in _refusal(sure, 0.06, samples[:4], tmp_path, monkeypatch, "cam")


def test_a_map_of_large_values_is_compared_in_proportion():
    assert export._difference(np.full((2, 4), 30.0), np.full((2, 4), 30.0009)) == pytest.approx(3e-5)


def test_a_large_source_does_not_crowd_out_a_small_one():
    records = [record(sha256=f"{n:064x}", source="large" if n % 10 else "small") for n in range(400)]
    chosen = export.sample(records, 60, seed=1)
    assert Counter(r.source for r in chosen) == {"small": 30, "large": 30}
    assert chosen == export.sample(records, 60, seed=1)
    assert chosen != export.sample(records, 60, seed=2)
    assert len({r.sha256 for r in export.sample(records, 900, seed=1)}) == 400


def test_a_picture_is_compared_in_every_view_and_detail(tmp_path):
    (tmp_path / "large.jpg").write_bytes(as_bytes(picture(300, 200)))
    (tmp_path / "small.jpg").write_bytes(as_bytes(picture(70, 70)))
    large, small = (
        list(export.seen_by_the_site([record(path=str(tmp_path / f"{n}.jpg"))], 64)) for n in ("large", "small")
    )
    assert (len(large), len(small)) == (8, 4)
    assert {pixels.shape for pixels in large} == {(64, 64, 3)}
