"""Copy-move as the ledger answers it, on pairs of an original and its forgery.

    python bench/grip.py FOLDER [--scorer] [--every N]

FOLDER holds authentic/ and manipulated/, as bench/copy_move.py reads them. Score and mask are taken from the finding
alone, so a forgery about which the ledger is silent has an F1 of 0. With `--scorer` every deep signal runs, as for an
upload; without, the one signal, which is the same code and a fraction of the time.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.copy_move import changed, f1, partner
from ml import metrics, serve
from ml.evidence import copy_picture, ledger
from ml.evidence.subject import Subject
from ml.findings import Finding
from ml.images import read

SIGNAL = "copy_move"
Ask = Callable[[bytes], Finding]


def by_signal(data: bytes) -> Finding:
    (finding,) = ledger.examine(Subject(data, *read(data)), [SIGNAL])
    return finding


def by_scorer() -> Ask:
    scorer = serve.load(serve.shipped())
    return lambda data: next(finding for finding in scorer.examine(data) if finding.signal == SIGNAL)


def marked(finding: Finding, shape: tuple[int, int]) -> np.ndarray:
    """The mask of a finding at the size of the picture; empty where it is silent."""
    if "mask" not in finding.details:
        return np.zeros(shape, bool)
    mask = copy_picture.unpacked(finding.details["mask"]).astype(np.uint8)
    return cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def overlap(path: Path, original: Path | None, finding: Finding) -> float | None:
    truth = changed(path, original) if original else None
    return None if truth is None else f1(marked(finding, truth.shape), truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scorer", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    ask = by_scorer() if given.scorer else by_signal
    originals = sorted((given.folder / "authentic").glob("*"))
    forgeries = sorted((given.folder / "manipulated").glob("*"))[:: given.every]
    real = [ask(path.read_bytes()) for path in originals[:: given.every]]
    fake = [ask(path.read_bytes()) for path in forgeries]
    stems = {path.stem: path for path in originals}
    overlaps = [overlap(path, partner(path, stems), finding) for path, finding in zip(forgeries, fake, strict=True)]
    report(real, fake, [value for value in overlaps if value is not None])


def report(real: list[Finding], fake: list[Finding], overlaps: list[float]) -> None:
    scores = np.array([finding.details["score"] for finding in real + fake])
    auc = metrics.auc(np.array([False] * len(real) + [True] * len(fake)), scores)
    alarms, found = (sum(finding.stance == "supports_fake" for finding in each) for each in (real, fake))
    print(f"{len(fake)} forgeries, {found} found; {len(real)} originals, {alarms} flagged; image AUC {auc:.4f}")
    print(f"pixel F1 of {len(overlaps)}: mean {np.mean(overlaps):.3f}, median {np.median(overlaps):.3f}")


if __name__ == "__main__":
    main()
