"""What every engine promises, whatever simulates and however many worlds it holds."""

import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest

from soleus.engine import ENGINES, EngineError, Parameters, Status, default_state, find_engine, make_engine
from soleus.model import learning_to_run
from soleus.model.spec import ObstacleContact

MODEL = replace(learning_to_run(), obstacle=ObstacleContact(2))
N_WORLD = {"opensim": 1}
"""Worlds of an engine that cannot have three."""
MARKS = {"opensim": pytest.mark.opensim}
N_MUSCLE, N_Q = len(MODEL.muscles), len(MODEL.coordinate_names)
COLUMNS = {"time": (), "q": (N_Q,), "u": (N_Q,), "activation": (N_MUSCLE,), "fiber_length": (N_MUSCLE,)}


@pytest.fixture(params=[pytest.param(name, marks=MARKS.get(name, ())) for name in sorted(ENGINES)])
def name(request):
    return request.param


@pytest.fixture
def engine(name):
    engine = build(name)
    yield engine
    engine.close()


@pytest.fixture
def fine_engine(name):
    """With a control step of 1 ms, after which differences are nearly rates."""
    engine = build(name, control_step=1e-3)
    yield engine
    engine.close()


def build(name, n_world=3, **settings):
    return make_engine(find_engine(name).config(**settings), MODEL, N_WORLD.get(name, n_world))


def start(n, seed=0):
    """A start that is neither at rest nor symmetric, different in each world."""
    random = np.random.default_rng(seed)
    rest = default_state(MODEL, n)
    return replace(
        rest,
        q=rest.q + random.uniform(-0.05, 0.05, rest.q.shape),
        u=random.uniform(-0.5, 0.5, rest.u.shape),
        activation=random.uniform(0.02, 0.6, rest.activation.shape),
    )


def course(n, strength=1.0, x=1.0):
    ball = [[x, 0.0, 0.1], [x + 2.0, 0.05, 0.2]]
    return Parameters(np.full((n, N_MUSCLE), strength), np.tile(np.array(ball), (n, 1, 1)))


def restart(engine, seed=0, **parameters):
    n = engine.n_world
    engine.reset(np.arange(n), start(n, seed), course(n, **parameters), equilibrate=True)


def play(engine, n_step=15, seed=1):
    """Run some steps and return all states as bytes."""
    random = np.random.default_rng(seed)
    states = []
    for _ in range(n_step):
        engine.step(random.uniform(0.0, 1.0, (engine.n_world, N_MUSCLE)))
        states.append(engine.state())
    assert (engine.status() == Status.RUNNING).all()
    return bits(*states)


def bits(*records):
    return b"".join(getattr(record, item.name).tobytes() for record in records for item in fields(record))


def same(first, second):
    return bits(first) == bits(second)


# ------------------------------------------------------------------------------------------------------------ registry


def test_unknown_engine_names_the_known_ones():
    with pytest.raises(ValueError, match=r"'warp'.*opensim"):
        find_engine("warp")


def test_listing_engines_imports_no_simulator():
    code = "import sys, soleus.engine as e; assert e.ENGINES; sys.exit('opensim' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -------------------------------------------------------------------------------------------------------------- arrays


def test_state_has_the_declared_shapes(engine):
    restart(engine)
    state = engine.state()
    for column, shape in COLUMNS.items():
        value = getattr(state, column)
        assert (value.shape, value.dtype) == ((engine.n_world, *shape), np.float64), column


def test_measurement_has_the_declared_shapes(engine):
    restart(engine)
    measured, n, n_body = engine.measure(), engine.n_world, len(MODEL.bodies)
    expected = {
        "body_position": (n, n_body, 3),
        "body_rotation": (n, n_body, 3, 3),
        "body_velocity": (n, n_body, 3),
        "mass_center_position": (n, 3),
        "mass_center_velocity": (n, 3),
        "limit_force": (n, len(MODEL.limit_forces)),
        "body_angular_velocity": (n, n_body, 3),
        "ground_reaction": (n, len(MODEL.contact_forces), 3),
        "muscle_length": (n, N_MUSCLE),
        "lengthening_speed": (n, N_MUSCLE),
        "fiber_velocity": (n, N_MUSCLE),
        "fiber_force": (n, N_MUSCLE),
        "tendon_force": (n, N_MUSCLE),
    }
    assert set(expected) == {item.name for item in fields(measured)}
    for column, shape in expected.items():
        value = getattr(measured, column)
        assert (value.shape, value.dtype) == (shape, np.float64), column


