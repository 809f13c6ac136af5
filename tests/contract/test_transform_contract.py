"""Every transform gets the same checks by being registered."""

import re
from pathlib import Path

import numpy as np
import pytest
from gymnasium.spaces import Box
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from observed import TASKS, build, made_up, told
from soleus.run.control import ControlConfig, chain, observed
from soleus.task.registry import TASKS as REGISTERED
from soleus.task.transform import TRANSFORMS, Transformed

PAGE = Path(__file__).parents[2] / "docs" / "observations.md"
CASES = [
    pytest.param(name, task, id=f"{name} of {task}")
    for name, entry in TRANSFORMS.items()
    for task in TASKS
    if task.split(" ")[0] in entry.tasks
]
LINEAR = [case for case in CASES if build(case.values[0], task=case.values[1]).linear]
MIRRORED = [case for case in CASES if TASKS[case.values[1]].mirror_fault is None]


def mirrored(vectors, layout):
    return vectors[..., layout.mirror_index] * layout.mirror_sign


class Played(VectorEnv):
    """Worlds that tell a made-up episode, each from its start when it is reset."""

    def __init__(self, task):
        self.metadata = {"autoreset_mode": AutoresetMode.DISABLED}
        self.num_envs = 3
        self.episode = made_up(task, self.num_envs)
        self.single_observation_space = Box(-np.inf, np.inf, self.episode.observations[0].shape[1:], np.float32)
        self.single_action_space = Box(-1.0, 1.0, self.episode.actions[0].shape[1:], np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.n = np.zeros(self.num_envs, int)

    def reset(self, *, seed=None, options=None):
        self.n[(options or {}).pop("reset_mask", np.ones(self.num_envs, bool))] = 0
        return self.seen(), {}

    def step(self, actions):
        del actions
        self.n += 1
        nothing = np.zeros(self.num_envs)
        return self.seen(), nothing, nothing > 0, nothing > 0, {"n_env_steps": np.full(self.num_envs, 2)}

    def seen(self):
        return np.array([self.episode.observations[n][world] for world, n in enumerate(self.n)])


@pytest.mark.parametrize("name", TRANSFORMS)
def test_it_fits_the_tasks_that_it_says(name):
    for task in REGISTERED:
        control = ControlConfig(observe=(name,))
        if task in TRANSFORMS[name].tasks:
            assert len(observed(TASKS[task], control)) == len(chain(TASKS[task], control)[0].layout)
        else:
            fault = rf"observe {name}: it reads '.*', which the task {task} does not tell; it fits the task"
            with pytest.raises(ValueError, match=fault):
                chain(TASKS[task], control)


@pytest.mark.parametrize(("name", "task"), CASES)
class TestTransform:
    def test_it_tells_finite_numbers_as_many_as_its_layout_names(self, name, task):
        transform = build(name, task=task)
        numbers = told(transform, made_up(task))
        assert numbers.shape == (13, 4, len(transform.layout))
        assert np.isfinite(numbers).all()
        assert all(field.unit for field in transform.layout.fields)

    def test_worlds_together_are_told_what_they_are_told_alone(self, name, task):
        transform, episode = build(name, task=task), made_up(task)
        together = told(transform, episode)
        for world in range(4):
            assert np.array_equal(told(transform, episode.rows([world])), together[:, [world]])

    def test_it_leaves_alone_what_it_is_given(self, name, task):
        episode = made_up(task)
        told(build(name, task=task), episode)
        for own, other in zip(episode.observations, made_up(task).observations, strict=True):
            assert np.array_equal(own, other)

    def test_numbers_that_it_keeps_are_called_as_before(self, name, task):
        """A field of the same name and unit tells the same, but for forward positions, which may be relative."""
        observation, episode = TASKS[task].observation, made_up(task)
        layout, numbers = build(name, task=task).layout, told(build(name, task=task), episode)
        for place, field in enumerate(layout.fields):
            if field in observation.fields and not field.name.startswith("obstacle"):
                source = np.array(episode.observations)[..., observation.index(field.name)[0]]
                assert np.array_equal(numbers[..., place].astype(np.float32), source), field.name

    def test_a_reset_begins_anew_and_leaves_the_other_worlds_alone(self, name, task):
        env = Transformed(Played(task), build(name, task=task))
        start, _ = env.reset()
        actions = np.zeros(env.action_space.shape, np.float32)
        for _ in range(3):
            last = env.step(actions)[0]
        again, _ = env.reset(options={"reset_mask": np.array([True, False, True])})
        assert np.array_equal(again[1], last[1])
        if "as_published" not in name:
            assert np.array_equal(again[[0, 2]], start[[0, 2]])
        after = env.step(actions)[0]
        env.reset()
        if "as_published" not in name:
            assert np.array_equal(after[[0, 2]], env.step(actions)[0][[0, 2]])
        assert env.single_observation_space.shape == start[0].shape
        assert start.dtype == last.dtype == again.dtype == np.float32

    def test_writing_into_what_was_told_changes_nothing(self, name, task):
        env = Transformed(Played(task), build(name, task=task))
        env.reset()[0].fill(7)
        env.step(np.zeros(env.action_space.shape))[0].fill(7)
        assert not (env.reset(options={"reset_mask": np.array([True, False, False])})[0][1:] == 7).all()


@pytest.mark.parametrize(("name", "task"), MIRRORED)
def test_what_is_told_of_the_image_is_the_image_of_what_is_told(name, task):
    observation, action = TASKS[task].observation, TASKS[task].action
    transform, episode = build(name, task=task), made_up(task)
    image = type(episode)(
        tuple(mirrored(item, observation) for item in episode.observations),
        tuple(mirrored(item, action) for item in episode.actions),
        episode.durations,
    )
    expected = mirrored(told(transform, episode), transform.layout)
    np.testing.assert_allclose(told(transform, image), expected, rtol=1e-5, atol=1e-5)
    assert np.abs(expected - told(transform, episode)).max() > 0.1, "the episode must not be symmetric"


@pytest.mark.parametrize(("name", "task"), LINEAR)
def test_a_linear_one_is_its_matrix(name, task):
    transform, seen = build(name, task=task), made_up(task).observations[0].astype(np.float64)
    matrix, _ = transform.begin(np.eye(seen.shape[1]), np.zeros((seen.shape[1], 0)))
    np.testing.assert_allclose(seen @ matrix, transform.begin(seen, seen[:, :0])[0], atol=1e-12)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_page_tells_of_it(name):
    """With its length, where that does not depend on the task."""
    (row,) = re.findall(rf"^\| `{name}` \|.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    tasks = TRANSFORMS[name].tasks
    if len(tasks) == 1:
        assert f"| {len(build(name, task=tasks[0]).layout)} |" in row
