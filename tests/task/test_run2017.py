"""The rules of Learning to Run without a simulator; `tests/equality` holds the numbers that need one."""

from dataclasses import replace

import gymnasium
import numpy as np
import pytest

import soleus  # noqa: F401 - makes its tasks known to Gymnasium
from soleus.engine.base import Parameters, State
from soleus.task.base import Memory, Snapshot
from soleus.task.run2017 import Run2017Config, draw_course, next_obstacle
from worlds import measurement

TASK = Run2017Config().build()
MODEL = TASK.model


def snapshot(*, seed=0, pelvis_x=0.0, pelvis_y=0.9, obstacle=None, strength=None, limit_force=0.0, n_world=1):
    """Worlds whose every number differs, so that a misplaced one shows."""
    random = np.random.default_rng(seed)
    n_q, n_muscle, n_body = len(MODEL.coordinate_names), len(MODEL.muscles), len(MODEL.bodies)
    q = random.normal(size=(n_world, n_q))
    q[:, MODEL.coordinate_names.index("pelvis_tx")] = pelvis_x
    q[:, MODEL.coordinate_names.index("pelvis_ty")] = pelvis_y
    state = State(np.zeros(n_world), q, random.normal(size=(n_world, n_q)), *np.ones((2, n_world, n_muscle)))
    measured = measurement(
        MODEL,
        n_world,
        body_position=random.normal(size=(n_world, n_body, 3)),
        mass_center_position=random.normal(size=(n_world, 3)),
        mass_center_velocity=random.normal(size=(n_world, 3)),
        limit_force=np.full((n_world, len(MODEL.limit_forces)), limit_force),
    )
    obstacle = np.zeros((n_world, 0, 3)) if obstacle is None else np.asarray(obstacle)
    strength = np.ones((n_world, n_muscle)) if strength is None else strength
    return Snapshot(state, measured, Parameters(strength, obstacle), Memory(np.zeros(n_world, dtype=np.int64)))


def test_each_observed_number_is_where_the_rules_put_it():
    worlds = snapshot()
    observed = dict(zip(TASK.observation.names, TASK.observe(worlds)[0], strict=True))
    q = dict(zip(MODEL.coordinate_names, worlds.state.q[0], strict=True))
    u = dict(zip(MODEL.coordinate_names, worlds.state.u[0], strict=True))
    body = dict(zip(MODEL.body_names, worlds.measurement.body_position[0], strict=True))
    assert len(observed) == 41
    for name, value in q.items():
        assert observed[name] == value
        assert observed[f"{name} speed"] == u[name]
    for name in ("head", "pelvis", "torso", "toes_l", "toes_r", "talus_l", "talus_r"):
        assert observed[f"{name} x"] == body[name][0]
        assert observed[f"{name} y"] == body[name][1]
    assert observed["mass_center y speed"] == worlds.measurement.mass_center_velocity[0, 1]


def test_the_order_of_the_vector_is_the_published_one():
    names = TASK.observation.names
    assert names[:6] == (
        "pelvis_tilt", "pelvis_tx", "pelvis_ty", "pelvis_tilt speed", "pelvis_tx speed", "pelvis_ty speed",
    )  # fmt: skip
    assert names[6:12] == (
        "hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l",
    )  # fmt: skip
    assert names[18:22] == ("mass_center x", "mass_center y", "mass_center x speed", "mass_center y speed")
    assert names[22:36:2] == ("head x", "pelvis x", "torso x", "toes_l x", "toes_r x", "talus_l x", "talus_r x")
    assert names[36:] == (
        "strength psoas_l", "strength psoas_r", "obstacle distance", "obstacle height", "obstacle radius",
    )  # fmt: skip


def test_the_excitations_are_the_right_leg_then_the_left():
    right = ("hamstrings", "bifemsh", "glut_max", "iliopsoas", "rect_fem", "vasti", "gastroc", "soleus", "tib_ant")
    assert TASK.excitation.names == tuple(f"{muscle}_{side}" for side in "rl" for muscle in right)


def test_the_reward_is_metres_minus_a_token_for_the_ligaments():
    before, after = snapshot(pelvis_x=1.0), snapshot(pelvis_x=1.25, limit_force=200.0)
    terms = TASK.reward(before, after)
    assert terms["distance"] == pytest.approx(0.25)
    assert terms["ligament"] == pytest.approx(-1e-7 * np.sqrt(6 * 200.0**2))


def test_a_pelvis_below_65_cm_ends_the_episode():
    heights = np.array([0.6499, 0.65, 0.9])
    assert TASK.fallen(snapshot(pelvis_y=heights, n_world=3)).tolist() == [True, False, False]


def test_the_next_obstacle_is_the_first_that_is_not_wholly_behind():
    balls = np.array([[[1.0, 0.1, 0.2], [3.0, -0.1, 0.3]]])
    for pelvis_x, expected in (
        (0.0, (1.0, 0.1, 0.2)),
        (1.2, (-0.2, 0.1, 0.2)),
        (1.21, (1.79, -0.1, 0.3)),
        (3.31, (100.0, 0.0, 0.0)),
    ):
        assert next_obstacle(balls, np.array([pelvis_x]))[0] == pytest.approx(expected)


def test_without_obstacles_a_far_one_is_told():
    assert next_obstacle(np.zeros((2, 0, 3)), np.zeros(2)).tolist() == [[100.0, 0.0, 0.0]] * 2


