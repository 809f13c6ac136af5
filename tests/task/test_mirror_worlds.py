"""A task in the mirror: mirrored states under mirrored actions are observed in the mirror, and paid the same.

So learners may mirror what they have seen (`learner/part/mirror_data.py`). Every task with a mirror belongs into CASES,
but for the rule of `run2017` by which its two weak muscles are not each other's image.
"""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from soleus.engine.base import State
from soleus.engine.fast.config import FastConfig
from soleus.model import mirror_of
from soleus.task.bonus import BONUSES, SPEED_BONUSES, Pay, RewardConfig, build_bonus
from soleus.task.env import VectorEnv
from soleus.task.prosthetics2018 import Prosthetics2018Config, TargetMemory
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config, WalkMemory

CASES = {
    "run2017 flat": Run2017Config(difficulty=0),
    "run2017 with balls": Run2017Config(difficulty=1),
    "run2017 with weak hips": Run2017Config(difficulty=2, left_psoas_is_gluteus=False),
    **{f"walk2019 difficulty {level}": Walk2019Config(difficulty=level, start="random") for level in (0, 1, 2, 3)},
    "walk2019 planar": Walk2019Config(planar=True, start="random"),
    "prosthetics2018 round 1": Prosthetics2018Config(round=1, prosthesis=False),
    "prosthetics2018": Prosthetics2018Config(prosthesis=False, observe_target=True),
    "prosthetics2018 planar": Prosthetics2018Config(prosthesis=False, planar=True, observe_target=True),
}
ENGINE = FastConfig(method="merson", accuracy=1e-6)
"""Precise, since rounding decides on the internal steps of a coarse one, and so on what is left of its errors."""
N_WORLD = 4
N_LEAD, N_STEP = 12, 10
"""Control steps until bodies lean to a side and touch the ground, and compared ones."""
GROWTH = 1e-4
"""What rounding may grow to in that time, with feet on the ground, as a share of the field's largest value."""


def mirrored_state(state, mirror):
    """The states of the mirrored bodies."""
    return State(
        state.time,
        mirror.coordinates(state.q),
        mirror.coordinates(state.u),
        mirror.muscles(state.activation),
        mirror.muscles(state.fiber_length),
    )


def mirrored_memory(memory):
    """What the rules would have kept in mind of mirrored episodes."""
    match memory:
        case WalkMemory():
            target, step = memory.target, memory.footstep
            turned = replace(
                target,
                sink=target.sink.conj(),
                center=target.center.conj(),
                path=-target.path,
                draws=target.draws * (1.0, -1.0, 1.0, 1.0),
            )
            stepped = replace(step, contact=step.contact[:, ::-1], deviation=step.deviation.conj())
            sight = memory.sight * (1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, 1.0)
            return replace(memory, target=turned, footstep=stepped, sight=sight)
        case TargetMemory():
            return replace(memory, target=replace(memory.target, velocity=memory.target.velocity * (1.0, -1.0)))
        case _:
            return memory


def mirrored_snapshot(snapshot, mirror):
    """Where the mirrored episodes are; what is measured follows from the state."""
    parameters = replace(snapshot.parameters, strength=mirror.muscles(snapshot.parameters.strength))
    state, memory = mirrored_state(snapshot.state, mirror), mirrored_memory(snapshot.memory)
    return replace(snapshot, state=state, parameters=parameters, memory=memory)


def mirrored(values, layout):
    return values[..., layout.mirror_index] * layout.mirror_sign


def about_to_change(snapshot):
    """A snapshot in which targets change soon: bodies have been at their sinks, or the time has come."""
    memory = snapshot.memory
    match memory:
        case WalkMemory():
            target, pelvis = memory.target, snapshot.measurement.body_position[:, 0]
            here = replace(target, sink=pelvis[:, 0] - 1j * pelvis[:, 2] + 0.01j, stayed=target.dwell - 0.02)
            return replace(snapshot, memory=replace(memory, target=here))
        case TargetMemory() if memory.target.change.shape[1]:
            change = memory.target.change - memory.target.change[:, :1] + memory.n_step[:, None] + 3
            return replace(snapshot, memory=replace(memory, target=replace(memory.target, change=change)))
        case _:
            return snapshot


def terms(task):
    """All that training can pay for in the task, at weight 1; but what is published without a mirror."""
    possible = {}
    for name in (BONUSES | SPEED_BONUSES).keys() - {"yaw_published"}:
        with suppress(ValueError):
            build_bonus(name, task, 1.25)
            possible[name] = 1.0
    return RewardConfig(**possible)


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def worlds(request):
    """A task, and two environments of it: for the worlds and for their images."""
    tasks = [request.param.build() for _ in range(2)]
    envs = [VectorEnv(task, ENGINE.build(task.model, N_WORLD), pays=Pay(task, terms(task), 1.25)) for task in tasks]
    yield tasks[0], envs
    for env in envs:
        env.close()


def test_the_mirror_image_of_an_episode_is_an_episode(worlds):
    task, (own, image) = worlds
    random, mirror = np.random.default_rng(1), mirror_of(task.model)
    own.reset(seed=11)
    image.reset(seed=11)
    for _ in range(N_LEAD):
        own.step(random.uniform(size=own.action_space.shape))
    begun = about_to_change(own.snapshot)
    own.reset(options={"snapshot": begun})
    image.reset(options={"snapshot": mirrored_snapshot(begun, mirror)})
    seen = [(task.observe(own.snapshot), mirrored(task.observe(image.snapshot), task.observation))]
    rewards, fallen, terms = [], [], []
    for _ in range(N_STEP):
        action = random.uniform(size=own.action_space.shape)
        _, *paid = own.step(action)
        _, *paid_there = image.step(mirrored(action, task.excitation))
        seen.append((task.observe(own.snapshot), mirrored(task.observe(image.snapshot), task.observation)))
        rewards.append((paid[0], paid_there[0]))
        fallen.append((paid[1], paid_there[1]))
        terms.append([np.stack([*told[3]["paid_terms"].values()]) for told in (paid, paid_there)])
    here, there = np.array(seen).transpose(1, 0, 2, 3)
    assert_same_fields(here, there, task.observation.names)
    np.testing.assert_allclose(*np.array(rewards).transpose(1, 0, 2), rtol=GROWTH, atol=GROWTH)
    np.testing.assert_allclose(
        *np.array(terms).swapaxes(0, 1), rtol=GROWTH, atol=GROWTH, err_msg=f"{[*paid[3]['paid_terms']]}"
    )
    assert np.array_equal(*np.array(fallen).transpose(1, 0, 2))
    assert np.abs(here - mirrored(here, task.observation)).max() > 0.1, "the states must not be symmetric"


def assert_same_fields(found, expected, names):
    """Observations, shape (n_step, n_world, n), agree to GROWTH of each field's size."""
    size = np.maximum(np.abs(expected).max(axis=(0, 1)), 1.0)
    error = np.abs(found - expected).max(axis=(0, 1)) / size
    worst = int(np.argmax(error))
    assert error[worst] <= GROWTH, f"{names[worst]} differs by {error[worst]:.1e} of its size"


def test_the_mirror_used_twice_is_the_snapshot_itself(worlds):
    task, (own, _) = worlds
    own.reset(seed=3)
    mirror = mirror_of(task.model)
    twice = mirrored_snapshot(mirrored_snapshot(own.snapshot, mirror), mirror)
    assert np.array_equal(twice.state.q, own.snapshot.state.q)
    assert np.array_equal(twice.parameters.strength, own.snapshot.parameters.strength)
