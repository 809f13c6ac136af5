"""Every noise, and every colour of noise, gets the same checks by being registered."""

import json
import pickle

import numpy as np
import pytest

from soleus.nets.mlp import Mlp
from soleus.nets.noise import (
    COLOURS,
    NOISES,
    AdditiveNoise,
    Gaussian,
    MixedNoise,
    NoNoise,
    OrnsteinUhlenbeck,
    ParameterNoise,
    Pink,
    Repeated,
    colour_from,
    noise_from,
)
from soleus.nets.normalise import Scaling
from soleus.nets.scaled_mlp import ScaledMlp

N_OBSERVATION, N_ACTION = 5, 3
COLOUR_EXAMPLES = {
    "gaussian": Gaussian,
    "ornstein_uhlenbeck": lambda: OrnsteinUhlenbeck(0.2, 0.04),
    "pink": Pink,
    "repeated": Repeated,
}
EXAMPLES = {
    "none": NoNoise,
    **{kind: lambda build=build: AdditiveNoise(build(), 0.3) for kind, build in COLOUR_EXAMPLES.items()},
    "parameter": lambda: ParameterNoise(0.2, 4),
    "mixed": lambda: MixedNoise((AdditiveNoise(OrnsteinUhlenbeck(0.2, 0.04), 0.3), ParameterNoise(0.2, 4)), (0.7, 0.3)),
}
NETWORK = Mlp((N_OBSERVATION, 8, N_ACTION), "tanh", layer_norm=True)


def _actor(seed=0):
    scaling = Scaling(np.zeros(N_OBSERVATION, np.float32), np.ones(N_OBSERVATION, np.float32), np.float32(10))
    return ScaledMlp(NETWORK, NETWORK.initial(np.random.default_rng(seed)), scaling)


def _explore(noise, generator, n, n_world=7, actor=None):
    """Actions of n decisions, shape (n, n_world, n_action), all in the same state."""
    observation = np.random.default_rng(1).normal(size=(n_world, N_OBSERVATION))
    actor = actor or _actor()
    return np.array([noise.explore(actor, observation, generator) for _ in range(n)])


@pytest.mark.parametrize("kind", NOISES)
class TestNoise:
    @pytest.mark.parametrize("n_world", [1, 2, 40])
    def test_actions_of_one_world_and_of_many(self, kind, n_world):
        noise = EXAMPLES[kind]()
        noise.begin(np.arange(n_world))
        action = _explore(noise, np.random.default_rng(0), 5, n_world)
        assert action.shape == (5, n_world, N_ACTION)
        assert action.dtype == np.float32
        assert np.abs(action).max() <= 1

    def test_same_seed_same_result_and_another_seed_another(self, kind):
        one, same, other = (_explore(EXAMPLES[kind](), np.random.default_rng(seed), 20) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one, same)
        assert np.array_equal(one, other) == (kind == "none")

    def test_worlds_that_begin_are_as_those_that_were_never_heard_of(self, kind):
        heard, unheard = EXAMPLES[kind](), EXAMPLES[kind]()
        heard.begin(np.arange(7))
        np.testing.assert_array_equal(*(_explore(noise, np.random.default_rng(0), 5) for noise in (heard, unheard)))

    def test_all_that_begins_has_forgotten_everything(self, kind):
        """Its actions are those of fresh noise that meets the same random numbers."""
        used, fresh = EXAMPLES[kind](), EXAMPLES[kind]()
        _explore(used, np.random.default_rng(0), 20)
        used.begin(np.arange(7))
        np.testing.assert_array_equal(*(_explore(noise, np.random.default_rng(9), 5) for noise in (used, fresh)))

    def test_follows_in_the_middle_of_episodes(self, kind):
        """A successor goes on as its predecessor would have."""
        before, successor = EXAMPLES[kind](), EXAMPLES[kind]()
        _explore(before, np.random.default_rng(0), 20)
        expected = _explore(pickle.loads(pickle.dumps(before)), np.random.default_rng(9), 5)
        successor.follow(before)
        np.testing.assert_array_equal(_explore(successor, np.random.default_rng(9), 5), expected)

    def test_follows_any_other(self, kind):
        for other in EXAMPLES.values():
            before, successor = other(), EXAMPLES[kind]()
            _explore(before, np.random.default_rng(0), 20)
            successor.follow(before)
            assert np.isfinite(_explore(successor, np.random.default_rng(9), 5)).all()

    def test_what_it_gave_stays_as_it_was(self, kind):
        noise, generator = EXAMPLES[kind](), np.random.default_rng(0)
        (first,) = _explore(noise, generator, 1)
        copy = first.copy()
        noise.begin(np.arange(7))
        _explore(noise, generator, 3)
        np.testing.assert_array_equal(first, copy)

    def test_description_is_enough(self, kind):
        noise = EXAMPLES[kind]()
        _explore(noise, np.random.default_rng(0), 3)
        description = json.loads(json.dumps(noise.description()))
        assert description["kind"] == kind
        assert noise_from(description) == noise
        assert noise_from(description).description() == noise.description()


@pytest.mark.parametrize("kind", COLOURS)
class TestColour:
    def test_every_number_has_mean_0_and_deviation_1_at_all_times(self, kind):
        colour, generator = COLOUR_EXAMPLES[kind](), np.random.default_rng(0)
        for decision in range(30):
            drawn = colour.draw((2000, 2), generator)
            assert drawn.dtype == np.float32
            assert drawn.mean() == pytest.approx(0, abs=0.07), decision
            assert drawn.std() == pytest.approx(1, rel=0.05), decision
            if decision == 20:
                colour.begin(np.arange(0, 2000, 2))

    def test_worlds_and_actions_are_independent(self, kind):
        colour, generator = COLOUR_EXAMPLES[kind](), np.random.default_rng(0)
        drawn = np.array([colour.draw((2, 2), generator) for _ in range(4000)])
        for decision in drawn[::400]:
            assert len(np.unique(decision)) == 4
        many = np.array([COLOUR_EXAMPLES[kind]().draw((2, 2), generator).ravel() for _ in range(4000)])
        np.testing.assert_allclose(np.corrcoef(many.T), np.eye(4), atol=0.06)

    def test_description_is_enough(self, kind):
        colour = COLOUR_EXAMPLES[kind]()
        colour.draw((2, 2), np.random.default_rng(0))
        description = json.loads(json.dumps(colour.description()))
        assert description["kind"] == kind
        assert colour_from(description) == colour
