"""The experiments that come with the program, by name: the files of `ml/configs`."""

from pathlib import Path

from ml.config import ConfigError, Experiment, load

FOLDER = Path(__file__).parent / "configs"


def names() -> list[str]:
    """In alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def recipe(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        ConfigError: there is none.
    """
    if name not in names():
        raise ConfigError(f"There is no recipe {name!r}; known are {', '.join(names())}. A file is given by --config.")
    return load(FOLDER / f"{name}.toml")
