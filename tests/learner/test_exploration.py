"""Exploration of the learners: schedules, choices, what policies take along, and how sigma follows the updates."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import ColourConfig, DdpgConfig, ExplorationConfig, SacConfig, Td3Config
from soleus.learner.sigma import FACTOR, FIRST
from soleus.nets import (
    ActorPolicy,
    AdditiveNoise,
    DeterministicPolicy,
    Gaussian,
    LatticeHead,
    MixedNoise,
    NoNoise,
    OrnsteinUhlenbeck,
    ParameterNoise,
    Pink,
    Repeated,
)

SMALL = {"actor_hidden": (8,), "critic_hidden": (8,), "batch_size": 4, "random_transitions": 10, "n_scan": 5}


def _learner(config, draw_batch, n=20):
    learner = config.build(5, 2, seed=0, decision_s=0.03)
    learner.receive(draw_batch(0, n))
    return learner


def _noise(draw_batch, **settings):
    return _learner(DdpgConfig(**SMALL, exploration=ExplorationConfig(**settings)), draw_batch).policy().noise


def test_the_deviation_falls_in_a_straight_line_and_then_stays():
    config = ExplorationConfig(std=0.4, std_end=0.1, transitions=300)
    assert [config.std_after(n) for n in (0, 100, 300, 1000)] == pytest.approx([0.4, 0.3, 0.1, 0.1])


def test_a_saw_tooth_begins_anew():
    """Down in 300 transitions, 100 more at the end, and again."""
    lower = ExplorationConfig(std=1.0, std_end=0.0, transitions=100, period=100, half_life=200)
    assert [lower.std_after(n) for n in (0, 200, 250, 400)] == pytest.approx([1.0, 0.5, 0.5 * 2**-1.25, 0.25])
    config = ExplorationConfig(std=0.4, std_end=0.1, transitions=300, period=400)
    stds = [config.std_after(n) for n in (0, 150, 300, 399, 400, 550, 800)]
    assert stds == pytest.approx([0.4, 0.25, 0.1, 0.1, 0.4, 0.25, 0.4])


def test_policies_take_along_the_kind_of_the_settings(draw_batch):
    assert _noise(draw_batch, std=0.4, std_end=0.2, transitions=40) == AdditiveNoise(Gaussian(), pytest.approx(0.3))
    wandering = _noise(draw_batch, noise=("ornstein_uhlenbeck",), correlation_s=0.5)
    assert wandering == AdditiveNoise(OrnsteinUhlenbeck(0.5, 0.03), 0.1)
    assert _noise(draw_batch, noise=("pink",)) == AdditiveNoise(Pink(), 0.1)
    assert _noise(draw_batch, noise=("repeated",)) == AdditiveNoise(Repeated(), 0.1)
    assert _noise(draw_batch, noise=("none",)) == NoNoise()
    assert _noise(draw_batch, noise=("parameter",), n_direction=3) == ParameterNoise(FIRST, 3)


def test_policies_take_along_a_choice(draw_batch):
    choice = {"noise": ("ornstein_uhlenbeck", "parameter", "none"), "probabilities": (0.5, 0.3, 0.2)}
    wandering = AdditiveNoise(OrnsteinUhlenbeck(0.2, 0.03), 0.1)
    expected = MixedNoise((wandering, ParameterNoise(FIRST), NoNoise()), (0.5, 0.3, 0.2))
    assert _noise(draw_batch, **choice) == expected


PARAMETER = ExplorationConfig(noise=("parameter",), std=0.2, std_end=0.2, sigma_updates=3)


@pytest.mark.parametrize("kind", [DdpgConfig, Td3Config])
def test_sigma_takes_a_step_every_so_many_updates(kind, draw_batch):
    """Looks after updates 3, 6, 9, 12, 15: one in the first call of five updates, two in each of the next two."""
    learner = _learner(kind(**SMALL, exploration=PARAMETER, updates_per_transition=0.5), draw_batch)
    logs = [np.log(FIRST)]
    for i in range(3):
        metrics = learner.update()
        logs.append(np.log(metrics["exploration_sigma"]))
        assert learner.policy().noise == ParameterNoise(metrics["exploration_sigma"])
        learner.receive(draw_batch(i, 10))
    n_step = np.abs(np.diff(logs) / np.log(FACTOR))
    np.testing.assert_allclose(n_step, n_step.round(), atol=1e-6)
    assert (n_step.round() % 2).tolist() == [1, 0, 0]
    assert n_step.round().max() <= 2


def test_policies_deviate_as_much_as_is_wanted(draw_batch):
    """On average: bisection hits it along each direction that it looks along, and others act along others."""
    exploration = replace(PARAMETER, sigma_rule="bisection", sigma_updates=1)
    settings = SMALL | {"actor_hidden": (64, 64), "batch_size": 64, "n_scan": 1}
    learner = _learner(DdpgConfig(**settings, actor_layer_norm=True, exploration=exploration), draw_batch, 100)
    sigma = learner.update()["exploration_sigma"]  # mean of 90 looks
    policy, observation = replace(learner.policy(), noise=ParameterNoise(sigma)), draw_batch(9, 256).observation
    sure, deviations = policy.act(observation, None), []
    for seed in range(20):
        policy.begin(np.arange(256))
        change = policy.act(observation, np.random.default_rng(seed)) - sure
        deviations.append(np.sqrt((change**2).mean()))
    assert np.mean(deviations) == pytest.approx(0.2, rel=0.15)


def test_sigma_is_part_of_the_state(draw_batch):
    config = DdpgConfig(**SMALL, exploration=PARAMETER)
    learner, other = _learner(config, draw_batch), config.build(5, 2, seed=1)
    learner.update()
    other.load(learner.state())
    assert other.policy().noise == learner.policy().noise
    assert learner.policy().noise != ParameterNoise(FIRST)
    plain = DdpgConfig(**SMALL).build(5, 2, seed=0)
    assert not any(name.startswith("exploration") for name in plain.state())
    with pytest.raises(ValueError, match="exploration.sigma has shape"):
        plain.load(learner.state())


def test_adaptation_leaves_the_learning_of_others_alone(draw_batch):
    """Without parameter noise the generator is asked for nothing more than before."""
    plain, none = (
        _learner(DdpgConfig(**SMALL, exploration=exploration), draw_batch)
        for exploration in (ExplorationConfig(), ExplorationConfig(noise=("pink", "none"), probabilities=(0.5, 0.5)))
    )
    assert plain.update() == none.update()


@pytest.mark.parametrize(
    ("noise", "colour"),
    [
        ("gaussian", Gaussian()),
        ("pink", Pink()),
        ("repeated", Repeated()),
        ("ornstein_uhlenbeck", OrnsteinUhlenbeck(0.5, 0.03)),
    ],
)
def test_sac_s_policies_take_along_their_colour(noise, colour, draw_batch):
    config = SacConfig(**SMALL, exploration=ColourConfig(noise, correlation_s=0.5))
    policy = _learner(config, draw_batch).policy()
    assert isinstance(policy, ActorPolicy)
    assert policy.colour == colour


def test_sac_learns_with_lattice(draw_batch):
    config = SacConfig(**SMALL, distribution="lattice", updates_per_transition=2.0, initial_action=-0.5)
    learner = _learner(config, draw_batch)
    policy = learner.policy()
    assert policy.head == LatticeHead(2, (-5.0, 2.0))
    assert policy.network.sizes == (5, 8, 2 * 2 + 8)
    observation = draw_batch(1, 3).observation
    np.testing.assert_allclose(policy.act(observation, None), -0.5, atol=0.1)
    assert all(np.isfinite(value) for value in learner.update().values())
    after = learner.policy()
    for name, before in policy.parameters.items():
        assert np.abs(after.parameters[name] - before).max() > 0, name


def test_sac_with_lattice_and_no_hidden_layer_perturbs_its_observations(draw_batch):
    config = SacConfig(**SMALL | {"actor_hidden": ()}, distribution="lattice")
    assert _learner(config, draw_batch).policy().network.sizes == (5, 2 * 2 + 5)


def test_deterministic_policies_are_bare_in_the_update(draw_batch):
    learner = _learner(DdpgConfig(**SMALL), draw_batch)
    bare = learner._learnt_policy()
    assert isinstance(bare, DeterministicPolicy)
    assert bare.noise == NoNoise()


KNOWN = "none, gaussian, ornstein_uhlenbeck, pink, repeated, parameter"


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (ExplorationConfig, {"std": -1.0}, "std is -1.0; it must not be negative"),
        (ExplorationConfig, {"correlation_s": 0.0}, "correlation_s is 0.0; it must be positive"),
        (ExplorationConfig, {"period": 0}, "period is 0; it must be at least 1"),
        (ExplorationConfig, {"n_direction": 0}, "n_direction is 0; it must be at least 1"),
        (ExplorationConfig, {"sigma_updates": 0}, "sigma_updates is 0; it must be at least 1"),
        (ExplorationConfig, {"sigma_rule": "newton"}, "choose one of adaptive, bisection"),
        (ExplorationConfig, {"noise": ("blue",)}, f"unknown noise 'blue'; known are {KNOWN}"),
        (ExplorationConfig, {"noise": ()}, "name at least one kind"),
        (ExplorationConfig, {"noise": ("pink", "pink"), "probabilities": (0.5, 0.5)}, "and each once"),
        (ExplorationConfig, {"noise": ("pink", "none")}, "give one number for each kind"),
        (ExplorationConfig, {"noise": ("pink", "none"), "probabilities": (0.5, 0.6)}, "they add up to 1"),
        (ExplorationConfig, {"noise": ("pink", "none"), "probabilities": (1.5, -0.5)}, "none is negative"),
        (ColourConfig, {"noise": "parameter"}, "take learner td3 or ddpg for it, or choose one of gaussian"),
        (ColourConfig, {"noise": "none"}, "actions that it never takes: choose one of gaussian"),
        (ColourConfig, {"noise": "blue"}, "noise is 'blue'; choose one of gaussian, ornstein_uhlenbeck, pink, repeat"),
        (ColourConfig, {"correlation_s": -1.0}, "must be positive"),
        (SacConfig, {"distribution": "normal"}, "distribution is 'normal'; choose one of gaussian, lattice, flow"),
    ],
)
def test_settings_refuse_what_cannot_explore(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        kind(**wrong)
