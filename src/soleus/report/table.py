"""Judged episodes as numbers (`summarise`, `compare`) and as tables (`episode_table`, `comparison_table`)."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soleus.sampler.batch import Episode

if TYPE_CHECKING:
    from rich.table import Table

WORD_WIDTH = 20
"""Letters of a word that a narrow terminal leaves together"""
CONTROL_STEP_S = 0.01
"""Between two control steps, in every task [s]"""
CONFIDENCE_Z = 1.959963984540054
"""Quantile of the normal distribution for intervals that hold 95 %"""


# -------------------------------------------------------------------------------------------------------------- numbers


@dataclass(frozen=True)
class Summary:
    """What a list of episodes amounts to."""

    n_episode: int
    mean: float
    """Mean score, falls included"""
    standard_deviation: float
    """Of the scores, with n - 1 degrees of freedom; NaN for one episode"""
    minimum: float
    maximum: float
    n_fall: int
    n_failure: int
    """Episodes that the simulator ended"""
    fall_rate: float
    fall_rate_interval: tuple[float, float]
    """Wilson's 95 % interval of the fall rate"""
    n_completed: int
    """Episodes that lasted until time was up"""
    completed_mean: float
    """Their mean score; NaN without any"""


@dataclass(frozen=True)
class Difference:
    """One policy's scores minus another's, seed by seed."""

    mean: float
    interval: tuple[float, float]
    """95 % interval of the mean, by the normal approximation; NaN for one seed"""
    n_better: int
    """Seeds on which the first policy scored more"""
    n_seed: int


def summarise(episodes: Sequence[Episode]) -> Summary:
    """Mean, spread and falls of episodes."""
    if not episodes:
        raise ValueError("there are no episodes to summarise; judge at least one")
    scores = np.array([episode.score for episode in episodes])
    completed = [episode.score for episode in episodes if episode.completed]
    n_fall = sum(episode.end == "fall" for episode in episodes)
    return Summary(
        n_episode=len(episodes),
        mean=float(scores.mean()),
        standard_deviation=_standard_deviation(scores),
        minimum=float(scores.min()),
        maximum=float(scores.max()),
        n_fall=n_fall,
        n_failure=sum(episode.failed for episode in episodes),
        fall_rate=n_fall / len(episodes),
        fall_rate_interval=wilson_interval(n_fall, len(episodes)),
        n_completed=len(completed),
        completed_mean=float(np.mean(completed)) if completed else math.nan,
    )


def compare(first: Sequence[Episode], second: Sequence[Episode]) -> Difference:
    """Scores of `first` minus scores of `second`, which met the same seeds."""
    scores = [{episode.seed: episode.score for episode in episodes} for episodes in (first, second)]
    if set(scores[0]) != set(scores[1]):
        raise ValueError(
            f"the policies were judged on different seeds ({_seeds(scores[0])} and {_seeds(scores[1])}); "
            "judge them on the same ones"
        )
    difference = np.array([scores[0][seed] - scores[1][seed] for seed in scores[0]])
    mean = float(difference.mean())
    reach = CONFIDENCE_Z * _standard_deviation(difference) / math.sqrt(len(difference))
    return Difference(mean, (mean - reach, mean + reach), int((difference > 0).sum()), len(difference))


def wilson_interval(n_hit: int, n: int) -> tuple[float, float]:
    """95 % interval of a rate of which `n_hit` of `n` were seen (Wilson 1927, J. Am. Stat. Assoc. 22, p. 209)."""
    rate, z2 = n_hit / n, CONFIDENCE_Z**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    reach = CONFIDENCE_Z * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _standard_deviation(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan


def _seeds(seeds: Mapping[int, float]) -> str:
    return ", ".join(map(str, sorted(seeds)))


# --------------------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class TextTable:
    """A table that rich prints in colour, `str` as plain text and `markdown` for a page."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_summary: int = 0
    """Rows at the end that sum up the others"""
    n_text: int = 1
    """Columns of words, before those of numbers"""

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.header, *self.rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if i < self.n_text else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in (self.header, *self.rows)
        ]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        lines.insert(1, rule)
        if self.n_summary:
            lines.insert(-self.n_summary, rule)
        return "\n".join([self.title, *lines])

    def markdown(self) -> str:
        """GitHub's flavour, without the title."""
        rule = ["---" if i < self.n_text else "---:" for i in range(len(self.header))]
        return "\n".join("| " + " | ".join(row) + " |" for row in (self.header, rule, *self.rows))

    def __rich__(self) -> Table:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.title), title_justify="left", title_style="bold", box=SIMPLE_HEAD)
        for i, name in enumerate(self.header):
            widest = max(len(name), *(len(row[i]) for row in self.rows))
            is_text = i < self.n_text
            # Numbers are never cut; long words are folded where a terminal is narrow.
            least = min(widest, WORD_WIDTH) if is_text else widest
            table.add_column(
                Text(name),
                justify="left" if is_text else "right",
                overflow="fold",
                no_wrap=not is_text,
                min_width=least,
            )
        n_detail = len(self.rows) - self.n_summary
        for i, row in enumerate(self.rows):
            table.add_row(*map(Text, row), style="bold" if i >= n_detail else None, end_section=i == n_detail - 1)
        return table


