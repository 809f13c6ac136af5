"""The Sampler interface: serves requests to play a policy, and gives back batches.

Most learners ask for transitions, evolution strategies and evaluation for episodes; one interface serves all, whether
the worlds live in this process or in others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from soleus.nets.policy import Policy
from soleus.sampler.batch import Batch

N_IN_HAND = 2
"""Requests that a worker has at once: the one it works on, and the next, so that it never waits for the learner."""


class SamplerError(RuntimeError):
    """Sampling cannot go on."""


@dataclass(frozen=True)
class Explore:
    """Sample so many transitions with noise, going on where the last exploration stopped."""

    policy: Policy
    n_transition: int


@dataclass(frozen=True)
class Play:
    """Play a whole episode from each of some seeds."""

    policy: Policy
    seeds: tuple[int, ...]
    noise: bool = False
    """Whether the policy draws its actions at random (from the seed too), or gives its deterministic ones"""


@dataclass(frozen=True)
class Trial:
    """Play a whole episode in each world as it is explored, with what training pays on top and where it starts."""

    policy: Policy
    """Acts in the first world for the first seed, in the second for the second, ..."""
    seeds: tuple[int, ...]
    """One for each world at most; who wants to compare gives the same one twice"""
    numbers: tuple[int, ...]
    """One for each of them, all different: by them the episodes that come back are known"""


Request = Explore | Play | Trial


@dataclass(frozen=True)
class Result:
    """What a request gave."""

    request: Request
    batch: Batch


class Sampler(ABC):
    """Takes requests, and returns their results in the order in which they are done."""

    n_worker: int
    """Requests worked on at the same time"""
    n_play: int = 1
    """Episodes that a worker plays at the same time: seeds worth putting into one request"""
    n_restart: int = 0
    """Workers replaced so far because they died or hung"""

    @property
    def cpu_s(self) -> float:
        """Processor time of other processes, until their last step [s]."""
        return 0.0

    @abstractmethod
    def submit(self, request: Request) -> None:
        """Put a request in the queue; returns at once."""

    @abstractmethod
    def receive(self) -> Result:
        """Wait for the next result.

        Raises:
            PolicyError: when a policy cannot play; the sampler is of no use afterwards.
            SamplerError: when workers keep dying, or one that cannot be replaced died; it carries the traceback.
            ValueError: when nothing was submitted.
        """

    def close(self) -> None:
        """Stop the workers; calling it twice is harmless."""

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
