"""Models that no challenge had: OpenSim's habits in them, on the fast engine as in OpenSim itself."""

import gc
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from soleus.command.verify import FAST, OPENSIM
from soleus.engine.base import EngineError, default_state, plain_parameters
from soleus.engine.compare import answers, compare_stages
from soleus.engine.random_state import random_sample
from soleus.engine.reference import ReferenceEngine
from soleus.model import read_osim, save_osim
from soleus.model.spec import (
    GROUND,
    Body,
    ConditionalPathPoint,
    Constant,
    ContactHalfSpace,
    ContactSphere,
    Coordinate,
    CoordinateLimitForce,
    CustomJoint,
    HuntCrossleyForce,
    LinearFunction,
    Model,
    ModelError,
    MovingPathPoint,
    PathPoint,
    PinJoint,
    PlanarJoint,
    SimmSpline,
    SpringGeneralizedForce,
    Thelen2003Muscle,
    TransformAxis,
    WeldJoint,
)

pytestmark = pytest.mark.opensim

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
TURNS = LinearFunction(1.0, 0.2), SimmSpline((-1.0, 0.0, 1.0), (0.3, -0.2, 0.5)), LinearFunction(-0.7, 0.1)
STILL = TransformAxis(X, Constant(0.0)), TransformAxis(Y, Constant(0.1)), TransformAxis(Z, Constant(0.0))
STEADY = tuple(TransformAxis(axis, Constant(0.0)) for axis in (X, Y, Z))
ARM = Body("arm", 2.0, (0.01, -0.2, 0.03), (0.1, 0.08, 0.09, 0.01, -0.02, 0.005))


def worst(model, n_state=24):
    """What differs most, in units of what is allowed."""
    engine, reference = FAST.build(model, 8), ReferenceEngine(model, OPENSIM)
    sample = random_sample(engine, n_state, 0)
    return max(compare_stages(model, answers(engine, sample), answers(reference, sample)), key=lambda item: item.share)


def three_turns(drivers, locked=None):
    """An arm whose three rotations follow these coordinates; None is a constant."""
    names = sorted({name for name in drivers if name}, key=drivers.index)
    rotations = tuple(
        TransformAxis(axis, function if name else Constant(0.15), name)
        for axis, function, name in zip((X, Y, Z), TURNS, drivers, strict=True)
    )
    motion = dict.fromkeys(names, "coupled") | {drivers[0]: "rotational"}  # only the first line has slope 1
    coordinates = tuple(Coordinate(name, motion[name], default=0.3, locked=name == locked) for name in names)
    joint = CustomJoint("shoulder", GROUND, "arm", coordinates, rotations=rotations, translations=STILL)
    return Model("turns", (ARM,), (joint,), ())


@pytest.mark.parametrize("drivers", [given for given in product((None, "a", "b"), repeat=3) if "a" in given])
def test_any_rotations_may_follow_any_coordinates(drivers):
    """Also where Simbody's mobilizer takes an axis along too soon, or leaves a constant out of the velocities."""
    difference = worst(three_turns(drivers))
    assert difference.agrees, difference


@pytest.mark.parametrize("drivers", [("b", "a", "a"), ("a", "b", "a"), ("a", "b", "b"), ("b", "a", None)])
def test_a_locked_coordinate_is_a_coordinate(drivers):
    difference = worst(three_turns(drivers, locked="b"))
    assert difference.agrees, difference


@pytest.mark.parametrize(
    ("place", "motion"), [(0, "rotational"), (1, "coupled"), (2, "coupled")], ids=["slope 1", "spline", "slope -0.7"]
)
def test_a_limit_is_in_degrees_where_opensim_calls_a_coordinate_rotational(place, motion, tmp_path):
    drivers = [None, None, None]
    drivers[place] = "a"
    stop = CoordinateLimitForce("stop", "a", 20.0, 0.2, 20.0, -0.2, 0.5, 0.1)
    save_osim(replace(three_turns(drivers), limit_forces=(stop,)), tmp_path / "stopped.osim")
    model = read_osim(tmp_path / "stopped.osim")
    assert model.coordinates[0].motion == motion
    difference = worst(model)
    assert difference.agrees, difference


