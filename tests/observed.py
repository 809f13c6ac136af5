"""Made-up episodes as tasks observe them, and transforms of them."""

from dataclasses import dataclass

import numpy as np

from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.registry import default_rules
from soleus.task.run2017 import next_obstacle
from soleus.task.transform import Step, build_chain, nothing_remembered

TASKS = {name: default_rules(name).build() for name in ("run2017", "prosthetics2018", "walk2019", "arm")} | {
    "prosthetics2018 with two legs": Prosthetics2018Config(prosthesis=False, observe_target=True).build()
}
RUN = TASKS["run2017"].observation
STANDING = {
    "pelvis_tilt": -0.05, "pelvis_ty": 0.91, "pelvis y": 0.91,
    "mass_center x": -0.069734, "mass_center y": 0.970769, "head x": 0.007170, "head y": 1.536572,
    "torso x": -0.096501, "torso y": 0.996431, "toes_l x": 0.007988, "toes_l y": -0.027441, "toes_r x": 0.007988,
    "toes_r y": -0.027441, "talus_l x": -0.119683, "talus_l y": 0.022952, "talus_r x": -0.119683, "talus_r y": 0.022952,
    "strength psoas_l": 1.0, "strength psoas_r": 1.0, "obstacle distance": 100.0,
}  # fmt: skip
"""Where osim-rl's users saw the body in its default pose; what is not here is 0."""


@dataclass(frozen=True)
class Episode:
    """What happened in some worlds, step after step."""

    observations: tuple[np.ndarray, ...]
    """One more than steps, each of shape (n_world, n_observation)"""
    actions: tuple[np.ndarray, ...]
    durations: tuple[np.ndarray, ...]

    def rows(self, worlds):
        """Some of the worlds."""
        parts = self.observations, self.actions, self.durations
        return Episode(*(tuple(item[worlds] for item in part) for part in parts))


def observation(moved=0.0, **changes):
    """One world of Learning to Run, standing, with some fields changed; underscores for spaces where none fits.

    Args:
        moved: how far forward everything is [m].
        **changes: field -> value.
    """
    told = np.array([STANDING.get(name, 0.0) for name in RUN.names], np.float32)
    told[RUN.forward_positions] += moved
    for name, value in changes.items():
        told[RUN.index(name)] = value
    return told[None]


def made_up(task, n_world=4, n_step=12, seed=0):
    """Episodes of numbers of the right kind: the pelvis goes forward past real obstacles, all else is random."""
    layout, random = TASKS[task].observation, np.random.default_rng(seed)
    pelvis = np.cumsum(random.uniform(0.0, 0.6, (n_step + 1, n_world)), axis=0)
    course = np.stack(
        [np.cumsum(random.uniform(0.5, 2.0, (n_world, 3)), axis=1), *random.uniform(-0.1, 0.2, (2, n_world, 3))], axis=2
    )
    observations = []
    for x in pelvis:
        told = random.normal(0.0, 1.0, (n_world, len(layout)))
        if task == "run2017":
            told[:, layout.forward_positions] += x[:, None]
            told[:, layout.index("pelvis_tx")] = x[:, None]
            told[:, layout.index("pelvis x")] = x[:, None]
            told[:, layout.index("pelvis y")] = told[:, layout.index("pelvis_ty")]
            told[:, -3:] = next_obstacle(course, x)
        observations.append(told.astype(np.float32))
    n_action = len(TASKS[task].action)
    actions = random.uniform(-1, 1, (n_step, n_world, n_action)).astype(np.float32)
    durations = 0.01 * random.integers(1, 5, (n_step, n_world))
    return Episode(tuple(observations), tuple(actions), tuple(durations))


def build(*names, task="run2017"):
    """The last transform of a chain; what stands before it is for its layout only."""
    return build_chain(names, task, TASKS[task].observation, TASKS[task].action)[-1]


def told(transform, episode, left=None):
    """What a transform makes of episodes, shape (n_step + 1, n_world, n_told)."""
    n_world = len(episode.observations[0])
    first, memory = transform.begin(
        episode.observations[0], nothing_remembered(n_world, transform) if left is None else left
    )
    everything = [first]
    for step in zip(episode.observations[1:], episode.actions, episode.durations, strict=True):
        now, memory = transform.follow(memory, Step(*step))
        assert memory.shape == (n_world, transform.n_memory)
        everything.append(now)
    return np.array(everything)


def single(transform, *observations, duration=0.01):
    """What is told of one world's observations, shape (n, n_told)."""
    n_step = len(observations) - 1
    actions = (np.zeros((1, 18), np.float32),) * n_step
    return told(transform, Episode(observations, actions, (np.full(1, duration),) * n_step))[:, 0]
