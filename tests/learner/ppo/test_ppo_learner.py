"""Proximal policy optimisation as a learner: what it asks for, when it learns, what it compares, what it refuses."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from soleus.learner.part import MirrorData
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.ppo.learner import _joined
from soleus.nets import ActorPolicy
from soleus.nets.distribution import TanhGaussian
from soleus.nets.mirror import Mirror

SMALL = PpoConfig(actor_hidden=(8,), critic_hidden=(8,), n_epoch=2, n_minibatch=3, n_decision=10, n_transition=1)


@pytest.mark.parametrize(("n_world", "asked"), [(1, 100), (3, 102), (10, 100), (50, 500)])
def test_rollouts_are_long_where_worlds_are_few(n_world, asked):
    learner = replace(SMALL, n_decision=10, n_transition=100).build(5, 2, seed=0)
    assert learner.request(n_world, chunk=4).n_transition == asked


def test_it_learns_once_when_all_that_was_asked_for_has_come(draw_batch):
    learner = SMALL.build(5, 2, seed=0)
    for _ in range(2):
        for _ in range(2):
            learner.request(2, chunk=4)
        before = learner.n_updates
        learner.receive(draw_batch(0, 20))
        assert learner.update() == {}
        learner.receive(draw_batch(1, 20))
        assert learner.update()
        assert learner.n_updates == before + 6
        assert learner.update() == {}


def test_each_epoch_learns_every_row_once_and_leaves_out_a_rest():
    learner = SMALL.build(5, 2, seed=0)
    order = learner._order(20)
    assert order.shape == (6, 6)
    for epoch in order.reshape(2, 18):
        assert len(set(epoch)) == 18
        assert set(epoch) <= set(range(20))
    assert (order[:3] != order[3:]).any()
    assert learner._order(2).shape == (4, 1)


def test_a_fresh_policy_acts_as_it_is_told(draw_batch):
    learner = replace(SMALL, initial_action=-0.6, initial_log_std=-1.5, log_std_range=(-3.0, 0.5)).build(5, 2, seed=0)
    learner.receive(draw_batch(0, 50))
    policy = learner.policy()
    assert isinstance(policy, ActorPolicy)
    distribution = policy.distribution(draw_batch(1, 50).observation)
    np.testing.assert_allclose(distribution.log_std, -1.5, rtol=1e-5)
    np.testing.assert_allclose(distribution.mode(), -0.6, atol=0.03)


def test_the_deviation_is_learnt_and_depends_on_nothing(draw_batch):
    learner = replace(SMALL, actor_learning_rate=0.03).build(5, 2, seed=0)
    for seed in range(5):
        learner.receive(draw_batch(seed, 60))
        learner.update()
    distribution = learner.policy().distribution(draw_batch(9, 50).observation)
    assert np.ptp(distribution.mean, axis=0).min() > 0.1
    assert np.ptp(distribution.log_std, axis=0).max() == 0
    assert np.abs(distribution.log_std[0] + 1).min() > 0.01


def _acted(learner, batch, seed):
    """The batch with actions of the learner's policy."""
    action = learner.policy().act(batch.observation, np.random.default_rng(seed))
    return replace(batch, action=action)


def _judged(learner):
    """What the learner would learn from, and in which scaling."""
    scaling = learner._moments.scaling(learner._config.observation_limit)
    return learner._judged(_joined(learner._waiting), scaling)[0], scaling


def _densities(learner, rollout, scaling):
    """Of a rollout's actions, as the learner's actor has them."""
    observation = scaling(rollout.observation)
    return learner._update.drawing.density(learner._learnt.actor, observation, rollout.action)[0]


@pytest.fixture
def learnt(draw_batch):
    """A learner that has learnt from some rollouts, and waits with another one."""
    learner = replace(SMALL, actor_learning_rate=0.01, n_minibatch=1, n_epoch=4).build(5, 2, seed=0)
    for seed in range(4):
        learner.receive(_acted(learner, draw_batch(seed, 60), seed))
        learner.update()
    learner.receive(_acted(learner, draw_batch(8, 60), 8))
    return learner