def sliding(geometry, *shapes, transition=0.1):
    """A block in a plane, with contacts in this order."""
    coordinates = (
        Coordinate("tilt", "rotational"),
        Coordinate("x", "translational", minimum=-0.5, maximum=0.5),
        Coordinate("y", "translational", minimum=-0.1, maximum=0.1),
    )
    spheres = (
        ContactSphere("left", "arm", (-0.2, -0.05, 0.0), 0.1),
        ContactSphere("right", "arm", (0.2, 0.0, 0.0), 0.1),
    )
    force = HuntCrossleyForce("touch", geometry, 1e6, 2.0, 0.8, 0.6, 0.1, transition)
    joint = PlanarJoint("root", GROUND, "arm", coordinates)
    return Model("block", (ARM,), (joint,), (), (*shapes, *spheres), (force,))


FLOOR = ContactHalfSpace("floor", GROUND)
RAMP = ContactHalfSpace("ramp", GROUND, orientation=(0.0, 0.0, -1.2))


@pytest.mark.parametrize(
    ("geometry", "shapes"),
    [
        (("floor", "ramp", "left", "right"), (FLOOR, RAMP)),
        (("ramp", "floor", "left", "right"), (FLOOR, RAMP)),
        (("left", "floor", "right"), (FLOOR,)),
    ],
)
def test_contacts_are_found_in_the_order_of_their_names(geometry, shapes):
    model = sliding(geometry, *shapes)
    difference = worst(model, n_state=100)
    assert difference.agrees, difference
    reference = ReferenceEngine(model, OPENSIM)
    pushed = answers(reference, random_sample(FAST.build(model, 8), 100, 0))["ground_reaction"]
    assert (np.abs(pushed).sum(axis=(1, 2)) > 0).sum() > 20


@pytest.mark.parametrize("geometry", [("left", "right"), ("floor",)])
def test_contacts_that_never_touch_the_ground(geometry):
    difference = worst(sliding(geometry, FLOOR))
    assert difference.agrees, difference


def test_friction_without_a_transition():
    difference = worst(sliding(("floor", "left", "right"), FLOOR, transition=0.0), n_state=100)
    assert difference.agrees, difference


BASE, HOOK = PathPoint("base", GROUND, (0.05, 0.2, 0.0)), PathPoint("hook", "shank", (0.04, -0.1, 0.0))
BY_KNEE = ConditionalPathPoint("bend", "arm", (0.06, -0.2, 0.01), "knee", -1.0, 1.0)
WITH_KNEE = MovingPathPoint("slide", "arm", "knee", Constant(0.06), LinearFunction(0.1, -0.2), Constant(0.0))
STOP = CoordinateLimitForce("stop", "knee", 2.0, 10.0, 1.0, -50.0, 0.1, 10.0)


def leg(points=(), **parts):
    """Two hinges, of which the knee is locked, and a muscle over both."""
    knee = Coordinate("knee", "rotational", default=-0.3, locked=True)
    joints = (
        PinJoint("hip", GROUND, "arm", (Coordinate("hip", "rotational"),)),
        PinJoint("knee", "arm", "shank", (knee,), parent_location=(0.0, -0.4, 0.0)),
    )
    muscle = Thelen2003Muscle("pull", (BASE, *points, HOOK), 500.0, 0.1, 0.3)
    return Model("leg", (ARM, replace(ARM, name="shank")), joints, (muscle,), **parts)


