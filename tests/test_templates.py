"""What holds for every page, read from the templates and static files themselves."""

import hashlib
import re
from pathlib import Path

import pytest
from django.template import engines

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
# What the content security policy refuses, and therefore what would silently not work.
INLINE = re.compile(r"""<style\b|\sstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>", re.IGNORECASE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_compiles(path):
    engines["django"].engine.get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_holds_nothing_inline(path):
    text = path.read_text()
    assert not INLINE.findall(text)
    assert all("src=" in script["attributes"] for script in SCRIPT.finditer(text))


@pytest.mark.parametrize("path", [*TEMPLATES, *STYLES, *SCRIPTS], ids=named)
def test_nothing_is_loaded_from_elsewhere(path):
    loaded = re.findall(r"""(?:src|href|url|import|from)\s*[=(]?\s*["'(]?(https?:)?//""", path.read_text())
    assert not loaded


def test_each_icon_that_a_template_names_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    used = {name for path in TEMPLATES for name in re.findall(r"{% icon [\"']([\w-]+)", path.read_text())}
    assert used
    assert used <= sprite


def test_each_outcome_and_stance_has_an_icon_in_the_sprite():
    from detector.models import Label
    from detector.templatetags import verdicts

    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    stances = ("supports_fake", "supports_authentic", "silent", "not_run", "anything else")
    assert {*Label.values, "pending", "failed", "mark", *map(verdicts.stance_icon, stances)} <= sprite


def test_each_outcome_has_a_colour_in_light_and_dark():
    from detector.models import Label

    tokens = (ROOT / "static/css/tokens.css").read_text()
    for label in Label.values:
        assert len(re.findall(rf"--{label}: #", tokens)) == 2
        assert len(re.findall(rf"--{label}-soft: #", tokens)) == 2


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_text_and_ground_can_be_read(scheme):
    values = re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (ROOT / "static/css/tokens.css").read_text())
    colours = {name: [value for other, value in values if other == name][scheme] for name, _ in values}
    grounds = ("page", "surface", "sunken")
    pairs = [(text, ground) for text in ("ink", "muted", "accent") for ground in grounds]
    outcomes = ("authentic", "ai_generated", "manipulated", "inconclusive")
    pairs += [(name, ground) for name in outcomes for ground in (f"{name}-soft", "surface", "page")]
    pairs += [("on-accent", "accent"), ("on-accent", "accent-strong"), ("ink", "accent-soft")]
    assert not [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    assert contrast(colours["line-strong"], colours["surface"]) >= 3


def test_vendored_files_are_those_of_the_list():
    vendor = ROOT / "static/vendor"
    rows = re.findall(r"^\| (\S+) \| .* \| `([0-9a-f]{64})` \|$", (vendor / "README.md").read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == {
        str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file() and path.name != "README.md"
    }
    for name, digest in rows:
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest


def test_a_fragment_is_never_kept_in_place_of_its_page(as_owner):
    """Otherwise the browser's Back shows the rows of a filtered history without the page around them."""
    assert "HX-Request" in as_owner.get("/uploads/")["Vary"]
