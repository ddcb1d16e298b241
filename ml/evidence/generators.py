"""Which generator a file names: settings, workflows, labels and program names, each where that generator writes it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ml.evidence.tags import Tags
from ml.evidence.workflows import comfyui
from ml.sentences import say

Kind = Literal["generated", "edited"]

_SETTINGS = re.compile(r"Steps: \d+, .*\b(?:Sampler|CFG scale|Seed|Size): ")
_LONGEST_SETTINGS = 4_000
_FIELD = re.compile(r'(Seed|Model|Version|App): ("(?:[^"\\]|\\.)*"|[^,\n]*)')
_VERSIONS = (("comfyui", "ComfyUI"), ("fooocus", "Fooocus"), ("f", "Stable Diffusion web UI Forge"))
_JOB = re.compile(r"\bJob ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SIGNATURE = re.compile(r"Signature: [A-Za-z0-9+/=_-]{40,}")
_DREAM_SEED = re.compile(r"(?:^|\s)-S\s?(\d+)")
# Whole names, and only in fields that name a program: "firefly" in a caption is an insect.
_NAMES = {
    "Midjourney": r"midjourney", "DALL·E": r"dall[\s·•.-]?e(?:\s?[23])?", "Adobe Firefly": r"adobe firefly",
    "Google Imagen": r"google imagen|imagen-[234]", "Stable Diffusion": r"stable[\s-]?diffusion|dreamstudio",
    "ComfyUI": r"comfyui", "InvokeAI": r"invoke\s?ai", "NovelAI": r"novelai", "Fooocus": r"fooocus",
    "Draw Things": r"draw things", "DiffusionBee": r"diffusion\s?bee", "SwarmUI": r"(?:stable)?swarmui",
    "Leonardo.Ai": r"leonardo\.?\s?ai", "Ideogram": r"ideogram(?:\s?ai)?", "Grok": r"grok|xai",
    "FLUX": r"black forest labs|ai generated;\w+;flux", "Bing Image Creator": r"bing image creator",
    "Microsoft Designer": r"microsoft designer", "ChatGPT": r"chatgpt|gpt-4o|gpt-image-\d", "Craiyon": r"craiyon",
    "NightCafe": r"nightcafe(?: studio)?", "Playground AI": r"playground\s?ai", "Recraft": r"recraft(?:\s?ai)?",
    "Google Gemini": r"google gemini|gemini \d.*\bimage", "Seedream": r"seedream", "Jimeng": r"jimeng",
}  # fmt: skip
_PROGRAMS = {name: re.compile(rf"(?<![\w.-])(?:{pattern})(?!\w)", re.IGNORECASE) for name, pattern in _NAMES.items()}
_CREDITS = {"made with google ai": "generated", "edited with google ai": "edited"}
# IPTC's vocabulary of digital source types; the others name captures, scans and work by hand or by plain algorithm.
_SOURCE_TYPES: dict[str, Kind] = {
    "trainedalgorithmicmedia": "generated",
    "trainedalgorithmicdata": "generated",
    "compositewithtrainedalgorithmicmedia": "edited",
    "compositesynthetic": "edited",
}
_LABELS = {"1": "AI-generated", "2": "possibly AI-generated", "3": "suspected to be AI-generated"}


@dataclass(frozen=True, slots=True)
class Note:
    """What a file says of a generator; `kind` tells a picture it made from one it worked on, `where` the container."""

    generator: str
    where: str
    kind: Kind = "generated"
    model: str = ""
    prompt: str = ""
    seed: str = ""
    says: str = ""


def notes(tags: Tags) -> list[Note]:
    """Every note found, the most detailed kinds first; empty where there is none."""
    return [note for find in _FINDERS for note in find(tags)]


def _web_ui(tags: Tags) -> Iterator[Note]:
    """Settings as the Stable Diffusion web UI and its many relatives write them, in a chunk or in EXIF."""
    for where, text in _free_texts(tags):
        start = text.rfind("Steps: ")  # the settings follow the prompt, in one line
        settings = text[max(start, 0) : start + _LONGEST_SETTINGS]
        if _SETTINGS.match(settings):
            said = {key: value.strip(' "') for key, value in _FIELD.findall(settings)}
            prompt = text[:start].split("Negative prompt:")[0].strip()
            yield Note(_relative(said), where, model=said.get("Model", ""), prompt=prompt, seed=said.get("Seed", ""))


def _relative(said: Mapping[str, str]) -> str:
    version = said.get("Version", "").lower()
    by_version = next((name for start, name in _VERSIONS if re.match(rf"{start}[ \d]|{start}$", version)), "")
    return said.get("App", "") or by_version or "Stable Diffusion web UI"


def _comfyui(tags: Tags) -> Iterator[Note]:
    """Graphs of ComfyUI: two PNG chunks; in WebP and JPEG, EXIF values that begin with their name."""
    fields = [(_chunk(key), tags.texts.get(key, "")) for key in ("prompt", "workflow")]
    for name in ("Make", "Model", "ImageDescription", "UserComment", "Software", "DateTime"):
        label, _, rest = tags.exif.text(name).partition(":")
        if label.lower() in ("prompt", "workflow") and rest.lstrip().startswith("{"):
            fields.append((f"EXIF {name}", rest))
    for where, text in fields:
        graph = comfyui(_json(text))
        if graph:
            kind: Kind = "generated" if graph.samples else "edited"
            yield Note("ComfyUI", where, kind, graph.model, graph.prompt, graph.seed)
            return


def _invokeai(tags: Tags) -> Iterator[Note]:
    for key in ("invokeai_metadata", "sd-metadata"):
        said = _json(tags.texts.get(key, ""))
        if said:
            image = said.get("image") if isinstance(said.get("image"), dict) else said
            prompt = _prompt(_get(image, "positive_prompt", "prompt"))
            model = _named(_get(said, "model", "model_weights"))
            yield Note("InvokeAI", _chunk(key), model=model, prompt=prompt, seed=_get_text(image, "seed"))
            return
    dream = tags.texts.get("Dream", "")
    if dream.startswith('"') and (seed := _DREAM_SEED.search(dream)):
        yield Note("InvokeAI", _chunk("Dream"), prompt=dream[1:].split('"')[0], seed=seed[1])


def _novelai(tags: Tags) -> Iterator[Note]:
    in_chunk = tags.texts.get("Software", "").startswith("NovelAI")
    if in_chunk or tags.exif.text("Software").startswith("NovelAI"):
        said = _json(tags.texts.get("Comment", ""))
        prompt = tags.texts.get("Description", "") or _get_text(said, "prompt")
        model = tags.texts.get("Source", "")
        where = _chunk("Software") if in_chunk else "EXIF Software"
        yield Note("NovelAI", where, model=model, prompt=prompt, seed=_get_text(said, "seed"))


def _fooocus_and_swarm(tags: Tags) -> Iterator[Note]:
    """Settings as JSON, where other programs write them as text."""
    for where, text in _free_texts(tags):
        said = _json(text)
        swarm = said.get("sui_image_params")
        if isinstance(swarm, dict):
            yield Note("SwarmUI", where, "generated", *(_get_text(swarm, key) for key in ("model", "prompt", "seed")))
        elif "base_model" in said and "prompt" in said:
            model = _get_text(said, "base_model")
            yield Note("Fooocus", where, model=model, prompt=_get_text(said, "prompt"), seed=_get_text(said, "seed"))


def _midjourney(tags: Tags) -> Iterator[Note]:
    descriptions = {
        _chunk("Description"): tags.texts.get("Description", ""),
        "EXIF ImageDescription": tags.exif.text("ImageDescription"),
        "XMP dc:description": tags.first("dc:description"),
        "IPTC Caption": tags.iptc.get("Caption", ""),
    }
    for where, text in descriptions.items():
        if match := _JOB.search(text):
            yield Note("Midjourney", where, prompt=text[: match.start()].strip())
            return


def _grok(tags: Tags) -> Iterator[Note]:
    """xAI's pictures carry a signature as their description and an identifier as their artist."""
    if _SIGNATURE.fullmatch(tags.exif.text("ImageDescription")) and _UUID.fullmatch(tags.exif.text("Artist")):
        yield Note("Grok", "EXIF ImageDescription")