def test_rates_have_the_declared_shapes(engine):
    restart(engine)
    rates = engine.rates(np.full((engine.n_world, N_MUSCLE), 0.3))
    for column, size in (("u", N_Q), ("activation", N_MUSCLE), ("fiber_length", N_MUSCLE)):
        value = getattr(rates, column)
        assert (value.shape, value.dtype) == ((engine.n_world, size), np.float64), column


def test_status_and_failure_of_running_worlds(engine):
    restart(engine)
    assert engine.status().tolist() == [Status.RUNNING] * engine.n_world
    assert [engine.failure(world) for world in range(engine.n_world)] == [""] * engine.n_world


def test_what_is_returned_is_a_copy(engine):
    restart(engine)
    excitation = np.full((engine.n_world, N_MUSCLE), 0.3)

    def answers():
        return engine.state(), engine.measure(), engine.rates(excitation)

    given, status = answers(), engine.status()
    kept = bits(*given)
    play(engine, n_step=2)
    assert bits(*given) == kept, "an earlier answer changed with the worlds"
    before = bits(*answers())
    for record in answers():
        for item in fields(record):
            getattr(record, item.name)[...] = 7.0
    status[...] = Status.NON_FINITE
    assert bits(*answers()) == before, "writing into an answer changed the worlds"
    assert (engine.status() == Status.RUNNING).all()


def test_what_is_given_is_copied(engine):
    n = engine.n_world
    given, parameters, excitation = start(n), course(n), np.full((n, N_MUSCLE), 0.3)
    engine.reset(np.arange(n), given, parameters, equilibrate=True)
    engine.step(excitation)
    expected = bits(engine.state())
    engine.reset(np.arange(n), given, parameters, equilibrate=True)
    for record in (given, parameters):
        for item in fields(record):
            getattr(record, item.name)[...] = 0.5
    engine.step(excitation)
    excitation[...] = 1.0
    assert bits(engine.state()) == expected


# -------------------------------------------------------------------------------------------------------------- motion


def test_reset_puts_worlds_exactly_into_the_state(engine):
    n = engine.n_world
    given = replace(start(n), time=np.full(n, 0.37), fiber_length=np.full((n, N_MUSCLE), 0.09))
    engine.reset(np.arange(n), given, course(n), equilibrate=False)
    assert same(engine.state(), given)


def test_equilibrium_changes_fibre_lengths_only_and_ignores_the_given_ones(engine):
    n = engine.n_world
    given = start(n)
    engine.reset(np.arange(n), given, course(n), equilibrate=True)
    found = engine.state()
    assert same(replace(found, fiber_length=given.fiber_length), given)
    assert (found.fiber_length != given.fiber_length).all()
    engine.reset(np.arange(n), replace(given, fiber_length=np.full((n, N_MUSCLE), np.nan)), course(n), equilibrate=True)
    assert same(engine.state(), found)


def test_a_step_takes_the_control_step(engine):
    restart(engine)
    play(engine, n_step=3)
    np.testing.assert_allclose(engine.state().time, 3 * engine.control_step, rtol=1e-12)


def test_activation_follows_the_new_excitation_during_the_whole_step(engine):
    """Closed form of da/dt = (1 - a) / (tau (0.5 + 1.5 a)), in loud steps after a silent one."""
    n, tau = engine.n_world, MODEL.muscles[0].activation_time_constant
    engine.reset(np.arange(n), replace(start(n), activation=np.full((n, N_MUSCLE), 0.5)), course(n), equilibrate=True)
    engine.step(np.full((n, N_MUSCLE), 0.1))
    for _ in range(2):
        a = engine.state().activation
        engine.step(np.ones((n, N_MUSCLE)))
        b = engine.state().activation
        duration = tau * (-1.5 * (b - a) - 2.0 * np.log((1.0 - b) / (1.0 - a)))
        np.testing.assert_allclose(duration, engine.control_step, rtol=2e-3)


