"""Small generators: every design learns, keeps any size, and leaves files that differ from photographs in the trace."""

import keras
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ml import autoencoders, data, reconstruct
from ml.autoencoders import DESIGNS, Design
from ml.synth import EditRefused
from tests.factories import picture
from tests.ml.making import records_of, write_source

TINY = Design("shuffle_x2", "shuffle", 1, 6, "l2")


def batch(count: int = 4, edge: int = 32) -> np.ndarray:
    return np.stack([np.asarray(picture(edge, edge, seed)) for seed in range(count)])


@pytest.mark.parametrize("name", ["transposed_x8", "bilinear_x4", "shuffle_x2", "quantised_x4", "variational_x4"])
def test_designs_of_every_kind_learn_to_give_a_picture_back(name):
    keras.utils.set_random_seed(1)
    model = autoencoders.build(DESIGNS[name])
    model.compile(keras.optimizers.Adam(2e-3), autoencoders.loss_of(DESIGNS[name]), run_eagerly=True)  # no tracing
    images = batch(2, 32).astype(np.float32)
    before = reconstruct.psnr(images, reconstruct.through(model, images))
    for _ in range(12):
        model.train_on_batch(images, images)
    assert reconstruct.psnr(images, reconstruct.through(model, images)) > before + 0.3


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_runs_at_any_size(name):
    model = autoencoders.build(DESIGNS[name])
    assert reconstruct.passed(model, picture(75, 53)).size == (75, 53)


def test_the_designs_are_of_many_kinds():
    kinds = [(d.up, d.halvings, d.loss, d.bottleneck) for d in DESIGNS.values()]
    assert len(set(kinds)) == len(kinds)
    assert {d.up for d in DESIGNS.values()} == {"transposed", "nearest", "bilinear", "shuffle"}
    assert {d.bottleneck for d in DESIGNS.values()} == {"plain", "quantised", "variational"}


def test_pixel_shuffle_lays_four_channels_out_as_a_block():
    values = np.arange(4, dtype=np.float32).reshape(1, 1, 1, 4)
    assert keras.ops.convert_to_numpy(autoencoders.PixelShuffle()(values))[0, ..., 0].tolist() == [[0, 1], [2, 3]]


def test_quantised_values_are_codes_and_their_gradients_pass_through():
    layer = autoencoders.Quantised()
    x = np.random.default_rng(0).standard_normal((2, 3, 3, 4)).astype(np.float32)
    made = keras.ops.convert_to_numpy(layer(x)).reshape(-1, 2, 2)
    codes = keras.ops.convert_to_numpy(layer.codes)
    for group in range(2):
        distance = np.abs(made[:, group, None] - codes[group][None]).max(axis=2).min(axis=1)
        assert distance.max() < 1e-5
    nearest = ((x.reshape(-1, 2, 1, 2) - codes[None]) ** 2).sum(axis=3).min(axis=2)
    assert np.allclose(nearest, ((x.reshape(-1, 2, 2) - made) ** 2).sum(axis=2), atol=1e-4)
    assert len(layer.losses) == 2


def test_a_variational_bottleneck_draws_in_training_alone():
    layer = autoencoders.Sampled()
    x = np.concatenate([np.full((1, 4, 4, 3), 5.0), np.zeros((1, 4, 4, 3))], axis=-1).astype(np.float32)
    drawn, mean = (keras.ops.convert_to_numpy(layer(x, training=training)) for training in (True, False))
    assert np.all(mean == 5)
    assert 0.5 < drawn.std() < 2


def test_the_losses_are_zero_for_equals_and_the_gradient_loss_sees_edges():
    images = batch(2).astype(np.float32)
    shifted, board = images + 4, images + 4 * (-1.0) ** np.indices((32, 32)).sum(axis=0)[None, ..., None]
    for kind in ("l1", "l2", "gradient"):
        loss = autoencoders.loss_of(Design("any", "shuffle", 1, 6, kind))
        assert float(loss(images, images)) == 0
        assert (float(loss(images, board)) > 2 * float(loss(images, shifted))) == (kind == "gradient")


def test_psnr_of_one_level_of_error_is_48_decibels():
    images = batch(1).clip(0, 254)
    assert reconstruct.psnr(images, images + 1) == pytest.approx(48.13, abs=0.01)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    data.write(folder / "manifest.jsonl", records_of(write_source(folder / "made", 16)))
    return folder / "manifest.jsonl"


@pytest.fixture(scope="module")
def generators(manifest, tmp_path_factory):
    folder = tmp_path_factory.mktemp("generators")
    records = list(data.read(manifest))
    crops = reconstruct.crops(records, "train", 6)
    reconstruct.train(TINY, crops, crops[:2], folder, steps=2, batch=2)
    return folder


