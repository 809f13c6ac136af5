"""The rules of AI for Prosthetics without a simulator; `tests/equality` holds the numbers that need one."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.model import ModelError, mirror_of
from soleus.task.base import Snapshot
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.prosthetics2018_observation import third_angle
from worlds import dynamics, measurement

TASK = Prosthetics2018Config().build()
WHOLE = Prosthetics2018Config(prosthesis=False).build()
VARIANTS = [(planar, prosthesis) for planar in (False, True) for prosthesis in (True, False)]


def snapshot(task, *, seed=0, n_world=1, pelvis_y=0.9, pelvis_velocity=(0.0, 0.0, 0.0), activation=0.5, n_step=0):
    """Worlds whose every number differs, so that a misplaced one shows."""
    model, random = task.model, np.random.default_rng(seed)
    n_q, n_muscle, n_body = len(model.coordinate_names), len(model.muscles), len(model.bodies)
    vectors = random.normal(size=(5, n_world, n_body, 3))
    vectors[0, :, 0, 1], vectors[1, :, 0] = pelvis_y, pelvis_velocity
    state = State(
        np.zeros(n_world),
        *random.normal(size=(2, n_world, n_q)),
        np.broadcast_to(activation, (n_world, n_muscle)),
        random.uniform(0.05, 0.1, (n_world, n_muscle)),
    )
    center = random.normal(size=(3, n_world, 3))
    measured = measurement(
        model,
        n_world,
        body_position=vectors[0],
        body_velocity=vectors[1],
        body_angular_velocity=vectors[2],
        body_rotation=np.linalg.qr(random.normal(size=(n_world, n_body, 3, 3)))[0],
        mass_center_position=center[0],
        mass_center_velocity=center[1],
        fiber_velocity=random.normal(size=(n_world, n_muscle)),
    )
    accelerated = dynamics(
        model,
        n_world,
        acceleration=random.normal(size=(n_world, n_q)),
        body_acceleration=vectors[3],
        body_angular_acceleration=vectors[4],
        mass_center_acceleration=center[2],
    )
    parameters = Parameters(np.ones((n_world, n_muscle)), np.zeros((n_world, 0, 3)))
    memory = replace(task.start(list(range(n_world))).memory, n_step=np.full(n_world, n_step))
    return Snapshot(state, measured, parameters, memory, accelerated)


def test_the_order_of_the_vector_is_the_published_one():
    names = TASK.observation.names
    moves = ["x speed", "y speed", "x acceleration", "y acceleration"]
    turns = ["angular speed", "angular acceleration"]
    assert list(names[:8]) == [f"pelvis {what}" for what in ("y", *moves, "angle", *turns)]
    each = ["x from pelvis", "y from pelvis", *moves, "angle from pelvis", *turns]
    bodies = ("head", "torso", "toes_l", "toes_r", "talus_l", "talus_r")
    assert list(names[8:62]) == [f"{body} {what}" for body in bodies for what in each]
    assert names[62:68] == (
        "ankle_angle_l", "ankle_angle_l speed", "ankle_angle_l acceleration",
        "ankle_angle_r", "ankle_angle_r speed", "ankle_angle_r acceleration",
    )  # fmt: skip
    assert names[68:74] == (
        "lumbar_extension", "lumbar_extension speed", "lumbar_extension acceleration",
        "hip_flexion_l", "hip_adduction_l", "hip_rotation_l",
    )  # fmt: skip
    assert names[74:80:3] == ("hip_flexion_l speed", "hip_flexion_l acceleration")
    assert names[92:95] == ("knee_angle_r", "knee_angle_r speed", "knee_angle_r acceleration")
    assert names[95:101] == (
        "abd_l activation", "abd_l length", "abd_l velocity", "abd_r activation", "abd_r length", "abd_r velocity",
    )  # fmt: skip
    assert names[149:152] == ("vasti_r activation", "vasti_r length", "vasti_r velocity")
    assert names[152:] == (
        "mass_center x from pelvis", "mass_center y from pelvis",
        "mass_center x speed", "mass_center y speed", "mass_center z speed",
        "mass_center x acceleration", "mass_center y acceleration", "mass_center z acceleration",
    )  # fmt: skip


@pytest.mark.parametrize(("planar", "prosthesis"), VARIANTS)
def test_each_observed_number_is_where_the_rules_put_it(planar, prosthesis):
    task = Prosthetics2018Config(planar=planar, prosthesis=prosthesis).build()
    worlds, model = snapshot(task), task.model
    observed = dict(zip(task.observation.names, task.observe(worlds)[0], strict=True))
    assert len(observed) == (160 if prosthesis else 169)
    measured, accelerated = worlds.measurement, worlds.dynamics
    body = model.body_names.index
    there = measured.body_position[0, body("talus_l")] - measured.body_position[0, 0]
    assert observed["talus_l x from pelvis"] == there[0]
    assert observed["talus_l y from pelvis"] == there[1]
    assert observed["pelvis y"] == 0.9
    assert observed["head y acceleration"] == accelerated.body_acceleration[0, body("head"), 1]
    assert observed["head angular speed"] == measured.body_angular_velocity[0, body("head"), 2]
    assert observed["head angular acceleration"] == accelerated.body_angular_acceleration[0, body("head"), 2]
    angle = third_angle(measured.body_rotation[:, :, 0])[0]
    assert observed["pelvis angle"] == angle[0]
    assert observed["torso angle from pelvis"] == angle[body("torso")] - angle[0]
    for place, name in enumerate(model.muscle_names):
        assert observed[f"{name} length"] == worlds.state.fiber_length[0, place]
        assert observed[f"{name} velocity"] == measured.fiber_velocity[0, place]
    for place, name in enumerate(model.coordinate_names):
        if "pelvis" not in name:
            assert observed[name] == worlds.state.q[0, place]
            assert observed[f"{name} speed"] == worlds.state.u[0, place]
            assert observed[f"{name} acceleration"] == accelerated.acceleration[0, place]
    assert observed["mass_center z acceleration"] == accelerated.mass_center_acceleration[0, 2]
    assert (
        observed["mass_center x from pelvis"] == measured.mass_center_position[0, 0] - (measured.body_position[0, 0, 0])
    )


def test_what_is_locked_stands_still():
    observed = dict(zip(TASK.observation.names, TASK.observe(snapshot(TASK))[0], strict=True))
    assert observed["lumbar_extension"] == -0.0872665
    for name in ("lumbar_extension speed", "lumbar_extension acceleration", "hip_rotation_l", "hip_rotation_r speed"):
        assert observed[name] == 0.0


def test_the_foot_that_is_a_prosthesis_is_told_as_zeros():
    missing = [place for place, name in enumerate(TASK.observation.names) if name.startswith(("toes_r", "talus_r"))]
    assert len(missing) == 18
    assert (TASK.observe(snapshot(TASK))[0, missing] == 0.0).all()
    assert (TASK.observe(snapshot(TASK))[0, np.array(missing) - 9] != 0.0).all()
    assert (WHOLE.observe(snapshot(WHOLE))[0, missing] != 0.0).all()


def test_activations_are_told_and_paid_as_opensim_reports_them():
    low, high = snapshot(TASK, activation=-0.2), snapshot(TASK, activation=1.3)
    place = TASK.observation.index("soleus_l activation")
    assert (TASK.observe(low)[0, place], TASK.observe(high)[0, place]) == (0.01, 1.0)
    assert TASK.reward(high, high)["effort"][0] == pytest.approx(-0.001 * 19)


def test_the_third_angle_is_that_of_a_rotation_about_x_then_y_then_z():
    x, y, z = 0.3, -0.4, 2.5
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    assert third_angle((about_x @ about_y @ about_z)[0]) == pytest.approx(z)


def test_round_1_pays_for_three_metres_a_second_forward():
    task = Prosthetics2018Config(round=1).build()
    worlds = snapshot(task, pelvis_velocity=(2.5, 7.0, -4.0))
    terms = {name: float(term[0]) for name, term in task.reward(worlds, worlds).items()}
    assert terms == {"alive": 9.0, "speed_forward": -0.25}
    assert task.tell(worlds)["target_velocity"].tolist() == [[3.0, 0.0]]


def test_round_2_pays_for_the_target_velocity_and_little_effort():
    worlds = snapshot(TASK, pelvis_velocity=(1.0, 7.0, 0.5), activation=0.5)
    terms = {name: float(term[0]) for name, term in TASK.reward(worlds, worlds).items()}
    assert terms == pytest.approx(
        {"alive": 10.0, "speed_forward": -(0.25**2), "speed_sideways": -0.25, "effort": -0.001 * 19 * 0.25}
    )


def test_the_reward_of_a_step_asks_for_the_target_at_its_end():
    change = int(TASK.start([0]).memory.target.change[0, 0])
    before, after = snapshot(TASK, n_step=change - 1), snapshot(TASK, n_step=change)
    still = replace(before, memory=TASK.remember(before, before))
    assert still.memory.n_step[0] == change
    first, second = (TASK.tell(worlds)["target_velocity"][0] for worlds in (before, after))
    assert first.tolist() == [1.25, 0.0]
    assert -TASK.reward(before, still)["speed_sideways"][0] == pytest.approx(second[1] ** 2)
    assert second[1] != 0.0


def test_a_target_is_drawn_in_the_published_order():
    """The change of the speed and its sign, then those of the heading, from Python's generator; times from NumPy's."""
    import random

    drawn = random.Random(7)
    speed = 1.25 + drawn.choice([-1, 1]) * drawn.uniform(-0.5, 0.5)
    heading = drawn.choice([-1, 1]) * drawn.uniform(-np.pi / 8, np.pi / 8)
    step = int(np.random.RandomState(7).poisson(300))
    target = TASK.start([7]).memory.target
    before, after = (target.at(np.array([at]))[0] for at in (step - 1, step))
    assert before.tolist() == [1.25, 0.0]
    assert after == pytest.approx([speed * np.cos(heading), speed * np.sin(heading)])


def test_targets_change_as_often_and_as_far_as_the_rules_say():
    target = TASK.start(range(500)).memory.target
    interval = np.diff(target.change, axis=1, prepend=0)
    assert interval.mean() == pytest.approx(300, abs=1.0)
    assert interval.var() == pytest.approx(300, rel=0.1)
    speed, heading = np.hypot(*target.velocity[:, :2].T), np.arctan2(target.velocity[:, 1, 1], target.velocity[:, 1, 0])
    assert (speed[0] == 1.25).all()
    assert np.abs(speed[1] - 1.25).max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(heading).max() == pytest.approx(np.pi / 8, abs=0.01)
    assert speed[1].std() == pytest.approx(1 / np.sqrt(12), rel=0.1)


def test_a_seed_draws_the_same_whatever_its_neighbours():
    together, alone = TASK.start([3, 0, 5]).memory.target, TASK.start([5]).memory.target
    assert np.array_equal(together.velocity[2], alone.velocity[0])
    assert np.array_equal(together.change[2], alone.change[0])
    assert not np.array_equal(together.change[0], together.change[1])


def test_the_target_is_observed_only_if_asked_for():
    task = Prosthetics2018Config(observe_target=True).build()
    observed = task.observe(snapshot(task, n_step=999))
    assert task.observation.names[160:] == ("target_velocity x", "target_velocity z")
    assert observed[:, 160:].tolist() == task.tell(snapshot(task, n_step=999))["target_velocity"].tolist()
    assert np.array_equal(observed[:, :160], TASK.observe(snapshot(TASK, n_step=999)))


@pytest.mark.parametrize(("prosthesis", "n"), [(True, 158), (False, 167)])
def test_the_first_vector_told_the_mass_centre_in_two_axes(prosthesis, n):
    task = Prosthetics2018Config(prosthesis=prosthesis, mass_center_axes=2).build()
    assert task.observe(snapshot(task)).shape == (1, n) == (1, len(task.observation))
    assert [name for name in task.observation.names if " z " in name] == []


def test_a_pelvis_below_60_cm_ends_the_episode():
    heights = np.array([0.5999, 0.6, 0.69, 0.9])
    assert TASK.fallen(snapshot(TASK, pelvis_y=heights, n_world=4)).tolist() == [True, False, False, False]
    early = Prosthetics2018Config(fall_height=0.7).build()
    assert early.fallen(snapshot(early, pelvis_y=heights, n_world=4)).tolist() == [True, True, True, False]


def test_the_start_is_upright_and_still():
    for planar, prosthesis in VARIANTS:
        task = Prosthetics2018Config(planar=planar, prosthesis=prosthesis).build()
        start = task.start([1, 2])
        q = dict(zip(task.model.coordinate_names, start.state.q[0], strict=True))
        assert q.pop("pelvis_ty") == 0.94
        assert set(q.values()) == {0.0}
        assert not start.state.u.any()
        assert start.equilibrate.all()
    assert not Prosthetics2018Config(equilibrate=False).build().start([1]).equilibrate.any()


def test_rounds_differ_in_length_and_in_clipping():
    first, second = Prosthetics2018Config(round=1).build(), TASK
    assert (first.time_limit, second.time_limit) == (300, 1000)
    assert (first.clip_excitation, second.clip_excitation) == (False, True)
    assert Prosthetics2018Config(round=1, clip_excitation=True).build().clip_excitation
    assert Prosthetics2018Config(time_limit=7).build().time_limit == 7


@pytest.mark.parametrize(("planar", "prosthesis"), VARIANTS)
def test_a_body_with_a_prosthesis_has_no_mirror(planar, prosthesis):
    task = Prosthetics2018Config(planar=planar, prosthesis=prosthesis).build()
    if not prosthesis:
        assert task.mirror_fault is None
        mirror_of(task.model)
        return
    assert task.mirror_fault == "gastroc_l has no partner gastroc_r"
    with pytest.raises(ModelError):
        mirror_of(task.model)
    for layout in (task.observation, task.excitation):
        with pytest.raises(
            ValueError, match="no mirror image: gastroc_l.* has no partner gastroc_r.*nothing that mirr"
        ):
            _ = layout.mirror_index


def test_only_what_is_lateral_changes_sign_in_the_mirror():
    fields = Prosthetics2018Config(prosthesis=False, observe_target=True).build().observation.fields
    lateral = {"mass_center z speed", "mass_center z acceleration", "target_velocity z"}
    assert {field.name for field in fields if field.mirror_sign < 0} == lateral


@pytest.mark.parametrize(
    "rules",
    [{"round": 3}, {"mass_center_axes": 1}, {"time_limit": 0}, {"clip_excitation": 2}, {"fall_height": -1.0}],
)
def test_rules_that_do_not_exist_are_refused(rules):
    with pytest.raises(ValueError, match=next(iter(rules))):
        Prosthetics2018Config(**rules).build()
