"""Learners side by side: each does what it would do alone, with its own rows."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from soleus.learner import ExplorationConfig, find_learner
from soleus.learner.part import MirrorData
from soleus.learner.replay.ensemble_config import EnsembleConfig
from soleus.learner.replay.members import Members, build_update
from soleus.learner.replay.storage import RowLayout, Sample
from soleus.learner.replay.update import Learnt
from soleus.nets import ActorPolicy, EnsemblePolicy, UniformPolicy
from soleus.nets.mirror import Mirror
from soleus.nets.normalise import Scaling

SMALL = {"actor_hidden": (8,), "critic_hidden": (8,), "batch_size": 4, "random_transitions": 10, "n_scan": 2}
LAYOUT = RowLayout(5, 2)
SCALING = Scaling(np.zeros(5, np.float32), np.ones(5, np.float32), np.float32(10))
N_UPDATE, N_ROW = 3, 4


def _members(name="sac", n_member=3, **ensemble):
    config = find_learner(name).config(**SMALL, ensemble=EnsembleConfig(n_member, **ensemble))
    update = build_update(config, LAYOUT, ())
    assert isinstance(update, Members)
    return update


def _samples(n_member):
    random = np.random.default_rng(0)
    rows = random.uniform(-1, 1, (N_UPDATE, N_ROW * n_member, LAYOUT.width)).astype(np.float32)
    return Sample(rows, random.uniform(0.5, 1, rows.shape[:2]).astype(np.float32))


@pytest.mark.parametrize("case", [("sac", {}), ("ddpg", {"actor_rate_step": -0.2, "critic_rate_step": 0.3})])
def test_each_member_learns_as_it_would_alone(case):
    """The same keys are split here as there; row r of an update is member r % n_member's."""
    name, ensemble = case
    members, key = _members(name, **ensemble), jax.random.key(3)
    state = members.initial(np.random.default_rng(1))
    samples = _samples(3)
    after, metrics, error = jax.jit(members.scan)(Learnt(state, ()), samples, SCALING, key)
    keys = jax.random.split(jax.random.split(key)[1], (3, N_UPDATE))
    losses = []
    for number in range(3):
        config = find_learner(name).config(**SMALL)
        config = replace(
            config,
            actor_learning_rate=3e-4 * (1 + ensemble.get("actor_rate_step", 0) * number),
            critic_learning_rate=3e-4 * (1 + ensemble.get("critic_rate_step", 0) * number),
        )
        alone = config.update(LAYOUT, ())
        group, place = (0, number) if len(state) == 1 else (number, 0)
        own = jax.tree.map(lambda array: array[place], state[group])  # noqa: B023 - used at once
        for step in range(N_UPDATE):
            batch = LAYOUT.unpack(Sample(samples.rows[step, number::3], samples.weight[step, number::3]))
            own, told, expected = alone.update(own, batch, alone.noise(keys[number, step], N_ROW))
            np.testing.assert_allclose(error[step, number::3], expected, rtol=1e-3, atol=1e-5)
            losses.append(told["critic_loss"])
        learnt = jax.tree.map(lambda array: array[place], after.state[group])  # noqa: B023 - used at once
        for one, other in zip(jax.tree.leaves(own), jax.tree.leaves(learnt), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    assert metrics["critic_loss"] == pytest.approx(np.mean(losses), rel=1e-3)


def test_members_start_differently_and_each_changes():
    members = _members()
    state = members.initial(np.random.default_rng(1))
    after, _, _ = jax.jit(members.scan)(Learnt(state, ()), _samples(3), SCALING, jax.random.key(0))
    for path, before in jax.tree_util.tree_leaves_with_path(state[0].actor):
        now = after.state[0].actor[path[0].key]
        for number in range(3):
            assert not np.array_equal(before[number], now[number])
    weight = np.array(state[0].critics[0]["weight0"])
    assert len({array.tobytes() for array in weight}) == 3


def test_one_member_is_the_learner_itself(draw_batch):
    learner = find_learner("sac").config(**SMALL, ensemble=EnsembleConfig()).build(5, 2, seed=0)
    learner.receive(draw_batch(0, 20))
    assert isinstance(learner.policy(), ActorPolicy)
    assert learner.state()["learnt.actor.weight0"].shape == (5, 8)


def test_policy_is_random_first_and_then_of_all_members(draw_batch):
    config = find_learner("sac").config(
        **SMALL, ensemble=EnsembleConfig(3, decisions=(2, 5), rule="standardised", n_judging=2, n_proposing=1)
    )
    learner = config.build(5, 2, seed=0)
    assert learner.policy() == UniformPolicy(2)
    learner.receive(draw_batch(0, 20))
    learner.update()
    policy = learner.policy()
    assert isinstance(policy, EnsemblePolicy)
    assert (len(policy.members), len(policy.judges), policy.n_proposing) == (3, 2, 1)
    assert (policy.rule, policy.turns.decisions) == ("standardised", (2, 5))
    for number, member in enumerate(policy.members):
        np.testing.assert_array_equal(member.parameters["weight0"], learner.state()["learnt.0.actor.weight0"][number])


def test_spread_tells_how_far_members_are_apart(draw_batch):
    learner = find_learner("sac").config(**SMALL, ensemble=EnsembleConfig(3, prior_scale=50.0)).build(5, 2, seed=0)
    learner.receive(draw_batch(0, 20))
    assert learner.update()["value_spread"] > 5


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"n_member": 0}, "n_member is 0; it must be at least 1"),
        ({"n_member": 1, "explore": "vote"}, "ensemble explore is vote, but there is one member"),
        ({"n_member": 1, "bootstrap": 0.5}, "ensemble bootstrap is 0.5, but there is one member"),
        ({"n_member": 3, "bootstrap": 0.0}, "bootstrap is 0.0"),
        ({"n_member": 3, "prior_scale": -1.0}, "prior_scale is -1.0"),
        ({"n_member": 3, "n_judging": 4}, "n_judging is 4 of 3 members"),
        ({"n_member": 3, "decisions": (5, 2)}, "give the fewest, at least 1, and the most"),
        ({"n_member": 3, "decisions": (2, 5), "explore": "vote"}, "nobody takes turns"),
        ({"n_member": 12, "actor_rate_step": -0.1}, "the last of 12 members would learn at -0.1 times the rate"),
    ],
)
def test_refuses_what_means_nothing(settings, reason):
    with pytest.raises(ValueError, match=reason):
        EnsembleConfig(**settings)


