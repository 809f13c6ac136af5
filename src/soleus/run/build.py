"""Config -> objects: the one place where tasks, engines, samplers and learners meet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from soleus.engine.core import n_core
from soleus.engine.fast.config import FastConfig
from soleus.engine.registry import EngineConfig
from soleus.learner.base import Learner
from soleus.learner.feudal.config import FeudalConfig
from soleus.learner.part import PARTS, ROWS, Part
from soleus.learner.part.prediction_config import build_prediction
from soleus.learner.prefill import PrefillConfig
from soleus.learner.replay.config import ReplayConfig
from soleus.nets.mirror import Mirror
from soleus.nets.policy import Policy
from soleus.nets.signature import Signature
from soleus.run.config import RunConfig
from soleus.run.control import ControlConfig, acted, observed
from soleus.run.error import RunError
from soleus.run.worlds import Worlds, find_worlds
from soleus.sampler.base import Sampler
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.threads import ThreadSampler
from soleus.sampler.worker import Envs
from soleus.task.base import CONTROL_STEP
from soleus.task.foreign import GymnasiumConfig
from soleus.task.layout import Layout
from soleus.task.registry import TaskConfig

logger = logging.getLogger(__name__)

MOST_WORKERS = 32
"""Processes for each core: beyond that a machine only runs out of memory"""
MAX_THREADS = 4
"""Threads of learning that takes turns with sampling: networks as small as ours do not fill more."""


def signature(config: TaskConfig, control: ControlConfig) -> Signature:
    """What a policy for a task is made for."""
    task = config.build()
    observation = observed(task, control)
    return Signature(
        task.name,
        task.version,
        observation.names,
        tuple(field.unit for field in observation.fields),
        acted(task, control).names,
    )


def build_sampler(config: RunConfig, seed: int, n_episode: int = 0) -> Sampler:
    """The sampler of a run.

    Args:
        config: of the run, at its present stage.
        seed: differs between sessions of a resumed run, and between stages.
        n_episode: training episodes that the run has behind it.
    """
    n_reset = n_episode / (config.n_worker * config.n_world)
    engine = _alone(config.engine) if config.sampler_kind == "process" else config.engine
    training = find_worlds(config.task, engine, config.control, config.training, n_reset)
    explore = training.holding(config.n_world).without_price()
    play = find_worlds(config.task, engine, config.control)
    n_play = min(-(-config.evaluate_episodes // config.n_worker), play.most)
    envs = Envs(explore, play.holding(n_play).without_price())
    match config.sampler_kind:
        case "serial":
            return SerialSampler(envs, seed, n_play)
        case "thread":
            return ThreadSampler(envs, seed, n_play)
        case "process":
            return ProcessSampler(envs, config.n_worker, seed, config.sampler.step_timeout_s, n_play)


def _alone(engine: EngineConfig | None) -> EngineConfig | None:
    """An engine for each core takes one thread where it is not told how many."""
    return replace(engine, threads=1) if isinstance(engine, FastConfig) and not engine.threads else engine


def build_player(play: Worlds, n_episode: int, workers: int, step_timeout_s: float) -> Sampler:
    """A sampler that only plays.

    Args:
        play: the worlds, as they are judged.
        n_episode: how many will be played.
        workers: processes, for an engine of one world; 0 takes one for each core.
        step_timeout_s: a process that takes longer for one action is replaced [s].

    Raises:
        RunError: for fewer workers than none, or more than the machine can hold.
    """
    _check_workers(workers)
    n_play = min(n_episode, play.most)
    play = play.holding(n_play)
    if play.most > 1:
        return ThreadSampler(Envs(play, play), seed=0, n_play=n_play)
    n_worker = min(workers or n_core(), n_episode)
    return ProcessSampler(Envs(play, play, play.failure_score), n_worker, seed=0, step_timeout_s=step_timeout_s)


def _check_workers(n_worker: int) -> None:
    """RunError for fewer processes than none, or more than this machine can hold."""
    if n_worker < 0:
        raise RunError(f"{n_worker} workers asked for; at least 1 is needed, and 0 takes one for each core")
    most = MOST_WORKERS * n_core()
    if n_worker > most:
        raise RunError(
            f"{n_worker} workers asked for; {n_core()} cores hold at most {most}, and {n_core()} keep them all busy"
        )


def build_learner(config: RunConfig) -> Learner:
    """The learner of a run; RunError if it is to use a mirror that the task has not, or normalise what is not there."""
    from soleus.learner.jax_setup import prepare_jax  # imports JAX, which workers do without

    prepare_jax(min(n_core(), MAX_THREADS) if config.sharing == "alternate" else 1)
    task = config.task.build()
    observation, action = observed(task, config.control), acted(task, config.control)
    if isinstance(config.learner, ReplayConfig):
        _check_manual(config.learner, observation)
        _tell_schedule(config.learner, config.steps // config.control.hold)
    told: dict[str, Any] = {"parts": _parts(config), "decision_s": config.control.hold * CONTROL_STEP}
    if isinstance(config.learner, ReplayConfig):
        told["prefill"] = _prefill(config.prefill, observation, action)
    if isinstance(config.learner, FeudalConfig):
        told["names"] = observation.names
    try:
        return config.learner.build(len(observation), len(action), config.seed, **told)
    except ValueError as error:
        raise RunError(str(error)) from error


def _prefill(config: PrefillConfig, observation: Layout, action: Layout) -> Callable[[], Policy]:
    """Who acts first; RunError if it is to feel what is not observed."""
    try:
        return config.build(observation.names, action.names)
    except ValueError as error:
        raise RunError(str(error)) from error


def check_worlds(config: RunConfig) -> None:
    """Raise what the worlds of a run would die of at any of its stages, before anything is started."""
    _check_workers(config.n_worker)
    for number in range(len(config.stages) + 1):
        stage = config.at_stage(number)
        try:
            find_worlds(stage.task, stage.engine, stage.control, stage.training).check()
            _check_terms(stage)
        except (RunError, ValueError) as error:
            if not number:
                raise
            raise RunError(f"stage {config.stages[number - 1]!r}: {error}") from error


def _check_terms(config: RunConfig) -> None:
    """Refuse values of reward terms that nobody pays; what a task of Gymnasium pays is known when it does."""
    if not isinstance(config.learner, ReplayConfig) or isinstance(config.task, GymnasiumConfig):
        return
    paid = config.training.reward.paid
    strange = [name for name in config.learner.terms.names if name not in paid]
    if strange:
        raise RunError(
            f"--learner.terms.names has {', '.join(strange)}, and what is paid is {', '.join(paid)}; name some of "
            "these, or pay for it with --training.reward"
        )


def check_stages(config: RunConfig, learner: Learner) -> None:
    """RunError for a stage that the learner of a run's beginning cannot go into."""
    before = config.at_stage(0)
    made_for = signature(before.task, before.control)
    for number, text in enumerate(config.stages, 1):
        after = config.at_stage(number)
        fault = layout_fault(made_for, signature(after.task, after.control))
        if fault:
            raise RunError(f"stage {text!r} {fault}, which the policy was not made for; train that in a run of its own")
        if after.learner != before.learner:
            _check_same_memory(text, before, after)
            try:
                build_learner(after).load(learner.state())
            except ValueError as error:
                raise RunError(f"stage {text!r} needs another learner: {error}; leave out what changes it") from error
        before = after