def _source_type(tags: Tags) -> Iterator[Note]:
    for value in tags.xmp.get("Iptc4xmpExt:DigitalSourceType", []):
        name = re.split(r"[/#:]", value.rstrip("/"))[-1]
        if kind := _SOURCE_TYPES.get(name.lower()):
            yield Note("", "XMP Iptc4xmpExt:DigitalSourceType", kind, says=name)
            return


def _chinese_label(tags: Tags) -> Iterator[Note]:
    """The label that China's standard GB 45438-2025 asks for."""
    places = {"XMP TC260:AIGC": tags.first("TC260:AIGC"), _chunk("AIGC"): tags.texts.get("AIGC", "")}
    for where, text in places.items():
        said = _json(text)
        if says := _LABELS.get(_get_text(said, "Label")):
            yield Note(_get_text(said, "ContentProducer")[:80], where, says=says)
            return


def _credit(tags: Tags) -> Iterator[Note]:
    for where, text in (
        ("XMP photoshop:Credit", tags.first("photoshop:Credit")),
        ("IPTC Credit", tags.iptc.get("Credit", "")),
    ):
        if kind := _CREDITS.get(text.strip().lower()):
            yield Note("Google AI", where, "edited" if kind == "edited" else "generated", says=text)
            return


def _named_program(tags: Tags) -> Iterator[Note]:
    """A generator's name where the name of a program belongs."""
    places = {
        "EXIF Software": tags.exif.text("Software"),
        "EXIF Make": tags.exif.text("Make"),
        "XMP xmp:CreatorTool": tags.first("xmp:CreatorTool"),
        "XMP tiff:Software": tags.first("tiff:Software"),
        _chunk("Software"): tags.texts.get("Software", ""),
        _chunk("Source"): tags.texts.get("Source", ""),
        "IPTC OriginatingProgram": tags.iptc.get("OriginatingProgram", ""),
        "XMP stEvt:softwareAgent": "; ".join(tags.xmp.get("stEvt:softwareAgent", [])),
    }
    for where, text in places.items():
        name = next((name for name, pattern in _PROGRAMS.items() if pattern.search(text[:500])), "")
        if name:
            model = tags.exif.text("Model") if where == "EXIF Make" or name == "FLUX" else ""
            yield Note(name, where, model=model, says=text)
            return


