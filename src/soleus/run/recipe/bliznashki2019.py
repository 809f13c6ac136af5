"""Bliznashki 2019, "NeurIPS Learn to Move": SAC with a flow, disagreement and the best of ten actions; sixth.

The set-up of his last entry, and a variant for everything else that his text reports, what failed included. Sizes and
rewards are the text's, rates those of the code. What the code computed otherwise than the text says is right here;
`publish` brings it back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from soleus.learner.distribution import FlowConfig
from soleus.learner.exploration import ExplorationConfig
from soleus.learner.feudal.config import FeudalConfig
from soleus.learner.part.bonus import VarianceKind
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig
from soleus.learner.registry import switched
from soleus.learner.replay.ensemble_config import EnsembleConfig
from soleus.learner.replay.terms_config import TermsConfig
from soleus.learner.sac_config import SacConfig
from soleus.run.config import RunConfig, SamplerConfig
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
from soleus.run.recipe.base import Change, Recipe, Variant
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig
from soleus.task.start import StartConfig
from soleus.task.transform.pose import POSE
from soleus.task.walk2019 import Walk2019Config

REWARD = RewardConfig(
    target_distance=100.0,
    target_goal=100.0,
    pitch=100.0,
    roll=100.0,
    go_or_stop=100.0,
    sideways_speed=100.0,
    height=100.0,
    yaw=100.0,
)
"""On top of the task's own; his are for control steps, a hundred in a second"""
AUXILIARY = ("target_distance", "target_goal", "go_or_stop", "sideways_speed", "pitch", "roll")
"""What its critics tell apart, of goals, of speed and of stability; the rest is one more"""
GOALS = ("pelvis forward speed", "pelvis leftward speed", "pelvis yaw speed")
"""What a manager tells his worker to bring about: where to go"""
GOAL_WEIGHT = 10.0
"""Of a deviation from the goal in a decision: the rewards that the worker is paid beside it vary by about 10"""
FIXED_TEMPERATURE = 0.2
"""Of his code; Spinning Up's SAC has it too"""
PRIORS = EnsembleConfig(5, prior_scale=1.0, decisions=(20, 250))
"""As many, as large and in such turns as one state of his code had them"""
FADES = {True: (16, 32), False: (1000, 2000)}
"""Resets of a world in which random poses fade, of many worlds and of few: he had four worlds"""
WEIGHTS: dict[VarianceKind, float] = {"mean": 20.0, "joint": 1.0}
"""Of disagreement. His, 1, is of the joint variance of whitened numbers, whose own variance is 1; that among members is
0.03 to 0.07 here, next to nothing with a weight of 1"""
LEARNER = SacConfig(
    actor_hidden=(128, 128),
    critic_hidden=(256, 256),
    critic_layer_norm=False,
    actor_learning_rate=1e-2,
    critic_learning_rate=1e-3,
    temperature_learning_rate=1e-3,
    initial_temperature=1.0,
    target_entropy_per_action=-1.0,
    log_std_range=(-20.0, 2.0),
    initial_log_std=0.0,
    distribution="flow",
    flow=FlowConfig(units=3, layers=3),
    discount=0.96,
    tau=0.01,
    batch_size=256,
    normaliser="none",
)
UPDATES = {True: 1 / 16, False: 0.25}
"""For each transition, of many worlds and of few: his was one for a step of four worlds"""
RANDOM = {True: 4000, False: 1000}
"""Transitions before the policy acts, of many worlds and of few: his 1000 were 250 decisions in each of four worlds"""


def build(task: str, engine: str | None) -> RunConfig:
    """The second round, an action held for 4 control steps, from poses of a gait that fade to standing."""
    config = RunConfig(
        Walk2019Config(),
        engine_for("bliznashki2019", task, "walk2019", engine),
        LEARNER,
        control=ControlConfig(hold=4, observe=("pooled_field",)),
        symmetry="none",
        predictor=PredictorConfig(fields=POSE),
        disagreement=DisagreementConfig(weight=WEIGHTS["mean"]),
        acting=ActingConfig(choose="best", samples=10),
        sampler=SamplerConfig(chunk=4),
        evaluate_s=120.0,
        evaluate_episodes=32,
        steps=100_000_000,
    )
    many = config.many_worlds
    begin, end = FADES[many]
    training = TrainingConfig(reward=REWARD, starts=StartConfig(random=1.0, fade_from=begin, fade_to=end))
    learner = replace(LEARNER, updates_per_transition=UPDATES[many], random_transitions=RANDOM[many])
    return replace(config, training=training, learner=learner)


