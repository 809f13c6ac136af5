"""Symmetry by form, and symmetry that is paid for; what both do to learning is in tests/learning."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner import SacConfig
from soleus.learner.network import n_forward, n_learning
from soleus.learner.part import BatchAxis, Equivariance, SymmetricLoss
from soleus.learner.replay.storage import Transitions
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.single_leg import Proposals, Silent, SingleLegMlp
from soleus.nets.symmetric import SymmetricMlp

MIRRORS = OBSERVATION, ACTION = Mirror((1, 0, 2, 4, 3), (1, 1, -1, -1, -1)), Mirror((1, 0), (1, 1))


def test_a_critic_of_it_cannot_see_the_mirror(draw_batch):
    config = SacConfig(actor_hidden=(16,), critic_hidden=(16,), batch_size=16, random_transitions=0)
    learner = config.build(5, 2, 0, [Equivariance(*MIRRORS)])
    batch = draw_batch(0, 300)
    learner.receive(batch)
    learner.update()
    form, scaling = learner._update.critic, learner.policy().scaling
    critic = {
        name.removeprefix("learnt.critics.0."): array
        for name, array in learner.state().items()
        if name.startswith("learnt.critics.0.")
    }
    worth, of_image = (
        form(critic, np.concatenate([scaling(observation), action], axis=1))
        for observation, action in (
            (batch.observation, batch.action),
            (OBSERVATION(batch.observation), ACTION(batch.action)),
        )
    )
    np.testing.assert_allclose(worth, of_image, atol=1e-5)
    assert np.ptp(worth) > 0.1


def test_the_symmetric_loss_by_hand():
    """mu is the first two observations. For [1, 0 | ...] it is [1, 0], and its image [0, 1] swapped back is [1, 0]:
    symmetric. With a constant [0.5, 0] it differs by 0.5 in both: 4 x (0.25 + 0.25).
    """
    observation = jnp.array([[1.0, 0.0, 2.0, 0.0, 0.0], [0.3, 0.7, 0.0, 1.0, 0.0]])
    batch = Transitions(*(observation,) * len(Transitions._fields))
    loss = partial(SymmetricLoss(*MIRRORS).actor_loss, batch=batch, key=jax.random.key(0))
    assert loss(lambda rows: rows[:, :2]) == pytest.approx(0)
    assert loss(lambda rows: jnp.tile(jnp.array([0.5, 0.0]), (len(rows), 1))) == pytest.approx(2.0)
    assert loss(lambda rows: jnp.stack([rows[:, 2], 0 * rows[:, 2]], axis=1)) == pytest.approx(4 * (2**2 + 2**2) / 2)


def test_networks_are_made_symmetric_once():
    part = Equivariance(*MIRRORS)
    forms = part.change_networks(Mlp((5, 8, 2)), Mlp((7, 8, 1)))
    with pytest.raises(ValueError, match="symmetric already: carry one part"):
        part.change_networks(*forms)


def test_an_actor_whose_outputs_mean_something_else_is_refused():
    """Such as deviations of hidden units, of which nobody knows the image."""
    with pytest.raises(ValueError, match="an actor of 12 outputs has no mirror: for 2 actions there are 2 means, or 4"):
        Equivariance(*MIRRORS).change_networks(Mlp((5, 8, 12)), Mlp((7, 8, 1)))


def test_symmetric_networks_cost_twice_the_products():
    plain = Mlp((5, 8, 2))
    symmetric = SymmetricMlp(plain, *MIRRORS)
    for n_product in (n_forward, n_learning):
        assert n_product(symmetric) == 2 * n_product(plain)


def test_one_leg_costs_a_pass_for_each_call():
    """Two for silent legs; told ones are called twice as often, with a proposal of one action and its flag besides."""
    for talk, n_pass, n_input in ((Silent(), 2, 5), (Proposals(1), 4, 7)):
        leg = SingleLegMlp.of(Mlp((5, 8, 2)), *MIRRORS, talk)
        assert n_forward(leg) == n_pass * (n_input * 8 + 8 * 1)
        assert n_learning(leg) == 3 * n_forward(leg) - n_pass * n_input * 8


def test_the_published_mirror_takes_the_legs_of_another_row():
    """Places 0, 1 and 3, 4 have two sides and stay where they are; the middle is its own, mirrored."""
    rows = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]], np.float32)
    part = BatchAxis(*MIRRORS)

    class Rows(NamedTuple):
        observation: np.ndarray
        action: np.ndarray
        advantage: np.ndarray

    changed = part.change_rollout(Rows(rows, rows[:, :2], rows[:, 0]))
    np.testing.assert_array_equal(changed.observation[2:], [[6, 7, -3, 9, 10], [1, 2, -8, 4, 5]])
    np.testing.assert_array_equal(changed.action[2:], [[6, 7], [1, 2]])
    np.testing.assert_array_equal(changed.advantage[2:], [1, 6])
