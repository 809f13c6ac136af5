"""Every learner gets the same checks by being registered; some again with settings that they remember things for."""

import numpy as np
import pytest

from soleus.learner import LEARNERS, ExplorationConfig, Learner, SacConfig, find_learner
from soleus.learner.distribution import KINDS
from soleus.learner.replay.ensemble_config import EnsembleConfig
from soleus.learner.replay.terms_config import TermsConfig
from soleus.nets import ActorPolicy, Policy
from soleus.sampler.base import Explore, Trial
from soleus.sampler.batch import Batch, Episode

N_OBSERVATION, N_ACTION = 7, 3

REPLAY = {
    "actor_hidden": (8, 8),
    "critic_hidden": (8, 8),
    "batch_size": 8,
    "replay_capacity": 50,
    "random_transitions": 20,
    "n_scan": 3,
}
N_WORLD, CHUNK = 4, 5
PPO = {"actor_hidden": (8, 8), "critic_hidden": (8, 8), "n_minibatch": 3, "n_epoch": 2}
PPO |= {"n_decision": CHUNK, "n_transition": 1}
EVOLUTION = {"hidden": (4,), "population": 4}
MANAGER = SacConfig(**REPLAY | {"random_transitions": 4, "updates_per_transition": 3.0})
SMALL = {
    **dict.fromkeys(("sac", "categorical_sac", "td3", "ddpg"), REPLAY),
    "feudal": {"goals": ("1", "4"), "every": 3, "manager": MANAGER, "worker": SacConfig(**REPLAY)},
    **{"ppo": PPO, "es": EVOLUTION, "cma_es": EVOLUTION},
}
"""Settings with which a learner updates within 3 batches"""
MIXED = ExplorationConfig(("pink", "parameter"), (0.5, 0.5), sigma_updates=5)
ENSEMBLE = EnsembleConfig(3, prior_scale=2.0, bootstrap=0.8, decisions=(2, 4))
CASES = {
    **{name: (name, {}) for name in LEARNERS},
    **{f"sac {kind}": ("sac", {"distribution": kind}) for kind in KINDS if kind != "gaussian"},
    "ppo bernoulli": ("ppo", {"distribution": "bernoulli"}),
    "td3 parameter": ("td3", {"exploration": MIXED}),
    "sac ensemble": ("sac", {"ensemble": ENSEMBLE}),
    "categorical_sac ensemble": ("categorical_sac", {"ensemble": EnsembleConfig(2, rule="standardised")}),
    "td3 ensemble": ("td3", {"ensemble": EnsembleConfig(2, explore="vote"), "replay": "prioritised"}),
    "ddpg ensemble": ("ddpg", {"ensemble": EnsembleConfig(2, data="shared", actor_rate_step=-0.1)}),
    "sac terms": ("sac", {"terms": TermsConfig(("alive", "effort"), (1.0, 2.0), (0.0, 0.5), 10), "n_step": 2}),
    "td3 average": ("td3", {"actor_average": 10}),
    "sac prior": ("sac", {"ensemble": EnsembleConfig(prior_scale=2.0)}),
    "sac prioritised": ("sac", {"replay": "prioritised", "priority_updates": 40, "n_step": 3, "normaliser": "none"}),
}


def _batch(seed, played=(), policy=None):
    """Random transitions, with what a policy noted, and an episode of random pay for each seed that was played."""
    random, n = np.random.default_rng(seed), N_WORLD * CHUNK
    terms = random.standard_normal((n, 2), dtype=np.float32)
    return Batch(
        reward_terms=terms,
        term_names=("effort", "alive"),
        episodes=tuple(Episode(0.0, CHUNK, "time", 0.0, 0, random.normal(), each) for each in played),
        observation=random.standard_normal((n, N_OBSERVATION), dtype=np.float32),
        action=random.uniform(-1, 1, (n, N_ACTION)).astype(np.float32),
        reward=random.standard_normal(n, dtype=np.float32),
        next_observation=random.standard_normal((n, N_OBSERVATION), dtype=np.float32),
        terminated=random.random(n) < 0.1,
        truncated=random.random(n) < 0.1,
        world=np.zeros(n, dtype=np.int64),
        note=_note(policy),
    )


def _note(policy):
    """What a policy notes down in each world, kept for all its decisions."""
    if policy is None:
        return None
    policy.act(np.zeros((N_WORLD, N_OBSERVATION), np.float32), np.random.default_rng(0))
    return None if policy.note is None else np.repeat(policy.note, CHUNK, axis=0)


