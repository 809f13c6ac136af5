"""What every registered task does, on every engine that can simulate it: the same checks by being registered."""

import copy
import pickle
from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import DictInfoToList, RecordEpisodeStatistics

from soleus.engine.base import Batched, EngineError
from soleus.engine.registry import ENGINES
from soleus.task.registration import make_env
from soleus.task.registry import TASKS

REFUSED = {("arm", "fast"): "muscle 'TRIlong' wraps over"}
"""Tasks that an engine cannot simulate, and why."""
CASES = [
    pytest.param((task, engine), marks=[pytest.mark.opensim] * (engine == "opensim"), id=f"{task} on {engine}")
    for task in TASKS
    for engine in ENGINES
    if (task, engine) not in REFUSED
]


@pytest.fixture(scope="module", params=CASES)
def env(request):
    name, engine = request.param
    env = gymnasium.make(TASKS[name].gymnasium_id, engine=engine)
    yield env
    env.close()


def episode(env, seed, n_step=15):
    """The first steps of an episode under random excitations."""
    random = np.random.default_rng(seed)
    observed = [env.reset(seed=seed)[0]]
    rewards = []
    for _ in range(n_step):
        action = random.uniform(0, 1, env.action_space.shape).astype(np.float32)
        observation, reward, terminated, truncated, _ = env.step(action)
        observed.append(observation)
        rewards.append(reward)
        if terminated or truncated:
            break
    return np.array(observed), rewards


@pytest.mark.filterwarnings("ignore:.*observation space (minimum|maximum) value is")
@pytest.mark.filterwarnings("ignore:.*not equal to the action")
def test_gymnasium_s_checks(env):
    check_env(env.unwrapped, skip_render_check=True)


@pytest.mark.filterwarnings("ignore:.*normalized")
def test_stable_baselines3_s_checks(env):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(env)


def test_a_seed_repeats_an_episode_to_the_bit(env):
    first, second = episode(env, 0), episode(env, 0)
    assert np.array_equal(first[0], second[0])
    assert first[1] == second[1]


def test_an_episode_does_not_depend_on_the_one_before(env):
    first = episode(env, 0)
    episode(env, 1)
    assert np.array_equal(first[0], episode(env, 0)[0])


def test_episodes_without_a_seed_go_on_from_the_last_one(env):
    def seeds():
        first = env.reset(seed=5)[1]["seed"]
        return [first, env.reset()[1]["seed"], env.reset()[1]["seed"]]

    once = seeds()
    assert len(set(once)) == 3
    assert seeds() == once


def test_the_spaces_and_the_layout_agree(env):
    task = env.unwrapped.task
    assert env.observation_space.shape == (len(task.observation),)
    assert env.action_space.shape == (len(task.excitation),)
    assert sorted(task.excitation.names) == sorted(task.model.muscle_names)


def test_the_mirror_used_twice_changes_nothing(env):
    task = env.unwrapped.task
    if task.mirror_fault is not None:
        pytest.skip(f"no mirror: {task.mirror_fault}")
    for layout in (task.observation, task.excitation):
        vector = np.arange(len(layout), dtype=np.float32)
        mirrored = vector[layout.mirror_index] * layout.mirror_sign
        assert (mirrored[layout.mirror_index] * layout.mirror_sign).tolist() == vector.tolist()
        assert mirrored.tolist() != vector.tolist()


def test_the_reward_is_the_sum_of_its_terms(env):
    env.reset(seed=2)
    _, reward, _, _, info = env.step(env.action_space.low)
    assert reward == pytest.approx(sum(info["reward_terms"].values()))
    assert info["sim_error"] == ""


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_action_that_is_no_number_is_refused_before_anything_moves(env, value):
    before = env.reset(seed=0)[0]
    action = env.action_space.low.copy()
    action[3] = value
    with pytest.raises(ValueError, match=f"{env.unwrapped.task.excitation.names[3]} in world 0 is {value}"):
        env.unwrapped.step(action)
    worlds = env.unwrapped.worlds
    assert np.array_equal(worlds.task.observe(worlds.snapshot)[0].astype(np.float32), before)


def test_a_wrong_shaped_action_is_refused(env):
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"the action has shape \(1, 3\)"):
        env.unwrapped.step(np.zeros(3))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(env, seed):
    with pytest.raises(ValueError, match=r"seed"):
        env.unwrapped.worlds.reset(seed=[seed])


