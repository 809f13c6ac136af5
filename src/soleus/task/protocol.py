"""How the rounds of the challenges were graded, and what they published: data, looked up by task and round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

REMEMBERED = "score as remembered, no source open to us"


@dataclass(frozen=True)
class Published:
    """A score as it was published."""

    team: str
    score: float
    place: int
    remark: str = ""
    """What is to be known about the number"""


@dataclass(frozen=True)
class Protocol:
    """How a round turned a policy into a score: the mean over episodes of the sum of rewards, in all of them."""

    title: str
    episodes: int
    """Averaged in a submission"""
    accuracy: float
    """Of OpenSim's integrator, relative"""
    first_seed: int
    """Of our episodes, the others follow. The graders' seeds are secret; these are fixed and nothing else uses them"""
    unit: str
    """Of the score"""
    leaderboard: tuple[Published, ...] = ()
    """Best first; empty where none is known"""
    caveat: str = ""
    """What was not published, and what is done instead"""

    def score(self, scores: Sequence[float]) -> float:
        """What a leaderboard would have shown for episodes with these scores: the mean of the first ones that count."""
        if len(scores) < self.episodes:
            raise ValueError(f"{self.title} averaged {self.episodes} episodes, {len(scores)} were played")
        return sum(scores[: self.episodes]) / self.episodes


PROTOCOLS: dict[tuple[str, int], Protocol] = {
    ("run2017", 1): Protocol(
        "Learning to Run 2017, round 1",
        episodes=3,
        accuracy=1e-3,
        first_seed=2017_1_000,
        unit="m",
        leaderboard=(
            Published("USTC-IMCL", 44.61, 1),
            Published("NNAISENSE", 42.71, 5),
            Published("Stelmaszczyk and Jarosik", 17.51, 63),
        ),
    ),
    ("run2017", 2): Protocol(
        "Learning to Run 2017, round 2",
        episodes=10,
        accuracy=1e-3,
        first_seed=2017_2_000,
        unit="m",
        leaderboard=(
            Published("NNAISENSE", 45.97, 1, "43.2 to 43.5 over 4000 episodes, 9 to 10 % falls"),
            Published("PKU / Megvii-hzwer", 41.98, 2, REMEMBERED),
            Published("Reason8", 38.46, 3),
            Published("Stelmaszczyk and Jarosik", 18.62, 22),
        ),
    ),
    ("prosthetics2018", 1): Protocol(
        "AI for Prosthetics 2018, round 1",
        episodes=1,
        accuracy=5e-5,
        first_seed=2018_1_000,
        unit="points of 2700",
        caveat="The round has nothing random, so one episode is played; the documentation of the time says 3.",
    ),
    ("prosthetics2018", 2): Protocol(
        "AI for Prosthetics 2018, round 2",
        episodes=10,
        accuracy=5e-5,
        first_seed=2018_2_000,
        unit="points of 10,000",
        leaderboard=(
            Published("Firework (Baidu)", 9980.0, 1, "about; 9968.5 over 5000 episodes, 0.26 % falls"),
            Published("NNAISENSE", 9950.0, 2, REMEMBERED),
            Published("Jolly Roger", 9947.0, 3, REMEMBERED),
            Published("Mattias", 9939.0, 4, REMEMBERED),
            Published("ItsHighNoonBangBangBang", 9936.0, 5, REMEMBERED),
            Published("jbr", 9865.0, 6, REMEMBERED),
            Published("Lance Rane", 9853.0, 7, REMEMBERED),
            Published("A. Bhatt", 9852.0, 8, REMEMBERED),
            Published("wangzhengfei (PKU)", 9813.2, 9),
        ),
        caveat="The number of episodes was not published; we play 10.",
    ),
    ("walk2019", 1): Protocol(
        "Learn to Move 2019, round 1",
        episodes=10,
        accuracy=5e-5,
        first_seed=2019_1_000,
        unit="points",
        caveat="The number of episodes was not published (3 in the grader's debug mode); we play 10.",
    ),
    ("walk2019", 2): Protocol(
        "Learn to Move 2019, round 2",
        episodes=10,
        accuracy=5e-5,
        first_seed=2019_2_000,
        unit="points of about 1500",
        leaderboard=(
            Published("PARL Firework (Baidu)", 1490.0, 1, "about"),
            Published("Catalyst.RL", 1346.0, 2, REMEMBERED),
            Published("SimBodyWithDummyPlug", 1303.0, 3, REMEMBERED),
        ),
        caveat="The number of episodes was not published (3 in the grader's debug mode); we play 10.",
    ),
}


def find_protocol(task: str, config: Any) -> Protocol:
    """The protocol of the round that a task's config is about; ValueError for a task that was never graded.

    Args:
        task: as in the task registry.
        config: rules of the task.
    """
    graded = sorted({name for name, _ in PROTOCOLS})
    if task not in graded:
        raise ValueError(f"{task} was never graded in a challenge; --official is for {', '.join(graded)}")
    return PROTOCOLS[task, config.round]


def told_rules(config: Any) -> dict[str, Any]:
    """The rules that only decide what a policy is told: fields whose metadata say `graded=False`."""
    return {item.name: getattr(config, item.name) for item in fields(config) if not item.metadata.get("graded", True)}


def contradictions(given: Any, graded: Any) -> list[str]:
    """Words on each field in which two configs of a kind differ, the second being as it was graded.

    A field whose metadata say `graded=False` decides what a policy is told, not what it is judged by, and may differ.
    """
    return [
        f"{field.name.replace('_', '-')} is {getattr(given, field.name)}, graded with {getattr(graded, field.name)}"
        for field in fields(graded)
        if field.metadata.get("graded", True) and getattr(given, field.name) != getattr(graded, field.name)
    ]
