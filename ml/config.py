"""One TOML file is one experiment: what it is trained on, with which network, how, and how it is judged."""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


class ConfigError(ValueError):
    """The experiment's file is not one that can be run: one sentence that names the key."""


@dataclass(frozen=True, slots=True)
class Network:
    """The backbone of `keras.applications`, what stands beside it, and the classes of its head."""

    backbone: str = "MobileNet"
    alpha: float | None = 0.25  # 0 for families without a width multiplier: TOML has no None
    input_size: int = 256
    classes: tuple[str, ...] = ("authentic", "ai_generated")
    residual_filters: int = 0  # first width of the high-pass branch; 0 leaves it out
    mask_filters: int = 0  # width of the branch that learns where a picture was altered; 0 leaves it out
    mask_squeeze: int = 0  # channels that this branch squeezes its input to; 0: none, at eight times the cost
    head_units: int = 0  # width of a hidden layer before the classes; 0 leaves it out
    dropout: float = 0.2

    def __post_init__(self) -> None:
        """The first class is what every other is measured against."""
        if self.classes[:1] != ("authentic",) or len(self.classes) < 2:
            raise ConfigError("network.classes must begin with 'authentic' and name at least one kind of fake.")


@dataclass(frozen=True, slots=True)
class Training:
    """Schedule and optimiser; `ml/schedule.py` says what they mean together."""

    sources: tuple[str, ...] = ()  # () = every source of the manifest
    epochs: int = 20
    images_per_epoch: int = 4096  # 0: as many as there are
    balanced: bool = True  # classes and sources are drawn alike; false: each image at most once an epoch
    batch: int = 64
    learning_rate: float = 2e-3
    warmup_epochs: float = 1.0
    frozen_epochs: int = 1  # only head and residual branch learn; then everything does
    stages: tuple[tuple[float, int], ...] = ()  # in its place: (share of the backbone, from its top, epochs), …
    weight_decay: float = 0.02
    clip_norm: float = 1.0  # of all gradients together; 0 turns it off
    label_smoothing: float = 0.0
    mask_weight: float = 0.5  # of the loss over what was altered, beside that over the classes
    ema: float = 0.995  # of the weights; 0 turns averaging off
    emphasis: dict[str, float] = field(default_factory=dict)  # source → how many times its share is drawn
    validation_images: int = 300  # of one class of one source, at most, are looked at while training
    validate_every: int = 1  # epochs between two looks at validation; the last epoch is always looked at
    patience: int = 0  # looks without a new best before the rest of the schedule is hurried through; 0 never hurries
    keep_best: int = 3  # so many of the best looks leave their weights as best-1.keras, …
    ship: str = "best"  # whose averaged weights become model.keras: best or last
    precision: str = "float32"  # of what is computed in training: float32, mixed_float16 or mixed_bfloat16
    half_precision: bool = False  # the finished weights are rounded, for files of half the size
    workers: int = 2
    seed: int = 7

    def __post_init__(self) -> None:
        """Refuse what no run could follow."""
        _one_of("ship", self.ship, ("best", "last"))
        _one_of("precision", self.precision, ("float32", "mixed_float16", "mixed_bfloat16"))
        shares = [share for share, _ in self.stages]
        if shares != sorted(shares) or not all(0 <= share <= 1 for share in shares) or self.keep_best < 1:
            raise ConfigError("training.stages must have rising shares of 0 to 1, and keep_best be at least 1.")


@dataclass(frozen=True, slots=True)
class Degradation:
    """Probabilities and ranges of what happens to an image on its way through the internet; alike for each class."""

    jpeg: float = 0.5
    jpeg_quality: tuple[int, int] = (50, 95)
    shrink: float = 0.3
    shrink_to: tuple[float, float] = (0.5, 1.0)  # share of the working image's edge
    webp: float = 0.1
    tile: float = 0.2  # chance of a crop at the picture's own scale, as large as the input
    crop: float = 0.5
    crop_area: tuple[float, float] = (0.5, 1.0)
    crop_aspect: float = 1.5  # at most this ratio of the crop's shape to the image's own, either way
    blur: float = 0.1
    blur_radius: tuple[float, float] = (0.3, 1.2)
    noise: float = 0.1
    noise_sigma: tuple[float, float] = (1.0, 6.0)
    light: float = 0.2
    flip: float = 0.5