@pytest.mark.parametrize(
    "parts",
    [
        {"points": (BY_KNEE,)},
        {"points": (WITH_KNEE,)},
        {"limit_forces": (STOP,)},
        {"spring_forces": (SpringGeneralizedForce("spring", "knee", 10.0),)},
    ],
    ids=["conditional", "moving", "limit", "spring"],
)
def test_a_locked_hinge_may_be_named(parts):
    difference = worst(leg(**parts))
    assert difference.agrees, difference


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_coordinates_may_stand_in_another_order_than_their_axes(names, tmp_path):
    coordinates = {"a": Coordinate("a", "rotational", default=0.1), "b": Coordinate("b", "rotational", default=0.2)}
    axes = TransformAxis(Z, LinearFunction(), "a"), TransformAxis(X, LinearFunction(), "b"), STEADY[1]
    own = tuple(coordinates[name] for name in names)
    joint = CustomJoint("shoulder", GROUND, "arm", own, rotations=axes, translations=STILL)
    slide = MovingPathPoint("slide", "arm", "a", LinearFunction(0.2, 0.05), Constant(-0.2), Constant(0.0))
    model = Model("arm", (ARM,), (joint,), (Thelen2003Muscle("pull", (BASE, slide), 500.0, 0.1, 0.3),))
    difference = worst(model)
    assert difference.agrees, difference
    save_osim(model, tmp_path / "arm.osim")
    read = read_osim(tmp_path / "arm.osim")
    assert {item.name: item.default for item in read.coordinates} == {"a": 0.1, "b": 0.2}
    assert read.muscles == model.muscles


def test_bodies_that_are_fixed_to_the_ground_have_mass():
    base = replace(ARM, name="base", mass=10.0, mass_center=(1.0, 2.0, 3.0))
    hip = PinJoint("hip", GROUND, "arm", (Coordinate("hip", "rotational"),), parent_location=(0.0, 1.0, 0.0))
    for held in (
        WeldJoint("held", GROUND, "base"),
        PinJoint("held", GROUND, "base", (Coordinate("h", "rotational", locked=True),)),
    ):
        difference = worst(Model("plate", (base, ARM), (held, hip), ()))
        assert difference.agrees, difference


def test_a_muscle_whose_greatest_pennation_is_none():
    model = leg()
    difference = worst(replace(model, muscles=(replace(model.muscles[0], maximum_pennation_angle=0.0),)), n_state=1000)
    assert difference.agrees, difference


def test_a_tug_of_war_is_judged_by_fibres_that_muscles_have():
    """Fibres of ten optimal lengths, as a block between short muscles could have, are beyond OpenSim's digits."""
    along = TransformAxis(Z, LinearFunction(), "z"), STEADY[0], STEADY[1]
    coordinate = Coordinate("z", "translational", minimum=-0.5, maximum=0.5)
    slide = CustomJoint("slide", GROUND, "arm", (coordinate,), rotations=STEADY, translations=along)

    def pull(name, side):
        post = PathPoint("post", GROUND, (0.0, 0.05, side * 0.75))
        return Thelen2003Muscle(name, (post, PathPoint("end", "arm", (0.0, 0.0, side * 0.05))), 1000.0, 0.1, 0.6)

    difference = worst(Model("tug", (ARM,), (slide,), (pull("one", -1), pull("other", 1))), n_state=100)
    assert difference.agrees, difference


def limited(motion, function):
    """A hinge whose angle a function of its coordinate is, between stops."""
    rotations = TransformAxis(Z, function, "a"), STEADY[0], STEADY[1]
    joint = CustomJoint("hip", GROUND, "arm", (Coordinate("a", motion),), rotations=rotations, translations=STEADY)
    stop = CoordinateLimitForce("stop", "a", 20.0, 0.2, 20.0, -0.2, 0.1, 0.1)
    return Model("limited", (ARM,), (joint,), (), limit_forces=(stop,))


def test_a_coordinate_may_be_coupled_by_a_line_of_slope_one():
    """As in a file by a MultiplierFunction: OpenSim's limits know no degrees then."""
    plain, coupled = limited("rotational", LinearFunction()), limited("coupled", LinearFunction())
    for model in (plain, coupled):
        difference = worst(model)
        assert difference.agrees, difference
    sample = random_sample(FAST.build(plain, 8), 24, 0)
    forces = [answers(ReferenceEngine(model, OPENSIM), sample)["limit_force"] for model in (plain, coupled)]
    assert not np.allclose(*forces)


