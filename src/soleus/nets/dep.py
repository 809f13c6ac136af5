"""Differential extrinsic plasticity: muscles that make each other move explore a body before anything is learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.file import write_policy
from soleus.nets.policy import Policy
from soleus.nets.signature import UNKNOWN, Signature

BIAS_STEP = 0.05
"""Most that a bias moves in a decision"""
BIAS_LEAK = 0.001
"""Share of a bias that is lost in every decision"""
SMALL = 1e-12
"""Added to what lengths are divided by, so that muscles that nothing has moved stay without a controller"""


@dataclass(frozen=True)
class Dep:
    """How controllers follow what they feel."""

    kappa: float = 1000.0
    """Gain: larger saturates more muscles, and wilder motions come of it, whatever the size of what is felt."""
    window: int = 40
    """Decisions that the correlation of velocities is taken over: more keeps a rhythm longer."""
    delay: int = 5
    """Decisions between a motion and the one that it is taken to lead to: more makes slower rhythms."""
    bias_rate: float = 0.002
    """How fast a muscle tires of staying on one side: more makes postures change sooner."""
    smoothing: int = 2
    """Decisions over which a felt length is averaged."""
    noise: float = 0.001
    """Deviation of what is added to felt strains: without it, worlds that start alike stay alike."""


@dataclass
class _Memory:
    """Of each world's episode."""

    first: NDArray[np.float32]
    """Lengths when it began, shape (n_world, n_muscle)"""
    length: NDArray[np.float32]
    """Smoothed lengths, shape (n_world, n_muscle)"""
    strain: NDArray[np.float32]
    """Of the last decision, shape (n_world, n_muscle)"""
    velocity: NDArray[np.float32]
    """Changes of strain, the newest last, shape (n_world, window + delay, n_muscle)"""
    bias: NDArray[np.float32]
    """shape (n_world, n_muscle)"""


@final
@dataclass
class DepPolicy(Policy):
    """Feels how long each muscle is, and repeats what moved it (Der 2015, PNAS 112; Schumacher 2022, arXiv 2206.00484).

    With x the strain of each muscle since the episode began, v its change, and -1 for how a muscle answers (it is
    excited, and gets shorter):

        C = - sum over s < window of v(t - s) v(t - s - delay)^T,    each row brought to length 1
        q = C x,    y = tanh(kappa q / |q| + b),    b <- b - clip(rate y, +-0.05) - 0.001 b

    y is the action. Each world has a controller of its own, which begins anew with every episode. The division by |q|
    is Schumacher's, so that a gain means the same for small motions and large ones; he feels lengths, not strains.
    """

    kind: ClassVar[str] = "dep"

    sensors: tuple[int, ...]
    """Place in the observation of the length of the muscle that each action excites"""
    dep: Dep = field(default_factory=Dep)
    _memory: _Memory | None = field(default=None, init=False, repr=False, compare=False)
    _begins: NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(0, np.bool_), init=False, repr=False, compare=False
    )
    """Worlds whose next decision is the first of an episode, shape (n_world,)"""

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return len(self.sensors)

    def begin(self, worlds: NDArray[np.integer]) -> None:
        if self._memory is not None:
            self._begins[worlds] = True

    def follow(self, before: Policy) -> None:
        if isinstance(before, DepPolicy):
            self._memory, self._begins = before._memory, before._begins

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        length = observation[:, list(self.sensors)].astype(np.float32)
        memory = self._remembered(length)
        memory.length += (length - memory.length) / self.dep.smoothing
        strain = memory.length / memory.first - 1
        if generator is not None:
            strain += self.dep.noise * generator.standard_normal(strain.shape, dtype=np.float32)
        memory.velocity = np.concatenate([memory.velocity[:, 1:], (strain - memory.strain)[:, None]], axis=1)
        memory.strain = strain
        drive = _of_length_one((self.controller() @ strain[..., None])[..., 0])
        action = np.tanh(self.dep.kappa * drive + memory.bias)
        memory.bias -= np.clip(self.dep.bias_rate * action, -BIAS_STEP, BIAS_STEP) + BIAS_LEAK * memory.bias
        return action

    def controller(self) -> NDArray[np.float32]:
        """What each world's muscles make of strains at present, shape (n_world, n_muscle, n_muscle)."""
        assert self._memory is not None
        velocity, window = self._memory.velocity, self.dep.window
        return _of_length_one(-velocity[:, -window:].swapaxes(1, 2) @ velocity[:, :window])

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        write_policy(path, self.kind, {}, {"sensors": self.sensors, **vars(self.dep)}, signature)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> DepPolicy:
        """The policy that `save` wrote, from what its file holds."""
        settings = {name: description[name] for name in vars(Dep())}
        return cls(tuple(description["sensors"]), Dep(**settings))

    def _remembered(self, length: NDArray[np.float32]) -> _Memory:
        """What is remembered of worlds with these lengths, those that begin as they are now."""
        memory, fresh = self._memory, self._fresh(length)
        if memory is None or memory.length.shape != length.shape:
            memory = fresh
        elif self._begins.any():
            for name, value in vars(fresh).items():
                getattr(memory, name)[self._begins] = value[self._begins]
        self._memory, self._begins = memory, np.zeros(len(length), np.bool_)
        return memory

    def _fresh(self, length: NDArray[np.float32]) -> _Memory:
        nothing = np.zeros_like(length)
        n_kept = self.dep.window + self.dep.delay
        velocity = np.zeros((len(length), n_kept, self.n_action), np.float32)
        return _Memory(length.copy(), length.copy(), nothing, velocity, nothing.copy())


def _of_length_one(vectors: NDArray) -> NDArray:
    """The same directions, shape (..., n)."""
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + np.float32(SMALL))
