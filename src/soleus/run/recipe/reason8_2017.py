"""Reason8 2017, third in the final: DDPG, flipped legs, noise in parameters by bisection; 38.5 m."""

from __future__ import annotations

from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.exploration import ExplorationConfig
from soleus.run.config import RunConfig, SamplerConfig
from soleus.run.control import ControlConfig
from soleus.run.recipe.author import engine_for, renamed_transforms, with_learner_settings, with_settings
from soleus.run.recipe.base import Recipe, Variant
from soleus.run.training import TrainingConfig
from soleus.task.run2017 import Run2017Config

LEARNER = DdpgConfig(
    actor_hidden=(64, 64),
    critic_hidden=(64, 32),
    actor_activation="elu",
    critic_activation="tanh",
    actor_layer_norm=True,
    critic_layer_norm=True,
    actor_learning_rate=1e-3,
    critic_learning_rate=2e-3,
    learning_rate_left=0.05,
    gradient_limit=10.0,
    batch_size=400,
    discount=0.9,
    tau=1e-4,
    normaliser="none",
    random_transitions=10_000,
    exploration=ExplorationConfig(
        noise=("ornstein_uhlenbeck", "parameter"),
        probabilities=(0.7, 0.3),
        std=0.4,
        std_end=0.1,
        correlation_s=5.0,
        sigma_rule="bisection",
    ),
)
UPDATES = {True: 1 / 4, False: 1.0}
"""For each transition, of many worlds and of few"""
N_FALLING = 10_000_000
"""Transitions in which the learning rates fall"""


def build(task: str, engine: str | None) -> RunConfig:
    """Three balls a track, as in the first round, and every batch with its flipped image."""
    config = RunConfig(
        Run2017Config(round=1),
        engine_for("reason8-2017", task, "run2017", engine),
        LEARNER,
        control=ControlConfig(hold=5, observe=("reason8_39",)),
        training=TrainingConfig(reward_scale=10.0),
        symmetry="data",
        sampler=SamplerConfig(chunk=4),
        evaluate_s=60.0,
        evaluate_episodes=32,
        steps=100_000_000,
    )
    updates = UPDATES[config.many_worlds]
    return with_learner_settings(updates_per_transition=updates, learning_rate_updates=int(N_FALLING * updates))(config)


REASON8_2017 = Recipe(
    build,
    "DDPG, flipped legs, noise in parameters by bisection, 39 numbers (Reason8 2017, third: 38.5 m)",
    variants={
        "ten-balls": Variant(
            with_settings(task=Run2017Config()), "ten balls a track, as in one state of their program"
        ),
    },
    publish=renamed_transforms({"reason8_39": "reason8_39_as_published"}),
)
