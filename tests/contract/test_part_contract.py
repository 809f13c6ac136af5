"""Every part gets the same checks by being registered: the forms of symmetry and predictors, with every learner."""

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
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig, build_prediction
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.replay.storage import Transitions
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import RunningMoments

OBSERVATION = Mirror((1, 0, 3, 2, 4, 5, 6), (1, 1, -1, -1, 1, -1, 1))
ACTION = Mirror((1, 0, 3, 2), (1, 1, -1, -1))
WIDTHS = len(OBSERVATION), len(ACTION)
MIRROR = PARTS["data"](OBSERVATION, ACTION, 0.0)
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
    changed = jax.jit(part.change_batch)((), batch, key)
    assert jax.tree.map(jnp.shape, changed) == jax.tree.map(jnp.shape, batch)
    jax.tree.map(np.testing.assert_array_equal, part.change_batch((), changed, key), batch)


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


FROM_REPLAY = [name for name, entry in LEARNERS.items() if issubclass(entry.config, ReplayConfig)]
HOSTS = [name for name, entry in LEARNERS.items() if not entry.config.no_mirror]


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


LEARNT = {
    "disagreement": (DisagreementConfig(1.0), ActingConfig()),
    "joint": (DisagreementConfig(1.0, "joint"), ActingConfig()),
    "best": (DisagreementConfig(), ActingConfig("best", 3)),
    "lookahead": (DisagreementConfig(1.0), ActingConfig("lookahead", 3, 2, penalty=0.5)),
}
"""What predictors may be for"""
BOTH = [("disagreement", name) for name in FROM_REPLAY]
BOTH += [(purpose, "sac") for purpose in LEARNT if purpose != "disagreement"]


@pytest.mark.parametrize(("purpose", "name"), BOTH)
def test_every_learner_from_replay_predicts_the_same_from_the_same_seed_and_from_its_state(purpose, name):
    names = [f"quantity {i}" for i in range(WIDTHS[0])]
    config = find_learner(name).config(**SMALL[name])
    one, same = (config.build(*WIDTHS, 5, [MIRROR, _prediction(purpose, names, config.discount)]) for _ in range(2))
    _learn(one, BATCHES[0])
    before = one.state()
    metrics = _learn(one, BATCHES[1])
    assert {"predictor_loss", "predictor_bonus", "predictor_disagreement"} < metrics.keys()
    assert np.isfinite([*metrics.values()]).all()
    assert (metrics["predictor_bonus"] > 0) == (purpose != "best")
    after = one.state()
    for key in (key for key in before if key.startswith("part.predictor.networks")):
        assert not np.array_equal(before[key], after[key]), key
    same.load(before)
    assert _learn(same, BATCHES[1]) == metrics
    for key, array in after.items():
        np.testing.assert_array_equal(array, same.state()[key], err_msg=key)
    done = [learner.policy().act(BATCHES[0].observation, np.random.default_rng(0)) for learner in (one, same)]
    np.testing.assert_array_equal(*done)
    assert done[0].shape == (len(BATCHES[0]), WIDTHS[1])
    assert np.abs(done[0]).max() <= 1


def _prediction(purpose, names, discount):
    disagreement, acting = LEARNT[purpose]
    predictor = PredictorConfig(members=2, hidden=(4,))
    return build_prediction(predictor, disagreement, acting, names, WIDTHS[1], discount)


def _learn(learner, batch):
    learner.receive(batch)
    return learner.update()


def test_a_part_that_defines_nothing_changes_nothing(batch):
    part, key = Part(), jax.random.key(0)
    forms = Mlp((2, 1)), Mlp((3, 1))
    assert part.change_networks(*forms) == forms
    assert part.change_batch((), batch, key) is batch
    assert part.change_observed(BATCHES[0].observation) is BATCHES[0].observation
    rollout = Rollout(*(BATCHES[0].reward,) * 3)
    assert part.change_rollout(rollout) is rollout
    assert part.actor_loss(jnp.tanh, batch, key) == 0
    assert part.initial(np.random.default_rng(0)) == ()
    assert part.learn((), batch, key) == ((), {})


class Surprise(Part):
    """Pays what rewards are above the mean of those that it has met."""

    name = "surprise"
    learns = True

    def initial(self, generator):
        return {"sum": jnp.float32(generator.normal()), "n": jnp.int32(0)}

    def change_batch(self, state, batch, key):
        return batch._replace(reward=batch.reward + state["n"])

    def learn(self, state, batch, key):
        after = {"sum": state["sum"] + batch.reward.sum(), "n": state["n"] + 1}
        return after, {"n": after["n"], "reward": batch.reward.mean()}


@pytest.mark.parametrize("name", FROM_REPLAY)
def test_a_part_that_learns_is_told_saved_and_continued(name):
    config = find_learner(name).config(**SMALL[name])
    bare, one, same = (config.build(*WIDTHS, 5, parts) for parts in ([], [MIRROR, Surprise()], [MIRROR, Surprise()]))
    for learner in (bare, one, same):
        _learn(learner, BATCHES[0])
    first, before = one.update(), one.state()
    assert first == {}
    metrics = _learn(one, BATCHES[1])
    assert int(one.state()["part.surprise.n"]) == one.n_updates
    assert {*metrics} - {*_learn(bare, BATCHES[1])} == {"surprise_n", "surprise_reward"}
    # The mean of what was told in the updates since.
    n_before = int(before["part.surprise.n"])
    assert metrics["surprise_n"] == pytest.approx((n_before + 1 + one.n_updates) / 2)
    # It meets what the parts before it made of a batch, and not its own pay, which is up to 40.
    assert abs(metrics["surprise_reward"]) < 1
    same.load(before)
    assert _learn(same, BATCHES[1]) == metrics
    for key, array in one.state().items():
        np.testing.assert_array_equal(array, same.state()[key], err_msg=key)
    lost = {key: array for key, array in before.items() if key != "part.surprise.n"}
    with pytest.raises(ValueError, match="part.surprise.n has shape nothing"):
        same.load(lost)


@pytest.mark.parametrize("name", FROM_REPLAY)
def test_what_a_part_learns_changes_what_is_learnt(name):
    config = find_learner(name).config(**SMALL[name])
    loss = []
    for parts in ([], [Surprise()]):
        learner = config.build(*WIDTHS, 5, parts)
        _learn(learner, BATCHES[0])
        loss.append(_learn(learner, BATCHES[1])["value"])
    assert loss[0] != loss[1]


def test_parts_that_learn_are_refused_where_they_cannot_or_under_one_name():
    for name in sorted({*LEARNERS} - {*FROM_REPLAY}):
        with pytest.raises(ValueError, match=r"learns from transitions that are drawn again|parts take part in"):
            find_learner(name).config(**SMALL[name]).build(*WIDTHS, 5, [Surprise()])
    with pytest.raises(ValueError, match="two parts learn under the name 'surprise'"):
        find_learner("sac").config(**SMALL["sac"]).build(*WIDTHS, 5, [Surprise(), Surprise()])