_FINDERS: tuple[Callable[[Tags], Iterator[Note]], ...] = (
    _web_ui, _comfyui, _invokeai, _novelai, _fooocus_and_swarm, _midjourney, _grok, _chinese_label, _credit,
    _source_type, _named_program,
)  # fmt: skip


def _free_texts(tags: Tags) -> list[tuple[str, str]]:
    """Where settings are written as one text."""
    places = {
        _chunk("parameters"): tags.texts.get("parameters", ""),
        "EXIF UserComment": tags.exif.text("UserComment"),
        "XMP exif:UserComment": tags.first("exif:UserComment"),
        say("comment"): tags.texts.get("Comment", ""),
    }
    return [(where, text) for where, text in places.items() if text]


def _chunk(name: str) -> str:
    return say("PNG text chunk {name}", name=name)


def _json(text: str) -> dict[str, Any]:
    """The object that a text holds, empty where it holds none."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _get(said: Any, *keys: str) -> Any:
    return next((said[key] for key in keys if key in said), "") if isinstance(said, dict) else ""


def _get_text(said: Any, key: str) -> str:
    value = _get(said, key)
    return str(value) if isinstance(value, str | int | float) else ""


def _prompt(value: Any) -> str:
    """InvokeAI 2 kept a list of prompts with their weights."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get("prompt")
    return value if isinstance(value, str) else ""


def _named(value: Any) -> str:
    name = _get(value, "name", "model_name") if isinstance(value, dict) else value
    return name if isinstance(name, str) else ""