def test_a_motion_that_opensim_calls_otherwise_is_refused():
    with pytest.raises(ModelError, match="a is rotational in limited, and coupled to OpenSim; call it coupled"):
        worst(limited("rotational", LinearFunction(2.0)))


def corner(n_sphere):
    """A body that spheres surround, in the corner of three walls."""
    walls = tuple(
        ContactHalfSpace(f"wall{index}", GROUND, orientation=(0.0, 0.0, angle))
        for index, angle in enumerate((-np.pi / 2, 0.0, np.pi))
    )
    around = np.random.default_rng(0).uniform(-0.2, 0.2, (n_sphere, 3)).tolist()
    spheres = tuple(ContactSphere(f"s{index}", "arm", (x, y, z), 0.05) for index, (x, y, z) in enumerate(around))
    force = HuntCrossleyForce("touch", tuple(shape.name for shape in (*walls, *spheres)), 1e6, 1.0)
    joint = PlanarJoint(
        "free",
        GROUND,
        "arm",
        (
            Coordinate("turn", "rotational"),
            Coordinate("x", "translational", minimum=-0.3, maximum=0.3),
            Coordinate("y", "translational", minimum=-0.3, maximum=0.3),
        ),
    )
    return Model("corner", (ARM,), (joint,), (), (*walls, *spheres), (force,))


def test_geometries_of_one_force_are_found_in_their_order_while_there_are_few():
    difference = worst(corner(13), n_state=200)
    assert difference.agrees, difference


def test_geometries_whose_order_nobody_knows_are_refused():
    with pytest.raises(EngineError, match="touch has 17 geometries, .*more than 16 in no certain order; split it"):
        FAST.build(corner(14), 1)


def test_what_cannot_move_is_refused_by_name():
    model = three_turns(("a", None, None))
    with pytest.raises(EngineError, match="arm moves and has no mass; give it one, or weld it to its parent"):
        FAST.build(replace(model, bodies=(Body("arm", 0.0),)), 1)
    with pytest.raises(EngineError, match="nothing moves: there is no free coordinate"):
        FAST.build(three_turns(("a", None, None), locked="a"), 1)


def hinges(lower, **parts):
    """Two free hinges with an arm on each."""
    joints = (
        PinJoint("hip", GROUND, "arm", (Coordinate("hip", "rotational"),)),
        PinJoint("knee", "arm", "shank", (Coordinate("knee", "rotational"),), parent_location=(0.0, -0.4, 0.0)),
    )
    return Model("hinges", (ARM, replace(lower, name="shank")), joints, parts.pop("muscles", ()), **parts)


def test_a_body_without_mass_has_no_inertia_whatever_it_says():
    shank = replace(ARM, name="shank")
    plate = Body("plate", 0.0, (0.0, 0.0, 0.0), (0.2, 0.2, 0.2, 0.0, 0.0, 0.0))
    model = hinges(shank)
    welded = replace(model, bodies=(*model.bodies, plate), joints=(*model.joints, WeldJoint("w", "shank", "plate")))
    between = replace(model, bodies=(replace(ARM, mass=0.0), shank))
    for each in (welded, between):
        difference = worst(each)
        assert difference.agrees, difference


def test_the_inertia_of_a_milligram_counts():
    crumb = Body("arm", 1e-6, (0.0, -1e-4, 0.0), (9e-14, 9e-14, 9e-14, 0.0, 0.0, 0.0))
    hip = PinJoint("hip", GROUND, "arm", (Coordinate("hip", "rotational"),))
    spring = SpringGeneralizedForce("spring", "hip", 1e-12)
    difference = worst(Model("crumb", (crumb,), (hip,), (), spring_forces=(spring,)))
    assert difference.agrees, difference


