"""Mirrored data: half of a batch, twice a rollout, and statistics without a side."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.part import MirrorData
from soleus.learner.replay.storage import Transitions
from soleus.learner.sac_config import SacConfig
from soleus.nets.mirror import Mirror

OBSERVATION = (np.array([1, 0, 2, 4, 3]), np.array([1, 1, -1, -1, -1]))
MIRRORS = Mirror.of(*OBSERVATION), Mirror.of([1, 0], [1, 1])


@pytest.fixture
def mirror():
    return MirrorData(*MIRRORS)


class Rollout(NamedTuple):
    """More or less what a learner from rollouts keeps."""

    observation: np.ndarray
    action: np.ndarray
    advantage: np.ndarray
    value_target: np.ndarray


def _transitions(batch):
    columns = batch.observation, batch.next_observation, batch.action, batch.reward
    return Transitions(
        *columns, bootstrap=batch.reward * 0 + 0.9, weight=batch.reward * 0 + 1, terms=batch.reward[:, None]
    )


def test_half_of_the_batch_is_mirrored(mirror, draw_batch):
    batch = Transitions(*map(jnp.array, _transitions(draw_batch(0, 8))))
    changed = jax.jit(mirror.change_batch)((), batch, jax.random.key(0))
    expected = batch.observation[:4, np.array([1, 0, 2, 4, 3])] * np.array([1, 1, -1, -1, -1])
    np.testing.assert_array_equal(changed.observation[:4], expected)
    np.testing.assert_array_equal(changed.action[:4], batch.action[:4, ::-1])
    for name in ("observation", "next_observation", "action"):
        np.testing.assert_array_equal(getattr(changed, name)[4:], getattr(batch, name)[4:])
    np.testing.assert_array_equal(changed.reward, batch.reward)
    np.testing.assert_array_equal(changed.bootstrap, batch.bootstrap)
    np.testing.assert_array_equal(changed.weight, batch.weight)
    twice = mirror.change_batch((), changed, jax.random.key(0))
    jax.tree.map(np.testing.assert_array_equal, twice, batch)


def test_a_rollout_is_followed_by_its_image(mirror, draw_batch):
    """Only observations and actions differ: an image counts as its original did."""
    batch = draw_batch(0, 6)
    rollout = Rollout(batch.observation, batch.action, batch.reward, batch.reward + 1)
    changed = mirror.change_rollout(rollout)
    for name, column in rollout._asdict().items():
        assert getattr(changed, name).dtype == np.float32
        np.testing.assert_array_equal(getattr(changed, name)[:6], column)
    np.testing.assert_array_equal(changed.observation[6:], rollout.observation[:, OBSERVATION[0]] * OBSERVATION[1])
    np.testing.assert_array_equal(changed.action[6:], rollout.action[:, ::-1])
    for name in ("advantage", "value_target"):
        np.testing.assert_array_equal(getattr(changed, name)[6:], getattr(rollout, name))


def test_statistics_have_no_side(mirror, draw_batch):
    learner = SacConfig(actor_hidden=(8,), critic_hidden=(8,), random_transitions=0).build(5, 2, 0, [mirror])
    learner.receive(draw_batch(0, 50))
    scaling = learner.policy().scaling
    np.testing.assert_allclose(scaling.factor, scaling.factor[OBSERVATION[0]], rtol=1e-6)
    np.testing.assert_allclose(scaling.offset, scaling.offset[OBSERVATION[0]] * OBSERVATION[1], atol=1e-6)
    assert learner.n_transitions == 50  # what was received counts, not its images


def test_critics_learn_the_side_that_was_never_seen(draw_batch):
    """The reward is the left quantity, seen only where the right one is 0: mirrored, the right one counts as well."""
    config = SacConfig(
        actor_hidden=(8,),
        critic_hidden=(32,),
        batch_size=64,
        random_transitions=0,
        discount=0.0,
        critic_learning_rate=3e-3,
        updates_per_transition=2.0,
    )
    batch = draw_batch(0, 300)
    batch.observation[:, 1] = 0
    batch.reward[:] = batch.observation[:, 0]
    values = {}
    for parts in ((), (MirrorData(*MIRRORS),)):
        learner = config.build(5, 2, 0, parts)
        learner.receive(batch)
        learner.update()
        mirrored = batch.observation[:, OBSERVATION[0]] * OBSERVATION[1].astype(np.float32)
        inputs = np.concatenate([learner.policy().scaling(mirrored), batch.action[:, ::-1]], axis=1)
        critic = {
            name.removeprefix("learnt.critics.0."): array
            for name, array in learner.state().items()
            if name.startswith("learnt.critics.0.")
        }
        error = learner._update.critic(critic, inputs)[:, 0] - batch.reward
        values[len(parts)] = np.abs(error).mean()
    assert values[1] < 0.5
    assert values[0] > 1.5
