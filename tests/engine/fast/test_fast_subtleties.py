"""Every habit of OpenSim that the equations had to learn, each in states in which it decides.

The answers are OpenSim's, stored by tests/fixtures/make_fast_subtleties.py. Each test fails if its habit is taken out
of the equations, and says in its first lines why its states are the right ones.
"""

import numpy as np
import pytest

from fast_oracle import oracle_answers
from fixtures.make_fast_subtleties import CASES, EXPECTED, WIDE, WRONG_ORDERS, column, flying, stored_case
from soleus.engine import Parameters, State, default_state, make_engine
from soleus.engine.fast.config import FastConfig
from soleus.engine.fast.contact import contact_stiffness, place_half_space
from soleus.engine.fast.kinematics import calculate_kinematics
from soleus.engine.fast.muscle import least_fiber_length
from soleus.engine.fast.operations import NumpyOperations
from soleus.engine.fast.skeleton import build_skeleton
from soleus.model import learning_to_run

MODEL = learning_to_run()
CLOSE = 3e-12
"""Norm of the difference over norm of the answer: rounding, which a stiff tendon enlarges"""
LEAST = 1.0
"""A smaller answer counts as this large: zero is what a difference of large forces leaves [N, N m, m/s^2, ...]"""


@pytest.fixture
def agree():
    """Whether the equations say what OpenSim says, in some states of a case."""
    answers = {}

    def check(case, *fields, rows=slice(None)):
        if case not in answers:
            answers[case] = oracle_answers(CASES[case].model, stored_case(case))
        published = stored_case(case)
        for field in fields:
            worst = error(answers[case][field][rows], published[field][rows]).max()
            assert worst < CLOSE, f"{field} is {worst:.1e} off"

    return check


def error(answer, published):
    answer, published = answer.reshape(len(answer), -1), published.reshape(len(published), -1)
    return np.linalg.norm(answer - published, axis=1) / np.maximum(np.linalg.norm(published, axis=1), LEAST)


# ------------------------------------------------------------------------------------------------------------- contact


def test_stiffness_is_kept_to_the_power_of_two_thirds_and_halved_by_two_equal_sides(agree):
    assert contact_stiffness(1e6) == pytest.approx(0.5e4, rel=1e-12)
    agree("contacts", "ground_reaction")


def test_a_contact_acts_at_half_its_depth(agree):
    """Feet that turn and slide deep in the ground: both the velocity there and the moment of the force depend on it."""
    assert (np.abs(stored_case("contacts")["ground_reaction"]).sum(axis=(1, 2)) > 0.0).mean() > 0.7
    agree("contacts", "ground_reaction", "acceleration")


def test_friction_falls_with_sliding_speed_and_grows_with_viscosity(agree):
    agree("slippery", "ground_reaction", "acceleration")


def test_dissipation_grows_with_the_approaching_speed(agree):
    speed = stored_case("contacts")["u"]
    assert np.abs(speed[:, column(MODEL, "ankle_angle_r")]).max() > 10.0
    agree("contacts", "ground_reaction")


@pytest.mark.parametrize("case", ["order", "order_wide"])
def test_a_contact_that_pulls_drops_those_that_are_found_later(agree, case):
    """In each state some wrong order, or none at all, says something else."""
    model, states = CASES[case].model, stored_case(case)
    found = states["ground_reaction"]
    shown = np.zeros(len(found), dtype=bool)
    for name in EXPECTED[model is WIDE]:
        with WRONG_ORDERS[name]():
            wrong = error(oracle_answers(model, states)["ground_reaction"], found) > 1e-3
        assert wrong.sum() >= 4, f"contacts might as well be ordered {name}"
        shown |= wrong
    assert shown.mean() > 0.5
    agree(case, "ground_reaction", "acceleration")


def test_spheres_of_one_force_touch_each_other(agree):
    """With friction, so that it matters where they do; and in the order of the ground's contacts."""
    assert len(stored_case("kicks")["q"]) >= 20
    agree("kicks", "ground_reaction", "acceleration")


def test_the_ground_is_level():
    """Turned by pi/2, which no float64 is, it would lean by 6e-17 and cost a planar model a third dimension."""
    (ground,) = (shape for shape in MODEL.contact_geometry if shape.name == "platform")
    skeleton, n_q = build_skeleton(MODEL), len(MODEL.coordinate_names)
    kinematics = calculate_kinematics(NumpyOperations(), skeleton, MODEL.gravity, [0.3] * n_q, [0.0] * n_q)
    normal = place_half_space(skeleton, kinematics, ground).normal
    assert normal == [0.0, 1.0, 0.0]
    assert all(isinstance(x, float) for x in normal)


