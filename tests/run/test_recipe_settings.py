"""What the authors wrote down, beside what their recipes set: a slip there would pass for theirs."""

import dataclasses

import pytest

from soleus.run.recipe import RECIPES
from soleus.task.transform.pose import POSE

GOALS = ("pelvis forward speed", "pelvis leftward speed", "pelvis yaw speed")

REASON8 = {
    "control.hold": 5,
    "control.observe": ("reason8_39",),
    "symmetry": "data",
    "task.round": 1,
    "task.difficulty": 2,
    "learner.actor_hidden": (64, 64),
    "learner.critic_hidden": (64, 32),
    "learner.actor_activation": "elu",
    "learner.critic_activation": "tanh",
    "learner.actor_layer_norm": True,
    "learner.critic_layer_norm": True,
    "learner.actor_learning_rate": 1e-3,
    "learner.critic_learning_rate": 2e-3,
    "learner.gradient_limit": 10.0,
    "learner.batch_size": 400,
    "learner.discount": 0.9,
    "learner.tau": 1e-4,
    "learner.normaliser": "none",
    "learner.exploration.noise": ("ornstein_uhlenbeck", "parameter"),
    "learner.exploration.probabilities": (0.7, 0.3),
    "learner.exploration.sigma_rule": "bisection",
    "learner.exploration.std": 0.4,
    "learner.exploration.std_end": 0.1,
    "learner.random_transitions": 10_000,
    "training.reward_scale": 10.0,
    "training.reward.paid": {"task": 1.0},
}
"""dpg3/config.py and agent.py"""
GHELFI = REASON8 | {
    "control.observe": ("reduced33",),
    "task.round": 2,
    "task.difficulty": 0,
    "learner.gradient_limit": None,
    "learner.learning_rate_left": 5e-5 / 1e-3,
    "learner.learning_rate_updates": 1_000_000,
    "learner.random_transitions": 6000,
    "learner.exploration.transitions": 10_000_000,
    "learner.exploration.sigma_rule": "adaptive",
    "training.reward.paid": {"task": 1.0, "alive": 0.1, "fall": 0.2},
}
"""Table 1 of the article"""
STELMASZCZYK = {
    "control.hold": 1,
    "control.observe": ("stelmaszczyk82",),
    "symmetry": "none",
    "task.round": 2,
    "task.difficulty": 2,
    "learner.actor_hidden": (64, 64),
    "learner.critic_hidden": (64, 64),
    "learner.actor_learning_rate": 3e-4,
    "learner.critic_learning_rate": 3e-4,
    "learner.n_epoch": 10,
    "learner.discount": 0.99,
    "learner.trace_decay": 0.95,
    "learner.clip": 0.2,
    "learner.actor_activation": "tanh",
    "learner.critic_activation": "tanh",
    "learner.entropy_weight": 0.0,
    "learner.pace_range": (1.0, 1.0),
    "learner.initial_log_std": 0.0,
    "learner.gradient_limit": None,
    "learner.normaliser": "none",
    "training.reward.paid": {
        "velocity": 1.0, "alive": 1.0, "head_behind_pelvis": 10.0, "straight_knee": 2.0, "ligament": 1e-5,
    },
}  # fmt: skip
"""run_osim.py and pposgd_simple.py"""
STELMASZCZYK_ES = {
    "control.hold": 1,
    "control.observe": (),
    "learner.hidden": (256, 256),
    "learner.sigma": 0.02,
    "learner.learning_rate": 0.01,
    "learner.weight_decay": 0.25,
    "learner.observation_limit": 5.0,
}
"""osim.json and policies.py; 0.005 beside a gradient that is not divided by sigma"""
QIN = {
    "control.hold": 3,
    "control.observe": ("qin79",),
    "symmetry": "none",
    "task.round": 2,
    "learner.actor_hidden": (128, 128, 64, 64),
    "learner.critic_hidden": (128, 128, 64, 64),
    "learner.actor_activation": "selu",
    "learner.actor_learning_rate": 3e-5,
    "learner.critic_learning_rate": 3e-5,
    "learner.batch_size": 64,
    "learner.discount": 0.98,
    "learner.tau": 1e-3,
    "learner.replay_capacity": 1_000_000,
    "learner.critic_activation": "selu",
    "learner.actor_layer_norm": True,
    "learner.critic_layer_norm": True,
    "learner.normaliser": "none",
    "learner.exploration.noise": ("gaussian", "none"),
    "learner.exploration.probabilities": (0.95, 0.05),
    "learner.exploration.std": 1.0,
    "learner.exploration.std_end": 0.0,
    "learner.exploration.period": 100 * 256,
    "training.reward.paid": {"task": 1.0, "lean_back": 3.0, "straight_knee": 2.0},
}
"""His program of November 2017"""
BLIZNASHKI = {
    "control.hold": 4,
    "control.observe": ("pooled_field",),
    "symmetry": "none",
    "task.difficulty": 3,
    "learner.actor_hidden": (128, 128),
    "learner.critic_hidden": (256, 256),
    "learner.discount": 0.96,
    "learner.tau": 0.01,
    "learner.batch_size": 256,
    "learner.target_entropy_per_action": -1.0,
    "learner.log_std_range": (-20.0, 2.0),
    "learner.normaliser": "none",
    "learner.replay_capacity": 1_000_000,
    "learner.actor_learning_rate": 1e-2,
    "learner.critic_learning_rate": 1e-3,
    "learner.temperature_learning_rate": 1e-3,
    "learner.initial_temperature": 1.0,
    "learner.initial_log_std": 0.0,
    "learner.critic_layer_norm": False,
    "learner.distribution": "flow",
    "learner.flow.units": 3,
    "learner.flow.layers": 3,
    "learner.flow.density": "exact",
    "disagreement.weight": 20.0,
    "disagreement.variance": "mean",
    "training.starts.random": 1.0,
    "predictor.members": 5,
    "predictor.hidden": (64, 64),
    "predictor.learning_rate": 1e-3,
    "acting.choose": "best",
    "acting.samples": 10,
    "training.reward.paid": {
        "task": 1.0, "target_distance": 100.0, "target_goal": 100.0, "pitch": 100.0, "roll": 100.0,
        "go_or_stop": 100.0, "sideways_speed": 100.0, "height": 100.0, "yaw": 100.0,
    },
}  # fmt: skip
"""The article's sizes and rewards, the program's rates"""
SAC = {
    "learner.distribution": "gaussian",
    "learner.actor_learning_rate": 1e-3,
    "predictor.fields": (),
    "disagreement.weight": 0.0,
    "acting.choose": "policy",
}
VELOCITY = {"velocity": 1.0, "ligament": 1e-5}
VARIANTS = {
    ("ghelfi2018", "flip"): {"symmetry": "data", "learner.exploration.noise": ("ornstein_uhlenbeck",)},
    ("ghelfi2018", "noise"): {"symmetry": "none", "learner.exploration.noise": ("ornstein_uhlenbeck", "parameter")},
    ("ghelfi2018", "neither"): {"symmetry": "none", "learner.exploration.noise": ("ornstein_uhlenbeck",)},
    ("ghelfi2018", "vanilla"): {
        "control.hold": 1,
        "control.observe": ("body34",),
        "learner.actor_layer_norm": False,
        "learner.critic_layer_norm": False,
        "training.reward.paid": {"task": 1.0},
        "training.reward_scale": 1.0,
    },
    ("ghelfi2018", "full"): {
        "control.observe": ("full67",),
        "learner.actor_hidden": (150, 64),
        "learner.critic_hidden": (150, 50),
    },
    ("reason8-2017", "ten-balls"): {"task.round": 2},
    ("stelmaszczyk2017-ppo", "kangaroo"): {"control.legs": "tied"},
    ("stelmaszczyk2017-ppo", "velocity"): {"training.reward.paid": VELOCITY},
    ("stelmaszczyk2017-ppo", "alive"): {"training.reward.paid": VELOCITY | {"alive": 1.0}},
    ("stelmaszczyk2017-ppo", "filter"): {
        "control.observe": ("centre_pelvis",),
        "learner.normaliser": "running",
        "learner.observation_limit": 5.0,
    },
    ("stelmaszczyk2017-ppo", "ddpg"): {
        "control.observe": (),
        "learner.actor_hidden": (32, 32, 32),
        "learner.critic_hidden": (64, 64, 64),
        "learner.actor_learning_rate": 1e-3,
        "learner.critic_learning_rate": 1e-3,
        "learner.gradient_limit": 1.0,
        "learner.discount": 0.99,
        "learner.tau": 1e-3,
        "learner.batch_size": 32,
        "learner.replay_capacity": 100_000,
        "training.reward.paid": {"task": 1.0},
    },
    ("qin2017", "tutorial"): {
        "control.hold": 2,
        "control.observe": ("near_obstacle", "finite_velocity", "centre_pelvis"),
        "learner.actor_activation": "leaky_relu",
        "learner.critic_activation": "leaky_relu",
        "learner.discount": 0.99,
        "task.round": 1,
        "training.reward.paid": {"task": 1.0},
    },
    ("qin2017", "two-frames"): {"control.observe": ("near_obstacle", "two_frames", "centre_pelvis")},
    ("bliznashki2019", "sac"): SAC,
    ("bliznashki2019", "ddpg"): {
        "learner.actor_hidden": (256, 256),
        "learner.actor_activation": "tanh",
        "learner.critic_activation": "selu",
        "learner.batch_size": 128,
        "learner.tau": 0.005,
    },
    ("bliznashki2019", "td3"): {
        "learner.critic_hidden": (128, 128),
        "learner.actor_learning_rate": 1e-4,
        "learner.critic_learning_rate": 1e-4,
        "learner.target_noise": 0.1,
        "learner.exploration.std": 0.05,
        "learner.tau": 0.005,
    },
    ("bliznashki2019", "fixed-temperature"): {"learner.initial_temperature": 0.2, "learner.temperature": "fixed"},
    ("bliznashki2019", "planar"): SAC
    | {
        "task.difficulty": 1,
        "task.planar": True,
        "training.reward.paid": {
            "task": 1.0,
            "target_distance": 100.0,
            "target_goal": 100.0,
            "pitch": 100.0,
            "go_or_stop": 100.0,
            "height": 100.0,
        },
    },
    ("bliznashki2019", "ddpg-planar"): {"task.planar": True, "learner.updates_per_transition": 20 / 16},
    ("bliznashki2019", "flow"): SAC | {"learner.distribution": "flow", "learner.actor_learning_rate": 1e-2},
    ("bliznashki2019", "disagreement"): SAC | {"disagreement.weight": 20.0, "predictor.fields": POSE},
    ("bliznashki2019", "lookahead"): SAC
    | {"disagreement.weight": 20.0, "acting.choose": "lookahead", "acting.samples": 32, "acting.steps": 5},
    ("bliznashki2019", "priors"): SAC
    | {
        "learner.ensemble.n_member": 5,
        "learner.ensemble.prior_scale": 1.0,
        "learner.ensemble.decisions": (20, 250),
    },
    ("bliznashki2019", "exemplar"): {"training.reward.pose_prior_mean": 25.0},
    ("bliznashki2019", "nearest"): {"training.reward.pose_prior_nearest": 25.0},
    ("bliznashki2019", "loss"): SAC | {"symmetry": "loss"},
    ("bliznashki2019", "memory"): SAC | {"symmetry": "data"},
    ("bliznashki2019", "n-step"): SAC | {"learner.n_step": 5},
    ("bliznashki2019", "zero-pose"): SAC | {"training.starts.random": 0.0},
    ("bliznashki2019", "long-steps"): SAC | {"control.hold": 8},
    ("bliznashki2019", "feudal"): {"learner.every": 10, "learner.goals": GOALS, "learner.goal_weight": 10.0},
    ("bliznashki2019", "code"): {
        "control.observe": ("target_code",),
        "learner.actor_hidden": (256, 256),
        "learner.flow.units": 88 // 22,
        "acting.choose": "best",
    },
    ("bliznashki2019", "curriculum"): {"training.reward.yaw": 0.0, "training.reward.target_distance": 0.0},
    ("bliznashki2019", "curriculum-rules"): {"task.difficulty": 1},
}
CASES = [
    ("reason8-2017", None, REASON8),
    ("ghelfi2018", None, GHELFI),
    ("stelmaszczyk2017-ppo", None, STELMASZCZYK),
    ("stelmaszczyk2017-es", None, STELMASZCZYK_ES),
    ("qin2017", None, QIN),
    ("bliznashki2019", None, BLIZNASHKI),
    *((recipe, variant, written) for (recipe, variant), written in VARIANTS.items()),
]


@pytest.mark.parametrize(("recipe", "variant", "written"), CASES)
def test_a_recipe_sets_what_its_authors_wrote_down(recipe, variant, written):
    config = RECIPES[recipe].config(variant=variant)
    assert {path: _at(config, path) for path in written} == written


def _at(config, path):
    for name in path.split("."):
        config = getattr(config, name)
    assert not dataclasses.is_dataclass(config)
    return config