def test_ratios_begin_at_one(learnt):
    rollout, scaling = _judged(learnt)
    key, old = jax.random.key(0), _densities(learnt, rollout, scaling)
    state, metrics = jax.jit(learnt._update.update)(learnt._learnt, rollout, old, scaling, key)
    assert float(metrics["kl"]) == pytest.approx(0, abs=1e-9)
    assert float(metrics["clip_fraction"]) == 0
    assert float(metrics["actor_loss"]) == pytest.approx(0, abs=1e-5)  # minus the mean of normalised advantages
    _, metrics = learnt._update.update(state, rollout, old, scaling, key)
    assert float(metrics["kl"]) > 1e-5


def test_ratios_of_mirror_images_begin_at_one_too(draw_batch):
    """However one-sided the actor is: else the clip would hold back half of what is learnt from."""
    swap = MirrorData(Mirror.of([1, 0, 2, 3, 4], [1] * 5), Mirror.of([1, 0], [1, 1]))
    learner = replace(SMALL, n_minibatch=1, n_epoch=1, initial_log_std=-2.5).build(5, 2, 0, [swap])
    one_sided = {name: leaf + 0.5 * np.sign(leaf) for name, leaf in learner._learnt.actor.items()}
    learner._learnt = learner._learnt._replace(actor=one_sided)
    batch = _acted(learner, draw_batch(0, 60), 0)
    learner.receive(batch)
    rollout, scaling = _judged(learner)
    images = swap.change_rollout(rollout)
    drawn, image = np.split(np.asarray(_densities(learner, images, scaling)), 2)
    assert np.abs(drawn - image).max() > 5
    metrics = learner.update()
    assert metrics["kl"] == pytest.approx(0, abs=1e-9)
    assert metrics["clip_fraction"] == 0


def test_old_densities_are_those_of_the_policy_that_acts(learnt):
    """Found from the action alone, against the density of the noise that led to it."""
    rollout, scaling = _judged(learnt)
    policy = learnt.policy()
    distribution = policy.distribution(rollout.observation)
    noise = np.random.default_rng(0).standard_normal(distribution.mean.shape, dtype=np.float32)
    action = distribution.action(noise)
    found = _densities(learnt, rollout._replace(action=action), scaling)
    log_slope = np.log1p(-(action.astype(np.float64) ** 2)).sum(axis=1)
    np.testing.assert_allclose(found, distribution.log_density(noise) + log_slope, atol=2e-3)
    assert isinstance(distribution, TanhGaussian)


def test_advantages_are_normalised_and_values_have_their_unit(draw_batch):
    learner = SMALL.build(5, 2, seed=0)
    batch = draw_batch(0, 60)
    learner.receive(replace(batch, reward=1000 + 50 * batch.reward))
    rollout, _ = _judged(learner)
    for column in (rollout.advantage, rollout.value_target):
        assert column.dtype == np.float32
        assert column.mean() == pytest.approx(0, abs=1e-5)
        assert column.std() == pytest.approx(1, rel=1e-5)


def test_the_first_values_are_zero_and_later_ones_in_units_of_the_returns(draw_batch):
    learner = replace(SMALL, n_epoch=60, critic_learning_rate=0.01, discount=0.0).build(5, 2, seed=0)
    batch = draw_batch(0, 300)
    paid = replace(batch, reward=(1000 + 50 * np.sign(batch.observation[:, 0])).astype(np.float32))
    told = []
    for _ in range(3):
        learner.receive(paid)
        told.append(learner.update())
    assert told[0]["value"] == 0
    assert told[0]["explained_variance"] == pytest.approx(0)
    assert told[2]["value"] == pytest.approx(paid.reward.mean(), abs=10)
    assert told[2]["explained_variance"] > 0.7


def test_rewards_that_never_differ_are_no_trouble(draw_batch):
    learner = SMALL.build(5, 2, seed=0)
    batch = draw_batch(0, 30)
    calm = replace(batch, reward=np.ones(30, np.float32), terminated=np.ones(30, bool), truncated=np.zeros(30, bool))
    for _ in range(3):
        learner.receive(calm)
        assert all(np.isfinite(value) for value in learner.update().values())