def test_unknown_reset_options_are_refused(env):
    with pytest.raises(ValueError, match="unknown reset options posture"):
        env.reset(options={"posture": 3})


def test_a_state_can_be_stored_and_restored(env):
    env.reset(seed=0)
    for _ in range(3):
        env.step(env.action_space.high / 2)
    snapshot = env.unwrapped.worlds.snapshot
    after, reward, *_ = env.step(env.action_space.high / 3)
    env.reset(seed=1, options={"snapshot": snapshot})
    again, reward_again, *_ = env.step(env.action_space.high / 3)
    layout = env.unwrapped.task.observation
    smooth = [place for place, field in enumerate(layout.fields) if "/s^2" not in field.unit]
    assert again[smooth] == pytest.approx(after[smooth], rel=1e-2, abs=0.1), "the integrator begins anew"
    assert reward_again == pytest.approx(reward, abs=1e-3)
    assert env.unwrapped.worlds.snapshot.memory.n_step == 4


def test_an_episode_can_begin_in_a_state(env):
    env.reset(seed=0)
    env.step(env.action_space.high / 2)
    state = env.unwrapped.worlds.snapshot.state
    env.reset(seed=0, options={"state": state})
    assert np.array_equal(env.unwrapped.worlds.snapshot.state.q, state.q)
    assert np.array_equal(env.unwrapped.worlds.snapshot.state.fiber_length, state.fiber_length)


def test_an_episode_can_begin_in_a_pose(env):
    env.reset(seed=0)
    model = env.unwrapped.task.model
    q = env.unwrapped.worlds.snapshot.state.q[0] + 0.01
    pose = dict(zip(model.coordinate_names, q, strict=True))
    velocity = dict.fromkeys(model.coordinate_names, 0.5)
    env.reset(seed=0, options={"pose": pose, "velocity": velocity})
    state = env.unwrapped.worlds.snapshot.state
    assert state.q[0] == pytest.approx(q, abs=1e-12)
    assert (state.u == 0.5).all()
    tension, pull = (
        getattr(env.unwrapped.worlds.snapshot.measurement, name) for name in ("tendon_force", "fiber_force")
    )
    assert (pull >= tension * (1 - 1e-6)).all(), "the fibres balance the tendons"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda pose: pose.popitem(), "the pose lacks"),
        (lambda pose: pose.update(tail=1.0), "the pose has tail, which cannot move"),
        (lambda pose: pose.update(dict.fromkeys(pose, 9.0)), r"is 9 in the pose of world 0; .* allows -"),
        (lambda pose: pose.update(dict.fromkeys(pose, np.nan)), "that is not a finite number"),
    ],
)
def test_a_pose_that_does_not_fit_is_refused(env, change, message):
    env.reset(seed=0)
    model, state = env.unwrapped.task.model, env.unwrapped.worlds.snapshot.state
    pose = dict(zip(model.coordinate_names, state.q[0].tolist(), strict=True))
    change(pose)
    with pytest.raises(ValueError, match=message):
        env.reset(options={"pose": pose})


def test_a_snapshot_of_other_rules_is_refused(env):
    env.reset(seed=0)
    task, snapshot = env.unwrapped.task, env.unwrapped.worlds.snapshot
    other = replace(snapshot, rules=replace(task.config, time_limit=7))
    with pytest.raises(ValueError, match=rf"other rules of {task.name}: time_limit is 7, here"):
        env.reset(options={"snapshot": other})
    with pytest.raises(ValueError, match="is one of NoneType"):
        env.reset(options={"snapshot": replace(snapshot, rules=None)})


def test_a_restored_world_tells_the_seed_of_its_episode(env):
    env.reset(seed=11)
    snapshot = env.unwrapped.worlds.snapshot
    assert env.reset(seed=5, options={"snapshot": snapshot})[1]["seed"] == 11


def test_writing_into_what_was_returned_changes_nothing(env):
    def walk(spoil):
        observation, _ = env.reset(seed=3)
        rewards = []
        for _ in range(4):
            spoil(observation)
            observation, reward, _, _, info = env.unwrapped.worlds.step(env.action_space.high[None] / 2)
            rewards.append(float(reward[0]))
            for value in info.values():
                if isinstance(value, np.ndarray) and value.dtype != object:
                    spoil(value)
        return rewards

    assert walk(lambda values: values.fill(1)) == walk(lambda values: None)


