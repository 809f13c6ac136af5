"""Two levels: who sees what, who is paid what, and when a goal is over."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import FeudalConfig, SacConfig
from soleus.learner.exploration import ColourConfig
from soleus.learner.feudal.segments import Segments
from soleus.nets import ActorPolicy, UniformPolicy, load_policy
from soleus.nets.feudal import FeudalPolicy
from soleus.nets.signature import Signature
from soleus.sampler.batch import Batch

NAMES = ("angle", "speed", "target_velocity x", "height")
SMALL = SacConfig((4,), (4,), batch_size=4, random_transitions=0, n_scan=1)
CONFIG = FeudalConfig(goals=("speed",), every=2, reach=2.0, manager=SMALL, worker=SMALL)


def _batch(n, ended=(), world=None, first=0):
    """n decisions that follow each other, but for those that end an episode; what is observed counts them."""
    place = first + np.arange(n)
    observation = np.repeat(place[:, None], len(NAMES), axis=1).astype(np.float32)
    after = observation + 1
    return Batch(
        observation,
        np.zeros((n, 2), np.float32),
        10.0 ** np.arange(n, dtype=np.float32),
        after,
        np.isin(np.arange(n), ended),
        np.zeros(n, bool),
        np.zeros(n, int) if world is None else np.array(world),
        note=place[:, None].astype(np.float32) / 100,
    )


def test_a_goal_is_over_after_so_many_decisions_or_with_the_episode():
    found = Segments(3).receive(_batch(8, ended=(4,)))
    np.testing.assert_array_equal(found.reward, [111, 11_000, 11_100_000])
    np.testing.assert_array_equal(found.observation[:, 0], [0, 3, 5])
    np.testing.assert_array_equal(found.next_observation[:, 0], [3, 5, 8])
    np.testing.assert_allclose(found.action[:, 0], [0, 0.03, 0.05])
    np.testing.assert_array_equal(found.terminated, [False, True, False])
    assert found.note is None


def test_an_unfinished_goal_waits_for_the_next_batch():
    whole, parted = Segments(3), Segments(3)
    batch = _batch(7, ended=(3,))
    expected = whole.receive(batch)
    rows = np.arange(7)
    found = [parted.receive(batch[rows[:2]])]
    other = Segments(3)
    other.load(parted.state())
    found += [other.receive(batch[rows[2:6]]), other.receive(batch[rows[6:]])]
    for name, column in expected.columns().items():
        np.testing.assert_array_equal(np.concatenate([each.columns()[name] for each in found]), column, err_msg=name)


def test_worlds_do_not_mix():
    found = Segments(2).receive(_batch(6, world=[0, 0, 0, 1, 1, 1]))
    np.testing.assert_array_equal(found.reward, [11, 11_000])
    np.testing.assert_array_equal(found.world, [0, 1])


def test_a_goal_whose_decisions_break_off_is_left_out():
    segments = Segments(3)
    assert not len(segments.receive(_batch(2)))
    later = segments.receive(_batch(3, first=50))
    np.testing.assert_array_equal(later.observation[:, 0], [50])


def test_the_worker_sees_the_goal_and_not_the_task_and_pays_for_missing_it():
    """Speeds reached are 1, 2, 3, 4: mean 2.5, deviation 1.118, goals 0 to 0.03 times 2 deviations."""
    learner = CONFIG.build(4, 2, seed=0, names=NAMES)
    told = replace(CONFIG, task_weight=0.5, goal_weight=10.0).build(4, 2, seed=0, names=NAMES)
    for each in (learner, told):
        each._moments.receive(_batch(4).next_observation[:, [1]])
    seen = told._for_worker(_batch(4))
    np.testing.assert_array_equal(seen.observation[2], np.array([2, 2, 2, 0.02], np.float32))
    np.testing.assert_array_equal(seen.next_observation[2], np.array([3, 3, 3, 0.02], np.float32))
    missed = np.abs((np.array([1, 2, 3, 4]) - 2.5) / 1.25**0.5 - 2 * np.array([0, 0.01, 0.02, 0.03]))
    np.testing.assert_allclose(seen.reward, 0.5 * 10.0 ** np.arange(4) - 10 * missed, rtol=1e-6)


def test_a_goal_holds_until_it_is_due_and_begins_with_an_episode():
    policy = FeudalPolicy(UniformPolicy(1), UniformPolicy(2), every=3, columns=(0,), n_observation=4)
    random, goals = np.random.default_rng(0), []
    for step in range(7):
        if step == 4:
            policy.begin(np.array([1]))
        policy.act(np.zeros((2, 4), np.float32), random)
        goals.append(policy.note[:, 0])
    first, second = np.transpose(goals)
    np.testing.assert_array_equal(np.diff(first) != 0, [False, False, True, False, False, True])
    np.testing.assert_array_equal(np.diff(second) != 0, [False, False, True, True, False, False])
    follower = replace(policy, every=2)
    follower.follow(policy)
    np.testing.assert_array_equal(follower.note, policy.note)


def test_both_levels_lie_in_a_file(tmp_path):
    learner = CONFIG.build(4, 2, seed=0, names=NAMES)
    policy = learner.policy()
    assert isinstance(policy.manager, ActorPolicy)
    policy.save(tmp_path / "policy", Signature("task", 1, NAMES, ("1",) * 4, ("a", "b")))
    loaded, observation = load_policy(tmp_path / "policy"), np.random.default_rng(0).normal(size=(5, 4))
    assert (loaded.every, loaded.columns, loaded.n_observation) == (2, (0, 1, 3), 4)
    for _ in range(3):
        np.testing.assert_array_equal(policy.act(observation, None), loaded.act(observation, None))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"goals": ("tail*",)}, r"goals \('tail\*',\): nothing observed is called so; there are angle, speed"),
        ({"hidden": ("*",)}, r"hidden \('\*',\): that is all that is observed"),
    ],
)
def test_what_is_not_observed_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **change).build(4, 2, seed=0, names=NAMES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"every": 0}, "every is 0"),
        (
            {"manager": replace(SMALL, exploration=ColourConfig("pink"))},
            "manager.exploration.noise is 'pink'",
        ),
        ({"goals": ()}, "a goal needs something to be about"),
        ({"reach": 0.0}, "reach is 0.0"),
        ({"worker": replace(SMALL, ensemble=replace(SMALL.ensemble, n_member=2))}, "a level is one learner"),
    ],
)
def test_senseless_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **change)
