"""The inner loop that every sampler shares: a policy plays in an environment, and what happened is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from soleus.nets.policy import Policy
from soleus.sampler.base import Explore, Play, Request
from soleus.sampler.batch import Batch, Episode

EnvFactory = Callable[[], VectorEnv]
"""Builds the environment of a worker: actions in [-1, 1], worlds reset by the caller. Must be picklable."""


class Worker:
    """Serves requests in one environment, one after the other."""

    def __init__(self, env: VectorEnv, seed: int, on_step: Callable[[], None] = lambda: None) -> None:
        """Args:
        env: with AutoresetMode.DISABLED.
        seed: of the episodes and of the exploration noise.
        on_step: called after every step, to show that the worker is alive.
        """
        self._env = env
        self._generator = np.random.default_rng(seed)
        self._on_step = on_step
        self._tally = _Tally(env.num_envs)
        self._observation: NDArray[np.float32] | None = None

    def serve(self, request: Request) -> Batch:
        """Do what the request asks."""
        match request:
            case Explore(policy, n_transition):
                return self._explore(policy, n_transition)
            case Play(policy, seed, noise):
                return self._play(policy, seed, np.random.default_rng(seed) if noise else None)

    def _explore(self, policy: Policy, n_transition: int) -> Batch:
        if self._observation is None:
            self._reset(seed=int(self._generator.integers(2**31)))
        steps = []
        for _ in range(-(-n_transition // self._env.num_envs)):
            steps.append(self._step(policy, self._generator))
            ended = steps[-1]["terminated"] | steps[-1]["truncated"]
            if ended.any():
                self._reset(mask=ended)
        return _join(steps, self._tally.collect())

    def _play(self, policy: Policy, seed: int, generator: np.random.Generator | None) -> Batch:
        if self._env.num_envs != 1:
            raise ValueError(f"an episode is played in one world, but the environment has {self._env.num_envs}")
        self._reset(seed=seed)
        steps = [self._step(policy, generator)]
        while not (steps[-1]["terminated"] | steps[-1]["truncated"])[0]:
            steps.append(self._step(policy, generator))
        self._observation = None
        return _join(steps, self._tally.collect())

    def _reset(self, seed: int | None = None, mask: NDArray[np.bool_] | None = None) -> None:
        self._observation, info = self._env.reset(seed=seed, options=None if mask is None else {"reset_mask": mask})
        everywhere = np.ones(self._env.num_envs, dtype=bool)
        self._tally.begin(everywhere if mask is None else mask, info.get("seed"))

    def _step(self, policy: Policy, generator: np.random.Generator | None) -> dict[str, Any]:
        assert self._observation is not None
        before = self._observation
        action = policy.act(before, generator)
        self._observation, reward, terminated, truncated, info = self._env.step(action)
        self._on_step()
        self._tally.add(reward, terminated, truncated, info)
        return {
            "observation": before,
            "action": action,
            "reward": reward,
            "next_observation": self._observation,
            "terminated": terminated,
            "truncated": truncated,
            "n_env_steps": info.get("n_env_steps", np.ones(self._env.num_envs, dtype=int)),
        }


class _Tally:
    """Sums up each world's episode, and keeps the finished ones until they are collected."""

    def __init__(self, n_world: int) -> None:
        self._score = np.zeros(n_world)
        self._n_env_steps = np.zeros(n_world, dtype=int)
        self._seed = np.zeros(n_world, dtype=np.int64)
        self._finished: list[Episode] = []

    def begin(self, worlds: NDArray[np.bool_], seed: NDArray[np.int64] | None) -> None:
        self._score[worlds] = 0.0
        self._n_env_steps[worlds] = 0
        if seed is not None:
            self._seed[worlds] = seed[worlds]

    def add(
        self, reward: NDArray[Any], terminated: NDArray[np.bool_], truncated: NDArray[np.bool_], info: dict[str, Any]
    ) -> None:
        n_world = len(self._score)
        self._score += info.get("score", reward)
        self._n_env_steps += info.get("n_env_steps", np.ones(n_world, dtype=int))
        distance = info.get("distance", np.full(n_world, np.nan))
        error = info.get("sim_error", [""] * n_world)
        for world in np.flatnonzero(terminated | truncated):
            end = error[world] or ("fall" if terminated[world] else "time")
            self._finished.append(
                Episode(
                    score=float(self._score[world]),
                    n_env_steps=int(self._n_env_steps[world]),
                    end=str(end),
                    distance=float(distance[world]),
                    seed=int(self._seed[world]),
                )
            )

    def collect(self) -> tuple[Episode, ...]:
        finished, self._finished = tuple(self._finished), []
        return finished


def _join(steps: list[dict[str, Any]], episodes: tuple[Episode, ...]) -> Batch:
    """One batch, each world's transitions in time order, world after world."""

    def column(key: str, dtype: type) -> NDArray[Any]:
        stacked = np.stack([step[key] for step in steps]).astype(dtype)
        return stacked.swapaxes(0, 1).reshape(-1, *stacked.shape[2:])

    return Batch(
        observation=column("observation", np.float32),
        action=column("action", np.float32),
        reward=column("reward", np.float32),
        next_observation=column("next_observation", np.float32),
        terminated=column("terminated", np.bool_),
        truncated=column("truncated", np.bool_),
        n_env_steps=int(sum(step["n_env_steps"].sum() for step in steps)),
        episodes=episodes,
    )