# ------------------------------------------------------------------------------------------------------------- muscles


def test_activation_is_clamped_where_it_is_used(agree):
    states = stored_case("activation")
    velocity = states["fiber_velocity"].reshape(8, 7, -1)  # by activation, by excitation
    assert (velocity[0] == velocity[1]).all(), "-0.08 acts as 0"
    assert (velocity[0] == velocity[3]).all(), "and as 0.01"
    assert (velocity[3] != velocity[4]).all(), "which 0.011 does not"
    assert (velocity[6] == velocity[7]).all(), "1.06 acts as 1"
    agree("activation", "fiber_velocity")


def test_activation_goes_on_falling_below_its_minimum(agree):
    states = stored_case("activation")
    below = (states["activation"] < 0.01).all(axis=1) & (states["excitation"] == 0.0).all(axis=1)
    assert (states["activation_rate"][below] < -0.1).all()
    agree("activation", "activation_rate", rows=below)


def test_excitation_is_not_clamped(agree):
    states = stored_case("activation")
    outside = (np.abs(states["excitation"] - 0.5) > 0.5).all(axis=1)
    assert outside.any()
    agree("activation", "activation_rate", rows=outside)


def test_the_time_constant_jumps_where_excitation_passes_activation(agree):
    states = stored_case("activation")
    away = np.abs(states["excitation"] - states["activation"])
    around = ((away > 0.0) & (away < 1e-6)).all(axis=1)
    falling, rising = states["activation_rate"][around]
    pace = 0.5 + 1.5 * 0.3
    assert rising / falling == pytest.approx(-4.0 / pace**2, rel=1e-6), "0.01 s / pace against 0.04 s pace"
    agree("activation", "activation_rate")


def test_a_fibre_is_no_shorter_than_its_least_length(agree):
    """Force is that of the clamped fibre; it stays there while it would shorten and leaves while it would lengthen."""
    states = stored_case("fiber")
    clamped = states["fiber_length"] <= [least_fiber_length(muscle) for muscle in MODEL.muscles]
    stopped = states["fiber_velocity"][clamped] == 0.0
    assert stopped.any()
    assert not stopped.all()
    agree("fiber", "tendon_force", "fiber_force", "fiber_velocity", rows=clamped.any(axis=1))


def test_a_stopped_fibre_exerts_nothing(agree):
    """While it would shorten below its least length; its tendon pulls all the same."""
    states = stored_case("stopped")
    stopped = (states["fiber_velocity"] == 0.0) & (states["tendon_force"] > 1.0)
    assert stopped.any()
    assert (states["fiber_force"][stopped] == 0.0).all()
    agree("stopped", "tendon_force", "fiber_velocity", "acceleration")
    agree("stopped", "fiber_force")


def test_an_unpennated_fibre_has_no_least_length(agree):
    """Zero, not 1 % of its optimal length as a comment in OpenSim says."""
    states = stored_case("fiber")
    muscle = MODEL.muscle_names.index("glut_max_r")
    assert MODEL.muscles[muscle].pennation_angle == 0.0
    assert least_fiber_length(MODEL.muscles[muscle]) == 0.0
    normalised = states["fiber_length"][:, muscle] / MODEL.muscles[muscle].optimal_fiber_length
    tiny = (normalised > 0.0) & (normalised < 0.01)
    assert len(np.unique(states["tendon_force"][tiny, muscle])) > 1
    agree("fiber", "tendon_force", rows=tiny)


def test_a_slack_tendon_does_not_push(agree):
    slack = (stored_case("fiber")["tendon_force"] == 0.0).any(axis=1)
    assert slack.sum() > 3
    agree("fiber", "tendon_force", rows=slack)


def test_a_tendon_has_a_toe_and_then_a_line_without_end(agree):
    force = stored_case("fiber")["tendon_force"] / [muscle.max_isometric_force for muscle in MODEL.muscles]
    for least, most in ((1e-4, 0.1), (0.2, 0.33), (0.33, 0.5), (1.0, 2.0), (5.0, 100.0)):
        assert ((force > least) & (force < most)).any(), f"no tendon pulls {least} to {most}"
    agree("fiber", "tendon_force")


