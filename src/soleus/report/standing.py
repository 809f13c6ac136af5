"""What a challenge's round would have made of a policy: its score, what the score hides, and the published ones."""

from __future__ import annotations

from collections.abc import Sequence

from soleus.report.table import TextTable, summarise
from soleus.sampler.batch import Episode
from soleus.task.protocol import Protocol


def verdict_table(name: str, protocol: Protocol, episodes: Sequence[Episode]) -> TextTable:
    """The leaderboard's number and the ones beside it.

    Args:
        name: the policy's.
        protocol: of the round.
        episodes: from the protocol's first seed on; those beyond its number sharpen all but the leaderboard's number.
    """
    total = summarise(episodes)
    low, high = total.fall_rate_interval
    first, last = episodes[0].seed, episodes[-1].seed
    rows = (
        (f"leaderboard score [{protocol.unit}]", f"{leaderboard_score(protocol, episodes):.2f}"),
        ("mean, falls included", f"{total.mean:.2f}"),
        ("mean of the completed", f"{total.completed_mean:.2f} ({total.n_completed})" if total.n_completed else "none"),
        ("fall rate, 95 % interval", f"{total.fall_rate:.1%} ({low:.1%} to {high:.1%})"),
        ("ended by the simulator", str(total.n_failure)),
        ("episodes, of which scored", f"{total.n_episode}, {protocol.episodes}"),
        ("seeds", f"{first} to {last}"),
    )
    return TextTable(f"{name}: {protocol.title}", ("on OpenSim", f"accuracy {protocol.accuracy:g}"), rows)


def standing_table(name: str, protocol: Protocol, episodes: Sequence[Episode]) -> TextTable:
    """The published scores with the policy's in its place."""
    score = leaderboard_score(protocol, episodes)
    published = [(each.score, each.team, str(each.place), each.remark) for each in protocol.leaderboard]
    ours = (score, name, "", "this policy, on our seeds")
    # Of equal scores the published one stands first: it was there before.
    ranked = sorted([*published, ours], key=lambda row: -row[0])
    rows = tuple((team, remark, place, f"{value:.2f}") for value, team, place, remark in ranked)
    return TextTable(f"Published scores of {protocol.title}", ("team", "remark", "place", "score"), rows, n_text=2)


def leaderboard_score(protocol: Protocol, episodes: Sequence[Episode]) -> float:
    """What a leaderboard would have shown."""
    return protocol.score([episode.score for episode in episodes])
