from dataclasses import replace

import gymnasium
import numpy as np
import pytest

from soleus.nets import AdditiveNoise, ConstantPolicy, DeterministicPolicy, OrnsteinUhlenbeck, UniformPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.sampler.base import Explore, Play
from soleus.sampler.worker import Worker
from worlds import N_STEP, pendulums


def test_exploring_goes_on_where_it_stopped():
    worker = Worker(pendulums(), seed=3)
    first = worker.serve(Explore(UniformPolicy(1), 7))
    second = worker.serve(Explore(UniformPolicy(1), 5))
    assert (len(first), len(second)) == (7, 5)
    assert second.observation[0].tolist() == first.next_observation[-1].tolist()


def test_an_episode_s_end_keeps_its_last_observation_and_starts_afresh():
    batch = Worker(pendulums(), seed=3).serve(Explore(UniformPolicy(1), N_STEP + 3))
    assert np.flatnonzero(batch.truncated).tolist() == [N_STEP - 1]
    assert not batch.terminated.any()
    assert batch.next_observation[N_STEP - 1].tolist() != batch.observation[N_STEP].tolist()
    (episode,) = batch.episodes
    assert episode.n_env_steps == N_STEP
    assert episode.end == "time"
    assert episode.score == pytest.approx(float(batch.reward[:N_STEP].sum()), rel=1e-5)
    assert batch.n_env_steps == N_STEP + 3


def test_transitions_follow_each_other_world_by_world():
    batch = Worker(pendulums(n_world=2), seed=3).serve(Explore(UniformPolicy(1), 10))
    for world in (slice(0, 5), slice(5, 10)):
        assert batch.observation[world][1:].tolist() == batch.next_observation[world][:-1].tolist()
    assert batch.observation[0].tolist() != batch.observation[5].tolist()


def test_terms_of_the_reward_come_by_name_world_after_world(monkeypatch):
    worker = Worker(pendulums(n_world=2), seed=3)
    plain = worker.serve(Explore(UniformPolicy(1), 4))
    assert (plain.reward_terms, plain.term_names) == (None, ())
    step = worker._explored.env.step

    def telling(action):
        observation, reward, *ends, info = step(action)
        return observation, reward, *ends, {**info, "reward_terms": {"half": reward / 2, "minus": -reward}}

    monkeypatch.setattr(worker._explored.env, "step", telling)
    batch = worker.serve(Explore(UniformPolicy(1), 4))
    assert batch.term_names == ("half", "minus")
    np.testing.assert_allclose(batch.reward_terms, np.stack([batch.reward / 2, -batch.reward], axis=1))
    assert batch[np.array([1])].reward_terms.shape == (1, 2)


def test_playing_from_a_seed_is_repeatable_and_whole():
    worker = Worker(pendulums(), seed=3)
    play = Play(ConstantPolicy((0.5,)), (11,))
    first, again = worker.serve(play), worker.serve(play)
    assert len(first) == N_STEP
    assert first.reward.tolist() == again.reward.tolist()
    noisy = worker.serve(Play(UniformPolicy(1), (11,), noise=True))
    assert noisy.observation[0].tolist() == first.observation[0].tolist()
    assert len(np.unique(noisy.action)) > 10


def _wanderer():
    """Stands still but for noise that remembers."""
    network = Mlp((3, 1))
    parameters = {name: np.zeros(shape, np.float32) for name, shape in network.shapes().items()}
    scaling = Scaling(np.zeros(3), np.ones(3), np.float32(10))
    return DeterministicPolicy(network, parameters, scaling, AdditiveNoise(OrnsteinUhlenbeck(0.2, 0.04), 0.5))


def _drawn(n_input, n_action=1):
    """A network with all of what training gives it, but sense."""
    network = Mlp((n_input, 64, 64, n_action), layer_norm=True)
    parameters = network.initial(np.random.default_rng(2))
    return DeterministicPolicy(network, parameters, Scaling(np.zeros(n_input), np.ones(n_input), np.float32(10)))


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("policy", [ConstantPolicy((0.5,)), UniformPolicy(1), _wanderer(), _drawn(3)])
def test_episodes_played_together_are_the_episodes_alone(policy, noise):
    """Five seeds in three worlds: two rounds, and one world left over."""
    seeds = (3, 1, 4, 15, 9)
    together = Worker(pendulums(n_world=3), seed=0).serve(Play(policy, seeds, noise))
    assert {episode.seed for episode in together.episodes} == set(seeds)
    assert len(together) == len(seeds) * N_STEP
    assert together.n_env_steps == len(seeds) * N_STEP
    worker = Worker(pendulums(), seed=0)
    for episode in together.episodes:
        (alone,) = worker.serve(Play(policy, (episode.seed,), noise)).episodes
        assert episode.score == pytest.approx(alone.score, rel=1e-6)


def test_a_network_plays_the_same_to_the_bit_whatever_is_played_beside_it():
    """A product of many rows rounds each by its place: here all of 30 rows are one."""
    batch = Worker(pendulums(n_world=30), seed=0).serve(Play(_drawn(3), (7,) * 30))
    action = batch.action.reshape(30, N_STEP)
    assert (action == action[0]).all()
    assert len(np.unique(action[0])) > 10


def test_exploring_tells_the_policy_of_episodes_and_of_who_went_before():
    heard = []

    class Listener(UniformPolicy):
        def begin(self, worlds):
            heard.append(("begin", worlds.tolist()))

        def follow(self, before):
            heard.append(("follow", before))

    first, second = Listener(1), Listener(1)
    worker = Worker(pendulums(n_world=2), seed=3)
    worker.serve(Explore(first, 2 * N_STEP))
    assert heard == [("begin", [0, 1]), ("begin", [0, 1])]
    worker.serve(Explore(first, 2))
    worker.serve(Explore(second, 2))
    assert heard[2:] == [("follow", first)]


def test_worlds_are_numbered_apart_from_those_of_other_workers():
    first, second = (
        Worker(pendulums(n_world=2), seed=0, number=number).serve(Explore(UniformPolicy(1), 6)) for number in (0, 1)
    )
    assert first.world.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(set(first.world) | set(second.world)) == 4


class Paying(gymnasium.vector.VectorWrapper):
    """Tells what it pays for in each step: 1 for being, and the number of the world."""

    def step(self, actions):
        *told, info = self.env.step(actions)
        return *told, {**info, "paid_terms": {"being": np.ones(self.num_envs), "place": np.arange(self.num_envs)}}


def test_what_training_pays_for_is_added_up_in_each_episode():
    build = pendulums(n_world=2)
    worker = Worker(replace(build, explore=lambda: Paying(build.explore())), seed=3)
    for _ in range(2):
        episodes = worker.serve(Explore(UniformPolicy(1), 2 * N_STEP)).episodes
        assert [episode.paid_terms for episode in episodes] == [
            {"being": N_STEP, "place": place * N_STEP} for place in range(2)
        ]
    (played,) = worker.serve(Play(ConstantPolicy((0.5,)), (11,))).episodes
    assert played.paid_terms == {}
