"""Equivariance: networks that are symmetric by their form, before, while and after they learn."""

from __future__ import annotations

from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Part
from soleus.nets.form import Form
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.symmetric import SymmetricMlp


@final
class Equivariance(Part):
    """Makes the actor's actions those of the mirror image in the mirror, and critics blind to it.

    With M the mirror: the actor's means become (f(s) + M_a f(M_s s)) / 2, its deviations the same without a change of
    sign, and what a critic says (Q(s, a) + Q(M_s s, M_a a)) / 2. Networks meet normalised observations, and the mirror
    is one of raw ones: the normaliser sees both images of all that it learns from, so that its scaling treats partners
    alike and the mirror may be applied before or after it.
    """

    name: ClassVar[str] = "equivariant"

    def __init__(self, observation: Mirror, action: Mirror) -> None:
        """Args: how the mirror changes each."""
        self._observation = observation
        self._action = action

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._observation.doubled(observation)

    def change_networks(self, actor: Form, critic: Form) -> tuple[Form, Form]:
        n_input, n_output = critic.sizes[0], critic.sizes[-1]
        same = Mirror(tuple(range(n_output)), (1.0,) * n_output)
        return (
            SymmetricMlp(_plain(actor), self._observation, self._of_actor(actor.sizes[-1])),
            SymmetricMlp(_plain(critic), self._of_critic(n_input), same),
        )

    def _of_actor(self, n_output: int) -> Mirror:
        """Of what an actor gives: means, and after them log-deviations, which have no sign."""
        means, both = self._action, self._action.joined(self._action.unsigned())
        for mirror in (means, both):
            if len(mirror) == n_output:
                return mirror
        raise ValueError(
            f"an actor of {n_output} outputs has no mirror: for {len(means)} actions there are {len(means)} means, or "
            f"{len(both)} means and deviations; take another form of symmetry"
        )

    def _of_critic(self, n_input: int) -> Mirror:
        """Of what a critic is told: observations, and actions if there are more inputs."""
        return self._observation if n_input == len(self._observation) else self._observation.joined(self._action)


def _plain(form: Form) -> Mlp:
    if not isinstance(form, Mlp):
        raise ValueError(f"a {type(form).__name__} is symmetric already: carry one part that makes networks so")
    return form