def lift(engine, height=0.3):
    """In the air, softly at work, neither at rest nor symmetric."""
    n = engine.n_world
    given = start(n)
    given.q[:, MODEL.coordinate_names.index("pelvis_ty")] += height
    given.activation[:] = 0.05
    engine.reset(np.arange(n), given, course(n, x=9.0), equilibrate=True)


def test_speeds_are_rates_of_positions(fine_engine):
    engine = fine_engine
    lift(engine)
    before, measured_before = engine.state(), engine.measure()
    engine.step(np.full((engine.n_world, N_MUSCLE), 0.05))
    after, measured_after = engine.state(), engine.measure()

    def agree(what, start, end, start_speed, end_speed, limit):
        moved = (end - start) / engine.control_step
        np.testing.assert_allclose(moved, (start_speed + end_speed) / 2.0, atol=limit, err_msg=what)

    agree("q", before.q, after.q, before.u, after.u, 0.02)
    for what in ("body", "mass_center"):
        names = f"{what}_position", f"{what}_velocity"
        position, velocity = ((getattr(measured_before, name), getattr(measured_after, name)) for name in names)
        agree(what, *position, *velocity, 2e-3)
    length, speed = (
        (getattr(measured_before, name), getattr(measured_after, name))
        for name in ("muscle_length", "lengthening_speed")
    )
    agree("muscle_length", *length, *speed, 5e-4)


def test_rates_are_those_of_the_motion(fine_engine):
    """Over a short step in the air the mean of both ends is nearly the way that was gone."""
    engine, excitation = fine_engine, np.full((fine_engine.n_world, N_MUSCLE), 0.05)
    lift(engine)
    before, rates_before = engine.state(), engine.rates(excitation)
    engine.step(excitation)
    after, rates_after = engine.state(), engine.rates(excitation)
    for column, limit in (("u", 3.0), ("activation", 1e-3), ("fiber_length", 2e-3)):
        gone = (getattr(after, column) - getattr(before, column)) / engine.control_step
        mean = (getattr(rates_before, column) + getattr(rates_after, column)) / 2.0
        np.testing.assert_allclose(gone, mean, rtol=1e-2, atol=limit, err_msg=column)


def test_dynamics_have_the_declared_shapes(engine):
    restart(engine)
    n, n_body = engine.n_world, len(MODEL.bodies)
    expected = {
        "acceleration": (n, N_Q),
        "body_acceleration": (n, n_body, 3),
        "body_angular_acceleration": (n, n_body, 3),
        "mass_center_acceleration": (n, 3),
        "contact_record": (n, sum(len(force.geometry) for force in MODEL.contact_forces), 2, 3),
    }
    found = vars(engine.dynamics())
    assert {name: (value.shape, value.dtype) for name, value in found.items()} == {
        name: (shape, np.float64) for name, shape in expected.items()
    }


def test_dynamics_accelerate_the_bodies_as_they_move(fine_engine):
    """Over a short step in the air the mean of both ends is nearly what the bodies' speeds gained."""
    engine, excitation = fine_engine, np.full((fine_engine.n_world, N_MUSCLE), 0.05)
    lift(engine)
    measured, dynamics = engine.measure(), engine.dynamics()
    engine.step(excitation)
    measured_after, dynamics_after = engine.measure(), engine.dynamics()
    for name, limit in (("body", 3.0), ("body_angular", 5.0), ("mass_center", 1e-2)):
        speeds = (getattr(m, f"{name}_velocity") for m in (measured, measured_after))
        accelerations = [getattr(d, f"{name}_acceleration") for d in (dynamics, dynamics_after)]
        gone = -np.subtract(*speeds) / engine.control_step
        np.testing.assert_allclose(gone, sum(accelerations) / 2.0, rtol=1e-2, atol=limit, err_msg=name)
    np.testing.assert_allclose(dynamics.mass_center_acceleration, [[0.0, -9.80665, 0.0]] * engine.n_world, atol=1e-8)


