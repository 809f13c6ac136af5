"""An episode of a policy as pictures, for a video."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium
import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from soleus.engine.registry import EngineConfig, make_engine
from soleus.run.candidate import Candidate
from soleus.run.worlds import wrap
from soleus.task.base import Snapshot
from soleus.task.env import FRAMES_PER_SECOND
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import MuscleConfig
from soleus.task.wrap import CentreAction
from soleus.view import draw_world
from soleus.view.error import ViewError

FALLBACK_RATE = 30.0
"""Pictures in a second of a task of Gymnasium that does not tell its own."""


def film(
    candidate: Candidate, task: MuscleConfig, engine: EngineConfig, seed: int, frames_per_second: int = 25
) -> Iterator[NDArray[np.uint8]]:
    """Play one episode and draw it.

    Args:
        candidate: who plays.
        task: the rules.
        engine: what simulates it.
        seed: of start, course and noise.
        frames_per_second: pictures in a second of simulated time; a divisor of 100.

    Returns:
        Pictures, shape (height, width, 3), each drawn when it is taken.

    Raises:
        ValueError: for another rate.
    """
    if frames_per_second < 1 or FRAMES_PER_SECOND % frames_per_second:
        raise ValueError(f"{frames_per_second} frames a second; allowed are the divisors of {FRAMES_PER_SECOND}")
    return _drawn_by_us(candidate, task, engine, seed, frames_per_second)


def _drawn_by_us(
    candidate: Candidate, task: MuscleConfig, engine: EngineConfig, seed: int, frames_per_second: int
) -> Iterator[NDArray[np.uint8]]:
    built = task.build()
    camera, hold = _Camera(FRAMES_PER_SECOND // frames_per_second), candidate.control.hold
    worlds = TaskEnv(built, make_engine(engine, built.model), hold=hold, watch=camera)
    env = wrap(worlds, candidate.control, built)
    generator = np.random.default_rng(seed) if candidate.noise else None
    try:
        observation, _ = env.reset(seed=seed)
        camera(worlds.snapshot)
        candidate.policy.begin(np.arange(1))
        ended = False
        while not ended:
            observation, _, terminated, truncated, _ = env.step(candidate.policy.act(observation, generator))
            ended = bool(terminated[0] | truncated[0])
            for snapshot in camera.take():
                yield draw_world(built.model, snapshot.state, snapshot.measurement, snapshot.parameters)
    finally:
        env.close()


def film_gymnasium(candidate: Candidate, task: GymnasiumConfig, seed: int) -> tuple[Iterator[NDArray[np.uint8]], float]:
    """Play one episode of a task of Gymnasium, which draws itself.

    Args:
        candidate: who plays.
        task: the environment.
        seed: of the episode and of noise.

    Returns:
        Pictures, shape (height, width, 3), one a step; and how many of them make a second.
    """
    env = CentreAction(task.worlds(1, "rgb_array"))
    return _drawn_by_itself(env, candidate, task.id, seed), env.metadata.get("render_fps", FALLBACK_RATE)


def _drawn_by_itself(env: VectorEnv, candidate: Candidate, name: str, seed: int) -> Iterator[NDArray[np.uint8]]:
    generator = np.random.default_rng(seed) if candidate.noise else None
    try:
        observation, _ = env.reset(seed=seed)
        candidate.policy.begin(np.arange(1))
        yield _picture(env, name)
        ended = False
        while not ended:
            observation, _, terminated, truncated, _ = env.step(candidate.policy.act(observation, generator))
            ended = bool(terminated[0] | truncated[0])
            yield _picture(env, name)
    finally:
        env.close()


def _picture(env: VectorEnv, name: str) -> NDArray[np.uint8]:
    try:
        (picture,) = env.render() or (None,)
    except (gymnasium.error.Error, ImportError, RuntimeError, AttributeError) as error:
        raise ViewError(f"Gymnasium cannot draw {name} here: {error}") from error
    if not isinstance(picture, np.ndarray):
        raise ViewError(f"Gymnasium cannot draw {name}: it gives no pictures (its render mode rgb_array)")
    return picture


class _Camera:
    """Keeps a snapshot now and then, also between the control steps of a held action."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._kept: list[Snapshot] = []
        self._n_step = 0

    def __call__(self, snapshot: Snapshot) -> None:
        if self._n_step % self._every == 0:
            self._kept.append(snapshot)
        self._n_step += 1

    def take(self) -> list[Snapshot]:
        """The snapshots kept since the last call."""
        kept, self._kept = self._kept, []
        return kept
