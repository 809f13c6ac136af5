"""What rewards are divided by before they are learnt from: two objects with one interface."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.normalise import RunningMoments
from soleus.sampler.batch import Batch

RETURN_LIMIT = 5.0
"""Size of the largest return once it has been divided [1]"""


class RewardScale(ABC):
    """Follows the rewards as they come, and says how large they are."""

    @abstractmethod
    def receive(self, batch: Batch) -> None:
        """Take in the rewards of new transitions."""

    @property
    @abstractmethod
    def value(self) -> float:
        """The present divisor, positive [reward]."""

    @abstractmethod
    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; none when nothing is followed."""

    @abstractmethod
    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""


@final
class GivenRewards(RewardScale):
    """Rewards are learnt from as the task gives them."""

    def receive(self, batch: Batch) -> None:
        pass

    @property
    def value(self) -> float:
        return 1.0

    def state(self) -> dict[str, NDArray]:
        return {}

    def load(self, state: Mapping[str, NDArray]) -> None:
        pass


@final
class ReturnScale(RewardScale):
    """The deviation of the discounted return so far, or the largest one over RETURN_LIMIT, whichever is more.

    In every world the return looks back: G <- discount x G + reward, from 0 at the start of an episode. It needs no
    future, and is as large as the return that looks ahead where rewards have settled. The deviation alone would leave
    values without a bound, so the largest |G| has its say (FlashSAC 2026, arXiv 2604.04539).
    Where a run goes on in new worlds, their first episodes begin with the return of the last ones, which fades.
    """

    def __init__(self, discount: float) -> None:
        """Args: discount, the weight of the next decision."""
        self._discount = discount
        self._world = np.zeros(0, np.int64)
        self._going = np.zeros(0)  # the return of each world's present episode
        self._moments = RunningMoments(1)
        self._largest = 0.0

    def receive(self, batch: Batch) -> None:
        self._meet(batch.world)
        place = np.searchsorted(self._world, batch.world)
        ended = batch.terminated | batch.truncated
        returns = np.empty(len(batch))
        for rows in _moments_in_time(place):
            self._going[place[rows]] = self._discount * self._going[place[rows]] + batch.reward[rows]
            returns[rows] = self._going[place[rows]]
            self._going[place[rows[ended[rows]]]] = 0.0
        self._moments.receive(returns[:, None])
        self._largest = max(self._largest, float(np.abs(returns).max(initial=0.0)))

    @property
    def value(self) -> float:
        """1 before the first reward."""
        scale = max(math.sqrt(self._moments.variance[0]), self._largest / RETURN_LIMIT)
        return scale if scale > 0 else 1.0

    def state(self) -> dict[str, NDArray]:
        return {
            "world": self._world.copy(),
            "going": self._going.copy(),
            "largest": np.array(self._largest),
            **{f"moments.{name}": value for name, value in self._moments.state().items()},
        }

    def load(self, state: Mapping[str, NDArray]) -> None:
        self._world, self._going = state["world"].copy(), state["going"].copy()
        self._largest = float(state["largest"])
        self._moments.load({name: state[f"moments.{name}"] for name in self._moments.state()})

    def _meet(self, world: NDArray[np.int64]) -> None:
        """Make room for worlds that are new."""
        new = np.setdiff1d(world, self._world)
        if len(new):
            place = np.searchsorted(self._world, new)
            self._world, self._going = np.insert(self._world, place, new), np.insert(self._going, place, 0.0)


def build_reward_scale(kind: Literal["given", "return"], discount: float) -> RewardScale:
    """What a config asks for."""
    return ReturnScale(discount) if kind == "return" else GivenRewards()


def _moments_in_time(world: NDArray[np.integer]) -> list[NDArray[np.integer]]:
    """The rows that hold the first transition of each world, then those with the second, and so on."""
    order = np.argsort(world, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(world[order]) != 0)) if len(world) else np.zeros(0, int)
    step = np.arange(len(world)) - np.repeat(starts, np.diff(np.append(starts, len(world))))
    return [order[step == k] for k in range(step.max(initial=-1) + 1)]