def test_dynamics_agree_with_rates_and_ground_reactions(engine):
    restart(engine)
    dynamics, measured = engine.dynamics(), engine.measure()
    rates = engine.rates(np.zeros((engine.n_world, N_MUSCLE)))
    np.testing.assert_array_equal(dynamics.acceleration, rates.u)
    first = 0
    for index, force in enumerate(MODEL.contact_forces):
        record = dynamics.contact_record[:, first : first + len(force.geometry)]
        first += len(force.geometry)
        platform = force.geometry.index("platform")
        np.testing.assert_allclose(-record[:, platform, 0], measured.ground_reaction[:, index], rtol=1e-12, atol=1e-9)
    assert np.abs(measured.ground_reaction).max() > 10.0


def test_rates_feel_the_excitation_and_move_nothing(engine):
    """The activations do, at once: (1 - a) / (tau (0.5 + 1.5 a)); nothing else does."""
    restart(engine)
    play(engine, n_step=2)
    n, tau = engine.n_world, MODEL.muscles[0].activation_time_constant
    before, measured = engine.state(), engine.measure()
    silent, loud = engine.rates(np.zeros((n, N_MUSCLE))), engine.rates(np.ones((n, N_MUSCLE)))
    a = before.activation
    np.testing.assert_allclose(loud.activation, (1.0 - a) / (tau * (0.5 + 1.5 * a)), rtol=1e-9)
    np.testing.assert_array_equal(silent.u, loud.u)
    np.testing.assert_array_equal(silent.fiber_length, loud.fiber_length)
    assert same(engine.state(), before)
    np.testing.assert_allclose(loud.fiber_length, measured.fiber_velocity, rtol=1e-9, atol=1e-12)


def test_asking_for_rates_does_not_change_the_motion(engine):
    restart(engine)
    expected = play(engine, n_step=5)
    restart(engine)
    random, states = np.random.default_rng(1), []
    for _ in range(5):
        excitation = random.uniform(0.0, 1.0, (engine.n_world, N_MUSCLE))
        engine.rates(1.0 - excitation)
        engine.step(excitation)
        states.append(engine.state())
    assert bits(*states) == expected


@pytest.mark.parametrize(("height", "in_contact"), [(0.3, False), (-0.07, True)])
def test_only_the_ground_and_gravity_move_the_mass_centre(engine, height, in_contact):
    lift(engine, height)
    n, moment = engine.n_world, 1e-6
    state, rates = engine.state(), engine.rates(np.full((n, N_MUSCLE), 0.05))
    force = engine.measure().ground_reaction.sum(axis=1)
    assert (np.abs(force).sum(axis=1) > 300.0).all() == in_contact
    velocity = []
    for time in (-moment, moment):
        moved = replace(state, q=state.q + time * state.u, u=state.u + time * rates.u)
        engine.reset(np.arange(n), moved, course(n, x=9.0), equilibrate=False)
        velocity.append(engine.measure().mass_center_velocity)
    acceleration = (velocity[1] - velocity[0]) / (2.0 * moment)
    np.testing.assert_allclose(acceleration, force / MODEL.mass + MODEL.gravity, rtol=1e-6, atol=1e-6)


def test_muscles_pull_and_the_fibre_carries_the_tendon(engine):
    restart(engine)
    measured = engine.measure()
    assert (measured.tendon_force >= 0.0).all()
    assert (measured.tendon_force > 1.0).any()
    least = np.cos([muscle.maximum_pennation_angle for muscle in MODEL.muscles])
    share = measured.tendon_force / np.where(measured.fiber_force > 0.0, measured.fiber_force, np.inf)
    assert (share <= 1.0 + 1e-9).all()
    assert ((share == 0.0) | (share >= least - 1e-9)).all()
    assert (measured.muscle_length > engine.state().fiber_length * least).all()


