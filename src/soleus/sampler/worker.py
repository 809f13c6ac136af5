"""The inner loop that every sampler shares: a policy plays in an environment, and what happened is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray

from soleus.nets.policy import Policy
from soleus.sampler.base import Explore, Play, Request, Trial
from soleus.sampler.batch import Batch, Episode

EnvFactory = Callable[[], VectorEnv]
"""Builds the environment of a worker: actions in [-1, 1], worlds reset by the caller. Must be picklable."""


@dataclass(frozen=True)
class Envs:
    """The environments of a worker."""

    explore: EnvFactory
    play: EnvFactory
    failure_score: float = 0.0
    """Of an episode that no worker comes back from"""


MAX_WORLDS = 2**20
"""Worlds of a worker at most; their numbers begin at this times the worker's own."""


class Worker:
    """Serves requests one after the other, exploring in one environment and playing in another.

    So training may change rewards and starts, while an episode is played under the rules as they are.
    """

    def __init__(self, envs: Envs, seed: int, on_step: Callable[[], None] = lambda: None, *, number: int = 0) -> None:
        """Args:
        envs: what to explore and to play in; each is built when it is first needed.
        seed: of the explored episodes and of the exploration noise.
        on_step: called when worlds are there and after every step, to show that the worker is alive.
        number: of this worker among all that there have ever been in a sampler.
        """
        self._envs = envs
        self._generator = np.random.default_rng(seed)
        self._on_step = on_step
        self._number = number
        self._explored: _Stage | None = None
        self._explorer: Policy | None = None
        self._played: _Stage | None = None

    def serve(self, request: Request) -> Batch:
        """Do what the request asks."""
        match request:
            case Explore(policy, n_transition):
                return self._explore(policy, n_transition)
            case Play(policy, seeds, noise):
                return self._play(policy, seeds, noise)
            case Trial(policy, seeds, numbers):
                return self._try(policy, seeds, numbers)

    def close(self) -> None:
        """Close the environments."""
        for stage in (self._explored, self._played):
            if stage is not None:
                stage.env.close()

    def _explore(self, policy: Policy, n_transition: int) -> Batch:
        stage = self._explored = self._explored or self._stage(self._envs.explore)
        if self._explorer is None:
            stage.reset(seed=int(self._generator.integers(2**31)))
            policy.begin(np.arange(stage.env.num_envs))
        elif self._explorer is not policy:
            policy.follow(self._explorer)
        self._explorer = policy
        for _ in range(-(-n_transition // stage.env.num_envs)):
            ended = stage.step(lambda observation: policy.act(observation, self._generator), note=lambda: policy.note)
            if ended.any():
                stage.reset(mask=ended)
                policy.begin(np.flatnonzero(ended))
        return stage.collect()

    def _try(self, policy: Policy, seeds: Sequence[int], numbers: Sequence[int]) -> Batch:
        stage = self._explored = self._explored or self._stage(self._envs.explore)
        self._explorer = None  # who explores next finds worlds that have ended
        stage.play(policy, seeds, numbers)
        return stage.collect()

    def _play(self, policy: Policy, seeds: Sequence[int], noise: bool) -> Batch:
        stage = self._played = self._played or self._stage(self._envs.play)
        n_world = stage.env.num_envs
        for first in range(0, len(seeds), n_world):
            some = seeds[first : first + n_world]
            stage.play(_Each(policy, _filled(some, n_world), noise), some)
        return stage.collect()

    def _stage(self, build: EnvFactory) -> _Stage:
        stage = _Stage(build(), self._on_step, self._number * MAX_WORLDS)
        self._on_step()
        return stage


class _Stage:
    """An environment with what happens in it being written down."""

    def __init__(self, env: VectorEnv, on_step: Callable[[], None], first_world: int) -> None:
        self.env = env
        self._on_step = on_step
        self._world = first_world + np.arange(env.num_envs)
        self._tally = _Tally(env.num_envs, env.metadata.get("termination", "fall"))
        self._observation = np.empty(0, np.float32)
        self._steps: list[dict[str, Any]] = []

    def reset(self, seed: Any = None, mask: NDArray[np.bool_] | None = None) -> None:
        # Gymnasium's annotation knows one seed only; a list has one for each world.
        self._observation, info = self.env.reset(seed=seed, options=None if mask is None else {"reset_mask": mask})
        everywhere = np.ones(self.env.num_envs, dtype=bool)
        self._tally.begin(everywhere if mask is None else mask, info.get("seed"))

    def step(
        self,
        act: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        told: NDArray[np.bool_] | None = None,
        note: Callable[[], NDArray[np.float32] | None] = lambda: None,
    ) -> NDArray[np.bool_]:
        """Take a step in every world, and write down those that are `told`; returns which of them all ended."""
        before, told = self._observation, np.ones(self.env.num_envs, dtype=bool) if told is None else told
        action = act(before)
        self._observation, reward, terminated, truncated, info = self.env.step(action)
        self._on_step()
        n_env_steps = info.get("n_env_steps", np.ones(self.env.num_envs, dtype=int))
        self._tally.add(reward, terminated & told, truncated & told, info)
        self._steps.append(
            {
                "observation": before,
                "action": action,
                "note": note(),
                "reward": reward,
                "next_observation": self._observation,
                "terminated": terminated,
                "truncated": truncated,
                "world": self._world,
                "n_env_steps": n_env_steps,
                "told": told,
                "terms": info.get("learnt_terms", info.get("reward_terms", {})),
            }
        )
        return terminated | truncated

    def play(self, player: Policy, seeds: Sequence[int], numbers: Sequence[int] = ()) -> None:
        """Play an episode from each seed, in a world of its own; worlds that are left over play the last one too."""
        n_world = self.env.num_envs
        each = _filled(seeds, n_world)
        playing = np.arange(n_world) < len(seeds)
        self.reset(seed=each)
        self._tally.call(numbers)
        player.begin(np.arange(n_world))
        while True:
            ended = self.step(lambda observation: player.act(observation, None), playing)
            playing = playing & ~ended
            if not playing.any():
                return
            if ended.any():  # nothing is dearer to simulate than a body on the ground
                self.reset(seed=each, mask=ended)
                player.begin(np.flatnonzero(ended))

    def collect(self) -> Batch:
        """Everything since the last call."""
        steps, self._steps = self._steps, []
        return _join(steps, self._tally.collect())


def _filled(seeds: Sequence[int], n_world: int) -> list[int]:
    """A seed for each world; the last one for those that are left over."""
    return [*seeds, *[seeds[-1]] * (n_world - len(seeds))]


class _Each(Policy):
    """Acts in each world as if it were alone: with a copy of the policy, and with noise from a seed of its own.

    A product of matrices rounds a row by its place among the others, and a runner who is about to fall makes metres of
    that: from its seed, an episode is to be seen again whatever was played beside it.
    """

    def __init__(self, policy: Policy, seeds: Sequence[int], noise: bool) -> None:
        self._each = [(deepcopy(policy), np.random.default_rng(seed) if noise else None) for seed in seeds]

    def begin(self, worlds: NDArray[np.integer]) -> None:
        for world in worlds.tolist():
            self._each[world][0].begin(np.array([0]))

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        del generator
        rows = zip(observation[:, None], self._each, strict=True)
        return np.concatenate([policy.act(row, generator) for row, (policy, generator) in rows])


class _Tally:
    """Sums up each world's episode, and keeps the finished ones until they are collected."""

    def __init__(self, n_world: int, termination: str) -> None:
        """Args:
        n_world: worlds to keep account of.
        termination: what to call an end for good.
        """
        self._termination = termination
        self._score = np.zeros(n_world)
        self._paid = np.zeros(n_world)
        self._paid_terms: dict[str, NDArray[Any]] = {}
        self._n_env_steps = np.zeros(n_world, dtype=int)
        self._seed = np.zeros(n_world, dtype=np.int64)
        self._number = np.full(n_world, -1)
        self._finished: list[Episode] = []

    def begin(self, worlds: NDArray[np.bool_], seed: NDArray[np.int64] | None) -> None:
        self._score[worlds] = 0.0
        self._paid[worlds] = 0.0
        for term in self._paid_terms.values():
            term[worlds] = 0.0
        self._n_env_steps[worlds] = 0
        if seed is not None:
            self._seed[worlds] = seed[worlds]

    def call(self, numbers: Sequence[int]) -> None:
        """Give the episodes of the first worlds numbers, and the others none."""
        self._number[:] = -1
        self._number[: len(numbers)] = numbers

    def add(
        self, reward: NDArray[Any], terminated: NDArray[np.bool_], truncated: NDArray[np.bool_], info: dict[str, Any]
    ) -> None:
        n_world = len(self._score)
        self._score += info.get("score", reward)
        self._paid += reward
        for name, term in info.get("paid_terms", {}).items():
            self._paid_terms[name] = self._paid_terms.get(name, np.zeros(n_world)) + term
        self._n_env_steps += info.get("n_env_steps", np.ones(n_world, dtype=int))
        distance = info.get("distance", np.full(n_world, np.nan))
        error = info.get("sim_error", [""] * n_world)
        for world in np.flatnonzero(terminated | truncated):
            end = error[world] or (self._termination if terminated[world] else "time")
            self._finished.append(
                Episode(
                    score=float(self._score[world]),
                    n_env_steps=int(self._n_env_steps[world]),
                    end=str(end),
                    distance=float(distance[world]),
                    seed=int(self._seed[world]),
                    paid=float(self._paid[world]),
                    number=int(self._number[world]),
                    paid_terms={name: float(term[world]) for name, term in self._paid_terms.items()},
                )
            )

    def collect(self) -> tuple[Episode, ...]:
        finished, self._finished = tuple(self._finished), []
        return finished


def _join(steps: list[dict[str, Any]], episodes: tuple[Episode, ...]) -> Batch:
    """One batch, each world's transitions in time order, world after world."""

    def column(key: str) -> NDArray[Any]:
        return joined([step[key] for step in steps])

    def joined(values: list[NDArray[Any]]) -> NDArray[Any]:
        stacked = np.stack(values)
        return stacked.swapaxes(0, 1).reshape(-1, *stacked.shape[2:])

    told = column("told")
    names = tuple(steps[0]["terms"])
    terms = [np.stack([step["terms"][name] for name in names], axis=1) for step in steps] if names else None
    everything = Batch(
        observation=column("observation").astype(np.float32, copy=False),
        action=column("action").astype(np.float32, copy=False),
        reward=column("reward").astype(np.float32, copy=False),
        next_observation=column("next_observation").astype(np.float32, copy=False),
        terminated=column("terminated"),
        truncated=column("truncated"),
        world=column("world"),
        reward_terms=None if terms is None else joined(terms).astype(np.float32),
        note=None if steps[0]["note"] is None else column("note"),
        term_names=names,
    )
    batch = everything if told.all() else everything[told]
    return replace(batch, term_names=names, n_env_steps=int(column("n_env_steps")[told].sum()), episodes=episodes)
