"""How well copies are found, and how long a search takes: two measurements that docs/signals/similar.md cites.

    python bench/similar.py recall FOLDER… [--each N] [--skip N]
    python bench/similar.py speed [--rows 1000000] [--uploads ROWS] [--searches 200]

`recall` takes N photographs of each folder (in a fixed random order, the first `--skip` left out), makes copies of them
by each change and counts which are found, and how many pairs of different photographs are taken for copies.
`speed` fills a fresh SQLite data base with random fingerprints and some planted copies, then searches it through the
service: proposals from memory, verification and visibility from the data base. The newest `--uploads` of them have an
upload, by default all; the others stand for originals that are looked for and not found by this person.
"""

import argparse
import io
import os
import random
import resource
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ml import fingerprint

Change = Callable[[Image.Image], Image.Image]
_PLANTED = 100
_UPLOAD = "(id, owner_id, original_id, name, created_at, note, external_id, tag_words, shown_label, shown_state)"


def main() -> None:
    options = _options()
    if options.command == "recall":
        recall([list(_pictures(folder, options.each, options.skip)) for folder in options.folders])
    else:
        with tempfile.TemporaryDirectory() as var:
            speed(var, options.rows, options.uploads or options.rows, options.searches)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("recall")
    one.add_argument("folders", nargs="+", type=Path)
    one.add_argument("--each", type=int, default=100)
    one.add_argument("--skip", type=int, default=0)
    other = commands.add_parser("speed")
    other.add_argument("--rows", type=int, default=1_000_000)
    other.add_argument("--uploads", type=int)
    other.add_argument("--searches", type=int, default=200)
    return parser.parse_args()


def _pictures(folder: Path, count: int, skip: int) -> Iterator[Image.Image]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    random.Random(1).shuffle(paths)
    for path in paths[skip : skip + count]:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
        image.thumbnail((800, 800))
        yield image