def _check_same_memory(text: str, before: RunConfig, after: RunConfig) -> None:
    """Refuse a stage that would have to move the replay into one of another size."""
    if isinstance(before.learner, ReplayConfig) and isinstance(after.learner, ReplayConfig):
        one, other = before.learner.replay_capacity, after.learner.replay_capacity
        if one != other:
            raise RunError(f"stage {text!r} changes replay_capacity from {one} to {other}; a run keeps its replay")


def layout_fault(made_for: Signature, other: Signature) -> str | None:
    """What is observed or done otherwise under other rules; None where nothing is."""
    for what in ("observation_names", "observation_units", "action_names"):
        one, two = getattr(made_for, what), getattr(other, what)
        if one != two:
            added, missing = (next((name for name in a if name not in b), None) for a, b in ((two, one), (one, two)))
            differs = f"lacks {missing}" if missing else f"has {len(two)} of them in another order"
            differs = f"has {added}" if added else differs
            return f"changes {what.replace('_', ' ')}: it {differs}"
    return None


def _check_manual(config: ReplayConfig, observation: Layout) -> None:
    """Refuse a manual normaliser of another length, with the quantities in their order."""
    n_given = len(config.manual_offset)
    if config.normaliser == "manual" and n_given != len(observation):
        raise RunError(
            f"manual_offset and manual_deviation have {n_given} numbers, and a policy observes {len(observation)}: "
            f"{', '.join(observation.names)}; give one number for each of them, in this order"
        )