def test_bodies_turn_as_fast_as_their_joints_say(engine):
    lift(engine)
    spin = engine.measure().body_angular_velocity
    u = dict(zip(MODEL.coordinate_names, engine.state().u.T, strict=True))
    np.testing.assert_allclose(spin[:, MODEL.body_names.index("pelvis"), 2], u["pelvis_tilt"], rtol=1e-12)
    thigh = u["pelvis_tilt"] + u["hip_flexion_r"]
    np.testing.assert_allclose(spin[:, MODEL.body_names.index("femur_r"), 2], thigh, rtol=1e-9)
    np.testing.assert_allclose(spin[..., :2], 0.0, atol=1e-12)


def test_rotations_are_rotations(engine):
    restart(engine)
    rotation = engine.measure().body_rotation
    np.testing.assert_allclose(
        rotation @ rotation.swapaxes(-1, -2), np.broadcast_to(np.eye(3), rotation.shape), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(rotation), 1.0, atol=1e-12)
    pelvis = MODEL.body_names.index("pelvis")
    tilt = engine.state().q[:, MODEL.coordinate_names.index("pelvis_tilt")]
    np.testing.assert_allclose(rotation[:, pelvis, 1, 0], np.sin(tilt), atol=1e-12)


def test_limit_forces_push_back_and_only_beyond_the_limit(engine):
    n, limits = engine.n_world, [force.coordinate for force in MODEL.limit_forces]
    rest = default_state(MODEL, n)
    engine.reset(np.arange(n), rest, course(n), equilibrate=False)
    np.testing.assert_allclose(engine.measure().limit_force, 0.0, atol=1e-3)
    knee = rest.q.copy()
    knee[:, MODEL.coordinate_names.index("knee_angle_r")] = np.radians(30.0)
    engine.reset(np.arange(n), replace(rest, q=knee), course(n), equilibrate=False)
    assert (engine.measure().limit_force[:, limits.index("knee_angle_r")] < -10.0).all()


# ------------------------------------------------------------------------------------------------------------- replays


def test_replays_are_bit_identical_whatever_happened_before(engine, name):
    restart(engine)
    expected = play(engine)
    restart(engine)
    assert play(engine) == expected, "after a reset"
    restart(engine, seed=5, strength=0.6, x=0.3)
    play(engine, n_step=20, seed=6)
    engine.step(np.ones((engine.n_world, N_MUSCLE)))
    restart(engine)
    assert play(engine) == expected, "after an episode of another strength, on another track"
    engine.step(np.full((engine.n_world, N_MUSCLE), np.nan))
    restart(engine)
    assert play(engine) == expected, "after a failure"
    fresh = build(name)
    restart(fresh)
    assert play(fresh) == expected, "in a second engine"
    restart(engine)
    assert play(engine) == expected, "after a second engine has run"
    fresh.close()


def test_replays_are_bit_identical_in_another_process(engine, name):
    restart(engine)
    answer = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == play(engine).hex()


@pytest.mark.parametrize("name", sorted(set(ENGINES) - set(N_WORLD)))
@pytest.mark.parametrize("n_world", [1, 2, 7, 19])
def test_a_world_does_not_depend_on_how_many_there_are_nor_on_its_place(name, n_world):
    """The same worlds, one alone, some, or many in another order, side by side with others that fall or fail."""
    n_all, n_step = 19, 12
    state, parameters = start(n_all, seed=2), course(n_all, strength=0.8)
    parameters.strength[:] *= np.linspace(0.7, 1.2, n_all)[:, None]
    parameters.obstacle[:, 0, 0] = np.linspace(-0.3, 0.4, n_all)
    excitation = np.random.default_rng(3).uniform(0.0, 1.0, (n_step, n_all, N_MUSCLE))

    def ends(worlds, fails=()):
        engine = build(name, len(worlds))
        engine.reset(np.arange(len(worlds)), state[worlds], parameters[worlds], equilibrate=True)
        for step, row in enumerate(excitation):
            given = row[worlds].copy()
            if step == 4:
                given[list(fails)] = np.nan
            engine.step(given)
        answers = engine.state(), engine.measure(), engine.rates(excitation[0][worlds])
        engine.close()
        return {world: bits(*(record[[i]] for record in answers)) for i, world in enumerate(worlds.tolist())}

    everybody = ends(np.arange(n_all))
    assert len(set(everybody.values())) == n_all
    chosen = np.random.default_rng(n_world).permutation(n_all)[:n_world]
    fails = (0,) if n_world > 1 else ()
    for place, (world, found) in enumerate(ends(chosen, fails).items()):
        if place not in fails:
            assert found == everybody[world], f"world {world} in place {place} of {n_world}"


