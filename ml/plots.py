"""Plots of a run, drawn without a display."""

from pathlib import Path
from typing import Any

from ml import history

_PANELS = (
    ("loss", "mask_loss"),
    ("accuracy", "validation_accuracy", "validation_auc"),
    ("learning_rate",),
)


def plot_history(source: Path, target: Path) -> None:
    """Draw losses, accuracy and learning rate of `history.csv` over the epochs, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # half a second to import
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4), layout="constrained")
    rows = history.read(source)
    for panel, names in zip(figure.subplots(1, len(_PANELS)), _PANELS, strict=True):
        for name in names:
            _line(panel, rows, name)
        panel.set_xlabel("epoch")
        panel.legend()
        panel.grid(alpha=0.3)
    FigureCanvasAgg(figure).print_png(str(target))


def _line(panel: Any, rows: list[dict[str, str]], name: str) -> None:
    """One curve, without the epochs that it says nothing of; nothing if it says nothing at all."""
    points = [(int(row["epoch"]), float(row[name])) for row in rows if row.get(name)]
    if points:
        panel.plot(*zip(*points, strict=True), marker=".", label=name.replace("_", " "))
