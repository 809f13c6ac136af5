"""What parts that make networks symmetric know of a body's two sides."""

from __future__ import annotations

from soleus.nets.form import Form
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.symmetric import SymmetricMlp


def plain(form: Form) -> Mlp:
    """A form that no part has made symmetric yet; ValueError for another."""
    if not isinstance(form, Mlp):
        raise ValueError(f"a {type(form).__name__} is symmetric already: carry one part that makes networks so")
    return form


def mirror_of_outputs(action: Mirror, n_output: int) -> Mirror:
    """Of what an actor gives: actions before tanh, and for some log-deviations after them, which have no sign."""
    both = action.joined(action.unsigned())
    for mirror in (action, both):
        if len(mirror) == n_output:
            return mirror
    raise ValueError(
        f"an actor of {n_output} outputs has no mirror: for {len(action)} actions there are {len(action)} means, or "
        f"{len(both)} means and deviations; take another form of symmetry"
    )


def blind(critic: Form, observation: Mirror, action: Mirror) -> SymmetricMlp:
    """A critic that says the same of both images.

    Args:
        critic: observations, and actions if there are more inputs -> what it says.
        observation: how the mirror changes these.
        action: and those.
    """
    n_input, n_output = critic.sizes[0], critic.sizes[-1]
    told = observation if n_input == len(observation) else observation.joined(action)
    return SymmetricMlp(plain(critic), told, Mirror(tuple(range(n_output)), (1.0,) * n_output))