@pytest.fixture(params=CASES)
def build(request):
    name, own = CASES[request.param]
    config = find_learner(name).config(**SMALL[name], **own)
    return lambda seed=0, **changes: config.build(N_OBSERVATION, N_ACTION, seed, **changes)


def _learn(learner, seeds):
    metrics = []
    for seed in seeds:
        request = learner.request(N_WORLD, CHUNK)
        learner.receive(_batch(seed, request.numbers if isinstance(request, Trial) else (), request.policy))
        metrics.append(learner.update())
    return metrics


def test_acts_before_and_after_learning(build):
    learner = build()
    assert isinstance(learner, Learner)
    for seeds in ((), range(4)):
        _learn(learner, seeds)
        policy = learner.policy()
        assert isinstance(policy, Policy)
        action = policy.act(_batch(9).observation, np.random.default_rng(0))
        assert action.shape == (20, N_ACTION)
        assert np.abs(action).max() <= 1


def test_says_what_workers_do_next(build):
    learner = build()
    for _ in range(2):
        request = learner.request(N_WORLD, CHUNK)
        match request:
            case Explore(policy, n_transition):
                assert n_transition % N_WORLD == 0
            case Trial(policy, seeds, numbers):
                assert len(set(numbers)) == len(numbers) == len(seeds) == N_WORLD
        observation = np.zeros((N_WORLD, N_OBSERVATION), np.float32)
        assert policy.act(observation, np.random.default_rng(0)).shape == (N_WORLD, N_ACTION)
        _learn(learner, range(4))


def test_updates_count_and_tell(build):
    learner = build()
    assert learner.update() == {}
    metrics = _learn(learner, range(4))[-1]
    assert learner.n_updates > 0
    assert metrics
    assert all(isinstance(value, float) and np.isfinite(value) for value in metrics.values())


def test_learning_changes_every_parameter(build):
    learner = build()
    before = learner.state()
    _learn(learner, range(6))
    after = learner.state()
    for name in before:
        if "learnt." in name:
            assert np.array_equal(before[name], after[name]) == ("prior_" in name), name


def test_learning_changes_what_is_done(build):
    learner = build()
    before = learner.policy()
    _learn(learner, range(6))
    observation = _batch(9).observation
    distinct = before.act(observation, None) != learner.policy().act(observation, None)
    if isinstance(before, ActorPolicy) and before.head.kind == "bernoulli":  # a muscle is off or on
        output, later = (each.distribution(observation).output for each in (before, learner.policy()))
        distinct = output != later
    assert distinct.all()


def test_same_seed_same_result_and_another_seed_another(build):
    learners = [build(seed) for seed in (5, 5, 6)]
    one, same, other = ([_learn(learner, range(4)), learner.state()] for learner in learners)
    assert one[0] == same[0]
    assert one[0] != other[0]
    for name, array in one[1].items():
        np.testing.assert_array_equal(array, same[1][name], err_msg=name)


@pytest.mark.parametrize("n_before", [0, 1, 4])
def test_stopped_and_continued_is_not_stopped(build, n_before):
    """n_before batches: fresh, still random, and with a replay that has come round."""
    original, continued = build(seed=1), build(seed=2)
    _learn(original, range(n_before))
    continued.load(original.state())
    assert continued.n_updates == original.n_updates
    metrics = [_learn(learner, range(10, 14)) for learner in (original, continued)]
    assert metrics[0] == metrics[1]
    states = [learner.state() for learner in (original, continued)]
    assert states[0].keys() == states[1].keys()
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name], err_msg=name)


def test_state_is_a_snapshot_of_plain_arrays(build):
    learner = build()
    _learn(learner, range(3))
    state = learner.state()
    copies = {name: array.copy() for name, array in state.items()}
    assert all(type(array) is np.ndarray and array.dtype != object for array in state.values())
    _learn(learner, range(3, 6))
    for name, array in state.items():
        np.testing.assert_array_equal(array, copies[name], err_msg=name)


def test_load_refuses_what_does_not_fit_and_changes_nothing(build):
    learner = build()
    before = learner.state()
    name = next(iter(before))
    short = dict(before)
    del short[name]
    for wrong in ({**before, name: np.zeros((2, 3, 4))}, short, {**before, "surplus": np.zeros(1)}):
        with pytest.raises(ValueError, match=f"({name}|surplus) has shape .*, this learner needs"):
            learner.load(wrong)
    for name, array in before.items():
        np.testing.assert_array_equal(array, learner.state()[name], err_msg=name)


def test_unknown_learner_is_refused_with_the_known_names():
    known = ", ".join(sorted(LEARNERS))
    with pytest.raises(ValueError, match=f"unknown learner 'sacc'; known learners are {known}"):
        find_learner("sacc")
