"""The browser extension as a package: it asks for little, runs only what it holds, speaks two languages."""

import json
import re
import runpy
import zipfile
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PIL import Image, ImageChops

from tests.programs import ROOT

BROWSER = ROOT / "clients" / "browser"
SOURCE = BROWSER / "src"
MANIFEST = json.loads((SOURCE / "manifest.json").read_text())
README = (BROWSER / "README.md").read_text()
SCRIPTS = sorted(SOURCE.rglob("*.js"))
PAGES = sorted(SOURCE.glob("*.html"))
WORDS = {path.parent.name: json.loads(path.read_text()) for path in SOURCE.glob("_locales/*/messages.json")}
icons, pack = (SimpleNamespace(**runpy.run_path(str(BROWSER / "tools" / name))) for name in ("icons.py", "pack.py"))


def test_it_asks_for_these_permissions_and_no_others():
    assert MANIFEST["manifest_version"] == 3
    assert MANIFEST["permissions"] == ["activeTab", "contextMenus", "scripting", "storage"]
    assert MANIFEST["optional_host_permissions"] == ["https://*/*", "http://*/*"]
    assert MANIFEST.keys().isdisjoint({"host_permissions", "content_scripts", "web_accessible_resources"})
    assert MANIFEST.keys().isdisjoint({"externally_connectable", "optional_permissions"})
    assert MANIFEST["incognito"] == "not_allowed"
    for name in MANIFEST["permissions"]:
        assert f"| `{name}` |" in README, name
        assert name == "activeTab" or any(f"chrome.{name}." in path.read_text() for path in SCRIPTS), name


def test_nothing_runs_that_is_not_in_it():
    policy = MANIFEST["content_security_policy"]["extension_pages"]
    assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
    assert "unsafe" not in policy
    for path in [*SCRIPTS, *PAGES, *SOURCE.rglob("*.css")]:
        text = path.read_text()
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write|import\(", text), path
        assert re.findall(r"https?://[\w.-]+", text) in ([], ["http://www.w3.org"]), path
        assert not re.search(r"<script>|<style| style=| on\w+=\"", text), path


def names_of(value: object) -> Iterator[str]:
    """Every file that a part of the manifest names."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from names_of(part)
    elif isinstance(value, str) and re.fullmatch(r"[\w/]+\.(js|html|png)", value):
        yield value


def referred() -> Iterator[tuple[str, str]]:
    """Who names which file: the manifest, pages, scripts."""
    yield from (("manifest.json", name) for name in names_of(MANIFEST))
    for path in PAGES:
        yield from ((path.name, name) for name in re.findall(r'(?:src|href)="([^"]+)"', path.read_text()))
    for path in SCRIPTS:
        for name in re.findall(r'from "\./([^"]+)"', path.read_text()):
            yield path.name, (path.parent / name).relative_to(SOURCE).as_posix()


def test_the_zip_holds_all_that_is_named_and_packs_the_same(tmp_path):
    first, second = pack.pack(tmp_path / "one"), pack.pack(tmp_path / "two")
    assert first.read_bytes() == second.read_bytes()
    assert first.name == f"fakedetect-browser-{MANIFEST['version']}.zip"
    with zipfile.ZipFile(first) as archive:
        held = set(archive.namelist())
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    named = list(referred())
    assert len(named) > 20
    assert [(who, name) for who, name in named if name not in held] == []
    assert {"manifest.json", "LICENSE", "_locales/en/messages.json", "_locales/de/messages.json"} <= held
    shipped = {path.relative_to(SOURCE).as_posix() for path in SCRIPTS}
    entries = {"worker.js", *(name for _, name in named)}
    assert shipped - entries == set(), "a script that nobody asks for"
    assert first.stat().st_size < 60_000


def test_the_languages_say_the_same_things():
    assert set(WORDS) == {"en", "de"}
    assert WORDS["en"].keys() == WORDS["de"].keys()
    for name, entry in WORDS["en"].items():
        german = WORDS["de"][name]["message"]
        assert sorted(re.findall(r"\$\d", entry["message"])) == sorted(re.findall(r"\$\d", german)), name
        assert entry["message"].strip()
        assert german.strip()
    assert len(WORDS["en"]["description"]["message"]) <= 132
    assert len(WORDS["de"]["description"]["message"]) <= 132


def test_every_sentence_is_there_and_is_used():
    text = "".join(path.read_text() for path in [*SCRIPTS, *PAGES, SOURCE / "manifest.json"])
    asked = set(re.findall(r'(?:say|Refusal|step|getMessage)\(\s*"(\w+)"', text))
    asked |= set(re.findall(r'data-(?:say|title)[\w-]*="(\w+)"', text)) | set(re.findall(r"__MSG_(\w+)__", text))
    labels = re.search(r"LABELS = \[(.*)\]", text)[1].replace('"', "").split(", ")
    made = {form.format(label) for label in labels for form in ("{}", "{}_means", "decided_{}")}
    states = {f"{state}{end}" for state in ("failed", "pending") for end in ("", "_means")}
    known = asked | made | states | {"authentic_not_low_means"}
    pairs = {name for pair in re.findall(r'\? "(\w+)" : "(\w+)"', text) for name in pair}
    assert asked - WORDS["en"].keys() == set()
    assert made - WORDS["en"].keys() == set()
    assert WORDS["en"].keys() - known - pairs == set(), "a sentence that nobody says"


@pytest.mark.parametrize("size", icons.SIZES)
def test_the_icons_are_what_the_script_draws(size):
    with Image.open(SOURCE / "icons" / f"{size}.png") as found:
        assert found.size == (size, size)
        assert ImageChops.difference(found.convert("RGBA"), icons.drawn(size)).getbbox() is None


def test_colours_and_signs_are_those_of_the_site():
    site = (ROOT / "static" / "css" / "tokens.css").read_text().split("@media", 1)
    ours = (SOURCE / "css" / "tokens.css").read_text().split("@media", 1)
    for mine, theirs in zip(ours, site, strict=True):
        colours = re.findall(r"--[\w-]+: #\w+;", mine)
        assert len(colours) > 15
        assert [one for one in colours if one not in theirs] == []
    signs = re.findall(r"<symbol.*?</symbol>", (SOURCE / "icons" / "signs.svg").read_text())
    everything = (ROOT / "static" / "img" / "icons.svg").read_text()
    assert len(signs) == 6
    assert [one for one in signs if one not in everything] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_is_of_one_idea_and_says_which(path):
    text = path.read_text()
    assert text.startswith("// ")
    assert text.count("\n") <= 150
    assert max(map(len, text.splitlines())) <= 140