def test_a_reward_s_unit_changes_nothing(draw_batch):
    """But for rounding: advantages are normalised and values have a unit of their own."""
    learners = [SMALL.build(5, 2, seed=0) for _ in range(2)]
    for seed in range(3):
        batch = draw_batch(seed, 40)
        for learner, unit in zip(learners, (1.0, 64.0), strict=True):
            learner.receive(replace(batch, reward=np.float32(unit) * batch.reward))
            learner.update()
    one, other = (learner.state() for learner in learners)
    for name in one:
        if name.startswith("learnt.actor."):
            np.testing.assert_allclose(one[name], other[name], rtol=1e-3, atol=1e-5, err_msg=name)


def test_the_actor_goes_at_its_pace_and_the_critic_does_not(draw_batch):
    """A range of one pace is a fixed rate; otherwise small steps become larger from rollout to rollout."""
    paces = {}
    for bounds in ((1.0, 1.0), (0.1, 2.0)):
        learner = replace(SMALL, actor_learning_rate=1e-6, pace_range=bounds).build(5, 2, seed=0)
        steps = []
        for seed in range(4):
            before = learner.state()
            learner.receive(draw_batch(seed, 30))
            pace = learner.update()["pace"]
            after = learner.state()
            moved = [np.abs(after[name] - before[name]).max() for name in ("learnt.actor.bias1", "learnt.critic.bias1")]
            steps.append((pace, *moved))
        paces[bounds] = np.array(steps)
    np.testing.assert_array_equal(paces[1.0, 1.0][:, 0], 1)
    np.testing.assert_allclose(paces[0.1, 2.0][:, 0], [1, 1.5, 2, 2])
    fixed, adapted = (paces[bounds][:, 1] for bounds in paces)
    assert (adapted[1:] / fixed[1:] > 1.2).all()
    np.testing.assert_array_equal(paces[1.0, 1.0][:, 2], paces[0.1, 2.0][:, 2])


def test_a_run_may_stop_in_the_middle_of_a_rollout(draw_batch):
    learner, continued = (SMALL.build(5, 2, seed=seed) for seed in (0, 1))
    learner.request(2, chunk=4)
    learner.request(2, chunk=4)
    learner.receive(draw_batch(0, 20))
    continued.load(learner.state())
    for each in (learner, continued):
        if each is continued:
            each.request(2, chunk=4)
        each.receive(draw_batch(1, 20))
    assert learner.update() == continued.update() != {}
    assert not any(name.startswith("waiting.") for name in learner.state())
    for name, array in learner.state().items():
        np.testing.assert_array_equal(array, continued.state()[name], err_msg=name)


def test_the_normaliser_sees_what_parts_make_of_observations(draw_batch):
    swap = MirrorData(Mirror.of([1, 0, 2, 3, 4], [1] * 5), Mirror.of([1, 0], [1, 1]))
    learner = SMALL.build(5, 2, 0, [swap])
    learner.receive(draw_batch(0, 30))
    scaling = learner.policy().scaling
    assert scaling.offset[0] == pytest.approx(scaling.offset[1])


def test_numbers_that_run_away_stop_the_learner_at_the_last_good_state(draw_batch):
    learner = replace(SMALL, critic_learning_rate=1e30).build(5, 2, seed=0)
    learner.receive(draw_batch(0, 20))
    before = learner.state()
    with pytest.raises(FloatingPointError, match=r"critic_loss became .* after 0 updates"):
        learner.update()
    for name, array in learner.state().items():
        if name != "generator":
            np.testing.assert_array_equal(array, before[name], err_msg=name)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_minibatch": 0}, "n_minibatch is 0; it must be at least 1"),
        ({"clip": 0.0}, "clip is 0.0; it must be positive"),
        ({"trace_decay": 1.5}, r"trace_decay is 1.5; it must be in \[0, 1\]"),
        ({"pace_range": (0.0, 1.0)}, r"pace_range is \(0.0, 1.0\); give a positive bound up to 1 and one from 1"),
        ({"initial_log_std": 1.0}, "initial_log_std is 1.0; it lies between -3.0 and 0.5"),
        ({"log_std_range": (1.0, 0.0)}, "lower bound first"),
        ({"entropy_weight": -1.0}, "must not be negative"),
        ({"discount": 1.0}, r"must be in \[0, 1\)"),
        ({"critic_hidden": (0,)}, "every layer needs at least 1 unit"),
    ],
)
def test_config_refuses_what_cannot_learn(wrong, message):
    with pytest.raises(ValueError, match=message):
        PpoConfig(**wrong)