def test_resetting_no_world_changes_nothing(env):
    worlds = env.unwrapped.worlds
    env.reset(seed=0)
    before = worlds.step(env.action_space.high[None] / 2)[0]
    observation, info = worlds.reset(options={"reset_mask": np.zeros(1, dtype=bool)})
    assert np.array_equal(observation, before)
    assert info["seed"].tolist() == [0]
    assert worlds.snapshot.memory.n_step.tolist() == [1]


def test_an_engine_with_other_control_steps_is_refused(env):
    task = env.unwrapped.task
    name = "opensim" if (task.name, "fast") in REFUSED else "fast"
    with pytest.raises(ValueError, match="graded at control steps of 0.01 s"):
        make_env(task.name, engine=name, engine_settings={"control_step": 0.02})
    with pytest.raises(ValueError, match="engine_settings has speed; the settings are .*accuracy"):
        make_env(task.name, engine=name, engine_settings={"speed": 2})
    with pytest.raises(ValueError, match="engine_settings has accuracy 'fine'; it is of the kind of 0.001"):
        make_env(task.name, engine=name, engine_settings={"accuracy": "fine"})
    with pytest.raises(ValueError, match="engine_settings is 5; it is a dict"):
        make_env(task.name, engine=name, engine_settings=5)


@pytest.mark.parametrize(
    "rules", [{"time_limit": 0}, {"time_limit": 2.5}, {"clip_excitation": "no"}, {"time_limit": True}]
)
def test_rules_of_another_kind_are_refused(env, rules):
    with pytest.raises(ValueError, match=f"{env.unwrapped.task.name} {next(iter(rules))} is"):
        make_env(env.unwrapped.task.name, **rules)


def test_reset_options_that_contradict_each_other_are_refused(env):
    env.reset(seed=0)
    state = env.unwrapped.worlds.snapshot.state
    with pytest.raises(ValueError, match="pose and state each say where to begin"):
        env.reset(options={"pose": state.q[0], "state": state})
    with pytest.raises(ValueError, match="velocity goes with a pose"):
        env.reset(options={"velocity": state.u[0]})
    with pytest.raises(ValueError, match="has shape"):
        env.reset(options={"pose": np.zeros(3)})
    with pytest.raises(ValueError, match="is a dict; it must be a State"):
        env.reset(options={"state": {}})
    with pytest.raises(ValueError, match="they are a dict"):
        env.reset(options=[state])


@pytest.mark.parametrize("send", [copy.deepcopy, pickle.dumps])
def test_an_environment_that_is_copied_says_what_to_do_instead(env, send):
    with pytest.raises(TypeError, match="make another environment, which begins at the same moment"):
        send(env.unwrapped)


# -------------------------------------------------------------------------------------------- many worlds in one engine


@pytest.fixture(params=[task for task in TASKS if (task, "fast") not in REFUSED])
def many(request):
    """Builds many worlds of a task on the default engine."""
    built = []

    def build(num_envs=3, **settings):
        built.append(gymnasium.make_vec(TASKS[request.param].gymnasium_id, num_envs=num_envs, **settings))
        return built[-1]

    yield build
    for env in built:
        env.close()


def fall(env, n_step=300):
    """Steps of an environment whose runners let go, until one of them has fallen and two more."""
    env.reset(seed=4)
    steps, after_fall = [], 0
    while after_fall < 3:
        assert len(steps) < n_step, "nobody fell"
        steps.append(env.step(np.zeros(env.action_space.shape, np.float32)))
        after_fall += bool(after_fall) or bool(steps[-1][2].any())
    return steps


def test_worlds_of_a_vector_are_the_worlds_alone(many):
    together, alone = many(num_envs=3), many(num_envs=1)
    actions = np.random.default_rng(0).uniform(0, 1, (20, *together.single_action_space.shape)).astype(np.float32)
    for world in range(3):
        one, _ = alone.reset(seed=[7 + world])
        all_, _ = together.reset(seed=7)
        assert np.array_equal(all_[world], one[0])
        for action in actions:
            one, reward, *_ = alone.step(action[None])
            all_, rewards, *_ = together.step(np.tile(action, (3, 1)))
            assert np.array_equal(all_[world], one[0])
            assert rewards[world] == reward[0]


def test_worlds_that_fell_are_reset_in_the_next_step(many):
    env = many()
    assert env.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    *_, (_, _, fell, _, info), (_, reward, *ended, begun), (observation, reward_then, *_) = fall(env)
    world = int(np.argmax(fell))
    assert info["fallen"][world]
    assert reward[world] == 0.0
    assert not np.any(ended, axis=0)[world]
    assert begun["seed"][world] != info["seed"][world]
    assert not begun["_distance"][world]
    assert reward_then[world] != 0.0
    assert env.unwrapped.snapshot.measurement.mass_center_position[world, 1] > 0.8
    assert np.array_equal(observation, env.unwrapped.task.observe(env.unwrapped.snapshot).astype(np.float32))


