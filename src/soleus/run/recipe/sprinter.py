"""From nothing to a sprint, in one run that decides by itself when it is ready for more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from soleus.engine.fast.config import FastConfig
from soleus.learner.evolution.es_config import EsConfig
from soleus.learner.registry import switched
from soleus.run.config import RunConfig
from soleus.run.recipe.base import Recipe, Variant
from soleus.run.recipe.demo import DEMO_LEARNER, demo
from soleus.run.training import TrainingConfig
from soleus.task.run2017 import Run2017Config

START_NOISE = 0.02
"""Of the first pose [rad]: a take-off that is learnt for one pose fails from the next"""
HOLD, DISCOUNT = 2, 0.98662
"""Of many worlds: the horizon of 1.5 s that `demo` has with 3 control steps"""
ACTOR_AVERAGE = 8000
"""Updates, some twenty seconds' worth: what is judged and kept does not hang on the last few"""
BENT_KNEES = "training.reward.knee_hyperextension=5.0 training.reward.alive=1.0"
"""Who walks can afford to fall for a while: the knees that stood so easily have to bend, or they never run."""
HAS_BENT = "episode/paid/knee_hyperextension >= -1.5 and episode/env_steps >= 600 and evaluate/distance >= 18"
"""To less than about 0.05 rad of the wrong way"""
STEADIER = (
    "learner.actor_learning_rate=3e-4 learner.critic_learning_rate=3e-4 learner.exploration.std=0.05 "
    "learner.exploration.std_end=0.05"
)
"""Noise that finds a gait makes a runner fall, and steps that find one lose it again."""
SLOW = "learner.actor_learning_rate=1.5e-4 learner.critic_learning_rate=1.5e-4"
FOOT_UNPAID = "training.reward.foot_swing=0.0 training.reward.knee_hyperextension=1.0"
"""Pay for the foot, which led to a run, is two fifths of what is paid by now, and no part of what is judged."""
SLOWEST = "learner.actor_learning_rate=7.5e-5 learner.critic_learning_rate=7.5e-5"
CALM = f"learner.exploration.std=0.02 learner.exploration.std_end=0.02 learner.target_noise=0.05 {SLOWEST}"
"""What is run as fast as it can be falls at a noise that a slower gait bears, so with noise no gait gets there. In the
end one that is too fast to last is lost again: the best policy is kept."""
STAGES = (
    f"evaluate/distance >= 12 and evaluate/falls <= 0.3: {BENT_KNEES}",
    f"{HAS_BENT} and evaluate/falls <= 0.3: training.reward.knee_hyperextension=3.0",
    f"evaluate/distance >= 31: {STEADIER}",
    f"evaluate/distance >= 34: {SLOW}",
)
FLAT_STAGES = (*STAGES, f"evaluate/distance >= 38: {FOOT_UNPAID} {CALM}")
CAREFUL = f"training.reward.fall=10.0 training.starts.stride=0.0 {SLOWEST}"
"""Most falls are at take-off, so every episode begins there."""
FINAL_STAGES = (*STAGES, f"evaluate/distance >= 36: {CAREFUL}")
"""Neither `FOOT_UNPAID` nor `CALM`: a foot has to be lifted over obstacles, and less noise left as many falls."""


POLISH = EsConfig(
    hidden=DEMO_LEARNER.actor_hidden,
    activation="relu",
    starts="pairs",
    sigma=0.004,
    learning_rate=3e-4,
    weight_decay=0.0,
)
"""Members so near that most of them run about as far as the policy between them"""
POLISH_START_NOISE = 0.03
"""Of the first pose [rad]: who falls from there is close to falling from where it is judged"""
CHATTER = 6000
"""Evaluations in a control step after which an episode ends: a foot that chatters in every stride comes there. At 1,500
as many episodes ended so as by falls."""