@pytest.mark.parametrize("first", ["a", "b"])
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_constant_may_name_a_coordinate(first, value):
    """Simbody counts it among the coordinate's axes, and takes the order of the first two from it."""
    second = "b" if first == "a" else "a"
    rotations = (
        TransformAxis(X, Constant(value), first),
        TransformAxis(Y, TURNS[1], second),
        TransformAxis(Z, LinearFunction(), first),
    )
    coordinates = tuple(Coordinate(name, "coupled", default=0.3) for name in (first, second))
    joint = CustomJoint("shoulder", GROUND, "arm", coordinates, rotations=rotations, translations=STILL)
    difference = worst(Model("named", (ARM,), (joint,), ()))
    assert difference.agrees, difference


@pytest.mark.parametrize("order", [("inner", "outer", "toe"), ("outer", "inner", "toe")])
def test_spheres_that_begin_at_the_same_place_come_in_the_order_of_their_names(order):
    """A foot that rolls sideways: the habit of returning at the first contact that pulls hangs on it."""
    roll = TransformAxis(X, LinearFunction(), "roll"), *STEADY[1:]
    shift = STEADY[0], TransformAxis(Y, LinearFunction(), "y"), TransformAxis(Z, LinearFunction(), "z")
    coordinates = (
        Coordinate("roll", "rotational", minimum=-0.3, maximum=0.3),
        Coordinate("y", "translational", minimum=-0.1, maximum=0.1),
        Coordinate("z", "translational", minimum=-0.1, maximum=0.1),
    )
    places = {"inner": (0.0, -0.05, 0.04), "outer": (0.0, -0.05, -0.04), "toe": (0.25, -0.05, 0.0)}
    spheres = tuple(ContactSphere(name, "arm", place, 0.05) for name, place in places.items())
    force = HuntCrossleyForce("touch", ("floor", *order), 1e6, 5.0, 0.8, 0.6, 0.1, 0.1)
    joint = CustomJoint("root", GROUND, "arm", coordinates, rotations=roll, translations=shift)
    difference = worst(Model("foot", (ARM,), (joint,), (), (FLOOR, *spheres), (force,)), n_state=400)
    assert difference.agrees, difference


def test_spheres_around_one_centre_do_not_push_each_other():
    """At a joint: there is no direction to push in."""
    spheres = ContactSphere("a", "arm", (0.0, -0.4, 0.0), 0.1), ContactSphere("b", "shank", (0.0, 0.0, 0.0), 0.1)
    force = HuntCrossleyForce("touch", ("a", "b"), 1e5, 1.0, 0.8, 0.6, 0.1, 0.1)
    difference = worst(hinges(ARM, contact_geometry=spheres, contact_forces=(force,)))
    assert difference.agrees, difference


UPWARD = (0.0, 0.0, -np.pi / 2.0)


def ball_between_welds(*shapes, **forces):
    """A ball in a plane, a cap that is welded to it, a post that is welded to the ground; of their geometry, `ball` is
    the ball's sphere, and `floor` the ground's half space.
    """
    ball, cap, post = (Body(name, 1.0, (0.0, 0.0, 0.0), (0.01, 0.01, 0.01, 0.0, 0.0, 0.0)) for name in ("b", "c", "p"))
    plane = PlanarJoint(
        "plane",
        GROUND,
        "b",
        (Coordinate("turn", "rotational"), Coordinate("x", "translational"), Coordinate("y", "translational")),
    )
    own = ContactSphere("ball", "b", (0.0, 0.0, 0.0), 0.1), ContactHalfSpace("floor", GROUND, (0.0, 0.0, 0.0), UPWARD)
    return Model(
        "welds",
        (ball, cap, post),
        (plane, WeldJoint("on_ball", "b", "c"), WeldJoint("on_ground", GROUND, "p")),
        (),
        contact_geometry=(*own, *shapes),
        contact_forces=tuple(
            HuntCrossleyForce(name, geometry, 1e5, 1.0, 0.8, 0.4, 0.1) for name, geometry in forces.items()
        ),
    )


STONE = ContactSphere("stone", "p", (0.02, -0.01, 0.0), 0.15)
TRAY = ContactHalfSpace("tray", "p", (0.0, 0.02, 0.0), UPWARD)
HAT = ContactSphere("hat", "c", (0.05, 0.0, 0.0), 0.08)