def test_the_published_heads_are_allowed():
    """PARL 2018: 12 heads, the actor's rate falling by 5 % from head to head, the critic's rising by 10 %."""
    EnsembleConfig(12, actor_rate_step=-0.05, critic_rate_step=0.1, rule="share", explore="member")


@pytest.mark.parametrize("name", ["td3", "ddpg"])
def test_noise_in_parameters_is_refused(name):
    with pytest.raises(ValueError, match="members differ in their parameters already"):
        find_learner(name).config(ensemble=EnsembleConfig(2), exploration=ExplorationConfig(("parameter",)))


def test_parts_change_half_of_every_member_s_rows():
    """`MirrorData` changes the first half of a batch, which is the first half of each member's."""
    mirror = MirrorData(Mirror.of([1, 0, 2, 3, 4], np.ones(5)), Mirror.of([1, 0], np.ones(2)))
    config = find_learner("sac").config(**SMALL, ensemble=EnsembleConfig(3))
    members, samples = build_update(config, LAYOUT, (mirror,)), _samples(3)
    _, batches, _ = members._meet(((),), samples, SCALING, jax.random.key(0))
    of_members = np.array(members.of_members(batches.action))
    assert of_members.shape == (3, N_UPDATE, N_ROW, 2)
    for number in range(3):
        drawn = samples.rows[:, number::3, 10:12]
        np.testing.assert_array_equal(of_members[number, :, :2], drawn[:, :2, ::-1])
        np.testing.assert_array_equal(of_members[number, :, 2:], drawn[:, 2:])
