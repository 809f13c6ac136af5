"""Snapshots in files: what is saved goes on where it was saved."""

import gymnasium
import numpy as np
import pytest

from soleus.task.registry import TASKS
from soleus.task.store import load_snapshot, save_snapshot

FAST = [entry.gymnasium_id for entry in TASKS.values() if entry.engine == "fast"]


def play(env, n_step, seed):
    random = np.random.default_rng(seed)
    steps = [env.step(random.uniform(0, 1, env.action_space.shape).astype(np.float32)) for _ in range(n_step)]
    return np.array([step[1] for step in steps]), steps[-1][4]


@pytest.mark.parametrize("name", FAST)
def test_an_episode_goes_on_where_it_was_saved(name, tmp_path):
    def make():
        return gymnasium.make_vec(name, num_envs=3, autoreset_mode="Disabled", engine_settings={"accuracy": 1e-6})

    env, other = make(), make()
    env.reset(seed=1)
    play(env, 20, seed=0)
    save_snapshot(tmp_path / "moment.npz", env.unwrapped.snapshot, env.unwrapped.task)
    rewards, info = play(env, 10, seed=1)
    other.reset(seed=9, options={"snapshot": load_snapshot(tmp_path / "moment.npz", other.unwrapped.task)})
    rewards_there, info_there = play(other, 10, seed=1)
    np.testing.assert_allclose(rewards_there, rewards, atol=1e-4)
    assert other.unwrapped.snapshot.memory.n_step.tolist() == [30] * 3
    np.testing.assert_allclose(info_there["distance"], info["distance"], atol=1e-4)
    assert not list(tmp_path.glob("*.part"))


def test_a_snapshot_of_another_task_is_refused(tmp_path):
    env = gymnasium.make("soleus/Run2017-v0")
    env.reset(seed=0)
    file = tmp_path / "moment.npz"
    save_snapshot(file, env.unwrapped.worlds.snapshot, env.unwrapped.task)
    with pytest.raises(ValueError, match="is a snapshot of run2017-v0, and this is walk2019-v0"):
        load_snapshot(file, TASKS["walk2019"].config().build())
    walk = gymnasium.make("soleus/Walk2019-v0")
    walk.reset(seed=0)
    save_snapshot(file, walk.unwrapped.worlds.snapshot, walk.unwrapped.task)
    with pytest.raises(ValueError, match=r"other rules of walk2019: planar is False, here True"):
        load_snapshot(file, TASKS["walk2019"].config(planar=True).build())


def test_a_damaged_file_is_refused(tmp_path):
    file = tmp_path / "moment.npz"
    file.write_bytes(b"not an archive")
    with pytest.raises(ValueError, match="is damaged or no snapshot"):
        load_snapshot(file, TASKS["run2017"].config().build())


def test_a_reward_that_is_due_is_paid_after_the_restore(tmp_path):
    """The snapshot is taken between a touch-down and its payment, one control step later."""
    env = gymnasium.make("soleus/Walk2019-v0", start="step", engine_settings={"accuracy": 1e-6})
    env.reset(seed=1)
    worlds, rest = env.unwrapped.worlds, np.full(22, 0.1, np.float32)
    while not worlds.snapshot.memory.footstep.landed[0]:
        env.step(rest)
    save_snapshot(tmp_path / "moment.npz", worlds.snapshot, env.unwrapped.task)
    paid = env.step(rest)[4]["reward_terms"]
    env.reset(seed=8, options={"snapshot": load_snapshot(tmp_path / "moment.npz", env.unwrapped.task)})
    again = env.step(rest)[4]["reward_terms"]
    assert paid["footstep"] > 0.1
    assert again == pytest.approx(paid, abs=1e-4)