def episode_table(name: str, episodes: Sequence[Episode]) -> TextTable:
    """A policy's episodes seed by seed, then what they amount to.

    Args:
        name: the policy's, for the title.
        episodes: at least one.
    """
    total = summarise(episodes)
    rows = [
        (
            str(episode.seed),
            f"{episode.score:.2f}",
            f"{episode.distance:.2f}",
            f"{episode.n_env_steps * CONTROL_STEP_S:.2f}",
            textwrap.shorten(episode.end, 40, placeholder=" ..."),
        )
        for episode in episodes
    ]
    seconds = float(np.mean([episode.n_env_steps for episode in episodes])) * CONTROL_STEP_S
    distance = float(np.mean([episode.distance for episode in episodes]))
    rows += [
        ("mean", f"{total.mean:.2f}", f"{distance:.2f}", f"{seconds:.2f}", _falls(total)),
        ("sd", _deviation(total), "", "", ""),
        ("min", f"{total.minimum:.2f}", "", "", ""),
        ("max", f"{total.maximum:.2f}", "", "", ""),
    ]
    title = f"{name}: score {total.mean:.2f} over {_count(total.n_episode, 'episode')}"
    return TextTable(title, ("seed", "score", "distance [m]", "time [s]", "end"), tuple(rows), n_summary=4)


def return_table(name: str, episodes: Sequence[Episode]) -> TextTable:
    """The same for a task of Gymnasium: undiscounted returns and steps, nothing of bodies and falls.

    Args:
        name: the policy's, for the title.
        episodes: at least one.
    """
    total = summarise(episodes)
    rows = [
        (str(episode.seed), f"{episode.score:.2f}", str(episode.n_env_steps), textwrap.shorten(episode.end, 40))
        for episode in episodes
    ]
    steps = float(np.mean([episode.n_env_steps for episode in episodes]))
    rows += [
        ("mean", f"{total.mean:.2f}", f"{steps:.1f}", ""),
        ("sd", _deviation(total), "", ""),
        ("min", f"{total.minimum:.2f}", "", ""),
        ("max", f"{total.maximum:.2f}", "", ""),
    ]
    title = f"{name}: mean return {total.mean:.2f} over {_count(total.n_episode, 'episode')}"
    return TextTable(title, ("seed", "return", "steps", "end"), tuple(rows), n_summary=4)


def comparison_table(results: Mapping[str, Sequence[Episode]]) -> TextTable:
    """Policies that met the same seeds, one a row; the first is held against each of the others.

    Args:
        results: episodes by the policy's name; the one of interest first.
    """
    names = list(results)
    first = results[names[0]]
    rows = [_comparison_row(name, episodes, None if name == names[0] else first) for name, episodes in results.items()]
    header = ("policy", "score", "sd", "falls", f"{names[0]} leads by", "on seeds")
    return TextTable(f"{', '.join(names)} on the same {_count(len(first), 'seed')}", header, tuple(rows))


def _comparison_row(name: str, episodes: Sequence[Episode], first: Sequence[Episode] | None) -> tuple[str, ...]:
    total = summarise(episodes)
    scores = f"{total.mean:.2f}", _deviation(total)
    low, high = total.fall_rate_interval
    falls = f"{total.n_fall}/{total.n_episode} ({low:.0%}-{high:.0%})"
    if first is None:
        return (name, *scores, falls, "", "")
    lead = compare(first, episodes)
    reach = lead.interval[1] - lead.mean
    return (name, *scores, falls, f"{lead.mean:.2f} ± {reach:.2f}", f"{lead.n_better} of {lead.n_seed}")


def _deviation(total: Summary) -> str:
    """Of the scores; one episode has none."""
    return "" if math.isnan(total.standard_deviation) else f"{total.standard_deviation:.2f}"


def _falls(total: Summary) -> str:
    failures = f", {total.n_failure} failed" if total.n_failure else ""
    return f"{_count(total.n_fall, 'fall')}{failures}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