def test_the_first_reset_may_come_in_parts(engine):
    n = engine.n_world
    for world in reversed(range(n)):
        engine.reset(np.array([world]), start(n)[[world]], course(1), equilibrate=world % 2 == 0)
    assert (engine.status() == Status.RUNNING).all()
    play(engine, n_step=1)


def test_a_state_can_be_put_back(name):
    """A restarted integrator chooses other internal steps, so that the error of a step shows."""
    engine = build(name, accuracy=1e-6)
    restart(engine, strength=0.8)
    play(engine, n_step=5)
    kept = engine.state()
    excitation = np.full((engine.n_world, N_MUSCLE), 0.4)
    engine.step(excitation)
    expected = engine.state()
    restart(engine, seed=9)
    engine.reset(np.arange(engine.n_world), kept, course(engine.n_world, strength=0.8), equilibrate=False)
    assert same(engine.state(), kept)
    engine.step(excitation)
    found = engine.state()
    for column in COLUMNS:
        np.testing.assert_allclose(
            getattr(found, column), getattr(expected, column), rtol=1e-3, atol=1e-3, err_msg=column
        )
    engine.close()


def test_strength_counts(engine):
    restart(engine)
    strong = play(engine)
    restart(engine, strength=0.9)
    assert play(engine) != strong


def test_obstacles_count_where_they_lie(engine):
    n = engine.n_world
    parameters = course(n)

    def height_of_toes(x):
        parameters.obstacle[:, 0, 0] = x  # in place: an engine may not go by the array that it was given before
        engine.reset(np.arange(n), default_state(MODEL, n), parameters, equilibrate=True)
        for _ in range(20):
            engine.step(np.full((n, N_MUSCLE), 0.05))
        return engine.measure().body_position[:, MODEL.body_names.index("toes_r"), 1]

    far = height_of_toes(5.0)
    assert (height_of_toes(0.05) > far + 0.005).all(), "a ball under the toes holds them up"
    assert (height_of_toes(5.0) == far).all()


def test_some_worlds_can_be_reset_alone(engine):
    restart(engine)
    play(engine, n_step=3)
    before = engine.state()
    engine.reset(np.array([], dtype=int), start(0), course(0), equilibrate=True)
    assert same(engine.state(), before)
    engine.reset(np.array([engine.n_world - 1]), start(1, seed=4), course(1), equilibrate=False)
    assert same(engine.state()[:-1], before[:-1])
    assert same(engine.state()[-1:], start(1, seed=4))


# ------------------------------------------------------------------------------------------------------------- failure


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_excitation_that_is_no_number_fails_its_world_alone(engine, value):
    restart(engine)
    play(engine, n_step=2)
    before, measured = engine.state(), engine.measure()
    excitation = np.full((engine.n_world, N_MUSCLE), 0.2)
    excitation[0, 3] = value
    engine.step(excitation)
    assert engine.status().tolist() == [Status.NON_FINITE] + [Status.RUNNING] * (engine.n_world - 1)
    assert MODEL.muscle_names[3] in engine.failure(0)
    excitation[0, 3] = 0.2
    engine.step(excitation)
    assert same(engine.state()[:1], before[:1]), "a failed world stands still in its last good state"
    np.testing.assert_allclose(engine.measure().body_position[0], measured.body_position[0], rtol=0, atol=1e-12)
    assert engine.status()[0] == Status.NON_FINITE
    restart(engine)
    assert (engine.status() == Status.RUNNING).all()
    assert engine.failure(0) == ""
    play(engine, n_step=2)


