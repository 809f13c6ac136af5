"""What all updates do with their networks, against numbers worked out by hand."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner import SacConfig
from soleus.learner.network import build_optimiser, descend, followed
from soleus.learner.replay.storage import RowLayout, Sample

FALLING = SacConfig(learning_rate_left=0.25, learning_rate_updates=4)


def _steps(config, n, every=1):
    """Steps down a constant slope: there Adam's are its learning rate."""
    optimiser = build_optimiser(config, 0.1, every)
    place, steps = {"x": jnp.array([5.0])}, []
    state = optimiser.init(place)
    for _ in range(n):
        before = place
        place, state = descend(optimiser, {"x": jnp.array([3.0])}, state, place)
        steps.append(float(before["x"][0] - place["x"][0]))
    return steps


@pytest.mark.parametrize(
    ("config", "every", "expected"),
    [
        (SacConfig(), 1, [0.1] * 6),
        (FALLING, 1, [0.1, 0.08125, 0.0625, 0.04375, 0.025, 0.025]),
        (FALLING, 2, [0.1, 0.0625, 0.025, 0.025]),  # two steps in four updates
        (replace(FALLING, learning_rate_updates=3), 2, [0.1, 0.0625, 0.025, 0.025]),
    ],
)
def test_learning_rates_fall_in_a_straight_line_and_then_stay(config, every, expected):
    np.testing.assert_allclose(_steps(config, len(expected), every), expected, rtol=1e-4)


@pytest.mark.parametrize(("limit", "share"), [(10.0, 1.0), (5.0, 1.0), (2.5, 0.5)])
def test_only_a_gradient_longer_than_the_limit_is_cut(limit, share):
    """Two networks with gradients 3 and 4 have one of length 5 together. Adam's first moment is a tenth of it."""
    gradient = [{"a": jnp.array([3.0])}, {"a": jnp.array([4.0])}]
    optimiser = build_optimiser(SacConfig(gradient_limit=limit), 0.1)
    _, (_, (adam, _)) = optimiser.update(gradient, optimiser.init(gradient))
    np.testing.assert_allclose([adam.mu[0]["a"][0], adam.mu[1]["a"][0]], [0.3 * share, 0.4 * share], rtol=1e-5)


def test_targets_follow_by_tau():
    slow = [{"a": jnp.array([1.0, 2.0])}, {"a": jnp.array([-4.0])}]
    fast = [{"a": jnp.array([3.0, 2.0])}, {"a": jnp.array([4.0])}]
    for _ in range(2):
        slow = followed(slow, fast, 0.25)
    # 1 -> 1.5 -> 1.875, and -4 -> -2 -> -0.5
    np.testing.assert_allclose(slow[0]["a"], [1.875, 2.0])
    np.testing.assert_allclose(slow[1]["a"], [-0.5])


def test_targets_of_sac_follow_the_critics_that_it_has_just_changed():
    layout = RowLayout(2, 1)
    update = SacConfig(actor_hidden=(4,), critic_hidden=(4,), tau=0.25).update(layout, ())
    state = update.initial(np.random.default_rng(0))
    rows = jnp.array(np.random.default_rng(1).uniform(-1, 1, (5, layout.width)), jnp.float32)
    batch = layout.unpack(Sample(rows, jnp.ones(5)))
    after, _, _ = jax.jit(update.update)(state, batch, update.noise(jax.random.key(0), 5))
    for old, new, target in zip(state.targets, after.critics, after.targets, strict=True):
        for name in old:
            np.testing.assert_allclose(target[name], 0.75 * old[name] + 0.25 * new[name], rtol=1e-5, atol=1e-7)
            assert not np.array_equal(old[name], new[name])
