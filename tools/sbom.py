"""The bill of materials: `python -m tools.sbom FILE` writes what a release is made of, as CycloneDX JSON.

Packages come from the locks: those that serve are required, those that only train or send elsewhere are optional. To
them come the files that lie in the project and are not written by it, each with its digest. The same files give the
same bytes.
"""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parent.parent
LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^\s;]+)", re.MULTILINE)
VENDORED = re.compile(r"^\| (\S+) \| (\S+) (\S+) \| (\S+) \([^|]*\| `[0-9a-f]{64}` \|$", re.MULTILINE)
LOCKS = ("requirements.txt", "requirements-watch.txt")
SPEC = SchemaVersion.V1_6
Component = dict[str, Any]


def bill() -> dict[str, Any]:
    """The whole of it: packages, vendored files, models, trust lists."""
    made = _of_packages()
    made["components"] = [*map(_package, made["components"]), *_vendored(), *_models(), *_trusted()]
    references = [component["bom-ref"] for component in made["components"]]
    made["dependencies"] = [{"ref": made["metadata"]["component"]["bom-ref"], "dependsOn": sorted(references)}]
    return made


def locked(lock: str) -> set[tuple[str, str]]:
    """Every package of a lock with its version: of some there are two, for two versions of Python."""
    return set(LOCKED.findall((ROOT / lock).read_text()))


def _of_packages() -> dict[str, Any]:
    """The tool reads one lock, so it is given all as one; what stands in several is one component."""
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "-", "--pyproject", "pyproject.toml"]
    command += ["--sv", SPEC.to_version(), "--output-reproducible", "--short-PURLs", "-o", "-"]
    text = "".join((ROOT / lock).read_text() for lock in LOCKS).encode()
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    found["components"] = list({one["purl"]: one for one in found["components"]}.values())
    return found


def _package(found: Component) -> Component:
    """Known by its address, without the line of the lock that it came from."""
    needed = (found["name"], found["version"]) in locked("requirements-serve.txt")
    told = {name: value for name, value in found.items() if name != "description"}
    return told | {"bom-ref": found["purl"], "scope": "required" if needed else "optional"}


def _vendored() -> Iterator[Component]:
    """Static files of others, by the list that lies beside them."""
    folder = ROOT / "static" / "vendor"
    for name, package, version, licence in VENDORED.findall((folder / "README.md").read_text()):
        purl = f"pkg:npm/{package.replace('@', '%40')}@{version}#{name}"
        told = {"version": version, "licenses": [{"license": {"id": licence}}], "purl": purl}
        yield _file(folder / name) | told


def _models() -> Iterator[Component]:
    """The weights that ship, each version with its files."""
    for folder in sorted(path.parent for path in (ROOT / "ml" / "models").glob("*/card.json")):
        kind = {"type": "machine-learning-model", "name": "fakedetect-model", "version": folder.name}
        files = [_file(path) for path in sorted(folder.iterdir()) if path.is_file()]
        yield kind | {"bom-ref": f"model:{folder.name}", "scope": "required", "components": files}


def _trusted() -> Iterator[Component]:
    for path in sorted((ROOT / "ml" / "trust").glob("*.pem")):
        yield _file(path) | {"licenses": [{"license": {"id": "CC-BY-4.0"}}]}


def _file(path: Path) -> Component:
    name = path.relative_to(ROOT).as_posix()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    hashes = [{"alg": "SHA-256", "content": digest}]
    return {"type": "file", "name": name, "bom-ref": f"file:{name}", "scope": "required", "hashes": hashes}


def faults(text: str) -> str:
    """What the standard has against it; nothing where it is sound."""
    return str(JsonStrictValidator(SPEC).validate_str(text) or "")


def main(target: Path) -> None:
    text = json.dumps(bill(), indent=2, sort_keys=True) + "\n"
    if wrong := faults(text):
        sys.exit(f"This is no CycloneDX {SPEC.to_version()}: {wrong}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(f"{target}: {len(json.loads(text)['components'])} components")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "sbom.json")