def test_a_fibre_resists_only_beyond_its_optimal_length(agree):
    states = stored_case("fiber")
    normalised = states["fiber_length"] / [muscle.optimal_fiber_length for muscle in MODEL.muscles]
    short, long = (normalised > 0.7) & (normalised < 1.0), (normalised > 1.0) & (normalised < 1.5)
    rows = short.any(axis=1) | long.any(axis=1)
    assert short.any()
    assert long.any()
    agree("fiber", "fiber_velocity", rows=rows)


def test_an_exponent_is_cut_where_silly_fibres_would_overflow():
    """90 optimal lengths, for which OpenSim's exponential is infinite."""
    found = NumpyOperations().exp(np.array([740.0, -1e6, 1e6]))
    np.testing.assert_array_equal(found, np.exp([700.0, -700.0, 700.0]))


def test_the_force_velocity_curve_goes_on_in_lines(agree):
    """Below no force, where a stretched fibre hangs on a slack tendon, and above 95 % of the greatest."""
    states = stored_case("fiber")
    per_second = np.array([muscle.max_contraction_velocity * muscle.optimal_fiber_length for muscle in MODEL.muscles])
    velocity = states["fiber_velocity"] / per_second / (0.25 + 0.75 * states["activation"])
    below, above = velocity < -1.0, velocity > 0.33 / (10.0 / 0.4 * 0.07)
    for side in (below, above):
        assert side.sum() > 20
    assert (~below & ~above).sum() > 20
    agree("fiber", "fiber_velocity")


def test_what_pulls_is_the_tendon(agree):
    """Not the fibre along the tendon: they differ while the fibre is out of balance or at its least length."""
    states = stored_case("fiber")
    assert (np.abs(states["fiber_force"] - states["tendon_force"]) > 100.0).any()
    agree("fiber", "acceleration")


def test_every_fibre_starts_a_tenth_of_a_metre_long():
    np.testing.assert_array_equal(default_state(MODEL).fiber_length, stored_case("default")["fiber_length"])


# --------------------------------------------------------------------------------------------------------------- paths


def test_a_conditional_point_counts_a_little_outside_its_range_too(agree):
    states = stored_case("conditional_range")
    length = states["muscle_length"].reshape(-1, 5, len(MODEL.muscles))
    jump = np.abs(np.diff(length, axis=1)).max(axis=(0, 2))
    assert (jump[[0, 3]] > 1e-4).all(), "from 1.1e-5 to 0.9e-5 outside, on both sides"
    assert (jump[[1, 2]] < 2e-6).all(), "not at the bounds as they are written"
    agree("conditional_range", "muscle_length", "acceleration")


def test_a_moving_point_stays_within_its_range_but_its_slope_does_not(agree):
    states = stored_case("moving_point")
    vasti, knee = MODEL.muscle_names.index("vasti_r"), column(MODEL, "knee_angle_r")
    beyond = states["q"][:, knee] > 0.174533
    assert beyond.sum() > 2
    per_radian = states["lengthening_speed"][beyond, vasti] / states["u"][beyond, knee]
    assert (np.abs(per_radian) > 1e-3).all()
    agree("moving_point", "muscle_length", rows=beyond)
    agree("moving_point", "lengthening_speed")


def test_tension_on_a_moving_point_works_on_its_coordinate(agree):
    agree("moving_point", "acceleration")


def test_that_work_counts_only_between_bodies_and_welded_bodies_are_two(agree):
    """A point on the same body follows the vasti's moving points, one on a welded plate that of rectus femoris."""
    agree("welded_point", "muscle_length", "lengthening_speed", "acceleration")


def test_points_and_ligaments_of_a_locked_coordinate(agree):
    """Locked beyond its range: points switch and stand where it is locked, a ligament shows its force."""
    assert (np.abs(stored_case("locked")["limit_force"]).min(axis=0) > 1.0).any()
    agree("locked", "muscle_length", "lengthening_speed", "limit_force", "acceleration")


# ---------------------------------------------------------------------------------------------- joints and coordinates


def test_a_spline_goes_on_straight(agree):
    states = stored_case("joints")
    beyond = np.abs(states["q"][:, column(MODEL, "knee_angle_r")]) > 2.0944
    assert beyond.sum() > 3
    agree("joints", "mass_center_position", "mass_center_velocity", "acceleration", rows=beyond)


