"""Reaching beside osim-rl 3.0.11 itself, in the states that it went through (`tests/fixtures/make_osim_rl.py`)."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.engine.reference import ReferenceConfig
from soleus.task.arm import ArmConfig, ArmMemory
from soleus.task.base import Snapshot

pytestmark = pytest.mark.opensim
ORACLE = np.load(Path(__file__).parents[1] / "fixtures" / "osim_rl_arm.npz")


@pytest.fixture(scope="module")
def engine():
    engine = ReferenceConfig().build(ArmConfig().build().model)
    yield engine
    engine.close()


def snapshots(task, engine, seed):
    """The recorded states of an episode."""
    told = {key.split("/")[1]: ORACLE[key] for key in ORACLE.files if key.startswith(f"seed{seed}/")}
    names, muscles = ORACLE["coordinate_names"].tolist(), ORACLE["muscle_names"].tolist()
    free = [names.index(name) for name in task.model.coordinate_names]
    order = [muscles.index(name) for name in task.model.muscle_names]
    parameters = Parameters(np.ones((1, 6)), np.zeros((1, 0, 3)))
    memory = task.start([seed]).memory
    for step in range(len(told["q"])):
        row = slice(step, step + 1)
        state = State(
            told["time"][row], told["q"][row][:, free], told["u"][row][:, free],
            told["activation"][row][:, order], told["fiber_length"][row][:, order],
        )  # fmt: skip
        engine.reset(np.arange(1), state, parameters, equilibrate=False)
        yield told, Snapshot(engine.state(), engine.measure(), parameters, memory, engine.dynamics())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_targets_observations_and_rewards_are_osim_rl_s(engine, seed):
    task = ArmConfig(stale_first_observation=True).build()
    steps = list(snapshots(task, engine, seed))
    told = steps[0][0]
    assert task.start([seed]).memory.target[0] == pytest.approx(told["target"].ravel(), abs=1e-12)
    for step, (_, now) in enumerate(steps[1:], start=1):
        assert task.observe(now)[0] == pytest.approx(told["observation"][step], rel=1e-8, abs=1e-8)
        assert sum(task.reward(now, now).values())[0] == pytest.approx(told["reward"][step - 1], abs=1e-9)
    told_at_first = np.zeros(2) if seed == 1 else ORACLE[f"seed{seed - 1}/target"].ravel()
    previous = replace(steps[0][1], memory=ArmMemory(np.zeros(1, int), told_at_first[None]))
    first = task.observe_start(steps[0][1], None if seed == 1 else previous)[0]
    assert first == pytest.approx(told["observation"][0], rel=1e-8, abs=1e-8)
