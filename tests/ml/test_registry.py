"""Versions: written whole, verified before use."""

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from ml import registry
from ml.registry import ModelRefused
from tests.programs import ROOT


@pytest.fixture
def models(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"lite")
    (tmp_path / "a.keras").write_bytes(b"keras")
    return tmp_path / "models"


def write(models, version="2026.11.1"):
    files = (models.parent / "a.tflite", models.parent / "a.keras")
    return registry.write(models, version, {"name": "made"}, *files)


def test_a_version_is_read_as_it_was_written(models):
    version = registry.read(write(models))
    assert version.content == b"lite"
    assert version.card["version"] == "2026.11.1"
    assert version.sha256 == version.card["files"]["model.tflite"] == registry.file_sha256(models.parent / "a.tflite")


@pytest.mark.parametrize("name", ["model.tflite", "model.keras"])
def test_a_file_with_another_digest_is_refused(models, name):
    folder = write(models)
    (folder / name).write_bytes(b"something else")
    with pytest.raises(ModelRefused, match=f"{name} .* is not the file its card describes"):
        registry.read(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": 3}'])
def test_a_card_that_is_no_card_is_refused(models, text):
    folder = write(models)
    (folder / "card.json").write_text(text)
    with pytest.raises(ModelRefused, match="card"):
        registry.read(folder)


@pytest.mark.parametrize("name", ["card.json", "model.tflite"])
def test_a_missing_file_is_refused(models, name):
    folder = write(models)
    (folder / name).unlink()
    with pytest.raises(ModelRefused, match="can"):
        registry.read(folder)


def test_a_version_can_serve_without_what_is_needed_to_train_on(models):
    folder = write(models)
    (folder / "model.keras").unlink()
    assert registry.read(folder).content == b"lite"


def test_a_version_is_never_overwritten(models):
    folder = write(models)
    with pytest.raises(ModelRefused, match="exists already"):
        write(models)
    assert registry.read(folder).content == b"lite"


def test_nothing_is_left_of_a_version_that_could_not_be_written(models):
    (models.parent / "a.keras").unlink()
    with pytest.raises(FileNotFoundError):
        write(models)
    assert list(models.iterdir()) == []


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from ml import registry

whole, step = shutil.copyfile, int(sys.argv[2])
def copied(source, target):
    if step == 1 and Path(target).name == registry.KERAS:
        Path(target).write_bytes(Path(source).read_bytes()[:2])
        os.kill(os.getpid(), signal.SIGKILL)
    whole(source, target)
shutil.copyfile = copied
if step == 2:
    Path.rename = lambda *parts: os.kill(os.getpid(), signal.SIGKILL)
top = Path(sys.argv[1])
registry.write(top / "models", "2026.11.1", {"name": "made"}, top / "a.tflite", top / "a.keras")
"""


@pytest.mark.parametrize("step", ["1", "2"], ids=["half of a file", "before the name"])
def test_a_process_that_is_killed_leaves_nothing_that_is_read(models, step):
    done = subprocess.run([sys.executable, "-c", KILLED, str(models.parent), step], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = models.iterdir()
    assert left.name.startswith(".partial-")
    assert registry.versions(models) == []
    assert registry.next_version(models, datetime.date(2026, 11, 22)) == "2026.11.1"
    assert registry.read(write(models)).content == b"lite"


def test_what_a_killed_process_left_is_removed_a_day_later(models):
    for name, age in ((".partial-old", 90_000), (".partial-new", 10)):
        (models / name).mkdir(parents=True)
        (models / name / "model.tflite").write_bytes(b"li")
        os.utime(models / name, (time.time() - age,) * 2)
    write(models)
    assert {path.name for path in models.iterdir()} == {".partial-new", "2026.11.1"}


def test_of_two_that_write_one_version_the_second_is_refused(models, monkeypatch):
    fill = registry._fill

    def overtaken(*parts):
        monkeypatch.setattr(registry, "_fill", fill)
        write(models)
        fill(*parts)

    monkeypatch.setattr(registry, "_fill", overtaken)
    with pytest.raises(ModelRefused, match="exists already"):
        write(models)
    assert [path.name for path in models.iterdir()] == ["2026.11.1"]


@pytest.mark.parametrize("version", ["../1", "latest", "", "1/2"])
def test_a_name_that_is_no_version_is_refused(models, version):
    with pytest.raises(ModelRefused, match="no version"):
        write(models, version)


def test_versions_are_ordered_as_numbers(models):
    for version in ("2026.9.10", "2026.11.2", "2026.11.10"):
        write(models, version)
    assert [folder.name for folder in registry.versions(models)] == ["2026.9.10", "2026.11.2", "2026.11.10"]
    assert registry.next_version(models, datetime.date(2026, 11, 22)) == "2026.11.11"
    assert registry.next_version(models, datetime.date(2026, 12, 1)) == "2026.12.1"


def test_what_ships_is_whole_and_small():
    for folder in registry.versions():
        registry.read(folder)
    total = sum(path.stat().st_size for path in registry.SHIPPED.rglob("*") if path.is_file())
    assert registry.shipped() == registry.versions()[-1]
    assert total < 12_000_000


def test_the_card_of_what_ships_names_no_path_of_the_machine_that_made_it():
    text = json.dumps(json.loads((registry.shipped() / "card.json").read_text()))
    roots = "data|home|mnt|opt|root|srv|tmp|usr|var|work"  # what is encoded for a browser may begin with "/" too
    assert re.findall(rf'"/(?:{roots})/[^"]*', text) == []
