"""Aligned fakes: authentic photographs passed through small generators, so that only the trace differs."""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.autoencoders import DESIGNS, Design, build, loss_of
from ml.data import Record
from ml.synth import EditRefused
from ml.synth.planning import key_of, share_out, usable
from ml.synth.storing import described, ending, open_picture, save_like

Batch = npt.NDArray[np.uint8]
_CROP = 128  # pixels: what generators are trained on
_CROPS_PER_IMAGE = 2
_MOST_PIXELS = 300_000  # of a reconstruction; larger photographs give their middle
_WORTH_TRACING = 50  # steps: fewer take less time than their compilation
_BLOCK = 16  # pixels: a middle that begins on the grid of JPEG's blocks keeps it


@dataclass(frozen=True, slots=True)
class Trained:
    """What became of a generator: its quality on photographs that it was not trained on, in dB."""

    name: str
    steps: int
    psnr: float


def crops(records: Iterable[Record], split: str, images: int, seed: int = 0, sources: Collection[str] = ()) -> Batch:
    """Random crops of authentic photographs of one side, sources alike: uint8 (n, 128, 128, 3).

    Raises:
        EditRefused: there is none.
        InvalidImage: a photograph cannot be read.
    """
    bases = _bases(list(records), f"{split} {seed}", images, split, sources, at_most=True)
    rng = np.random.default_rng(seed)
    cut = [
        _crop(picture, rng) for base in bases for picture in [open_picture(base.path)] for _ in range(_CROPS_PER_IMAGE)
    ]
    if not cut:
        raise EditRefused(f"The {split} side holds no authentic photograph of at least {_CROP} pixels.")
    return np.stack(cut)


def train(design: Design, training: Batch, held_out: Batch, folder: Path, *, steps: int, batch: int = 8) -> Trained:
    """Train one generator on crops and write FOLDER/NAME.keras."""
    keras.utils.set_random_seed(7)
    model = build(design)
    rate = keras.optimizers.schedules.CosineDecay(1e-4, steps, alpha=0.02, warmup_target=3e-3, warmup_steps=steps // 20)
    optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)
    model.compile(optimizer, loss_of(design), run_eagerly=steps < _WORTH_TRACING)
    rng = np.random.default_rng(7)
    for _ in range(steps):
        drawn = training[rng.integers(0, len(training), batch)].astype(np.float32)
        model.train_on_batch(drawn, drawn)
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / f"{design.name}.keras")
    return Trained(design.name, steps, psnr(held_out, through(model, held_out)))


def load(folder: Path, only: Collection[str] = ()) -> dict[str, keras.Model]:
    """The generators of a folder by name.

    Raises:
        EditRefused: one that is named is not there, or there is none.
    """
    found = {path.stem: path for path in sorted(folder.glob("*.keras")) if path.stem in DESIGNS}
    if missing := [name for name in only if name not in found]:
        raise EditRefused(f"{folder} holds no generator {missing[0]!r}; train it with train_generators.")
    if not found:
        raise EditRefused(f"{folder} holds no generator; train some with train_generators.")
    return {
        name: keras.saving.load_model(path, compile=False) for name, path in found.items() if not only or name in only
    }


def reconstruct(
    records: Iterable[Record],
    generators: dict[str, keras.Model],
    folder: Path,
    *,
    count: int,
    sources: Collection[str] = (),
    tick: Callable[[str, int], None] = lambda name, done: None,
) -> Iterator[Record]:
    """`count` photographs through each generator, stored below FOLDER/NAME/ai_generated; what is there is kept.

    Label "ai_generated", source "recon_NAME", side and group of the photograph; size and container are its own, but
    what is larger than 0.3 megapixels gives its middle.

    Raises:
        EditRefused: fewer than `count` photographs.
        InvalidImage: a photograph cannot be read.
    """
    everything = list(filter(usable, records))
    for name, model in generators.items():
        for done, base in enumerate(_bases(everything, name, count, "", sources), start=1):
            target = folder / name / "ai_generated" / f"{base.sha256[:16]}{ending(base)}"
            if not target.is_file():
                save_like(Path(base.path), passed(model, open_picture(base.path)), target)
            tick(name, done)
            yield described(target, replace(base, label="ai_generated", source=f"recon_{name}"))


def passed(model: keras.Model, image: Image.Image) -> Image.Image:
    """A picture through a generator, at its own resolution; above 0.3 megapixels its middle."""
    pixels = np.asarray(_middle(image))
    height, width = pixels.shape[:2]
    multiple = DESIGNS[model.name].multiple
    padding = (0, -height % multiple), (0, -width % multiple), (0, 0)
    made = through(model, np.pad(pixels, padding, mode="reflect")[None])
    return Image.fromarray(made[0, :height, :width])


def through(model: keras.Model, images: Batch) -> Batch:
    """A batch through a generator, rounded to eight bits."""
    made = [keras.ops.convert_to_numpy(model(images[i : i + 8].astype(np.float32))) for i in range(0, len(images), 8)]
    return np.clip(np.concatenate(made) + 0.5, 0, 255).astype(np.uint8)


def psnr(wanted: Batch, made: Batch) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = float(np.mean((wanted.astype(np.float64) - made) ** 2))
    return 10 * math.log10(255**2 / max(error, 1e-9))


def _bases(
    records: list[Record], name: str, count: int, split: str, sources: Collection[str], at_most: bool = False
) -> list[Record]:
    """`count` photographs, sources alike, other ones for each name."""
    by_source: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if usable(record) and split in ("", record.split) and (not sources or record.source in sources):
            by_source[record.source].append(record)
    counts = Counter({source: len(own) for source, own in by_source.items()})
    shares = share_out(counts, min(count, counts.total()) if at_most else count)
    chosen = (
        heapq.nsmallest(shares[source], own, key=lambda record: key_of(0, f"{name} {record.sha256}"))
        for source, own in by_source.items()
    )
    return [record for own in chosen for record in own]


def _crop(picture: Image.Image, rng: np.random.Generator) -> npt.NDArray[Any]:
    """A square of the picture; a picture that is too small is mirrored at its edges."""
    pixels = np.asarray(picture)
    short = [max(0, _CROP - edge) for edge in pixels.shape[:2]]
    pixels = np.pad(pixels, ((0, short[0]), (0, short[1]), (0, 0)), mode="symmetric")
    top, left = (int(rng.integers(edge - _CROP + 1)) for edge in pixels.shape[:2])
    return pixels[top : top + _CROP, left : left + _CROP]


def _middle(image: Image.Image) -> Image.Image:
    width, height = image.size
    if width * height <= _MOST_PIXELS:
        return image
    share = math.sqrt(_MOST_PIXELS / (width * height))
    left, top = (round(edge * (1 - share) / 2 / _BLOCK) * _BLOCK for edge in image.size)
    return image.crop((left, top, left + int(width * share), top + int(height * share)))