@dataclass(frozen=True, slots=True)
class Judgement:
    """How probabilities become words; the figures found on validation go into the card."""

    calibration_images: int = 600  # of one class of one source, at most, are calibrated on
    false_alarms: float = 0.05  # at most this share of authentic validation images, clean and degraded
    steady_log_odds: float = 0.0  # views contradict each other when they lie further than this on both sides
    band_share: float = 0.06  # share of validation images that lie too near the threshold to be called
    tested_short_edge: tuple[int, int] = (200, 6000)
    tested_megapixels: tuple[float, float] = (0.04, 25.0)
    tested_aspect: float = 3.0
    tested_jpeg_quality: int = 30  # the lowest


@dataclass(frozen=True, slots=True)
class Slices:
    """Parts of the test images that the evaluation shows by themselves, beside those that every file tells."""

    faces: tuple[str, ...] = ()  # sources whose every picture is of a face


@dataclass(frozen=True, slots=True)
class Reviews:
    """How what people decided is mixed with what a model was trained on before; see `ml/reviews.py`."""

    sources: tuple[str, ...] = ()  # what is new; filled in by train_model --from-reviews
    share: float = 0.3  # of the images of an epoch that are new
    old_images: int = 400  # of one class of one old source, at most, are learned from again
    alone_epochs: int = 2  # at most, where the old images are not at hand
    alone_learning_rate: float = 1e-4  # at most, likewise

    def __post_init__(self) -> None:
        """A share of nothing or of everything is no mixture."""
        if not 0 < self.share < 1:
            raise ConfigError("reviews.share must lie between 0 and 1: it is the share of each epoch that is new.")


@dataclass(frozen=True, slots=True)
class Experiment:
    """The whole of one TOML file."""

    name: str
    description: str = ""
    network: Network = field(default_factory=Network)
    training: Training = field(default_factory=Training)
    degradation: Degradation = field(default_factory=Degradation)
    judgement: Judgement = field(default_factory=Judgement)
    slices: Slices = field(default_factory=Slices)
    reviews: Reviews = field(default_factory=Reviews)
    terms: dict[str, str] = field(default_factory=dict)  # source → the terms of its images
    limits: tuple[str, ...] = ()  # sentences for the card


def load(path: Path) -> Experiment:
    """Read an experiment from a TOML file.

    Raises:
        ConfigError: no TOML, an unknown key, a missing one or a value of the wrong type.
    """
    return from_dict(read(path))


def read(path: Path) -> dict[str, Any]:
    """What stands in a TOML file, and nothing else.

    Raises:
        ConfigError: no TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from error


def over(base: Mapping[str, Any], values: Mapping[str, Any]) -> Experiment:
    """The experiment `base`, as `to_dict` gives it, with what `values` say in its place, key by key of its tables.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type.
    """
    both = dict(base)
    for name, value in values.items():
        table = isinstance(value, Mapping) and isinstance(base.get(name), Mapping)
        both[name] = {**base[name], **value} if table else value
    return from_dict(both)


def from_dict(values: dict[str, Any]) -> Experiment:
    """The inverse of `to_dict`; refuses what it does not know."""
    return _build(Experiment, values, "")


def to_dict(experiment: Experiment) -> dict[str, Any]:
    """Plain JSON values: what checkpoints and cards carry."""
    return dataclasses.asdict(experiment)


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"training.{name} must be {', '.join(known[:-1])} or {known[-1]}.")


def _build(kind: type[T], values: dict[str, Any], where: str) -> T:
    hints = typing.get_type_hints(kind)
    for name in values.keys() - hints.keys():
        raise ConfigError(f"Unknown key {where}{name!r}; known are {', '.join(hints)}.")
    converted = {name: _convert(hints[name], value, f"{where}{name}") for name, value in values.items()}
    try:
        return kind(**converted)
    except TypeError as error:
        raise ConfigError(f"A key is missing: {error}") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, dict):
            raise ConfigError(f"{where} must be a table.")
        return _build(hint, value, f"{where}.")
    if typing.get_origin(hint) is tuple and isinstance(value, list | tuple):
        items = typing.get_args(hint)
        kinds = [items[0]] * len(value) if items[-1] is Ellipsis else list(items)
        if len(kinds) != len(value):
            raise ConfigError(f"{where} must have {len(kinds)} values.")
        return tuple(_convert(kind, item, where) for kind, item in zip(kinds, value, strict=True))
    return _scalar(hint, value, where)


def _scalar(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    options = typing.get_args(hint) if origin in (types.UnionType, typing.Union) else (origin or hint,)
    if float in options and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, options) or (isinstance(value, bool) and bool not in options):
        raise ConfigError(f"{where} has the value {value!r}, which is of the wrong kind.")
    return value