def test_crops_are_of_authentic_photographs_of_one_side(manifest):
    records = list(data.read(manifest))
    authentic = [record for record in records if record.label == "authentic" and record.split == "train"]
    assert reconstruct.crops(records, "train", 1000).shape == (2 * len(authentic), 128, 128, 3)
    assert np.array_equal(reconstruct.crops(records, "train", 3), reconstruct.crops(records, "train", 3))
    with pytest.raises(EditRefused, match="no authentic photograph"):
        reconstruct.crops([record for record in records if record.label != "authentic"], "train", 5)


def test_a_saved_generator_gives_the_same_pictures(manifest, generators):
    first, again = (reconstruct.load(generators)["shuffle_x2"] for _ in range(2))
    assert np.array_equal(reconstruct.through(first, batch()), reconstruct.through(again, batch()))


@pytest.mark.parametrize("name", ["quantised_x4", "variational_x4"])
def test_a_generator_with_layers_of_its_own_can_be_saved(name, tmp_path):
    model = autoencoders.build(DESIGNS[name])
    model.save(tmp_path / f"{name}.keras")
    loaded = reconstruct.load(tmp_path)[name]
    assert np.array_equal(reconstruct.through(model, batch()), reconstruct.through(loaded, batch()))


def test_reconstructions_share_size_container_side_and_group_with_their_photographs(manifest, generators, tmp_path):
    records = list(data.read(manifest))
    bases = {base.sha256[:16]: base for base in records}
    made = list(reconstruct.reconstruct(records, reconstruct.load(generators), tmp_path, count=8))
    assert len({one.path for one in made}) == 8
    for one in made:
        base = bases[one.path.rsplit("/", 1)[1].removesuffix(".jpg")]
        assert (one.label, one.source) == ("ai_generated", "recon_shuffle_x2")
        assert (one.width, one.height, one.format) == (base.width, base.height, base.format)
        assert (one.jpeg_quality, one.split, one.group) == (base.jpeg_quality, base.split, base.group)
        assert one.sha256 != base.sha256
        with Image.open(one.path) as fake, Image.open(base.path) as photograph:
            assert fake.quantization == photograph.quantization


def test_a_large_photograph_gives_its_middle(generators):
    model = reconstruct.load(generators)["shuffle_x2"]
    whole = picture(1001, 803)
    made = np.asarray(reconstruct.passed(model, whole), dtype=int)
    assert 0.9 * 300_000 < made.shape[0] * made.shape[1] <= 300_000
    offsets = [16 * round((edge - own) / 2 / 16) for edge, own in zip((803, 1001), made.shape[:2], strict=True)]
    part = np.asarray(whole, dtype=int)[offsets[0] :, offsets[1] :][: made.shape[0], : made.shape[1]]
    assert np.corrcoef(made.ravel(), part.ravel())[0, 1] > 0.9


def test_a_stopped_reconstruction_goes_on(manifest, generators, tmp_path):
    records, models = list(data.read(manifest)), reconstruct.load(generators)
    first = list(reconstruct.reconstruct(records, models, tmp_path, count=3))
    times = {one.path: (tmp_path / one.path).stat().st_mtime_ns for one in first}
    later = list(reconstruct.reconstruct(records, models, tmp_path, count=6))
    assert {one.path for one in first} <= {one.path for one in later}
    assert all((tmp_path / path).stat().st_mtime_ns == time for path, time in times.items())


def test_more_photographs_than_there_are_is_refused(manifest, generators, tmp_path):
    with pytest.raises(EditRefused, match="at most"):
        list(reconstruct.reconstruct(data.read(manifest), reconstruct.load(generators), tmp_path, count=500))


def test_a_missing_generator_is_named(generators, tmp_path):
    with pytest.raises(EditRefused, match="'bilinear_x4'"):
        reconstruct.load(generators, ["bilinear_x4"])
    with pytest.raises(EditRefused, match="train_generators"):
        reconstruct.load(tmp_path)


def test_the_commands_train_and_reconstruct(manifest, tmp_path, capsys):
    folder, out = tmp_path / "generators", tmp_path / "more.jsonl"
    options = ["--only", "shuffle_x2", "--steps", "2"]
    call_command("train_generators", "--data", str(manifest), "--out", str(folder), *options)
    assert "dB" in capsys.readouterr().out
    made = ["--reconstruct", str(folder), "--stored", str(tmp_path / "recon"), "--count", "4"]
    call_command("synthesise", str(manifest), "--out", str(out), *made)
    before, after = list(data.read(manifest)), list(data.read(out))
    assert after[: len(before)] == before
    assert [one.source for one in after[len(before) :]] == ["recon_shuffle_x2"] * 4


def test_an_unknown_generator_is_refused_with_those_there_are(manifest, tmp_path):
    with pytest.raises(CommandError, match="transposed_x4"):
        call_command("train_generators", "--data", str(manifest), "--out", str(tmp_path), "--only", "diffusion")
