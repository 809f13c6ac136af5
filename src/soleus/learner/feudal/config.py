"""The settings of a manager and its worker, apart from the learner so that reading a config imports no JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, final

from soleus.learner.check import check_least, check_positive
from soleus.learner.pattern import places
from soleus.learner.replay.config import DECISION_S
from soleus.learner.sac_config import SacConfig

if TYPE_CHECKING:
    from soleus.learner.feudal.learner import FeudalLearner
    from soleus.learner.part.base import Part


@final
@dataclass(frozen=True)
class FeudalConfig:
    """How a manager learns to set goals, and a worker to reach them."""

    alternates: ClassVar[bool] = False
    """Both learn from replay"""
    no_mirror: ClassVar[str] = "sets goals, which have no mirror image that the other level would know of"

    goals: tuple[str, ...] = ("pelvis* speed", "pelvis_t? speed")
    """Observed quantities that a goal is about, by name; "*" stands for anything. One is all that has to be there."""
    hidden: tuple[str, ...] = ("*target*",)
    """Observed quantities that only the manager sees, by name: what the task asks for, which the worker is to hear from
    him. Those that nothing is called are left alone."""
    every: int = 10
    """Decisions for which a goal is held: more make the manager's episodes shorter, and his control coarser."""
    reach: float = 2.0
    """The furthest goal, in deviations of what was observed so far: less asks only for what is usual."""
    goal_weight: float = 0.1
    """What the worker pays in a decision for each deviation by which it misses its goal, beside the task's reward."""
    task_weight: float = 1.0
    """Of the task's reward for the worker; 0 makes it care for goals alone. The manager learns from the whole."""
    manager: SacConfig = field(default_factory=lambda: SacConfig(discount=0.9, updates_per_transition=10.0))
    """How the manager learns; his transition is from one goal to the next, with the sum of rewards."""
    worker: SacConfig = field(default_factory=SacConfig)
    """How the worker learns."""

    def __post_init__(self) -> None:
        noise = self.manager.exploration.noise
        if noise != "gaussian":
            raise ValueError(
                f"manager.exploration.noise is {noise!r}; a manager draws in each world when its goal is over, and "
                "noise with a memory would go on in all of them at once: leave it out"
            )
        check_least(self, 1, "every")
        check_least(self, 0, "goal_weight", "task_weight")
        check_positive(self, "reach")
        if not self.goals:
            raise ValueError("goals are (); a goal needs something to be about, such as 'pelvis* speed'")
        for name, level in (("manager", self.manager), ("worker", self.worker)):
            if level.terms.names:
                raise ValueError(
                    f"{name}.terms.names are {level.terms.names}; terms of the reward are not told to two levels: "
                    "leave them out"
                )
            if level.ensemble.n_member > 1:
                raise ValueError(
                    f"{name}.ensemble.n_member is {level.ensemble.n_member}; a level is one learner: leave it out"
                )

    @classmethod
    def above(cls, worker: SacConfig) -> FeudalConfig:
        """A manager above a worker; both are updated as often."""
        usual = cls(worker=worker)
        updates = usual.every * worker.updates_per_transition
        return replace(usual, manager=replace(usual.manager, updates_per_transition=updates))

    def goal_columns(self, names: Sequence[str]) -> tuple[int, ...]:
        """Places of what goals are about among what is observed; ValueError if nothing is called so, or the worker does
        not see it.
        """
        found = places(names, self.goals)
        if not found:
            raise ValueError(f"goals {self.goals}: nothing observed is called so; there are {', '.join(names)}")
        seen = self.worker_columns(names)
        unseen = [names[place] for place in found if place not in seen]
        if unseen:
            raise ValueError(
                f"goals {self.goals} are about {', '.join(unseen)}, hidden from the worker; hide less, or take others"
            )
        return found

    def worker_columns(self, names: Sequence[str]) -> tuple[int, ...]:
        """Places of what the worker sees; ValueError if that is nothing."""
        hidden = places(names, self.hidden)
        if len(hidden) == len(names):
            raise ValueError(f"hidden {self.hidden}: that is all that is observed, and the worker would see nothing")
        return tuple(place for place in range(len(names)) if place not in hidden)

    def build(
        self,
        n_observation: int,
        n_action: int,
        seed: int,
        parts: Sequence[Part] = (),
        decision_s: float = DECISION_S,
        names: Sequence[str] | None = None,
    ) -> FeudalLearner:
        """A fresh learner with this configuration.

        Args:
            n_observation: length of an observation.
            n_action: length of an action.
            seed: of everything random in it.
            parts: none; they take part in learning from transitions as they were, not from those of two levels.
            decision_s: time for which an action is held [s].
            names: of what is observed; None numbers it.
        """
        from soleus.learner.feudal.learner import FeudalLearner  # imports JAX: a config and --help do without

        if parts:
            raise ValueError("parts take part in learning from transitions as they were, not from those of two levels")
        names = [str(place) for place in range(n_observation)] if names is None else names
        return FeudalLearner(self, names, n_action, seed, decision_s)