GAUSSIAN = with_learner_settings(distribution="gaussian", flow=FlowConfig(), actor_learning_rate=1e-3)
"""At the rate of his code before it had a flow"""
MODEL_FREE = with_settings(predictor=PredictorConfig(), disagreement=DisagreementConfig(), acting=ActingConfig())
SAC = all_of(GAUSSIAN, MODEL_FREE)
"""Nothing on top, as his comparisons have it"""


def _with_learner(name: str, **settings: Any) -> Change:
    """Another learner with its own settings, and what else it shares with SAC here."""
    return lambda config: replace(SAC(config), learner=replace(switched(SAC(config).learner, name), **settings))


DDPG = _with_learner(
    "ddpg",
    actor_hidden=(256, 256),
    actor_activation="tanh",
    critic_activation="selu",
    batch_size=128,
    tau=0.005,
)
TD3 = _with_learner(
    "td3",
    critic_hidden=(128, 128),
    actor_learning_rate=1e-4,
    critic_learning_rate=1e-4,
    tau=0.005,
    target_noise=0.1,
    exploration=ExplorationConfig(std=0.05, std_end=0.05),
)


def _feudal(config: RunConfig) -> RunConfig:
    """The worker sees the body in every decision, the manager everything in every tenth."""
    config = SAC(config)
    worker = config.learner
    assert isinstance(worker, SacConfig)
    above = FeudalConfig.above(worker)
    manager = replace(
        worker,
        updates_per_transition=above.manager.updates_per_transition,
        random_transitions=worker.random_transitions // above.every,
        discount=above.manager.discount,
    )
    return replace(config, learner=replace(above, goals=GOALS, goal_weight=GOAL_WEIGHT, manager=manager))


def _lookahead(config: RunConfig) -> RunConfig:
    """32 actions, followed for 5 decisions, by the predictors whose disagreement is paid. On many worlds acting is what
    takes the time: as much is learnt from a transition as he learnt, poses fade within fewer resets, and fewer episodes
    judge.
    """
    plain = all_of(GAUSSIAN, with_settings(predictor=PredictorConfig()))(config)
    looks = replace(plain, acting=ActingConfig(choose="lookahead", samples=32, steps=5), evaluate_episodes=8)
    if not config.many_worlds:
        return looks
    starts = replace(looks.training.starts, fade_from=4, fade_to=8)
    learner = replace(looks.learner, updates_per_transition=UPDATES[False])
    return replace(looks, learner=learner, training=replace(looks.training, starts=starts))


def _published(config: RunConfig) -> RunConfig:
    """With the density at the wrong end of the flow, variances of all at once in a batch's own units, and rows
    exchanged for legs.
    """
    learner, disagreement, predictor = config.learner, config.disagreement, config.predictor
    if isinstance(learner, SacConfig) and learner.distribution == "flow":
        learner = replace(learner, flow=replace(learner.flow, density="as_published"))
    if config.predicts:
        predictor = replace(predictor, whitening="batch")
    if disagreement.weight:
        disagreement = replace(disagreement, variance="joint", weight=WEIGHTS["joint"])
    symmetry = "batch_axis" if config.symmetry == "data" else config.symmetry
    reward = config.training.reward
    reward = replace(
        reward,
        yaw=0.0,
        yaw_published=reward.yaw,
        pose_prior_mean=0.0,
        pose_prior_mean_published=reward.pose_prior_mean,
    )
    changed = replace(
        config,
        learner=learner,
        predictor=predictor,
        disagreement=disagreement,
        symmetry=symmetry,
        training=replace(config.training, reward=reward),
        stages=tuple(stage.replace("reward.yaw=", "reward.yaw_published=") for stage in config.stages),
    )
    return renamed_transforms({"target_code": "target_code_as_published"})(changed)


def _in_plane(config: RunConfig) -> RunConfig:
    """The body in a plane, the target straight ahead."""
    task = replace(config.task, difficulty=1, planar=True)
    weights = {"roll": 0.0, "sideways_speed": 0.0, "yaw": 0.0}
    return with_reward(**weights)(replace(config, task=task))


def _twenty_updates(config: RunConfig) -> RunConfig:
    """Twenty updates where he made one for a step of all worlds."""
    return with_learner_settings(updates_per_transition=20 * UPDATES[config.many_worlds])(config)


ZERO_POSE = all_of(SAC, lambda config: replace(config, training=replace(config.training, starts=StartConfig())))
CODE = all_of(
    with_control(observe=("target_code",)),
    with_learner_settings(actor_hidden=(256, 256), flow=FlowConfig(units=4, layers=3)),
)
"""88 units in a layer of the flow, four for each of 22 muscles"""


