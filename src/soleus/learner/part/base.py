"""The Part interface: something optional that a learner carries along, called at fixed moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from soleus.learner.replay.storage import Transitions
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.form import Form
from soleus.nets.policy import Policy

Rollout = TypeVar("Rollout", bound=NamedTuple)
"""Columns of on-policy data: NumPy arrays of n rows each, `observation` and `action` among them"""


class Observed(Protocol):
    """Columns of a batch, one of which is observations."""

    @property
    def observation(self) -> Array:
        """Normalised, shape (n, n_observation)."""
        ...


class Part:
    """A learner calls every hook of every part in order, and never asks which parts it has.

    A part defines the hooks that it needs; the others change nothing. What a part learns is no attribute of it: the
    learner keeps it as the part's state, a tree of JAX arrays, and hands it to the hooks.
    """

    name: ClassVar[str] = "part"
    """Of its metrics and of what it has learnt in files; of the parts of a learner that learn, each has its own"""
    learns: ClassVar[bool] = False
    """Whether it has a state, which learners from replay alone can keep learning"""

    def initial(self, generator: np.random.Generator) -> Any:
        """The state of a part that has learnt nothing; empty for one that never learns."""
        del generator
        return ()

    def change_networks(self, actor: Form, critic: Form) -> tuple[Form, Form]:
        """The forms of the networks to learn with, called once, before they are drawn.

        Args:
            actor: n_observation normalised observations -> for each action a mean, and what else a learner asks of it,
                such as log-deviations after them.
            critic: observations, and for most learners actions after them -> value, or what says it. A learner with
                several critics gives all of them this form.
        """
        return actor, critic

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the normaliser learns from in place of received observations: those that the networks will meet.

        Called with every batch that is received, raw observations of shape (n, n_observation); the number of rows may
        change.
        """
        return observation

    def change_rollout(self, rollout: Rollout) -> Rollout:
        """The rows to learn from in place of those of a rollout, whose number may change; for on-policy learners.

        Called once for a rollout, when its advantages and returns are known, before it is cut into minibatches.
        Observations are raw, actions in [-1, 1].
        """
        return rollout

    def change_batch(self, state: Any, batch: Transitions, key: Array) -> Transitions:
        """The batch to learn from in place of a sampled one, of the same shapes; for learners from replay.

        Called in every update, and compiled into it.

        Args:
            state: what this part has learnt so far.
            batch: JAX arrays; observations are raw.
            key: a JAX random key of this part's own, for this update.
        """
        return batch

    def actor_loss(self, act: Callable[[Array], Array], batch: Observed, key: Array) -> Array:
        """What is added to the actor's loss, a scalar; its gradient reaches the actor through `act`.

        Called in every update of the actor, and compiled into it.

        Args:
            act: normalised observations, shape (n, n_observation) -> deterministic actions in [-1, 1], shape (n,
                n_action), of the actor that learns.
            batch: what is learnt from, after all parts have changed it.
            key: a JAX random key of this part's own, another one than that of `change_batch`.
        """
        return 0.0

    def change_policy(self, state: Any, policy: Policy, critics: Callable[[], Critics]) -> Policy:
        """The policy that acts in place of the learner's, with all that it takes to explore; for learners from replay.

        Called whenever a policy leaves the learner, after it has begun to learn.

        Args:
            state: what this part has learnt so far.
            policy: the learner's own.
            critics: gives the learner's critics as they stand, if they are asked for.
        """
        return policy

    def learn(self, state: Any, batch: Transitions, key: Array) -> tuple[Any, dict[str, Array]]:
        """The state after an update, and metrics: scalars, which are told under the part's name.

        Called at the end of every update, and compiled into it; for learners from replay.

        Args:
            state: what this part has learnt so far.
            batch: as this part's `change_batch` was given it: what the parts before it made of a sampled one, and not
                what it made of it itself; observations are raw.
            key: a JAX random key of this part's own, another one than those of the other hooks.
        """
        return state, {}


def check_names(parts: Sequence[Part]) -> None:
    """Refuse two parts that learn under one name."""
    names = [part.name for part in parts if part.learns]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two parts learn under the name {name!r}; carry one of them, or give the other a name")


def check_learns_nothing(parts: Sequence[Part], learner: str) -> None:
    """Refuse parts that learn, for a learner that has no replay."""
    for part in parts:
        if part.learns:
            raise ValueError(
                f"part {part.name!r} learns from transitions that are drawn again and again, and {learner} forgets "
                "them after one update; carry it with a learner from replay, such as sac"
            )
