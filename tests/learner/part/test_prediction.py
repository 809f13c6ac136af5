"""Predictors learn what actions lead to, and pay for what they do not know at the time of asking."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner import LEARNERS, SacConfig
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig, build_prediction
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.replay.storage import Transitions
from soleus.nets.actor import ActorPolicy
from soleus.nets.planning import PlanningPolicy
from soleus.sampler.batch import Batch

NAMES = ("x", "y", "still")
DISCOUNT = 0.9
SMALL = {"actor_hidden": (8,), "critic_hidden": (8,), "batch_size": 32, "random_transitions": 0, "n_scan": 5}


def _part(predictor=None, weight=1.0, acting=None, **disagreement):
    predictor = predictor or PredictorConfig(members=3, hidden=(16,))
    pays = DisagreementConfig(weight, **disagreement)
    return build_prediction(predictor, pays, acting or ActingConfig(), NAMES, 2, DISCOUNT)


def _batch(seed, n=64):
    """A world of its own laws: x and y turn, the action pushes; it pays x, and ends in a corner. One quantity rests."""
    random = np.random.default_rng(seed)
    place, action = random.uniform(-1, 1, (n, 2)), random.uniform(-1, 1, (n, 2))
    after = place + 0.2 * place[:, ::-1] * [1, -1] + 0.3 * action
    rest = np.full((n, 1), 7.0)
    ended = after.min(axis=1) > 0.8
    seen = np.hstack([place, rest]), np.hstack([after, rest]), action
    columns = (*seen, place[:, 0], DISCOUNT * ~ended, np.ones(n), np.zeros((n, 0)))
    return Transitions(*(jnp.array(column, jnp.float32) for column in columns))


def _learnt(part, n_update=300, state=None, n=64):
    state = part.initial(np.random.default_rng(0)) if state is None else state
    learn = jax.jit(part.learn)
    metrics = []
    for i in range(n_update):
        state, told = learn(state, _batch(i, n), jax.random.key(i))
        metrics.append({name: float(value) for name, value in told.items()})
    return state, metrics


@pytest.fixture(scope="module")
def part():
    return _part()


@pytest.fixture(scope="module")
def learnt(part):
    """States after 20 and 320 updates, and the metrics of each update."""
    early, first = _learnt(part, 20)
    late, then = _learnt(part, 300, early)
    return early, late, first + then


def test_members_learn_what_follows(part, learnt):
    _, state, metrics = learnt
    assert metrics[0]["loss"] > 0.4
    assert metrics[-1]["loss"] < 0.15
    batch = _batch(999)
    predicted = part._predictor(state.networks, state.statistics, batch.observation, batch.action)
    error = predicted.observation - batch.next_observation
    moved = (batch.next_observation - batch.observation)[:, :2].std()
    assert float(jnp.sqrt((error**2).mean())) < 0.4 * float(moved)
    np.testing.assert_array_equal(error[..., 2], 0)  # what rests is known to rest
    assert float(abs(predicted.reward - batch.reward).mean()) < 0.2
    assert predicted.end.shape == (3, 64)


def test_members_start_apart_and_learn_from_rows_of_their_own(part):
    state = part.initial(np.random.default_rng(0))
    weights = state.networks["weight0"]
    assert float(abs(weights[0] - weights[1]).min()) > 0
    same = state._replace(networks=jax.tree.map(lambda array: jnp.stack([array[0]] * 3), state.networks))
    after, _ = part.learn(same, _batch(0), jax.random.key(0))
    assert float(abs(after.networks["weight0"][0] - after.networks["weight0"][1]).max()) > 0


def test_the_bonus_is_what_members_think_when_they_are_asked(learnt):
    part, batch, key = _part(weight=2.0), _batch(999), jax.random.key(0)
    early, late, metrics = learnt
    bonus = [part.change_batch(state, batch, key).reward - batch.reward for state in (early, late)]
    assert float(bonus[0].mean()) > 4 * float(bonus[1].mean()) > 0
    told = part.learn(late, batch, key)[1]
    assert float(told["bonus"]) == pytest.approx(float(bonus[1].mean()), rel=1e-3)
    assert float(told["disagreement"]) >= float(told["bonus"]) / 2
    assert {*told} == {"loss", "bonus", "disagreement"} == {*metrics[0]}


def test_what_is_far_from_all_that_was_met_pays_more(part, learnt):
    _, state, _ = learnt
    batch = _batch(999)
    far = batch._replace(observation=batch.observation.at[:, :2].multiply(4))
    paid = [float(part.change_batch(state, each, jax.random.key(0)).reward.mean()) for each in (batch, far)]
    assert paid[1] - float(far.reward.mean()) > 5 * (paid[0] - float(batch.reward.mean()))


def test_an_end_for_good_pays_nothing(part, learnt):
    state, _, _ = learnt
    batch = _batch(999)
    ends = batch._replace(bootstrap=jnp.where(jnp.arange(64) < 10, 0.0, DISCOUNT))
    paid = part.change_batch(state, ends, jax.random.key(0)).reward - ends.reward
    np.testing.assert_array_equal(paid[:10], 0)
    assert float(paid[10:].min()) > 0


def test_a_share_of_returns_stays_what_it_is_while_members_learn():
    part = _part(weight=0.5, scale="return")
    _, metrics = _learnt(part, 500)
    paid = np.mean([told["bonus"] for told in metrics[-100:]])
    assert paid == pytest.approx(0.5 * (1 - DISCOUNT), rel=0.4)  # the mean lags behind, by 100 updates
    assert metrics[-1]["disagreement"] < 0.5 * metrics[5]["disagreement"]


def test_one_row_a_batch_is_as_good_as_many():
    """As from one world: moments run on, and what is whitened is not nothing."""
    part = _part(PredictorConfig(members=2, hidden=(16,)))
    state, _ = _learnt(part, 400, n=1)
    many = np.concatenate([_batch(i, 1).observation for i in range(400)])
    np.testing.assert_allclose(state.statistics.observed.mean, many.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(state.statistics.observed.variance, many.var(axis=0), atol=1e-3)
    batch = _batch(999, 1)
    said = part._predictor.said(state.networks, state.statistics, batch.observation, batch.action)
    other = part._predictor.said(state.networks, state.statistics, -batch.observation, batch.action)
    assert float(abs(said - other).max()) > 0.01
    published = _part(PredictorConfig(members=2, hidden=(16,), whitening="batch"))
    state, _ = _learnt(published, 10, n=1)
    told = [
        published._predictor.said(state.networks, state.statistics, sign * batch.observation, batch.action)
        for sign in (1, -1)
    ]
    np.testing.assert_array_equal(*told)


def test_fields_by_name():
    part = _part(PredictorConfig(fields=("[xy]",)))
    assert part._predictor.fields == (0, 1)
    assert part.initial(np.random.default_rng(0)).networks["weight0"].shape == (5, 4, 64)
    with pytest.raises(
        ValueError, match=r"fields 'z\*': nothing observed is called so; there are \['x', 'y', 'still'\]"
    ):
        _part(PredictorConfig(fields=("x", "z*")))


LEARNER_CASES = [name for name, entry in LEARNERS.items() if issubclass(entry.config, ReplayConfig)]


def _received(n=100):
    batch = _batch(0, n)
    columns = {name: np.array(getattr(batch, name)) for name in ("observation", "next_observation", "action", "reward")}
    ended = np.array(batch.bootstrap) == 0
    return Batch(**columns, terminated=ended, truncated=~ended & (np.arange(n) % 9 == 0), world=np.zeros(n, int))


@pytest.mark.parametrize("name", LEARNER_CASES)
def test_critics_in_numpy_say_what_those_that_learn_say(name):
    """Through a policy that looks ahead, the lower of them; by hand for SAC's."""
    learner = LEARNERS[name].config(**SMALL).build(3, 2, 0)
    learner.receive(_received())
    learner.update()
    critics = learner._critics()
    batch = _batch(5, 6)
    observation, action = np.array(batch.observation), np.array(batch.action)
    said = critics(observation, action)
    assert said.shape == (6,)
    each = np.array([replace(critics, parameters=(one,))(observation, action) for one in critics.parameters])
    np.testing.assert_array_equal(said, each.min(axis=0))
    inputs = jnp.concat([critics.scaling(batch.observation), batch.action], axis=1)
    output = critics.network(jax.tree.map(jnp.array, critics.parameters[0]), inputs)
    value = output[:, 0]
    if critics.limit is not None:
        value = jax.nn.softmax(output) @ jnp.linspace(-critics.limit, critics.limit, output.shape[1])
    np.testing.assert_allclose(each[0], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("choose", ["policy", "best", "lookahead"])
def test_a_learner_s_policy_looks_as_it_is_told(choose):
    part = _part(weight=0.0 if choose != "policy" else 1.0, acting=ActingConfig(choose))
    learner = SacConfig(**SMALL).build(3, 2, 0, [part])
    learner.receive(_received())
    learner.update()
    policy = learner.policy()
    if choose == "policy":
        assert type(policy) is ActorPolicy
        return
    assert type(policy) is PlanningPolicy
    assert (policy.plan.n_step, policy.critics is None) == ((1, True) if choose == "best" else (5, False))
    assert policy.plan.discount == DISCOUNT
    observation = np.array(_batch(3, 4).observation)
    done = policy.act(observation, np.random.default_rng(0))
    # What was said stays, however the learner goes on.
    learner.receive(_received())
    learner.update()
    np.testing.assert_array_equal(policy.act(observation, np.random.default_rng(0)), done)
    assert np.abs(learner.policy().act(observation, np.random.default_rng(0)) - done).max() > 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PredictorConfig(members=1), "members is 1; it must be at least 2"),
        (lambda: PredictorConfig(hidden=(0,)), "every layer needs at least 1 unit"),
        (lambda: PredictorConfig(whitening="own"), "choose one of running, batch"),
        (lambda: DisagreementConfig(-1.0), "weight is -1.0; it must not be negative"),
        (lambda: DisagreementConfig(1.0, "max"), "choose one of mean, joint"),
        (lambda: ActingConfig("worst"), "choose one of policy, best, lookahead"),
        (lambda: ActingConfig("best", samples=0), "samples is 0; it must be at least 1"),
        (lambda: ActingConfig("best", steps=3), "steps is 3, which 'best' has no use for"),
        (lambda: ActingConfig(penalty=1.0), "penalty is 1.0, which 'policy' has no use for"),
    ],
)
def test_senseless_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
