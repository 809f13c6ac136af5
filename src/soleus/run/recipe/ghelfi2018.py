"""Ghelfi, Arcari and Gagliardi 2018, "Learning to run": DDPG, noise in parameters and flipped legs; 33.4 m.

Their Table 1, and the code where that has a slip of the pen. An action is held for 5 control steps.
"""

from __future__ import annotations

from dataclasses import replace

from soleus.run.config import RunConfig, SamplerConfig
from soleus.run.control import ControlConfig
from soleus.run.recipe.author import all_of, engine_for, with_control, with_learner_settings, with_settings
from soleus.run.recipe.base import Recipe, Variant
from soleus.run.recipe.reason8_2017 import LEARNER as REASON8
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig
from soleus.task.run2017 import Run2017Config

BOTH_NOISES = replace(REASON8.exploration, transitions=10_000_000, sigma_rule="adaptive", n_direction=64)
"""Theirs wanders for 50 s, so that it is still growing when an episode ends: about 0.4 of half an action's range."""
ACTION_NOISE = replace(BOTH_NOISES, noise=("ornstein_uhlenbeck",), probabilities=(1.0,))
LEARNER = replace(
    REASON8,
    learning_rate_updates=1_000_000,
    gradient_limit=None,
    exploration=BOTH_NOISES,
)
"""Networks, rates, horizon and batches are those of Reason8, whose entry they began from."""
RANDOM = {True: 6000, False: 1000}
"""Transitions before the policy acts, of many worlds and of few: 1000 would be 0.2 s in each of 256 worlds"""
UPDATES = {True: 1 / 4, False: 3.0}
"""For each transition, of many worlds and of few: theirs were 300 for whatever one of twenty samplers had brought."""


def build(task: str, engine: str | None) -> RunConfig:
    """The flat track of their environment, with half of each batch flipped."""
    config = RunConfig(
        Run2017Config(difficulty=0),
        engine_for("ghelfi2018", task, "run2017", engine),
        LEARNER,
        control=ControlConfig(hold=5, observe=("reduced33",)),
        training=TrainingConfig(reward=RewardConfig(alive=0.1, fall=0.2), reward_scale=10.0),
        symmetry="data",
        sampler=SamplerConfig(chunk=4),
        evaluate_s=60.0,
        evaluate_episodes=1,  # nothing differs between two episodes on a flat track
        steps=100_000_000,
    )
    many = config.many_worlds
    return with_learner_settings(updates_per_transition=UPDATES[many], random_transitions=RANDOM[many])(config)


WITHOUT_FLIP = with_settings(symmetry="none")
WITHOUT_PARAMETER_NOISE = with_learner_settings(exploration=ACTION_NOISE)
VANILLA = all_of(
    WITHOUT_FLIP,
    WITHOUT_PARAMETER_NOISE,
    with_learner_settings(actor_layer_norm=False, critic_layer_norm=False, discount=0.98),
    with_control(hold=1, observe=("body34",)),
    with_settings(training=TrainingConfig()),
)
"""Without all that they added. Its settings are not on record: the horizon stays at half a second."""

GHELFI2018 = Recipe(
    build,
    "DDPG, noise in parameters, flipped legs, 33 numbers (Ghelfi, Arcari, Gagliardi 2018: 33.4 m)",
    variants={
        "flip": Variant(WITHOUT_PARAMETER_NOISE, "flipped legs without noise in parameters (25.9 m)"),
        "noise": Variant(WITHOUT_FLIP, "noise in parameters without flipped legs (8.6 m)"),
        "neither": Variant(all_of(WITHOUT_FLIP, WITHOUT_PARAMETER_NOISE), "noise on actions, no flipped legs (2.5 m)"),
        "vanilla": Variant(VANILLA, "DDPG alone, on the task's own numbers, reward and decisions (unsatisfactory)"),
        "full": Variant(
            all_of(
                with_control(observe=("full67",)),
                with_learner_settings(actor_hidden=(150, 64), critic_hidden=(150, 50)),
            ),
            "67 numbers, accelerations among them, and wider networks (15.4 m)",
        ),
    },
)
