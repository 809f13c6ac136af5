"""What weights and priorities do in a learner from replay, whichever it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner import LEARNERS, DdpgConfig
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.replay.sampling import PrioritisedSampling, UniformSampling
from soleus.learner.replay.storage import Replay, RowLayout, Sample
from soleus.sampler.batch import Batch

FROM_REPLAY = [name for name, entry in LEARNERS.items() if issubclass(entry.config, ReplayConfig)]
LAYOUT = RowLayout(3, 2)


def _critics(state):
    leaves, _ = jax.tree_util.tree_flatten_with_path(state)
    return [leaf for path, leaf in leaves if "critic" in jax.tree_util.keystr(path) and leaf.ndim]


@pytest.mark.parametrize("name", FROM_REPLAY)
def test_a_row_teaches_critics_in_proportion_to_its_weight(name):
    config = LEARNERS[name].config(actor_hidden=(8,), critic_hidden=(8,))
    update = config.update(LAYOUT, ())
    learn = jax.jit(update.update)
    state, noise = update.initial(np.random.default_rng(0)), update.noise(jax.random.key(0), 4)
    rows = np.random.default_rng(1).uniform(-1, 1, (4, LAYOUT.width)).astype(np.float32)
    other = rows.copy()
    other[2, 6:] *= -0.5
    after = {}
    for what, given, weight in (("one", rows, (1, 1, 0, 1)), ("other", other, (1, 1, 0, 1)), ("all", rows, (1,) * 4)):
        batch = LAYOUT.unpack(Sample(jnp.array(given), jnp.array(weight, jnp.float32)))
        after[what] = learn(state, batch, noise)
    one, same, different = (_critics(after[what][0]) for what in ("one", "other", "all"))
    for leaf, leaf_same in zip(one, same, strict=True):
        np.testing.assert_array_equal(leaf, leaf_same)
    assert any(not np.array_equal(*leaves) for leaves in zip(one, different, strict=True))
    error, error_other = after["one"][2], after["other"][2]
    assert error.shape == (4,)
    assert (error >= 0).all()
    np.testing.assert_array_equal(error == error_other, [True, True, False, True])  # told whatever the weight


def test_priorities_follow_what_the_critic_cannot_know():
    random = np.random.default_rng(0)
    n, noisy = 200, np.arange(200) % 4 == 0
    never = np.zeros(n, bool)
    observation = np.stack([noisy, random.uniform(-1, 1, n)], axis=1).astype(np.float32)
    reward = np.where(noisy, random.choice([-3, 3], n), 0).astype(np.float32)
    config = DdpgConfig(
        actor_hidden=(8,),
        critic_hidden=(16,),
        batch_size=32,
        random_transitions=0,
        critic_learning_rate=3e-3,
        replay_capacity=300,
        replay="prioritised",
        priority_exponent=1.0,
    )
    learner = config.build(2, 1, seed=0)
    learner.receive(Batch(observation, np.zeros((n, 1), np.float32), reward, observation, ~never, never, never * 0))
    learner.update()
    priority = learner.state()["replay.priority"]
    assert priority.shape == (n,)
    assert priority[noisy] == pytest.approx(3, abs=2)
    assert priority[~noisy].mean() < 0.5


N_STATE, N_ROW, DISCOUNT = 5, 1000, 0.9


def _cliff():
    """A corridor of states: one action goes on, and pays at the end; the other one falls. Most remember falls.

    Columns are state, action, reward, next state and the factor on its value. After section 3.1 of Schaul 2015.
    """
    random = np.random.default_rng(0)
    rows = np.zeros((N_ROW, 5), np.float32)
    rows[:, 0] = random.integers(N_STATE, size=N_ROW)
    place = random.choice(N_ROW, N_STATE, replace=False)
    for state in range(N_STATE):
        last = state == N_STATE - 1
        rows[place[state]] = state, 1, last, (state + 1) % N_STATE, 0 if last else DISCOUNT
    return rows


def _updates_to_learn(sampling, seed, limit=20_000):
    """Updates of a table until its first entry is half of what it should be."""
    replay, table = Replay(N_ROW, 5, sampling), np.zeros((N_STATE, 2))
    replay.receive(_cliff())
    generator = np.random.default_rng(seed)
    for n_update in range(limit):
        if table[0, 1] > 0.5 * DISCOUNT ** (N_STATE - 1):
            return n_update
        (rows, weight), place = replay.sample(generator, (1, 4), n_update)
        state, action, reward, next_state, factor = rows[0].T
        taken = state.astype(int), action.astype(int)
        error = reward + factor * table[next_state.astype(int)].max(axis=1) - table[taken]
        np.add.at(table, taken, 0.25 * weight[0] * error)
        replay.learn(place, np.abs([error]))
    return limit


def test_rare_news_travel_sooner_with_priorities():
    """One transition in a thousand carries the news from one state to the one before."""
    uniform = [_updates_to_learn(UniformSampling(), seed) for seed in range(3)]
    prioritised = [_updates_to_learn(PrioritisedSampling(N_ROW, 0.6, 0.4, 10_000), seed) for seed in range(3)]
    assert 2 * sum(prioritised) < sum(uniform), (prioritised, uniform)