@pytest.mark.parametrize(
    "model",
    [
        ball_between_welds(STONE, lies=("floor", "stone", "ball")),
        ball_between_welds(TRAY, falls=("tray", "ball"), rests=("floor", "tray", "ball")),
        ball_between_welds(HAT, rolls=("floor", "ball", "hat")),
        ball_between_welds(ContactSphere("hat", "c", (0.0, 0.0, 0.0), 0.08), rolls=("floor", "ball", "hat")),
        ball_between_welds(ContactSphere("moon", "c", (0.1, 0.1, 0.0), 0.02), rolls=("floor", "ball", "moon")),
        ball_between_welds(ContactSphere("root", GROUND, (0.05, 0.0, 0.0), 0.08), lies=("floor", "ball", "root")),
    ],
    ids=["stone", "tray", "hat", "hat of one centre", "moon", "root"],
)
def test_bodies_that_are_welded_push_each_other_and_are_not_the_ground(model):
    difference = worst(model)
    assert difference.agrees, difference


def test_what_opensim_makes_no_number_of_is_refused():
    with pytest.raises(ModelError, match="stop has no stiffness on one side"):
        hinges(ARM, limit_forces=(replace(STOP, upper_stiffness=0.0),))
    difference = worst(hinges(ARM, limit_forces=(replace(STOP, upper_stiffness=1e-9),)))
    assert difference.agrees, difference
    meeting = PathPoint("above", "arm", (0.0, -0.4, 0.0)), PathPoint("below", "shank", (0.0, 0.0, 0.0))
    muscle = Thelen2003Muscle("pull", (BASE, *meeting, HOOK), 500.0, 0.1, 0.3)
    with pytest.raises(EngineError, match="on arm and shank, are always in one place; remove one of them"):
        FAST.build(hinges(ARM, muscles=(muscle,)), 1)


def test_a_joint_that_opensim_refuses_is_an_error_and_no_end_of_the_process(tmp_path):
    """Its bindings would delete twice what the model did not take."""
    axes = TransformAxis(Z, LinearFunction(), "a"), TransformAxis(Z, LinearFunction(), "b"), STEADY[1]
    coordinates = tuple(Coordinate(name, "rotational") for name in "ab")
    joint = CustomJoint("shoulder", GROUND, "arm", coordinates, rotations=axes, translations=STILL)
    model = Model("twice", (ARM,), (joint,), ())
    with pytest.raises(ModelError, match="collinear"):
        save_osim(model, tmp_path / "twice.osim")
    engine = ReferenceEngine(model, OPENSIM)
    with pytest.raises(EngineError, match="OpenSim cannot build twice: .*collinear"):
        engine.reset(np.array([0]), default_state(model), plain_parameters(model), equilibrate=False)
    gc.collect()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"max_lengthening_force": 1.0}, "pull has max_lengthening_force 1; it is more than 1"),
        ({"force_velocity_shape": 0.0}, "pull has force_velocity_shape 0; it must be positive and finite"),
        ({"passive_shape": 800.0}, "pull has passive_shape 800, .* give it 700 at most"),
        ({"activation_time_constant": 0.0}, "pull has activation_time_constant 0; it must be positive and finite"),
    ],
)
def test_numbers_that_a_muscle_would_divide_by_are_refused(wrong, sentence):
    with pytest.raises(ModelError, match=sentence):
        hinges(ARM, muscles=(replace(Thelen2003Muscle("pull", (BASE, HOOK), 500.0, 0.1, 0.3), **wrong),))


@pytest.mark.parametrize("worlds", [np.array([False, True]), np.array([0.7, 1.2])])
def test_worlds_are_indices(worlds):
    model = hinges(ARM)
    engine = FAST.build(model, 2)
    with pytest.raises(ValueError, match="they are a list of indices from 0 to 1"):
        engine.reset(worlds, default_state(model)[[0, 0]], plain_parameters(model)[[0, 0]], equilibrate=False)
