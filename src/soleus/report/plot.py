"""Learning curves as a picture, from the metrics that runs left behind."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from soleus.run.error import RunError
from soleus.run.folder import RunFolder, write_report
from soleus.view.error import ViewError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COUNTERS = ("n_", "time_s", "cpu_s", "episode/", "evaluate/")
"""Beginnings of keys that are no metric of a learner"""
N_METRIC_ROW = 3
"""Panels of learner metrics in a row"""
COLORS = ("#2f6f9f", "#d63b4b", "#4c9a6a", "#e0a33e", "#7a5aa6", "#6f7f8e")
INK = "#33404d"


@dataclass(frozen=True)
class Series:
    """One metric along a run."""

    n_env_steps: NDArray[np.float64]
    minutes: NDArray[np.float64]
    value: NDArray[np.float64]


def plot_learning_curve(folders: Sequence[RunFolder], out: Path) -> Path:
    """Draw score against time and against simulator steps, and below it what the learner reports.

    Args:
        folders: runs to draw over each other.
        out: PNG file to write.

    Returns:
        The file.

    Raises:
        RunError: for a run without any metrics yet, or a file that cannot be written.
        ValueError: for another kind of file.
    """
    if out.suffix.lower() != ".png":
        raise ValueError(f"the picture {out} would not be a png; choose a name that ends in .png")
    runs = {run_name(folder, folders): read_series(folder) for folder in folders}
    metrics = sorted({key for series in runs.values() for key in series if not key.startswith(COUNTERS)})
    n_row = -(-len(metrics) // N_METRIC_ROW)
    figure = _new_figure(4.2 + 2.1 * n_row)
    grid = figure.add_gridspec(1 + n_row, 6, height_ratios=[2.1] + [1.0] * n_row)
    _draw_scores(figure.add_subplot(grid[0, :3]), runs, "minutes", "training time [min]")
    _draw_scores(figure.add_subplot(grid[0, 3:]), runs, "n_env_steps", "simulator steps")
    for i, key in enumerate(metrics):
        row, column = divmod(i, N_METRIC_ROW)
        _draw_metric(figure.add_subplot(grid[1 + row, 2 * column : 2 * column + 2]), runs, key)
    figure.suptitle(f"Learning curve: {', '.join(runs)}", x=0.01, ha="left", color=INK, fontsize=13)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    write_report(out, picture.getvalue())
    return out


def read_series(folder: RunFolder) -> dict[str, Series]:
    """Every metric of a run by its key. A record may lack any of them, and a line cut off by a crash is skipped."""
    records = folder.metrics()
    if not records:
        raise RunError(f"{folder.path} holds no metrics yet; let `soleus train` run until its first episode ends")
    keys = {key for record in records for key in record}
    return {key: _series([record for record in records if key in record], key) for key in keys}


def running_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Mean of the last `width` values, of fewer at the beginning; shape as `values`."""
    total = np.cumsum(np.concatenate([[0.0], values]))
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - width, 0)
    return (total[end] - total[start]) / (end - start)


def _series(records: list[dict[str, float]], key: str) -> Series:
    steps, seconds, values = (
        np.array([record.get(name, np.nan) for record in records], dtype=float)
        for name in ("n_env_steps", "time_s", key)
    )
    return Series(steps, seconds / 60.0, values)


def run_name(folder: RunFolder, folders: Sequence[RunFolder]) -> str:
    """The end of a run's path, as much of it as no other run has."""
    path, others = folder.path.resolve(), {other.path.resolve() for other in folders} - {folder.path.resolve()}
    ends = ("/".join(path.parts[-n:]) for n in range(1, len(path.parts) + 1))
    return next((end for end in ends if not any(f"/{other}".endswith(f"/{end}") for other in others)), str(path))


def _new_figure(height: float) -> Figure:
    """A figure that no window and no global state knows of; `height` in inches."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ViewError(
            "learning curves need matplotlib, which is not installed; install it with: pip install 'soleus[view]'"
        ) from error
    figure = Figure(figsize=(11.0, height), dpi=120, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _draw_scores(axes: Axes, runs: dict[str, dict[str, Series]], along: str, label: str) -> None:
    """Training episodes as dots and running mean, evaluations as diamonds."""
    for i, (name, series) in enumerate(runs.items()):
        color = COLORS[i % len(COLORS)]
        prefix = f"{name}: " if len(runs) > 1 else ""
        if "episode/score" in series:
            episode = series["episode/score"]
            width = max(5, len(episode.value) // 20)
            axes.plot(
                getattr(episode, along), episode.value, ".", color=color, alpha=0.4, markersize=4, markeredgewidth=0
            )
            mean = running_mean(episode.value, width)
            axes.plot(
                getattr(episode, along),
                mean,
                color=color,
                linewidth=2,
                label=f"{prefix}training, mean of {width} records",
            )
        if "evaluate/score" in series:
            evaluation = series["evaluate/score"]
            axes.plot(
                getattr(evaluation, along),
                evaluation.value,
                "D-",
                color=INK if len(runs) == 1 else color,
                linewidth=0.8,
                markersize=5,
                markeredgecolor="white",
                label=f"{prefix}evaluation",
            )
    _style(axes, label)
    axes.set_ylabel("score")
    axes.xaxis.set_major_formatter("{x:,g}")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="lower right", fontsize=8, framealpha=0.85, edgecolor="none")


def _draw_metric(axes: Axes, runs: dict[str, dict[str, Series]], key: str) -> None:
    for i, series in enumerate(runs.values()):
        if key in series:
            axes.plot(series[key].minutes, series[key].value, color=COLORS[i % len(COLORS)], linewidth=1.2)
    axes.set_title(key.replace("_", " "), fontsize=10, loc="left", color=INK)
    _style(axes, "training time [min]")


def _style(axes: Axes, label: str) -> None:
    axes.set_xlabel(label, fontsize=9)
    axes.grid(color="#e6ebef", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#c7d1da")