def test_a_custom_joint_moves_before_it_turns(agree):
    agree("joints", "mass_center_position", "acceleration")


def test_a_rolling_knee_accelerates_the_shin(agree):
    """The second derivative of where the shin rolls, times speed squared."""
    states = stored_case("joints")
    assert np.abs(states["u"][:, column(MODEL, "knee_angle_r")]).max() > 3.0
    agree("joints", "acceleration")


def test_a_planar_joint_moves_along_the_axes_of_its_parent(agree):
    states = stored_case("joints")
    assert np.abs(states["q"][:, column(MODEL, "pelvis_tilt")]).max() > 0.5
    assert np.abs(states["q"][:, column(MODEL, "pelvis_tx")]).max() > 0.5
    agree("joints", "mass_center_position", "mass_center_velocity", "acceleration")


def test_the_trunk_is_locked_at_its_default(agree):
    (trunk,) = (coordinate for coordinate in MODEL.coordinates if coordinate.locked)
    assert trunk.default != 0.0
    agree("joints", "mass_center_position", "acceleration")


def test_a_head_without_mass(agree):
    agree("massless", "mass_center_position", "acceleration")


def test_gravity_alone_lets_the_body_fall_as_it_is():
    """Fibres so long that every tendon is slack."""
    states = flying(MODEL, 1)
    states["fiber_length"][:] = 0.6
    acceleration = oracle_answers(MODEL, states)["acceleration"]
    falling = np.where(np.array(MODEL.coordinate_names) == "pelvis_ty", -9.80665, 0.0)
    np.testing.assert_allclose(acceleration, falling[None], rtol=0, atol=1e-12)


def test_a_ligament_fades_in_by_a_quintic(agree):
    states = stored_case("limits")
    at_rest = (states["u"] == 0.0).all(axis=1)
    force = np.abs(states["limit_force"][at_rest]).max(axis=1)
    assert (force > 1.0).sum() > 20
    agree("limits", "limit_force", rows=at_rest)


def test_its_damping_fades_in_by_the_same(agree):
    states = stored_case("limits")
    moving = (states["u"] != 0.0).any(axis=1)
    assert (np.abs(states["limit_force"][moving]) > 1.0).any()
    agree("limits", "limit_force", rows=moving)


def test_ligaments_of_rotations_are_given_in_degrees(agree):
    states, knee = stored_case("limits"), [item.coordinate for item in MODEL.limit_forces].index("knee_angle_r")
    q, u = (states[name][:, column(MODEL, "knee_angle_r")] for name in ("q", "u"))
    beyond = (q > np.radians(21.0)) & (u == 0.0)
    stiffness = states["limit_force"][beyond, knee] / (np.radians(10.0) - q[beyond])
    assert stiffness == pytest.approx(20.0 * 180.0 / np.pi, rel=1e-12)
    agree("limits", "limit_force", rows=beyond)


# ------------------------------------------------------------------------------------------------------------ compiled


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if case.model == MODEL])
def test_the_compiled_equations_have_the_same_habits(case):
    states = stored_case(case)
    answers = engine_answers(MODEL, states)
    for field in ("acceleration", "activation_rate", "fiber_velocity", *MEASURED):
        worst = error(answers[field], states[field]).max()
        assert worst < CLOSE, f"{field} is {worst:.1e} off"
    taut = states["tendon_force"] > 0.0  # on a slack one OpenSim's fibre force is the rounding of huge forces
    assert error(answers["fiber_force"] * taut, states["fiber_force"] * taut).max() < CLOSE


MEASURED = ("muscle_length", "lengthening_speed", "tendon_force", "limit_force", "ground_reaction")


def engine_answers(model, states):
    """What the compiled engine says, each state a world."""
    n = len(states["q"])
    engine = make_engine(FastConfig("merson"), model, n)
    state = State(np.zeros(n), *(states[name] for name in ("q", "u", "activation", "fiber_length")))
    engine.reset(
        np.arange(n), state, Parameters(np.ones((n, len(model.muscles))), np.zeros((n, 0, 3))), equilibrate=False
    )
    rates, measured = engine.rates(states["excitation"]), engine.measure()
    engine.close()
    return vars(measured) | {"acceleration": rates.u, "activation_rate": rates.activation}
