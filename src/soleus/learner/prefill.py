"""Who acts before a learner from replay has learnt anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from soleus.learner.check import check_least, check_positive
from soleus.nets.baseline import UniformPolicy
from soleus.nets.dep import Dep, DepPolicy
from soleus.nets.policy import Policy


@dataclass(frozen=True)
class PrefillConfig:
    """What fills the replay for --learner.random-transitions."""

    kind: Literal["uniform", "dep"] = "uniform"
    """"uniform" draws every action evenly: muscles twitch against each other; "dep" lets muscles whose motions go
    together drive each other, so that limbs swing, for tasks whose muscles' lengths are observed."""
    dep: Dep = field(default_factory=Dep)
    """Of "dep"."""

    def __post_init__(self) -> None:
        if self.kind not in ("uniform", "dep"):
            raise ValueError(f"prefill kind is {self.kind!r}; choose uniform or dep")
        check_positive(self.dep, "kappa")
        check_least(self.dep, 1, "window", "delay", "smoothing")
        check_least(self.dep, 0, "bias_rate", "noise")

    def build(self, observed: Sequence[str], actions: Sequence[str]) -> Callable[[], Policy]:
        """Makes the policy, anew for each time that it is sent to act.

        Args:
            observed: names of what is observed.
            actions: names of the muscles that actions excite.

        Raises:
            ValueError: where muscles' lengths are needed and not observed.
        """
        if self.kind == "uniform":
            return partial(UniformPolicy, len(actions))
        needed = [f"{muscle} length" for muscle in actions]
        missing = [name for name in needed if name not in observed]
        if missing:
            raise ValueError(
                f"prefill 'dep' feels how long muscles are, and nothing observed is called {', '.join(missing)}; "
                "walk2019 and prosthetics2018 observe the length of each muscle unless --control changes what is "
                "observed or ties legs, elsewhere take --prefill.kind uniform"
            )
        return partial(DepPolicy, tuple(observed.index(name) for name in needed), self.dep)
