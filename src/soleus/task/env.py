"""A task on an engine as Gymnasium environments: VectorEnv for many worlds, Env for one. No challenge is known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from soleus.engine.base import Array, Engine, Parameters, Status
from soleus.task.base import CONTROL_STEP, Memory, Snapshot, Start, Task
from soleus.task.bonus.base import Step
from soleus.task.description import Description, describe
from soleus.task.option import read_options
from soleus.task.outcome import Outcome

FRAMES_PER_SECOND = round(1 / CONTROL_STEP)
"""One picture a control step."""
RENDER_MODES = ["rgb_array"]
N_SEED = 2**32
"""Episode seeds lie below this."""


class VectorEnv(gymnasium.vector.VectorEnv):
    """Many worlds of a task.

    An action is one excitation a muscle, in [0, 1]. Worlds that have ended are reset by the caller, with
    `reset(options={"reset_mask": ended})` (Gymnasium's AutoresetMode.DISABLED), so that the last observation of an
    episode is never lost.
    """

    def __init__(
        self,
        task: Task,
        engine: Engine,
        draw_start: Callable[[Sequence[int]], Start] | None = None,
        render_mode: str | None = None,
        hold: int = 1,
        watch: Callable[[Snapshot], None] = lambda snapshot: None,
        pays: Callable[[Step], Mapping[str, Array]] | None = None,
    ) -> None:
        """Args:
        task: what is observed and paid.
        engine: what moves the worlds; it is closed with the environment.
        draw_start: draws the starts of episodes from their seeds, in place of the task's own.
        render_mode: "rgb_array" or None.
        hold: control steps for which an action is held.
        watch: called with the worlds after each control step.
        pays: what else a control step is worth, by name; adds up in `info["paid_terms"]`, and changes no reward.
        """
        if not isinstance(hold, int | np.integer) or hold < 1:
            raise ValueError(f"an action is held for a whole number of control steps, 1 at least, not {hold!r}")
        if engine.control_step != CONTROL_STEP:
            raise ValueError(f"{task.name} is graded at control steps of {CONTROL_STEP} s; leave the engine's alone")
        if render_mode not in (None, *RENDER_MODES):
            raise ValueError(f"render_mode {render_mode!r} is not one of {', '.join(RENDER_MODES)}")
        self.task = task
        self._draw_start = draw_start or task.start
        self._muscle_order = _muscle_order(task)
        self.engine = engine
        self.num_envs = engine.n_world
        self.render_mode = render_mode
        self.hold = hold
        self._watch = watch
        self._pays = pays
        self.metadata = {
            "autoreset_mode": AutoresetMode.DISABLED,
            "render_modes": RENDER_MODES,
            "render_fps": FRAMES_PER_SECOND / hold,
        }
        n_observation, n_muscle = len(task.observation), len(task.excitation)
        self.single_observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (n_observation,), np.float32)
        self.single_action_space = gymnasium.spaces.Box(0.0, 1.0, (n_muscle,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._seed = np.zeros(self.num_envs, dtype=np.int64)
        self._snapshot: Snapshot | None = None
        self._observation = np.zeros(self.observation_space.shape or (), np.float32)

    @property
    def snapshot(self) -> Snapshot:
        """The worlds as they are now."""
        if self._snapshot is None:
            raise gymnasium.error.ResetNeeded("call reset() before anything else")
        return self._snapshot

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start episodes.

        Args:
            seed: seed of each world's episode; an int counts up from world to world. The same seed gives the same
                start and course; later episodes without a seed draw theirs from it.
            options: "reset_mask", which worlds to reset (default: all); "pose" and "velocity", "state" or "snapshot",
                what to begin in, instead of the task's own start: see `soleus.task.option`.
        """
        chosen = read_options(options, self.task, self.num_envs)
        worlds = np.flatnonzero(chosen.reset_mask)
        previous = self._snapshot
        if previous is not None and not len(worlds):
            return self._observation.copy(), {"seed": self._seed.copy()}
        if previous is None and len(worlds) < self.num_envs:
            raise gymnasium.error.ResetNeeded("reset all worlds once before resetting some of them")
        seeds = self._draw_seeds(seed)
        start = chosen.change(self._draw_start(seeds[worlds].tolist()), worlds)
        before_seed, self._seed = self._seed, self._seed.copy()
        self._seed[worlds] = seeds[worlds] if chosen.snapshot is None else chosen.snapshot.seed[worlds]
        try:
            self._snapshot = self._begin(worlds, start)
        except ValueError:  # a start that the engine refuses: the episode before goes on
            self._seed = before_seed
            raise
        # Only these are observed anew; the others were told what they see when they took their last step.
        before = None if previous is None else previous.rows(worlds)
        self._observation = self._observation.copy()
        self._observation[worlds] = self.task.observe_start(self._snapshot.rows(worlds), before)
        return self._observation.copy(), {"seed": self._seed.copy()}

    def step(
        self, actions: Array
    ) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Hold excitations for a control step, or for as many as the environment was made with.

        Rewards add up, and nothing more is told of a world once its episode has ended, though its body moves on with
        the others' until the action ends; `info["n_env_steps"]` counts each world's control steps.

        Args:
            actions: excitations, shape (n_world, n_muscle).

        Raises:
            ValueError: for a wrong shape or a number that is not finite; nothing has moved then.
        """
        excitation = self._excitation(actions)
        outcome = self._control_step(excitation)
        told = np.zeros(self.num_envs, dtype=bool)
        last = np.zeros(self.observation_space.shape or (), np.float32)
        for _ in range(self.hold - 1):
            over = np.flatnonzero(outcome.ended & ~told)
            if len(over):
                last[over] = self.task.observe(self.snapshot.rows(over))
                told[over] = True
            if told.all():
                break
            outcome = outcome.followed_by(self._control_step(excitation))
        if not told.any():
            last = self.task.observe(self.snapshot).astype(np.float32, copy=False)
        elif not told.all():
            last[~told] = self.task.observe(self.snapshot)[~told]
        self._observation = last
        return last.copy(), outcome.reward, outcome.terminated, outcome.truncated, outcome.info

    def _control_step(self, excitation: Array) -> Outcome:
        """Advance all worlds by a control step."""
        before = self.snapshot
        self.engine.step(excitation)
        moved = self._take_snapshot(before.parameters, before.memory)
        after = self._snapshot = replace(moved, memory=self.task.remember(before, moved))
        failed = self.engine.status() != Status.RUNNING
        terms = self.task.reward(before, after)
        earned = np.sum(list(terms.values()), axis=0)
        reward = np.where(failed, self.task.failure_reward, earned)
        fallen = self.task.fallen(after)
        terminated = fallen | failed
        truncated = (after.memory.n_step >= self.task.time_limit) & ~terminated
        info = {
            "reward_terms": {name: np.where(failed, 0.0, term) for name, term in terms.items()},
            "distance": np.array(self.task.distance(after)),
            "fallen": fallen,
            "success": truncated,
            "sim_error": self._errors(failed),
            "seed": self._seed.copy(),
            "n_env_steps": np.ones(self.num_envs, dtype=np.int64),
            **{name: np.array(values) for name, values in self.task.tell(after).items()},
        }
        if self._pays is not None:
            info["paid_terms"] = dict(self._pays(Step(before, after, earned, terminated)))
        self._watch(after)
        return Outcome(reward, terminated, truncated, info)

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """A picture of each runner, shape (height, width, 3)."""
        if self.render_mode is None:
            return None
        from soleus.view import draw_world

        now = self.snapshot
        seen = self.task.model, now.state, now.measurement, now.parameters
        return tuple(draw_world(*seen, world=world) for world in range(self.num_envs))

    def describe(self, world: int = 0) -> Description:
        """Everything about a world by name, in OpenSim's words; see `soleus.task.description`."""
        now = self.snapshot
        told = now if now.dynamics is not None else replace(now, dynamics=self.engine.dynamics())
        return {**describe(self.task.model, told, world), **self.task.describe(told, world)}

    def close_extras(self, **kwargs: Any) -> None:
        del kwargs
        self.engine.close()

    def _draw_seeds(self, seed: int | Sequence[int | None] | None) -> NDArray[np.int64]:
        if isinstance(seed, int | np.integer):
            seed = [int(seed) + world for world in range(self.num_envs)]
        given = [None] * self.num_envs if seed is None else list(seed)
        if len(given) != self.num_envs:
            raise ValueError(f"{len(given)} seeds given for {self.num_envs} worlds")
        for value in given:
            if not isinstance(value, int | np.integer | None):
                raise ValueError(f"seed {value!r} is no whole number")
            if value is not None and not 0 <= value < N_SEED:
                raise ValueError(f"seed {value} is out of range; seeds lie from 0 to {N_SEED - 1}")
        if given[0] is not None:
            self._np_random, self._np_random_seed = seeding.np_random(int(given[0]))
        drawn = self.np_random.integers(N_SEED, size=self.num_envs)
        return np.array([drawn[i] if value is None else value for i, value in enumerate(given)], dtype=np.int64)

    def _begin(self, worlds: NDArray[np.integer], start: Start) -> Snapshot:
        """Start episodes in some worlds; the others stay as they are."""
        for equilibrate in (False, True):
            row = np.flatnonzero(start.equilibrate == equilibrate)
            if len(row):
                self.engine.reset(worlds[row], start.state[row], start.parameters[row], equilibrate=equilibrate)
        now = self._snapshot
        if now is None or len(worlds) == self.num_envs:
            return self._take_snapshot(start.parameters, start.memory)
        return self._take_snapshot(
            now.parameters.with_rows(worlds, start.parameters), now.memory.with_rows(worlds, start.memory)
        )

    def _take_snapshot(self, parameters: Parameters, memory: Memory) -> Snapshot:
        dynamics = self.engine.dynamics() if self.task.observes_dynamics else None
        state, measured = self.engine.state(), self.engine.measure()
        return Snapshot(state, measured, parameters, memory, dynamics, rules=self.task.config, seed=self._seed.copy())

    def _excitation(self, actions: Array) -> Array:
        excitation = np.asarray(actions, dtype=np.float64)
        if excitation.shape != self.action_space.shape:
            raise ValueError(
                f"the action has shape {excitation.shape}; {self.task.name} takes {self.action_space.shape}, "
                f"one excitation for each of {', '.join(self.task.excitation.names)}"
            )
        if not np.isfinite(excitation).all():
            world, muscle = np.argwhere(~np.isfinite(excitation))[0]
            raise ValueError(
                f"the excitation of {self.task.excitation.names[muscle]} in world {world} is "
                f"{excitation[world, muscle]}; excitations are finite numbers in [0, 1]"
            )
        if self.task.clip_excitation:
            excitation = np.clip(excitation, 0.0, 1.0)
        return excitation if self._muscle_order is None else excitation[:, self._muscle_order]

    def _errors(self, failed: NDArray[np.bool_]) -> NDArray[np.object_]:
        errors = np.full(self.num_envs, "", dtype=object)
        for world in np.flatnonzero(failed):
            errors[world] = self.engine.failure(int(world))
        return errors


class Env(gymnasium.Env):
    """One world of a task, as `gymnasium.make` gives it.

    `info` holds "reward_terms", "distance" [m], "fallen", "success" (time was up, and it had not fallen), "seed" (of
    the episode), "sim_error" (empty unless the simulator failed, which ends it), and what else the task tells.
    """

    def __init__(self, task: Task, engine: Engine, render_mode: str | None = None, hold: int = 1) -> None:
        if engine.n_world != 1:
            raise ValueError(f"Env shows one world, but the engine has {engine.n_world}; use VectorEnv")
        self.task = task
        self.worlds = VectorEnv(task, engine, render_mode=render_mode, hold=hold)
        self.metadata = {"render_modes": RENDER_MODES, "render_fps": FRAMES_PER_SECOND / hold}
        self.render_mode = render_mode
        self.observation_space = self.worlds.single_observation_space
        self.action_space = self.worlds.single_action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode; see VectorEnv.reset."""
        super().reset(seed=seed)
        observation, info = self.worlds.reset(seed=None if seed is None else [seed], options=options)
        return observation[0], _first(info)

    def step(self, action: Array) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Advance by a control step; see VectorEnv.step."""
        actions = np.asarray(action)[None]
        observation, reward, terminated, truncated, info = self.worlds.step(actions)
        return observation[0], float(reward[0]), bool(terminated[0]), bool(truncated[0]), _first(info)

    def render(self) -> NDArray[np.uint8] | None:
        """A picture of the runner, shape (height, width, 3)."""
        pictures = self.worlds.render()
        return None if pictures is None else pictures[0]

    def describe(self) -> Description:
        """Everything about the world by name, in OpenSim's words; see `soleus.task.description`."""
        return self.worlds.describe()

    def close(self) -> None:
        self.worlds.close()


def _muscle_order(task: Task) -> NDArray[np.intp] | None:
    """The column of the action for each muscle of the model; None where the action is in the model's order."""
    names = task.model.muscle_names
    return None if task.excitation.names == names else task.excitation.index(*names)


def _first(info: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {name: term[0].item() for name, term in value.items()}
        if isinstance(value, dict)
        else (value[0].item() if isinstance(value[0], np.generic) else value[0])
        for key, value in info.items()
    }