def _turns(too_much: float, little: float) -> tuple[str, ...]:
    """Stages of a strategy that begins with ranks: to these a fall is little, and who runs faster falls more; then
    standard scores, to which it is all, until falls are few again; and so on.

    No shaping does both: falls are rare, and tell too little to keep up with what every member tells of speed.
    """
    safer = f"evaluate/falls >= {too_much}: learner.shaping=scores"
    faster = f"evaluate/falls <= {little}: learner.shaping=ranks"
    return (safer, faster) * 10


def sprinter(task: str, engine: str | None = None) -> RunConfig:
    """TD3 on a flat track, with the networks and rewards of `demo`, and what hindered it taken away as soon as it can
    do without.

    TD3's noise is given: what SAC's temperature pays for noise rises while falls are still being unlearnt.
    """
    config = demo(task, engine)
    config = replace(
        config,
        task=Run2017Config(difficulty=0, start_noise=START_NOISE),
        learner=replace(switched(config.learner, "td3"), actor_average=ACTOR_AVERAGE),
        control=replace(config.control, observe=("centre_pelvis", "activation")),
        stages=FLAT_STAGES,
        steps=1_000_000_000,
    )
    return _finer(config) if config.many_worlds else config


def _finer(config: RunConfig) -> RunConfig:
    """An action for 20 ms; on OpenSim that many decisions would take too long."""
    learner, control = replace(config.learner, discount=DISCOUNT), replace(config.control, hold=HOLD)
    return replace(config, learner=learner, control=control)


def _final(config: RunConfig) -> RunConfig:
    """The balls are there from the start: a runner of the flat track who then meets them is no faster in the end."""
    observe = ("obstacle_at_feet", "previous_obstacle", "near_obstacle", *config.control.observe)
    return replace(
        config,
        task=Run2017Config(start_noise=START_NOISE),
        control=replace(config.control, observe=observe),
        stages=FINAL_STAGES,
    )


def _polished(config: RunConfig, policy: str, stages: tuple[str, ...], **engine: Any) -> RunConfig:
    """From a policy that comes with Soleus on, or another one: whole episodes decide, with nothing paid but the
    distance, no noise in actions, and no critic that goes wrong where little is tried.
    """
    return replace(
        config,
        engine=replace(config.engine, **engine) if isinstance(config.engine, FastConfig) else config.engine,
        learner=POLISH,
        training=TrainingConfig(),
        stages=stages,
        start_from=policy,
        symmetry="none",
        evaluate_s=60.0,
        evaluate_episodes=256,
    )


def _polish(config: RunConfig) -> RunConfig:
    """A foot that chatters ends no episode: on a flat track it does not last, and some among so many members would
    always be taken for falls that are none.
    """
    config = replace(config, task=Run2017Config(difficulty=0, start_noise=POLISH_START_NOISE))
    return _polished(
        config, "sprinter", _turns(too_much=0.04, little=0.01), max_evaluations=FastConfig().max_evaluations
    )


def _final_polish(config: RunConfig) -> RunConfig:
    """An action for 10 ms: who can answer sooner where a foot lands falls half as often, the same policy at once.

    Where a foot may chatter for as long as it likes, it does in the end, and a judge gives such episodes up. From the
    very pose that is graded, with its fibres out of balance, and in the steps that OpenSim takes: who had met neither
    fell from there in OpenSim's steps, on one track in seven.
    """
    config = _final(config)
    config = replace(config, task=Run2017Config(), control=replace(config.control, hold=1))
    stages = _turns(too_much=0.07, little=0.03)
    return _polished(config, "sprinter-final", stages, method="merson", max_evaluations=CHATTER)


SPRINTER = Recipe(
    sprinter,
    "30 m in minutes, from nothing, in stages: it walks, bends its knees, runs",
    variants={
        "final": Variant(_final, "among the obstacles and with the weak muscles of the 2017 final"),
        "polish": Variant(_polish, "an evolution strategy makes a policy that runs faster: --start-from says which"),
        "final-polish": Variant(_final_polish, "the same among the obstacles of the final"),
    },
)