def test_worlds_that_fall_can_be_reset_in_the_same_step(many):
    env = many(autoreset_mode=AutoresetMode.SAME_STEP)
    *_, (observation, _, fell, _, info), _, _ = fall(env)
    world = int(np.argmax(fell))
    assert not np.array_equal(observation[world], info["final_obs"][world])
    assert info["_final_obs"].tolist() == fell.tolist()
    assert info["final_info"]["fallen"][world]


def test_without_autoreset_nothing_is_reset(many):
    env = many(autoreset_mode="Disabled")
    *_, (_, _, fell, _, _), (_, _, still, _, _), _ = fall(env)
    assert still[fell].all()


def test_a_world_taken_from_a_vector_tells_its_own_seed(many):
    together, alone = many(), many(num_envs=1)
    together.reset(seed=[10, 20, 30])
    third = together.unwrapped.snapshot.rows(np.array([2]))
    assert alone.reset(options={"snapshot": third})[1]["seed"].tolist() == [30]
    with pytest.raises(ValueError, match="seed of the snapshot has 3 rows; there are 1 worlds"):
        alone.reset(options={"snapshot": replace(third, seed=np.arange(3))})


def test_a_seed_is_a_whole_number(many):
    with pytest.raises(ValueError, match=r"seed 2\.5 is no whole number"):
        many().reset(seed=[1, 2.5, 3])


def test_the_time_limit_truncates_a_vector(many):
    env = many(max_episode_steps=3)
    env.reset(seed=0)
    truncated = [env.step(np.zeros(env.action_space.shape))[3].tolist() for _ in range(4)]
    assert truncated == [[False] * 3, [False] * 3, [True] * 3, [False] * 3]


def test_gymnasium_s_own_wrappers_keep_statistics(many):
    env = DictInfoToList(RecordEpisodeStatistics(many(max_episode_steps=5)))
    env.reset(seed=0)
    steps = [env.step(np.zeros(env.action_space.shape)) for _ in range(11)]
    lengths = [info["episode"]["l"] for *_, infos in steps for info in infos if "episode" in info]
    assert lengths == [5] * 6
    assert all(np.isfinite(term) for term in steps[0][4][2]["reward_terms"].values())


def test_opensim_holds_one_world_and_says_how_to_have_more(many):
    with pytest.raises(EngineError, match=r'one world in a process, not 3.*vectorization_mode="async"'):
        many(engine="opensim")


def test_a_vector_shows_every_runner(many):
    pytest.importorskip("matplotlib")
    env = many(num_envs=2, render_mode="rgb_array")
    env.reset(seed=0)
    assert [picture.std() > 5 for picture in env.render()] == [True, True]


def assert_same_rows(found, expected):
    for name, values in vars(expected).items():
        if isinstance(values, Batched):
            assert_same_rows(getattr(found, name), values)
        else:
            assert np.array_equal(getattr(found, name), values), name


def test_many_starts_are_the_starts_alone():
    for entry in TASKS.values():
        task = entry.config().build()
        together = task.start([5, 6, 7])
        for row, seed in enumerate([5, 6, 7]):
            alone = task.start([seed])
            for part in ("state", "parameters", "memory"):
                assert_same_rows(getattr(together, part)[[row]], getattr(alone, part))


def test_a_picture_shows_the_runner():
    pytest.importorskip("matplotlib")
    env = gymnasium.make(TASKS["run2017"].gymnasium_id, render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.std() > 5
    env.close()


@pytest.mark.parametrize(("task", "engine"), REFUSED)
def test_an_engine_that_cannot_simulate_a_task_says_why(task, engine):
    with pytest.raises(EngineError, match=REFUSED[task, engine]):
        make_env(task, engine=engine)


def test_an_unknown_rule_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"Run2017-v0 has no rule gravity; its rules are round, difficulty"):
        gymnasium.make(TASKS["run2017"].gymnasium_id, gravity=3)


def test_an_unknown_engine_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown engine 'bullet'; known engines are fast, opensim"):
        make_env("run2017", engine="bullet")


def test_an_unknown_task_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown task 'swim'; known tasks are .*run2017"):
        make_env("swim")
