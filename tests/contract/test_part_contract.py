"""Every part gets the same checks by being registered: the forms of symmetry, with every learner."""

from dataclasses import replace
from typing import NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from contract.test_learner_contract import SMALL
from soleus.learner import LEARNERS, find_learner
from soleus.learner.benchmark import draw_batch
from soleus.learner.part import PARTS, Part, Symmetry
from soleus.learner.replay.storage import Transitions
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import RunningMoments

OBSERVATION = Mirror((1, 0, 3, 2, 4, 5, 6), (1, 1, -1, -1, 1, -1, 1))
ACTION = Mirror((1, 0, 3, 2), (1, 1, -1, -1))
WIDTHS = len(OBSERVATION), len(ACTION)
BATCHES = [draw_batch(60, *WIDTHS)[rows] for rows in (slice(0, 30), slice(30, 60))]


class Rollout(NamedTuple):
    observation: np.ndarray
    action: np.ndarray
    advantage: np.ndarray


@pytest.fixture(params=PARTS)
def part(request):
    return PARTS[request.param](OBSERVATION, ACTION, 4.0)


@pytest.fixture
def batch():
    drawn = BATCHES[0]
    columns = drawn.columns()
    return Transitions(*(jnp.array(columns.get(name, drawn.reward)) for name in Transitions._fields))


def test_a_run_may_ask_for_every_part_or_for_none():
    assert get_args(Symmetry) == ("none", *PARTS)


def test_a_batch_changed_twice_is_the_batch(part, batch):
    key = jax.random.key(0)
    changed = jax.jit(part.change_batch)(batch, key)
    assert jax.tree.map(jnp.shape, changed) == jax.tree.map(jnp.shape, batch)
    jax.tree.map(np.testing.assert_array_equal, part.change_batch(changed, key), batch)


def test_a_rollout_keeps_its_rows_and_their_worth(part):
    drawn = BATCHES[0]
    rollout = Rollout(drawn.observation, drawn.action, drawn.reward)
    changed = part.change_rollout(rollout)
    assert type(changed) is Rollout
    n = len(changed.advantage)
    assert n % len(drawn) == 0
    for name, column in rollout._asdict().items():
        assert getattr(changed, name).shape == (n, *column.shape[1:])
        np.testing.assert_array_equal(getattr(changed, name)[: len(drawn)], column)
    np.testing.assert_array_equal(changed.advantage, np.tile(rollout.advantage, n // len(drawn)))


def test_the_normaliser_has_no_side(part):
    """So that the mirror may be applied to raw or to normalised observations."""
    raw = (3 * BATCHES[0].observation + 5).astype(np.float32)
    moments = RunningMoments(len(OBSERVATION))
    moments.receive(part.change_observed(raw))
    scaling = moments.scaling(1.5)
    np.testing.assert_allclose(scaling(OBSERVATION(raw)), OBSERVATION(scaling(raw)), atol=1e-6)


def test_networks_keep_what_they_are_told_and_tell(part):
    """Of SAC's actor, a deterministic one, a critic of actions, one of states alone, and one that says a histogram."""
    n_observation, n_action = WIDTHS
    for n_output in (n_action, 2 * n_action):
        for critic in ((n_observation, 8, 1), (n_observation + n_action, 8, 1), (n_observation + n_action, 8, 51)):
            forms = Mlp((n_observation, 8, n_output)), Mlp(critic)
            changed = part.change_networks(*forms)
            assert [(*form.sizes[:1], form.sizes[-1]) for form in changed] == [
                (*form.sizes[:1], form.sizes[-1]) for form in forms
            ]
            for form, rows in zip(changed, (n_observation, critic[0]), strict=True):
                parameters = form.initial(np.random.default_rng(0))
                form.check(parameters)
                assert form(parameters, np.ones((3, rows), np.float32)).shape == (3, form.sizes[-1])


def test_the_loss_of_an_actor_is_a_scalar_that_a_symmetric_one_does_not_pay(part, batch):
    weights = jnp.array(np.random.default_rng(0).normal(0, 0.3, WIDTHS))

    def act(observation):
        return jnp.tanh(observation @ weights)

    def act_symmetrically(observation):
        return (act(observation) + ACTION(act(OBSERVATION(observation)))) / 2

    for policy, most in ((act, np.inf), (act_symmetrically, 1e-6)):
        loss = part.actor_loss(policy, batch, jax.random.key(0))
        assert jnp.shape(loss) == ()
        assert 0 <= loss <= most


def test_a_bernoulli_actor_learns_with_it(part):
    """Its outputs are means without deviations."""
    learner = find_learner("ppo").config(**SMALL["ppo"], distribution="bernoulli").build(*WIDTHS, 5, [part])
    batch = BATCHES[0]
    action = learner.policy().act(batch.observation, np.random.default_rng(0))
    assert np.isfinite([*_learn(learner, replace(batch, action=action)).values()]).all()


HOSTS = [name for name, entry in LEARNERS.items() if entry.config.mirrors]


@pytest.mark.parametrize("name", sorted({*LEARNERS} - {*HOSTS}))
def test_a_learner_that_has_no_use_for_it_says_so(part, name):
    with pytest.raises(ValueError, match="parts take part in learning from transitions"):
        find_learner(name).config(**SMALL[name]).build(*WIDTHS, 5, [part])


@pytest.mark.parametrize("name", HOSTS)
def test_every_learner_learns_with_it_the_same_from_the_same_seed_and_from_its_state(part, name):
    config = find_learner(name).config(**SMALL[name])
    one, same = (config.build(*WIDTHS, 5, [part]) for _ in range(2))
    _learn(one, BATCHES[0])
    before = one.state()
    metrics = _learn(one, BATCHES[1])
    assert one.n_updates > 0
    assert metrics
    assert np.isfinite([*metrics.values()]).all()
    _learn(same, BATCHES[0])
    assert _learn(same, BATCHES[1]) == metrics
    same.load(before)
    assert _learn(same, BATCHES[1]) == metrics
    states = [learner.state() for learner in (one, same)]
    assert states[0].keys() == states[1].keys()
    for key, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][key], err_msg=key)


def _learn(learner, batch):
    learner.receive(batch)
    return learner.update()


def test_a_part_that_defines_nothing_changes_nothing(batch):
    part, key = Part(), jax.random.key(0)
    forms = Mlp((2, 1)), Mlp((3, 1))
    assert part.change_networks(*forms) == forms
    assert part.change_batch(batch, key) is batch
    assert part.change_observed(BATCHES[0].observation) is BATCHES[0].observation
    rollout = Rollout(*(BATCHES[0].reward,) * 3)
    assert part.change_rollout(rollout) is rollout
    assert part.actor_loss(jnp.tanh, batch, key) == 0
