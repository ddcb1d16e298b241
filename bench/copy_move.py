"""Accuracy and time of the copy-move matcher on a folder: bench/copy_move.py FOLDER [--quality Q] [--every N]

FOLDER holds authentic/ and, where there are any, manipulated/. A manipulated file belongs to the authentic file whose
stem its own begins with; of such pairs the difference, cleaned, is the mask of what was changed. `--quality` encodes
every picture anew as JPEG first, so that no container tells its class.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ml import metrics
from ml.evidence import copy_move


class Row(NamedTuple):
    name: str
    score: float
    seconds: float
    f1: dict[str, float]


def pictures(folder: Path, quality: int | None, every: int) -> Iterator[tuple[Path, Image.Image]]:
    for path in sorted(folder.glob("*"))[::every]:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
        yield path, image if quality is None else reencoded(image, quality)


def reencoded(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def partner(path: Path, authentic: dict[str, Path]) -> Path | None:
    stems = [stem for stem in authentic if path.stem.startswith(stem)]
    return authentic[max(stems, key=len)] if stems else None


def changed(path: Path, original: Path) -> np.ndarray | None:
    """Where a pair differs, specks and thin rims removed, holes filled."""
    one, two = (np.asarray(Image.open(each).convert("RGB"), np.int16) for each in (path, original))
    if one.shape != two.shape:
        return None
    differs = (np.abs(one - two).max(axis=2) > 2).astype(np.uint8)
    closed = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8)) > 0


def f1(found: np.ndarray, true: np.ndarray) -> float:
    total = int(found.sum() + true.sum())
    return 2 * int((found & true).sum()) / total if total else 0.0


def measured(path: Path, image: Image.Image, original: Path | None) -> Row:
    started = time.process_time()
    match = copy_move.find(image)
    seconds = time.process_time() - started
    truth = changed(path, original) if original else None
    masks = {"copies": match.copies, "both": match.mask}
    return Row(
        path.name, match.score, seconds, {k: f1(m, truth) for k, m in masks.items()} if truth is not None else {}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quality", type=int)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--name", default="", help="only manipulated files whose names begin with this")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    authentic = {path.stem: path for path in (given.folder / "authentic").glob("*")}
    real = [measured(p, i, None) for p, i in pictures(given.folder / "authentic", given.quality, given.every)]
    fake = [
        measured(path, image, partner(path, authentic))
        for path, image in pictures(given.folder / "manipulated", given.quality, given.every)
        if path.name.startswith(given.name)
    ]
    report(real, fake)


def report(real: list[Row], fake: list[Row]) -> None:
    alarms = [row for row in real if row.score >= copy_move.THRESHOLD]
    print(f"authentic {len(real)}, false alarms {len(alarms)} ({len(alarms) / max(len(real), 1):.1%})")
    for row in sorted(alarms, key=lambda row: -row.score)[:10]:
        print(f"  {row.score:10.0f} {row.name}")
    seconds = [row.seconds for row in real + fake]
    print(f"processor time: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")
    if fake:
        labels = np.array([False] * len(real) + [True] * len(fake))
        scores = np.array([row.score for row in real + fake])
        found = np.mean([row.score >= copy_move.THRESHOLD for row in fake])
        print(f"manipulated {len(fake)}, found {found:.1%}, AUC {metrics.auc(labels, scores):.4f}")
    for kind in ("copies", "both"):
        values = [row.f1[kind] for row in fake if row.f1]
        if values:
            print(
                f"pixel F1 against the difference, {kind}: mean {np.mean(values):.3f}, median {np.median(values):.3f}"
            )


if __name__ == "__main__":
    main()
