"""Plots of a run, drawn without a display."""

import csv
from pathlib import Path


def plot_history(source: Path, target: Path) -> None:
    """Draw loss and accuracy of `history.csv` over the epochs, as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # half a second to import
    from matplotlib.figure import Figure

    with source.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    figure = Figure(figsize=(9, 4), layout="constrained")
    panels = figure.subplots(1, 2)
    epochs = [int(row["epoch"]) for row in rows]
    for panel, names in zip(panels, (("loss",), ("accuracy", "validation_accuracy", "validation_auc")), strict=True):
        for name in names:
            points = [(epoch, float(row[name])) for epoch, row in zip(epochs, rows, strict=True) if row[name]]
            panel.plot(*zip(*points, strict=True), marker=".", label=name.replace("_", " ")) if points else None
        panel.set_xlabel("epoch")
        panel.legend()
        panel.grid(alpha=0.3)
    FigureCanvasAgg(figure).print_png(str(target))
