"""Equivariance: networks that are symmetric by their form, before, while and after they learn."""

from __future__ import annotations

from typing import final

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
    sign, and a critic (Q(s, a) + Q(M_s s, M_a a)) / 2. Networks meet normalised observations, and the mirror is one of
    raw ones: the normaliser sees both images of all that it learns from, so that its scaling treats partners alike and
    the mirror may be applied before or after it.
    """

    def __init__(self, observation: Mirror, action: Mirror) -> None:
        """Args: how the mirror changes each."""
        self._observation = observation
        self._action = action

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._observation.doubled(observation)

    def change_networks(self, actor: Form, critic: Form) -> tuple[Form, Form]:
        return (
            SymmetricMlp(_plain(actor), self._observation, self._of_outputs(actor.sizes[-1])),
            SymmetricMlp(_plain(critic), self._of_inputs(critic.sizes[0]), _unmoved(critic.sizes[-1])),
        )

    def _of_outputs(self, n_output: int) -> Mirror:
        """Means, which have a sign; then deviations, which have none."""
        n_action = len(self._action)
        if n_output not in (n_action, 2 * n_action):
            raise ValueError(
                f"an actor of {n_output} outputs for {n_action} actions has latents, and nobody knows their mirror: "
                "give --learner.distribution gaussian, or --symmetry data or loss"
            )
        return self._action if n_output == n_action else self._action.joined(self._action.unsigned())

    def _of_inputs(self, n_input: int) -> Mirror:
        """Observations, and actions if the critic is told them."""
        return self._observation if n_input == len(self._observation) else self._observation.joined(self._action)


def _unmoved(n: int) -> Mirror:
    """The mirror of what is the same in it."""
    return Mirror(tuple(range(n)), (1.0,) * n)


def _plain(form: Form) -> Mlp:
    if not isinstance(form, Mlp):
        raise ValueError(f"a {type(form).__name__} is symmetric already: carry one part that makes networks so")
    return form
