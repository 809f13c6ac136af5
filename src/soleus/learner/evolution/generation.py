"""A generation of an evolutionary learner: which member plays which episode, and what came back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soleus.nets.normalise import RunningMoments
from soleus.sampler.batch import Batch

FIRST_SEEDS = 2**30
"""First seeds of generations lie below, so that all seeds stay below those of evaluations."""


class Generation:
    """Deals out episodes to the members in turn, and knows each episode again by its number.

    Members begin alike, all of them or a few each: their first episodes have the same seed, their second ones the same
    other one, and so on, so that who earns more did not just start better. Every world gets something to play: where
    that is more than was wanted, the first members play once more.
    """

    def __init__(self, members: NDArray[np.float32], first_seed: int, n_episode: int, n_alike: int) -> None:
        """Args:
        members: their parameters, shape (n_member, n_parameter).
        first_seed: of the first member's first episode, and its number; the others count up.
        n_episode: each member's, at least.
        n_alike: members one after the other that begin alike; they divide the members.
        """
        self._members = members
        self._n_alike = n_alike
        self._first_seed = first_seed
        self._n_wanted = n_episode * len(members)
        self._n_dealt = 0
        self._paid: dict[int, float] = {}
        self._observed: dict[int, RunningMoments] = {}

    @property
    def complete(self) -> bool:
        """Whether everybody has played enough, and everything that was dealt out is back."""
        return len(self._paid) == self._n_dealt >= self._n_wanted

    def deal(self, n_world: int) -> tuple[NDArray[np.float32], tuple[int, ...], tuple[int, ...]]:
        """What to play next: parameters for each world, shape (n_world, n_parameter), its episode's seed and number."""
        episodes = self._n_dealt + np.arange(n_world)
        self._n_dealt += n_world
        turn, member = np.divmod(episodes, len(self._members))
        n_start = len(self._members) // self._n_alike
        seeds = self._first_seed + turn * n_start + member // self._n_alike
        numbers = self._first_seed + episodes
        return self._members[member], tuple(seeds.tolist()), tuple(numbers.tolist())

    def receive(self, batch: Batch) -> None:
        """Take in episodes that are back, in any order.

        Raises:
            ValueError: for an episode that was not dealt out or is back already.
        """
        paid = {episode.number - self._first_seed: episode.paid for episode in batch.episodes}
        for number in paid:
            if not 0 <= number < self._n_dealt or number in self._paid:
                raise ValueError(
                    f"an episode of number {self._first_seed + number} came back, but this generation waits for "
                    f"{self._n_dealt - len(self._paid)} episodes with numbers from {self._first_seed} to "
                    f"{self._first_seed + self._n_dealt - 1}"
                )
        self._paid |= paid
        if len(batch):  # nothing was observed of episodes that the simulator did not come back from
            self._observed[min(paid)] = moments = RunningMoments(batch.observation.shape[1])
            moments.receive(batch.observation)

    def fitness(self) -> NDArray[np.float64]:
        """Mean of what each member's episodes were paid, shape (n_member,)."""
        member = np.arange(self._n_dealt) % len(self._members)
        paid = np.array([self._paid[number] for number in range(self._n_dealt)])
        return np.bincount(member, paid) / np.bincount(member)

    def tell_observed(self, moments: RunningMoments) -> None:
        """Merge all that was observed into statistics, in the order in which it was dealt out."""
        for number in sorted(self._observed):
            moments.merge(self._observed[number])