FORWARD_FIRST = all_of(
    with_reward(yaw=0.0, target_distance=0.0, target_goal=0.0),
    with_settings(
        stages=(
            "n_env_steps >= 1e6 and episode/env_steps >= 300: training.reward.yaw=100.0",
            "stage_env_steps >= 1e6: training.reward.target_distance=100.0 training.reward.target_goal=100.0",
        )
    ),
)
"""Going forward is paid by `go_or_stop`, whose pay for standing still counts at the target only."""
EASIER_FIRST = with_settings(
    task=Walk2019Config(difficulty=1),
    stages=(
        "n_env_steps >= 1e6 and episode/env_steps >= 300: task.difficulty=2",
        "stage_env_steps >= 1e6: task.difficulty=3",
    ),
)
BLIZNASHKI2019 = Recipe(
    build,
    "SAC, a flow, disagreement of predictors, the best of ten actions (Bliznashki 2019: sixth)",
    task="walk2019",
    variants={
        "sac": Variant(SAC, "SAC alone, his baseline"),
        "fixed-temperature": Variant(
            all_of(SAC, with_learner_settings(temperature="fixed", initial_temperature=FIXED_TEMPERATURE)),
            "SAC whose temperature is given (did not work out of the box)",
        ),
        "ddpg": Variant(DDPG, "DDPG in its place (slower than SAC)"),
        "td3": Variant(TD3, "TD3 in its place (much worse)"),
        "planar": Variant(
            all_of(SAC, _in_plane), "SAC on the body in a plane, the target straight ahead: his first benchmark"
        ),
        "ddpg-planar": Variant(
            all_of(DDPG, _in_plane, _twenty_updates),
            "DDPG on the same, with 20 updates for one (he shows how it walks)",
        ),
        "flow": Variant(MODEL_FREE, "SAC with the flow (learnt faster)"),
        "disagreement": Variant(
            all_of(GAUSSIAN, with_settings(acting=ActingConfig())), "SAC with disagreement (his best exploration)"
        ),
        "lookahead": Variant(
            _lookahead,
            "SAC that looks 5 decisions ahead from 32 actions (slightly better than flow and disagreement)",
        ),
        "priors": Variant(
            all_of(SAC, with_learner_settings(ensemble=PRIORS)),
            "five learners with randomised priors that take turns (poorer than SAC)",
        ),
        "auxiliary": Variant(
            all_of(SAC, with_learner_settings(terms=TermsConfig(AUXILIARY))),
            "SAC whose critics tell goals, speed and stability apart (he could not make it work)",
        ),
        "exemplar": Variant(
            all_of(SAC, with_reward(pose_prior_mean=25.0)), "SAC kept near the mean pose of a gait (worse than SAC)"
        ),
        "nearest": Variant(
            all_of(SAC, with_reward(pose_prior_nearest=25.0)),
            "the same near the nearest pose, as he wished",
        ),
        "feet-down": Variant(
            all_of(SAC, with_reward(both_feet_down=100.0)), "SAC that pays for weight on both feet (no use)"
        ),
        "vertical-speed": Variant(
            all_of(SAC, with_reward(vertical_speed=100.0)), "SAC that pays for moving up and down (no use)"
        ),
        "start-pose": Variant(
            all_of(SAC, with_reward(start_pose=100.0)), "SAC that pays for leaving the start pose (no use)"
        ),
        "pose": Variant(
            all_of(SAC, with_control(observe=("pooled_field", "pose"))),
            "SAC that observes target, pelvis and joint angles only (stopped early)",
        ),
        "loss": Variant(all_of(SAC, with_settings(symmetry="loss")), "SAC with a symmetric loss (more symmetric)"),
        "memory": Variant(all_of(SAC, with_settings(symmetry="data")), "SAC with mirrored memory (failed: see docs)"),
        "single-leg": Variant(
            all_of(SAC, with_settings(symmetry="single_leg")), "SAC with one network for one leg (did not do well)"
        ),
        "single-leg-conditioned": Variant(
            all_of(SAC, with_settings(symmetry="single_leg_conditioned")), "the same, a leg knowing of the other"
        ),
        "n-step": Variant(all_of(SAC, with_learner_settings(n_step=5)), "SAC with returns of 5 decisions (worse)"),
        "feudal": Variant(_feudal, "a manager sets speeds and turns for a worker (worse than SAC on HalfCheetah)"),
        "zero-pose": Variant(ZERO_POSE, "SAC whose episodes begin standing, as they are judged (much slower)"),
        "long-steps": Variant(
            all_of(SAC, with_control(hold=8)), "SAC that holds an action twice as long (unrealistic motion)"
        ),
        "code": Variant(
            CODE,
            "the target as five numbers and larger networks, as his code has them",
        ),
        "curriculum": Variant(
            FORWARD_FIRST, "paid for going forward, then for turning too, then for stopping (no different)"
        ),
        "curriculum-rules": Variant(EASIER_FIRST, "the target ahead, then to the sides, then anywhere"),
    },
    publish=_published,
)
