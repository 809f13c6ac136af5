"""Qin Yongliang 2017 (ctmakro): DDPG on 79 numbers, sampled on a farm of machines; and the tutorial that he posted."""

from __future__ import annotations

from dataclasses import replace

from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.exploration import ExplorationConfig
from soleus.run.config import RunConfig, SamplerConfig
from soleus.run.control import ControlConfig
from soleus.run.recipe.author import all_of, engine_for, with_control, with_learner_settings, with_settings
from soleus.run.recipe.base import Recipe, Variant
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig
from soleus.task.run2017 import Run2017Config

LEARNER = DdpgConfig(
    actor_hidden=(128, 128, 64, 64),
    critic_hidden=(128, 128, 64, 64),
    actor_activation="selu",
    critic_activation="selu",
    actor_layer_norm=True,
    critic_layer_norm=True,
    actor_learning_rate=3e-5,
    critic_learning_rate=3e-5,
    batch_size=64,
    discount=0.98,
    tau=1e-3,
    normaliser="none",
    exploration=ExplorationConfig(
        noise=("gaussian", "none"),
        probabilities=(0.95, 0.05),
        std=1.0,
        std_end=0.0,
    ),
)
"""His noise is a saw-tooth, and one episode in twenty has none."""
HALF_LIFE = {True: 736_000, False: 46_000}
"""Transitions of 138 episodes of 333 decisions, in which his teeth became half as high, on few worlds; on many sixteen
times as many, as of a tooth"""
TOOTH = {True: 25_600, False: 1_600}
"""Transitions of a saw-tooth of 100 decisions, of 256 worlds and of his sixteen machines"""
RANDOM = {True: 6000, False: 2000}
"""Transitions before the policy acts, of many worlds and of few: 2000 would be 0.24 s in each of 256 worlds"""
UPDATES = {True: 1 / 4, False: 1.0}
"""For each transition, of many worlds and of few: his was one for each decision."""


def build(task: str, engine: str | None) -> RunConfig:
    """The rules of the final, an action held for 3 control steps."""
    config = RunConfig(
        Run2017Config(),
        engine_for("qin2017", task, "run2017", engine),
        LEARNER,
        control=ControlConfig(hold=3, observe=("qin79",)),
        training=TrainingConfig(reward=RewardConfig(lean_back=3.0, straight_knee=2.0)),
        symmetry="none",
        sampler=SamplerConfig(chunk=4),
        evaluate_s=60.0,
        evaluate_episodes=32,
        steps=100_000_000,
    )
    many = config.many_worlds
    noise = replace(LEARNER.exploration, transitions=TOOTH[many], period=TOOTH[many], half_life=HALF_LIFE[many])
    settings = {"updates_per_transition": UPDATES[many], "random_transitions": RANDOM[many]}
    return with_learner_settings(**settings, exploration=noise)(config)


TUTORIAL = all_of(
    with_settings(task=Run2017Config(round=1), training=TrainingConfig()),
    with_control(hold=2, observe=("near_obstacle", "finite_velocity", "centre_pelvis")),
    with_learner_settings(
        actor_hidden=(256, 256),
        critic_hidden=(256, 256),
        actor_activation="leaky_relu",
        critic_activation="leaky_relu",
        discount=0.99,
        normaliser="running",
        actor_learning_rate=1e-4,
        critic_learning_rate=1e-3,
    ),
)
"""A horizon of 2 s, at the 50 decisions a second that it asks for, on the tracks of the round in which he wrote"""
TWO_FRAMES = all_of(TUTORIAL, with_control(observe=("near_obstacle", "two_frames", "centre_pelvis")))
"""The last two observations in place of velocities, the post's other way to tell a state"""

QIN2017 = Recipe(
    build,
    "DDPG, 79 numbers with remembered obstacles, noise in saw-teeth (Qin Yongliang 2017)",
    variants={
        "tutorial": Variant(TUTORIAL, "what his post tells beginners: velocities, 50 Hz, LeakyReLU (16.9 m)"),
        "two-frames": Variant(TWO_FRAMES, "the same with two observations in place of velocities"),
    },
)
