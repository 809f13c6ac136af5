"""Stelmaszczyk and Jarosik 2017, "Our NIPS 2017 Learning to Run approach": PPO on 80 cores, 18.6 m; and their ES.

PPO observes 82 numbers that they scaled by hand, ES the task's own 41; both are paid for speed, staying up, leaning
forward and bent knees.
"""

from __future__ import annotations

from dataclasses import replace

from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.evolution.es_config import EsConfig
from soleus.learner.exploration import ExplorationConfig
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.registry import LearnerConfig
from soleus.run.config import RunConfig
from soleus.run.control import ControlConfig
from soleus.run.recipe.author import (
    all_of,
    engine_for,
    renamed_transforms,
    with_control,
    with_learner_settings,
    with_reward,
    with_settings,
)
from soleus.run.recipe.base import Recipe, Variant
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig
from soleus.task.run2017 import Run2017Config

REWARD = RewardConfig(task=0.0, velocity=1.0, alive=1.0, head_behind_pelvis=10.0, straight_knee=2.0, ligament=1e-5)
"""Theirs for a control step: 0.01 v + 0.01 + 0.1 min(0, head - pelvis) - 0.02 knees - 1e-7 ligaments"""
PPO = PpoConfig(
    actor_hidden=(64, 64),
    critic_hidden=(64, 64),
    critic_learning_rate=3e-4,
    pace_range=(1.0, 1.0),
    learning_rate_left=0.05,
    learning_rate_updates=100_000,
    gradient_limit=None,
    n_epoch=10,
    discount=0.99,
    trace_decay=0.95,
    clip=0.2,
    initial_action=-0.55,
    initial_log_std=0.0,
    normaliser="none",
)
"""Their first excitations are normal with mean 0 and deviation 1, cut to [0, 1]: 0.32 in the mean, as ours."""
ROLLOUT = {True: {"n_decision": 128, "n_minibatch": 16}, False: {"n_transition": 2048, "n_minibatch": 32}}
"""On many worlds and on few: of theirs each of 80 took 2048 steps, and minibatches of 64, averaged"""
POPULATION = {True: 256, False: 10}
"""Of a generation, on many worlds and on few: fewer than worlds would leave some idle"""


def _config(recipe: str, task: str, engine: str | None, learner: LearnerConfig, observe: tuple[str, ...]) -> RunConfig:
    return RunConfig(
        Run2017Config(),
        engine_for(recipe, task, "run2017", engine),
        learner,
        control=ControlConfig(hold=1, observe=observe),
        training=TrainingConfig(reward=REWARD),
        symmetry="none",
        evaluate_s=60.0,
        evaluate_episodes=32,
        steps=1_000_000_000,
    )


def build_ppo(task: str, engine: str | None) -> RunConfig:
    """With the ten obstacles of the final."""
    config = _config("stelmaszczyk2017-ppo", task, engine, PPO, ("stelmaszczyk82",))
    return with_learner_settings(**ROLLOUT[config.many_worlds])(config)


def build_es(task: str, engine: str | None) -> RunConfig:
    """The evolution strategy that they tried for a week, on what the task tells. Its gradient was not divided by sigma,
    beside which a decay of 0.005 stood.
    """
    learner = EsConfig(
        hidden=(256, 256),
        sigma=0.02,
        learning_rate=0.01,
        weight_decay=0.005 / 0.02,
        initial_action=-0.9,
        observation_limit=5.0,
    )
    config = _config("stelmaszczyk2017-es", task, engine, learner, observe=())
    return with_learner_settings(population=POPULATION[config.many_worlds])(config)


UNPUNISHED = with_reward(head_behind_pelvis=0.0, straight_knee=0.0)
"""Before leaning back and straight knees cost"""


def _ddpg(config: RunConfig) -> RunConfig:
    """Their first learner, as the challenge's example had it: 3 x 32 and 3 x 64 units and keras-rl's settings. Noise
    wandered for 7 s and grew from 0 in an episode, to 0.4 of [-1, 1] after a second.
    """
    many = config.many_worlds
    learner = DdpgConfig(
        actor_hidden=(32, 32, 32),
        critic_hidden=(64, 64, 64),
        critic_layer_norm=False,
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        gradient_limit=1.0,
        discount=0.99,
        tau=1e-3,
        batch_size=32,
        replay_capacity=100_000,
        normaliser="none",
        updates_per_transition=1 / 4 if many else 1.0,
        random_transitions=6000 if many else 100,
        exploration=ExplorationConfig(("ornstein_uhlenbeck",), std=0.4, std_end=0.4, correlation_s=1 / 0.15),
    )
    changed = all_of(with_control(observe=()), with_settings(training=TrainingConfig()))(config)
    return replace(changed, learner=learner, sampler=replace(config.sampler, chunk=4))


STELMASZCZYK2017_PPO = Recipe(
    build_ppo,
    "PPO, 82 numbers scaled by hand, a shaped reward (Stelmaszczyk, Jarosik 2017: 18.6 m)",
    variants={
        "kangaroo": Variant(with_control(legs="tied"), "both legs get the same nine excitations (did not train well)"),
        "velocity": Variant(all_of(UNPUNISHED, with_reward(alive=0.0)), "paid for velocity alone (jumped on the spot)"),
        "alive": Variant(UNPUNISHED, "paid for staying up too (took the first step)"),
        "ddpg": Variant(_ddpg, "keras-rl's DDPG on the task's own 41 numbers and reward (rose, fell, stayed down)"),
        "filter": Variant(
            all_of(
                with_control(observe=("centre_pelvis",)),
                with_learner_settings(normaliser="running", observation_limit=5.0),
            ),
            "the 41 numbers of the task through the running filter that they began with",
        ),
    },
    publish=renamed_transforms({"stelmaszczyk82": "stelmaszczyk82_as_published"}),
)
STELMASZCZYK2017_ES = Recipe(
    build_es,
    "OpenAI-ES on the task's own 41 numbers, the same reward (Stelmaszczyk, Jarosik 2017: did not beat their PPO)",
)
