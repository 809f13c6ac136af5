"""What evolutionary learners do with episodes: who plays what, when a generation counts, and what comes of it."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import CmaEsConfig, EsConfig
from soleus.learner.evolution.generation import Generation
from soleus.nets import DeterministicPolicy, UniformPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.noise import AdditiveNoise, Gaussian
from soleus.nets.normalise import RunningMoments, Scaling
from soleus.nets.registry import load_policy
from soleus.sampler.base import Play
from soleus.sampler.batch import Batch, Episode, failed_episodes
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.threads import ThreadSampler
from worlds import pendulums

CONFIGS = [EsConfig(population=8, hidden=(4,)), CmaEsConfig(population=8)]


def _batch(numbers, paid, observation=None):
    n = len(numbers)
    episodes = tuple(
        Episode(0.0, 1, "time", 0.0, 0, value, number) for number, value in zip(numbers, paid, strict=True)
    )
    return Batch(
        observation=np.ones((n, 3), np.float32) if observation is None else observation,
        action=np.zeros((n, 1), np.float32),
        reward=np.zeros(n, np.float32),
        next_observation=np.ones((n, 3), np.float32),
        terminated=np.ones(n, bool),
        truncated=np.zeros(n, bool),
        world=np.arange(n),
        episodes=episodes,
    )


def _answer(trial):
    """What worlds would give: the pay of a member depends on its parameters, and on luck."""
    random = [np.random.default_rng(number) for number in trial.numbers]
    paid = trial.policy.members.sum(axis=1) + [each.normal() for each in random]
    return _batch(trial.numbers, paid, np.array([each.normal(2, 3, 3) for each in random], np.float32))


def test_episodes_go_round_the_members_and_fill_all_worlds():
    generation = Generation(np.array([[0.0], [1.0], [2.0]], np.float32), first_seed=100, n_episode=2, n_alike=3)
    members, seeds, numbers = generation.deal(4)
    assert members[:, 0].tolist() == [0, 1, 2, 0]
    assert seeds == (100, 100, 100, 101), "all begin alike"
    generation.receive(_batch(numbers, [1.0, 10.0, 100.0, 3.0]))
    assert not generation.complete
    members, seeds, numbers = generation.deal(4)
    assert seeds == (101, 101, 102, 102)
    assert members[:, 0].tolist() == [1, 2, 0, 1], "two more than were wanted, so that no world is idle"
    generation.receive(_batch(numbers, [20.0, 300.0, 5.0, 60.0]))
    assert generation.complete
    assert generation.fitness().tolist() == [3.0, 30.0, 200.0]


def test_pairs_may_have_starts_of_their_own():
    generation = Generation(np.zeros((4, 1), np.float32), first_seed=100, n_episode=2, n_alike=2)
    assert generation.deal(4)[1] == (100, 100, 101, 101)
    assert generation.deal(4)[1] == (102, 102, 103, 103), "their second episodes"


def test_what_is_still_out_is_waited_for():
    generation = Generation(np.zeros((2, 1), np.float32), first_seed=0, n_episode=1, n_alike=2)
    first, second = generation.deal(2), generation.deal(2)
    generation.receive(_batch(second[2], [0.0, 0.0]))
    assert not generation.complete
    generation.receive(_batch(first[2], [0.0, 0.0]))
    assert generation.complete


def test_an_episode_that_no_simulator_came_back_from_counts_for_its_member():
    """Nothing was observed of it."""
    generation = Generation(np.zeros((2, 1), np.float32), first_seed=5, n_episode=1, n_alike=2)
    first, second = generation.deal(1), generation.deal(1)
    generation.receive(failed_episodes(second[1], second[2], score=-1.0, why="it hung"))
    generation.receive(_batch(first[2], [2.0]))
    assert generation.fitness().tolist() == [2.0, -1.0]
    moments = RunningMoments(3)
    generation.tell_observed(moments)
    assert moments.state()["n_rows"] == 1


@pytest.mark.parametrize("number", [4, 9, 5])
def test_episodes_that_nobody_waits_for_are_refused(number):
    """One before the first, one after the last, and one that is back already."""
    generation = Generation(np.zeros((2, 1), np.float32), first_seed=5, n_episode=2, n_alike=2)
    generation.deal(4)
    generation.receive(_batch([5], [0.0]))
    with pytest.raises(ValueError, match=f"an episode of number {number} came back, but this generation waits for 3"):
        generation.receive(_batch([number], [0.0]))


def test_statistics_do_not_depend_on_the_order_of_results():
    states = []
    for order in ((0, 1, 2), (2, 0, 1)):
        generation = Generation(np.zeros((6, 1), np.float32), first_seed=0, n_episode=1, n_alike=6)
        batches = [_answerless(generation.deal(2)[2]) for _ in range(3)]
        for i in order:
            generation.receive(batches[i])
        moments = RunningMoments(3)
        generation.tell_observed(moments)
        states.append(moments.state())
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])


def _answerless(numbers):
    return _batch(
        numbers, [0.0] * len(numbers), np.random.default_rng(numbers[0]).normal(size=(2, 3)).astype(np.float32)
    )


@pytest.mark.parametrize("config", CONFIGS)
def test_order_of_results_changes_nothing(config):
    states = []
    for order in itertools.islice(itertools.permutations(range(4)), 0, 24, 7):
        learner = config.build(3, 1, seed=0)
        for _ in range(3):
            trials = [learner.request(2, 1) for _ in range(4)]
            for i in order:
                assert learner.update() == {}
                learner.receive(_answer(trials[i]))
            assert learner.update()
        states.append(learner.state())
    for state in states[1:]:
        for name, value in states[0].items():
            np.testing.assert_array_equal(value, state[name], err_msg=name)


@pytest.mark.parametrize("config", CONFIGS)
def test_a_generation_that_was_interrupted_is_played_again(config):
    """To the same end, although half of it had been received before it was saved."""
    original, resumed = config.build(3, 1, seed=1), config.build(3, 1, seed=2)

    def play(learner, n_request):
        for _ in range(n_request):
            learner.receive(_answer(learner.request(4, 1)))
            learner.update()

    play(original, 3)
    assert original.n_updates == 1
    resumed.load(original.state())
    play(original, 3)
    play(resumed, 4)
    assert original.n_updates == resumed.n_updates == 3
    for name, value in original.state().items():
        np.testing.assert_array_equal(value, resumed.state()[name], err_msg=name)


@pytest.mark.parametrize("config", CONFIGS)
def test_the_policy_is_the_mean_of_the_members(config):
    learner = replace(config, initial_action=-0.6).build(3, 2, seed=0)
    action = learner.policy().act(np.random.default_rng(0).normal(size=(5, 3)), None)
    np.testing.assert_allclose(action, -0.6, atol=1e-6)  # nothing is known to vary yet
    for _ in range(3):
        learner.receive(_answer(learner.request(8, 1)))
        learner.update()
    policy, observation = learner.policy(), np.random.default_rng(0).normal(2, 3, (5, 3))
    assert policy.act(observation, None).std(axis=0).min() > 1e-3
    for random in (None, np.random.default_rng(0)):
        np.testing.assert_array_equal(policy.act(observation, random), policy.act(observation, None))


FORM = Mlp((3, 4, 2), "tanh")
SCALING = Scaling(np.array([1.0, 0, 0], np.float32), np.array([2.0, 1, 0], np.float32), np.float32(3.0))
OBSERVATION = np.random.default_rng(0).normal(size=(5, 3))


def _taught(form=FORM):
    """A policy that another learner could have made, as it comes from a file: sorted by name."""
    parameters = dict(sorted(form.initial(np.random.default_rng(7)).items()))
    return DeterministicPolicy(form, parameters, SCALING, AdditiveNoise(Gaussian(), 0.1))


@pytest.mark.parametrize("config", [EsConfig(population=8, hidden=(4,)), CmaEsConfig(population=8, hidden=(4,))])
def test_it_goes_on_from_the_policy_of_another_learner(config):
    """The first members lie around it; what it knows of observations stays as it is, and is saved with the rest."""
    learner, taught = config.build(3, 2, seed=0), _taught()
    learner.begin_with(taught)
    np.testing.assert_allclose(learner.policy().act(OBSERVATION, None), taught.act(OBSERVATION, None), rtol=1e-6)
    for _ in range(3):
        learner.receive(_answer(learner.request(8, 1)))
        learner.update()
    policy = learner.policy()
    assert np.abs(policy.act(OBSERVATION, None) - taught.act(OBSERVATION, None)).max() > 1e-3
    again = config.build(3, 2, seed=1)
    again.load(learner.state())
    for found in (policy.scaling, again.policy().scaling):
        for ours, theirs in zip(found, SCALING, strict=True):
            np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(again.policy().act(OBSERVATION, None), policy.act(OBSERVATION, None))


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (UniformPolicy(2), "a UniformPolicy is more than a perceptron .* begin with a policy of td3"),
        (_taught(Mlp((3, 5, 2), "tanh")), r"its network is .*\(3, 5, 2\).*, and this learner's .*\(3, 4, 2\)"),
        (_taught(Mlp((3, 4, 2), "tanh", layer_norm=True)), "'layer_norm': True.* anything else cannot"),
    ],
)
def test_a_policy_that_members_cannot_be_is_refused(policy, sentence):
    with pytest.raises(ValueError, match=sentence):
        CONFIGS[0].build(3, 2, seed=0).begin_with(policy)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda batch: replace(batch, episodes=()), "the batch holds no whole episode"),
        (lambda batch: replace(batch, observation=batch.observation[:, :2]), "observation has shape .*this learner"),
        (lambda batch: replace(batch, observation=batch.observation * np.nan), "observation is nan at "),
        (
            lambda batch: replace(batch, episodes=tuple(replace(each, paid=np.inf) for each in batch.episodes)),
            r"pay of episodes is inf at \(0,\)",
        ),
    ],
)
def test_results_that_would_spoil_the_search_are_refused(wrong, sentence):
    learner = CONFIGS[0].build(3, 1, seed=0)
    batch = _answer(learner.request(2, 1))
    with pytest.raises(ValueError, match=sentence):
        learner.receive(wrong(batch))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_it_goes_on_from_a_policy_of_a_file_after_it_was_saved(tmp_path):
    _taught().save(tmp_path / "taught.safetensors")
    first, second = CONFIGS[0].build(3, 2, seed=0), CONFIGS[0].build(3, 2, seed=1)
    first.begin_with(load_policy(tmp_path / "taught.safetensors"))
    first.receive(_answer(first.request(8, 1)))
    second.load(first.state())
    np.testing.assert_array_equal(second.policy().act(OBSERVATION, None), first.policy().act(OBSERVATION, None))


def test_a_state_that_does_not_fit_changes_nothing():
    learner, other = CONFIGS[0].build(3, 2, seed=0), CONFIGS[0].build(3, 2, seed=1)
    other.begin_with(_taught())
    before = learner.state()
    for name in ("scaling.offset", "key"):
        with pytest.raises(ValueError, match=f"{name} has shape"):
            learner.load(other.state() | {name: np.zeros(7)})
    assert learner.state().keys() == before.keys()
    for name, array in learner.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_numbers_that_run_away_stop_learning_and_are_not_kept():
    learner = replace(CONFIGS[0], learning_rate=1e39).build(3, 1, seed=0)
    before = learner.state()
    learner.receive(_answer(learner.request(8, 1)))
    with pytest.raises(FloatingPointError, match="step became .* after 0 generations"):
        learner.update()
    for name, value in learner.state().items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_parts_are_refused():
    with pytest.raises(ValueError, match="parts take part in learning from transitions"):
        CONFIGS[0].build(3, 1, seed=0, parts=[object()])


SAMPLERS = {
    "serial": (lambda: SerialSampler(pendulums(), seed=0), 1),
    "many worlds": (lambda: SerialSampler(pendulums(n_world=8), seed=0), 8),
    "thread": (lambda: ThreadSampler(pendulums(n_world=4), seed=0), 4),
    "process": (lambda: ProcessSampler(pendulums(), n_worker=2, seed=0), 1),
}


@pytest.fixture(scope="module")
def alone():
    """Metrics of two generations, played one episode after the other."""
    return [_metrics(*SAMPLERS["serial"], config) for config in CONFIGS]


def _metrics(build, n_world, config):
    learner, metrics = config.build(3, 1, seed=0), []
    with build() as sampler:
        while len(metrics) < 2:
            for _ in range(sampler.n_worker):
                sampler.submit(learner.request(n_world, 1))
            for _ in range(sampler.n_worker):
                learner.receive(sampler.receive().batch)
            metrics += [told] if (told := learner.update()) else []
        sampler.submit(Play(UniformPolicy(1), (3,)))
        assert sampler.receive().batch.episodes[0].seed == 3, "playing goes on beside"
    return metrics


@pytest.mark.parametrize("name", SAMPLERS)
def test_whoever_plays_learning_is_the_same(name, alone):
    for config, expected in zip(CONFIGS, alone, strict=True):
        for ours, theirs in zip(_metrics(*SAMPLERS[name], config), expected, strict=True):
            assert ours == pytest.approx(theirs, rel=1e-4)