def test_a_motion_that_cannot_be_integrated_fails_its_world_alone(engine):
    """Speeds that no integrator follows: the world must stop there, and the others must not notice."""
    n = engine.n_world
    given = start(n)
    given.u[0] = 1e4
    engine.reset(np.arange(n), given, course(n), equilibrate=False)
    for _ in range(3):
        engine.step(np.full((n, N_MUSCLE), 0.5))
    assert engine.status()[0] in (Status.INTEGRATOR_FAILED, Status.NON_FINITE)
    assert (engine.status()[1:] == Status.RUNNING).all()
    assert engine.failure(0)
    state, measured = engine.state(), engine.measure()
    assert all(np.isfinite(getattr(record, item.name)).all() for record in (state, measured) for item in fields(record))


def test_no_equilibrium_fails_its_world_alone(engine):
    n = engine.n_world
    given = start(n)
    given.q[0, 3:] = 50.0
    given.u[0] = 1000.0
    engine.reset(np.arange(n), given, course(n), equilibrate=True)
    assert engine.status().tolist() == [Status.EQUILIBRIUM_FAILED] + [Status.RUNNING] * (n - 1)
    assert engine.failure(0)
    before = engine.state()
    assert (before.q[0] == given.q[0]).all()
    engine.step(np.full((n, N_MUSCLE), 0.2))
    assert same(engine.state()[:1], before[:1])


def test_wrong_shapes_are_errors_of_the_caller(engine):
    restart(engine)
    n = engine.n_world
    with pytest.raises(ValueError, match="excitation"):
        engine.step(np.zeros((n, N_MUSCLE + 1)))
    with pytest.raises(ValueError, match="excitation"):
        engine.step(np.zeros(N_MUSCLE))
    with pytest.raises(ValueError, match="excitation"):
        engine.rates(np.zeros((n + 1, N_MUSCLE)))
    with pytest.raises(ValueError, match="worlds"):
        engine.reset(np.array([n]), start(1), course(1), equilibrate=False)
    with pytest.raises(ValueError, match=r"\bq\b"):
        engine.reset(np.arange(n), replace(start(n), q=np.zeros((n, N_Q + 1))), course(n), equilibrate=False)
    with pytest.raises(ValueError, match="obstacle"):
        engine.reset(np.arange(n), start(n), replace(course(n), obstacle=np.ones((n, 1, 3))), equilibrate=False)
    play(engine, n_step=1)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_start_that_is_no_number_is_an_error_of_the_caller(engine, column):
    restart(engine)
    n = engine.n_world
    given = start(n)
    broken = replace(given, **{column: np.full_like(getattr(given, column), np.nan)})
    with pytest.raises(ValueError, match=column):
        engine.reset(np.arange(n), broken, course(n), equilibrate=False)


@pytest.mark.parametrize("strength", [0.0, -1.0, np.nan])
def test_strengths_are_positive(engine, strength):
    with pytest.raises(ValueError, match="strength"):
        engine.reset(
            np.arange(engine.n_world), start(engine.n_world), course(engine.n_world, strength), equilibrate=True
        )


def test_worlds_exist_after_their_reset_and_until_close(engine):
    nothing = np.zeros((engine.n_world, N_MUSCLE))
    uses = (engine.state, engine.measure, lambda: engine.step(nothing), lambda: engine.rates(nothing))
    for use in uses:
        with pytest.raises(EngineError, match="reset"):
            use()
    restart(engine)
    engine.close()
    engine.close()
    for use in uses:
        with pytest.raises(EngineError):
            use()


if __name__ == "__main__":  # the other process of the replay
    world = build(sys.argv[1])
    restart(world)
    sys.stdout.write(play(world).hex())
