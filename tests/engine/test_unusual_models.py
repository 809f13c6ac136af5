"""Models that no challenge had: OpenSim's habits in them, on the fast engine as in OpenSim itself."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from soleus.command.verify import FAST, OPENSIM
from soleus.engine.base import EngineError
from soleus.engine.compare import answers, compare_stages
from soleus.engine.random_state import random_sample
from soleus.engine.reference import ReferenceEngine
from soleus.model import read_osim, save_osim
from soleus.model.spec import (
    GROUND,
    Body,
    Constant,
    ContactHalfSpace,
    ContactSphere,
    Coordinate,
    CoordinateLimitForce,
    CustomJoint,
    HuntCrossleyForce,
    LinearFunction,
    Model,
    PlanarJoint,
    SimmSpline,
    TransformAxis,
)

pytestmark = pytest.mark.opensim

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
TURNS = LinearFunction(1.0, 0.2), SimmSpline((-1.0, 0.0, 1.0), (0.3, -0.2, 0.5)), LinearFunction(-0.7, 0.1)
STILL = TransformAxis(X, Constant(0.0)), TransformAxis(Y, Constant(0.1)), TransformAxis(Z, Constant(0.0))
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
    coordinates = tuple(Coordinate(name, "coupled", default=0.3, locked=name == locked) for name in names)
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


def test_what_cannot_move_is_refused_by_name():
    model = three_turns(("a", None, None))
    with pytest.raises(EngineError, match="arm moves and has no mass; give it one, or weld it to its parent"):
        FAST.build(replace(model, bodies=(Body("arm", 0.0),)), 1)
    with pytest.raises(EngineError, match="nothing moves: there is no free coordinate"):
        FAST.build(three_turns(("a", None, None), locked="a"), 1)