def cropped(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """Shares of the edges that are cut off."""
    width, height = image.size
    corners = (width * left, height * top, width * (1 - right), height * (1 - bottom))
    return image.crop([round(corner) for corner in corners])


def compressed(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    return image.resize([max(8, round(edge * factor)) for edge in image.size], Image.Resampling.BICUBIC)


def passed_on(image: Image.Image) -> Image.Image:
    """As it goes round: cropped by 2 % all round, a fifth brighter, half the size, JPEG 60."""
    return compressed(scaled(ImageEnhance.Brightness(cropped(image, 0.02, 0.02, 0.02, 0.02)).enhance(1.2), 0.5), 60)


CHANGES: dict[str, Change] = {
    "half the size": lambda image: scaled(image, 0.5),
    "a quarter of the size": lambda image: scaled(image, 0.25),
    "JPEG 75": lambda image: compressed(image, 75),
    "JPEG 30": lambda image: compressed(image, 30),
    "a third brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.33),
    "a third darker": lambda image: ImageEnhance.Brightness(image).enhance(0.67),
    "contrast x 1.3": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "without colour": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "blurred by 2 pixels": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
    "mirrored": ImageOps.mirror,
    "cropped 1 % all round": lambda image: cropped(image, 0.01, 0.01, 0.01, 0.01),
    "cropped 2 % all round": lambda image: cropped(image, 0.02, 0.02, 0.02, 0.02),
    "cropped 3 % all round": lambda image: cropped(image, 0.03, 0.03, 0.03, 0.03),
    "cropped 5 % all round": lambda image: cropped(image, 0.05, 0.05, 0.05, 0.05),
    "cropped 5 % at one side": lambda image: cropped(image, 0.05, 0, 0, 0),
    "cropped 10 % at one side": lambda image: cropped(image, 0.10, 0, 0, 0),
    "turned by 1 degree": lambda image: image.rotate(1, Image.Resampling.BICUBIC),
    "turned by 2 degrees": lambda image: image.rotate(2, Image.Resampling.BICUBIC),
    "cropped, brighter, half the size, JPEG 60": passed_on,
}


def recall(sets: list[list[Image.Image]]) -> None:
    prints = [[fingerprint.of(image) for image in images] for images in sets]
    images, flat = [image for images in sets for image in images], [bits for row in prints for bits in row]
    kept = [(image, bits) for image, bits in zip(images, flat, strict=True) if bits]
    print(f"{sum(map(len, sets))} photographs, {len(kept)} with a fingerprint")
    for name, change in CHANGES.items():
        hits, apart = zip(*(_found(bits, fingerprint.of(change(image))) for image, bits in kept), strict=True)
        print(f"| {name} | {np.mean(hits):.1%} | {int(np.median(apart))} | {int(np.quantile(apart, 0.95))} |")
    for number, row in enumerate(prints):
        _others(f"set {number + 1}", [bits for bits in row if bits])
    _others("all", [bits for _, bits in kept])


def _found(bits: bytes, copy: bytes | None) -> tuple[bool, int]:
    """Whether a search for the copy finds the original among itself alone, and how many bits they differ in."""
    if copy is None:
        return False, fingerprint.BITS
    block = fingerprint.Block.of([(1, bits)])
    return bool(fingerprint.near([block], copy)), fingerprint.distance(bits, copy)[0]


def _others(name: str, prints: list[bytes]) -> None:
    apart = [fingerprint.distance(one, other)[0] for one, other in combinations(prints, 2)]
    block = fingerprint.Block.of(enumerate(prints, 1))
    false = sum(len(fingerprint.near([block], bits)) - 1 for bits in prints) // 2
    lowest = sorted(apart)[:5]
    print(f"{name}: {len(apart)} pairs of different photographs, {false} taken for copies; least distances {lowest}")


def speed(var: str, rows: int, uploads: int, searches: int) -> None:
    planted = _filled(var, rows, uploads)
    from detector import fingerprints, similar
    from detector.models import Upload

    before, started = _memory(), time.perf_counter()
    fingerprints.near(b"\0" * fingerprint.BYTES)
    print(f"first search, which reads all: {time.perf_counter() - started:.1f} s, {_memory() - before:.0f} MB more")
    chosen = [Upload.objects.select_related("owner", "original").get(pk=pk) for pk in planted]
    memory: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []
    for number in range(searches):
        upload = chosen[number % len(chosen)]
        bits = bytes(upload.original.fingerprint.bits)
        memory.append(_milliseconds(lambda bits=bits: fingerprint.near(fingerprints._memory.blocks(), bits)))
        whole.append(_milliseconds(lambda upload=upload: similar.row_of(upload, upload.owner)))
    found = sum(bool(similar.row_of(upload, upload.owner)["details"]) for upload in chosen)
    print(f"{rows} fingerprints, {len(planted)} planted copies, {found} found")
    for name, values in (("top up and search in memory", memory), ("the whole row of a report", whole)):
        walls, used = zip(*values, strict=True)
        words = f"median {statistics.median(walls):.1f} ms, 95 % {np.quantile(walls, 0.95):.1f} ms"
        print(f"{name}: {words}, of processor time {statistics.median(used):.1f} ms")


def _milliseconds(act: Callable[[], object]) -> tuple[float, float]:
    """Elapsed, and of processor time, which other programs disturb less."""
    started, used = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000


def _memory() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _filled(var: str, rows: int, uploads: int) -> list[uuid.UUID]:
    """A data base of one person's uploads, each its own original; the last are copies of others, 16 bits apart."""
    os.environ |= {"FAKEDETECT_VAR": var, "DJANGO_SETTINGS_MODULE": "fakedetect_site.settings", "LOG_LEVEL": "ERROR"}
    import django

    django.setup()
    from django.core.management import call_command

    from accounts.models import User

    call_command("migrate", verbosity=0)
    owner = User.objects.create(username="bench", email="bench@example.org")
    _insert(rows, uploads, owner.pk)
    from detector.models import Upload

    return list(Upload.objects.filter(name="copy").values_list("pk", flat=True))


def _insert(rows: int, uploads: int, owner: int) -> None:
    from django.db import connection, transaction

    generator = np.random.default_rng(1)
    columns = "(sha256, format, mime, extension, bytes, width, height, created_at)"
    with transaction.atomic(), connection.cursor() as cursor:
        for start in range(0, rows, 10_000):
            numbers = range(start, min(start + 10_000, rows))
            bits = generator.bytes(len(numbers) * fingerprint.BYTES)
            prints = [bits[at : at + fingerprint.BYTES] for at in range(0, len(bits), fingerprint.BYTES)]
            names = ["copy" if number >= rows - _PLANTED else "picture" for number in numbers]
            if names[-1] == "copy":
                for place in range(_PLANTED):
                    prints[len(prints) - 1 - place] = _copy(prints[place])
            shas = [f"{number:064x}" for number in numbers]
            cursor.executemany(
                f"INSERT INTO detector_original {columns} VALUES (%s,'JPEG','image/jpeg','jpg',1,1,1,'2026-01-01')",
                [(sha,) for sha in shas],
            )
            cursor.executemany(
                "INSERT INTO detector_picturehash (original_id, bits) VALUES (%s,%s)",
                list(zip(shas, prints, strict=True)),
            )
            cursor.executemany(
                f"INSERT INTO detector_upload {_UPLOAD} VALUES (%s,%s,%s,%s,%s,'','','','','queued')",
                [
                    (uuid.uuid4().hex, owner, sha, name, "2026-01-01")
                    for sha, name in zip(shas, names, strict=True)
                    if start >= rows - uploads
                ],
            )


def _copy(bits: bytes) -> bytes:
    """A few bits of each part flipped."""
    return bytes(byte ^ (1 if place % 2 else 0) for place, byte in enumerate(bits))


if __name__ == "__main__":
    main()
