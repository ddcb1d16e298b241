"""One TOML file is one experiment."""

from pathlib import Path

import pytest

from ml import config

CONFIGS = sorted((Path(config.__file__).parent / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_experiment_that_ships_can_be_read(path):
    experiment = config.load(path)
    assert experiment.name == path.stem
    assert set(experiment.training.sources) <= set(experiment.terms)


def test_an_experiment_survives_the_way_into_a_card_and_back():
    experiment = config.load(CONFIGS[0])
    assert config.from_dict(config.to_dict(experiment)) == experiment


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('name = "a"\nepocs = 3', "epocs"),
        ('name = "a"\n[training]\nepocs = 3', "training.'epocs'"),
        ('name = "a"\n[training]\nepochs = "many"', "training.epochs"),
        ('name = "a"\n[training]\nepochs = true', "training.epochs"),
        ('name = "a"\n[degradation]\njpeg_quality = [1, 2, 3]', "degradation.jpeg_quality"),
        ('name = "a"\nnetwork = 3', "network"),
        ("[training]\nepochs = 3", "name"),
        ('name = "a"\n[network]\nclasses = ["ai_generated", "authentic"]', "network.classes"),
        ("name = ", "cannot be read"),
    ],
)
def test_it_refuses_what_it_does_not_know_and_names_it(tmp_path, text, named):
    path = tmp_path / "experiment.toml"
    path.write_text(text)
    with pytest.raises(config.ConfigError, match=named.replace(".", r"\.")):
        config.load(path)


def test_a_whole_number_will_do_where_a_fraction_is_asked():
    assert config.from_dict({"name": "a", "training": {"ema": 0}}).training.ema == 0.0