def test_the_first_observation_can_tell_the_last_episode():
    now = snapshot(strength=np.full((1, 18), 0.7))
    last = snapshot(strength=np.full((1, 18), 0.9))
    place = TASK.observation.index("strength psoas_l")
    assert TASK.observe_start(now, last)[0, place] == 0.7
    assert Run2017Config(stale_first_observation=True).build().observe_start(now, last)[0, place] == 0.9
    assert Run2017Config(stale_first_observation=True).build().observe_start(now, None)[0, place] == 1.0


def test_the_left_psoas_is_the_gluteus_as_it_was_graded():
    graded, meant = Run2017Config().build(), Run2017Config(left_psoas_is_gluteus=False).build()
    weak = {
        name: set(np.array(MODEL.muscle_names)[task.start([3]).parameters.strength[0] != 1.0])
        for name, task in (("graded", graded), ("meant", meant))
    }
    assert weak == {"graded": {"iliopsoas_r", "glut_max_l"}, "meant": {"iliopsoas_r", "iliopsoas_l"}}


def test_a_course_is_drawn_in_the_published_order():
    """The first draws of NumPy's legacy generator, by hand: 3 places, 3 heights, 3 radii, then the strengths."""
    random = np.random.RandomState(7)
    x, height = random.uniform(1, 5, 3), random.uniform(-0.25, 0.25, 3)
    radius = 0.05 + random.exponential(0.05, 3)
    right, left = 1 - random.normal(0, 0.1), 1 - random.normal(0, 0.1)
    obstacle, strength_right, strength_left = draw_course(np.random.RandomState(7), difficulty=2, n_obstacle=3)
    order = np.argsort(x)
    assert obstacle == pytest.approx(np.stack([x, height * radius, radius], axis=1)[order])
    assert (strength_right, strength_left) == pytest.approx((right, left))


@pytest.mark.parametrize("seed", range(50))
def test_every_course_of_the_final_keeps_its_rules(seed):
    start = TASK.start([seed]).parameters
    x, height, radius = start.obstacle[0].T
    assert len(x) == 10
    assert (np.diff(x) >= 0).all()
    assert ((x >= 1.0) & (x <= 33.0)).all()
    assert (radius >= 0.05).all()
    assert (np.abs(height) <= 0.25 * radius).all()
    assert start.strength.min() >= 0.5


def test_seed_0_is_a_seed():
    first, again, other = TASK.start([0, 0, 1]).parameters.obstacle
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("rules", "n_obstacle"), [({"difficulty": 0}, 0), ({"round": 1}, 3), ({}, 10)])
def test_the_track_holds_the_round_s_obstacles(rules, n_obstacle):
    task = Run2017Config(**rules).build()
    assert task.start([1]).parameters.obstacle.shape == (1, n_obstacle, 3)
    assert (task.model.obstacle.count if task.model.obstacle else 0) == n_obstacle


@pytest.mark.parametrize("rules", [{"difficulty": 3}, {"round": 0}, {"time_limit": 0}])
def test_rules_that_do_not_exist_are_refused(rules):
    with pytest.raises(ValueError, match=next(iter(rules))):
        Run2017Config(**rules).build()


def test_the_terms_serve_jax_too():
    jnp = pytest.importorskip("jax.numpy")
    balls, pelvis_x = np.array([[[1.0, 0.1, 0.2], [3.0, -0.1, 0.3]]]), np.array([1.21])
    assert np.asarray(next_obstacle(jnp.asarray(balls), jnp.asarray(pelvis_x))) == pytest.approx(
        next_obstacle(balls, pelvis_x), rel=1e-6
    )


def test_noise_moves_the_angles_of_the_first_pose_and_nothing_else():
    seeds = range(400)
    graded, noisy = (Run2017Config(difficulty=2, start_noise=noise).build().start(seeds) for noise in (0.0, 0.02))
    assert not graded.equilibrate.any()
    assert noisy.equilibrate.all()
    np.testing.assert_array_equal(noisy.parameters.obstacle, graded.parameters.obstacle)
    np.testing.assert_array_equal(noisy.parameters.strength, graded.parameters.strength)
    moved = noisy.state.q - graded.state.q
    places = [MODEL.coordinate_names.index(name) for name in ("pelvis_tx", "pelvis_ty")]
    assert not moved[:, places].any()
    angles = np.delete(moved, places, axis=1)
    np.testing.assert_allclose(angles.std(axis=0), 0.02, rtol=0.15)
    np.testing.assert_allclose(angles.mean(axis=0), 0.0, atol=0.004)
    np.testing.assert_array_equal(Run2017Config(start_noise=0.02).build().start([7]).state.q, noisy.state.q[7:8])


def test_noise_below_nothing_is_refused():
    with pytest.raises(ValueError, match=r"run2017 start_noise is -0.1; it must be at least 0.0"):
        Run2017Config(start_noise=-0.1).build()


def test_numbers_of_numpy_are_numbers():
    """As they come from a search over settings."""
    rules = Run2017Config(difficulty=np.int64(1), time_limit=np.int64(500), start_noise=np.float32(0.5)).build().config
    assert rules == Run2017Config(difficulty=1, time_limit=500, start_noise=0.5)
    assert [type(value) for value in (rules.difficulty, rules.time_limit, rules.start_noise)] == [int, int, float]


def test_a_start_that_is_refused_leaves_the_seed_as_it_is():
    env = gymnasium.make_vec("soleus/Run2017-v0", num_envs=1)
    env.reset(seed=5)
    state = env.unwrapped.snapshot.state
    broken = replace(state, fiber_length=np.full_like(state.fiber_length, np.nan))
    with pytest.raises(ValueError, match="."):
        env.reset(seed=7, options={"state": broken})
    assert env.step(np.full((1, 18), 0.1))[4]["seed"].tolist() == [5]
