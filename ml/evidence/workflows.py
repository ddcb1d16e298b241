"""What a ComfyUI graph says: whether it samples pictures from noise, its model, prompt and seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MOST_NODES = 2_000
_SAMPLERS = ("sampler", "imagegenerat", "texttoimage")
_MODELS = ("ckpt_name", "unet_name", "model_name")


@dataclass(frozen=True, slots=True)
class Graph:
    """`samples` is false of a graph that only scales or filters a picture."""

    samples: bool
    model: str
    prompt: str
    seed: str


@dataclass(frozen=True, slots=True)
class _Node:
    """`inputs` by name in a prompt graph; `widgets` without names in a workflow."""

    kind: str
    inputs: Mapping[str, Any]
    widgets: tuple[Any, ...] = ()


def comfyui(said: Mapping[str, Any]) -> Graph | None:
    """Read a prompt graph (nodes by number) or a workflow (a list of nodes); None where it is neither."""
    nodes = list(_nodes(said))
    if not nodes:
        return None
    return Graph(
        samples=any(word in node.kind.lower() for node in nodes for word in _SAMPLERS),
        model=next(_models(nodes), ""),
        prompt=max(_prompts(nodes), key=len, default=""),
        seed=next(_seeds(nodes), ""),
    )


def _nodes(said: Mapping[str, Any]) -> Iterator[_Node]:
    listed = said.get("nodes")
    for node in (listed if isinstance(listed, list) else list(said.values()))[:_MOST_NODES]:
        if not isinstance(node, dict):
            continue
        inputs, widgets = node.get("inputs"), node.get("widgets_values")
        if isinstance(node.get("class_type"), str) and isinstance(inputs, dict):
            yield _Node(node["class_type"], inputs)
        elif listed and isinstance(node.get("type"), str) and "id" in node:
            yield _Node(node["type"], {}, tuple(widgets) if isinstance(widgets, list) else ())


def _models(nodes: list[_Node]) -> Iterator[str]:
    for node in nodes:
        names = [node.inputs.get(key) for key in _MODELS] + list(node.widgets[:1] if _loads(node) else ())
        yield from (name for name in names if isinstance(name, str) and name)


def _loads(node: _Node) -> bool:
    kind = node.kind.lower()
    return "loader" in kind and ("checkpoint" in kind or "unet" in kind)


def _prompts(nodes: list[_Node]) -> Iterator[str]:
    """The longest is taken for the prompt: graphs do not say which text is wanted and which is to be avoided."""
    for node in nodes:
        if "textencode" in node.kind.lower():
            texts = [*(node.inputs.get(key) for key in ("text", "text_g", "prompt")), *node.widgets]
            yield from (text for text in texts if isinstance(text, str) and text)


def _seeds(nodes: list[_Node]) -> Iterator[str]:
    for node in nodes:
        for value in (node.inputs.get("seed"), node.inputs.get("noise_seed")):
            if isinstance(value, int) and not isinstance(value, bool):
                yield str(value)
