"""Pack the extension: `python clients/browser/tools/pack.py [FOLDER]` makes fakedetect-browser-VERSION.zip there.

The same files give the same bytes, whenever and wherever they are packed: names in order, one time, one set of rights.
"""

import json
import sys
import zipfile
from pathlib import Path

BROWSER = Path(__file__).resolve().parent.parent
SOURCE = BROWSER / "src"
LICENCE = BROWSER.parent.parent / "LICENSE"
_THEN = (1980, 1, 1, 0, 0, 0)  # the earliest that a ZIP can say
_UNIX, _RIGHTS = 3, 0o100644 << 16


def pack(folder: Path) -> Path:
    """Write the ZIP and say where it lies."""
    version = json.loads((SOURCE / "manifest.json").read_text())["version"]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"fakedetect-browser-{version}.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, path in sorted(_files().items()):
            archive.writestr(_entry(name), path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return target


def _files() -> dict[str, Path]:
    found = (path for path in SOURCE.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(SOURCE).as_posix(): path for path in found} | {"LICENSE": LICENCE}


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _THEN)
    entry.create_system, entry.external_attr = _UNIX, _RIGHTS
    return entry


if __name__ == "__main__":
    print(pack(Path(sys.argv[1]) if len(sys.argv) > 1 else BROWSER / "dist"))