def _parts(config: RunConfig) -> tuple[Part, ...]:
    """What else takes part in learning: predictors come last, so that they meet what symmetry makes of a batch."""
    return (*_symmetry(config), *_prediction(config))


def _prediction(config: RunConfig) -> tuple[Part, ...]:
    """Predictors, if anybody asks for them; RunError if they are to predict what is not observed."""
    if not config.predicts:
        return ()
    assert isinstance(config.learner, ReplayConfig)
    task = config.task.build()
    names = observed(task, config.control).names
    asked = config.predictor, config.disagreement, config.acting
    try:
        return (build_prediction(*asked, names, len(acted(task, config.control)), config.learner.discount),)
    except ValueError as error:
        raise RunError(str(error)) from error


def _symmetry(config: RunConfig) -> tuple[Part, ...]:
    """The form of symmetry that a run asks for."""
    if config.symmetry == "none":
        return ()
    task = config.task.build()
    if task.mirror_fault is not None:
        raise RunError(f"{task.name} has no mirror: {task.mirror_fault}; train with --symmetry none")
    layouts = observed(task, config.control), acted(task, config.control)
    observation, action = (Mirror.of(layout.mirror_index, layout.mirror_sign) for layout in layouts)
    if config.symmetry not in ROWS and isinstance(config.learner, ReplayConfig):
        _check_sides(config.learner, layouts[0], observation)
    return (PARTS[config.symmetry](observation, action, config.symmetry_weight),)


def _check_sides(config: ReplayConfig, layout: Layout, mirror: Mirror) -> None:
    """Refuse a manual normaliser that scales left and right differently: its mirror is not that of the task."""
    if config.normaliser != "manual":
        return
    offset, deviation = np.array(config.manual_offset), np.array(config.manual_deviation)
    wrong = (mirror(offset) != offset) | (mirror.unsigned()(deviation) != deviation)
    if wrong.any():
        name = layout.names[int(np.argmax(wrong))]
        raise RunError(
            f"manual_offset and manual_deviation treat {name} otherwise than its mirror image; give both sides the "
            "same numbers (an offset changes its sign where the quantity does), or --symmetry data"
        )


def _tell_schedule(config: ReplayConfig, n_transition: int) -> None:
    """Say of a schedule that goes beyond the end of the run, which may be resumed, how far it will come."""
    n_update = int(n_transition * config.updates_per_transition)
    if config.learning_rate_left < 1 and config.learning_rate_updates > n_update:
        logger.warning(
            "learning rates fall to %g of themselves in %d updates, and this run makes %d; "
            "--learner.learning-rate-updates %d would end with it",
            *(config.learning_rate_left, config.learning_rate_updates, n_update, n_update),
        )
