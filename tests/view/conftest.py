"""A small body to draw: a pelvis with two straight legs, upright; its numbers are worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.model.spec import (
    GROUND,
    Body,
    ConditionalPathPoint,
    ContactHalfSpace,
    ContactSphere,
    Coordinate,
    HuntCrossleyForce,
    LinearFunction,
    Model,
    MovingPathPoint,
    PathPoint,
    PinJoint,
    PlanarJoint,
    Thelen2003Muscle,
    WeldJoint,
)
from worlds import measurement

PELVIS_HEIGHT = 0.9


def leg(side, z):
    hip = Coordinate(f"hip_{side}", "rotational", minimum=-1.0, maximum=1.0)
    joints = (
        PinJoint(f"hip_joint_{side}", "pelvis", f"femur_{side}", (hip,), parent_location=(0.0, 0.0, z)),
        WeldJoint(f"knee_{side}", f"femur_{side}", f"foot_{side}", parent_location=(0.0, -0.8, 0.0)),
    )
    muscle = Thelen2003Muscle(
        f"vasti_{side}",
        (
            PathPoint("origin", "pelvis", (0.1, 0.0, z)),
            ConditionalPathPoint("wrap", f"femur_{side}", (0.08, -0.3, 0.0), f"hip_{side}", -0.5, 0.25),
            MovingPathPoint(
                "end",
                f"femur_{side}",
                f"hip_{side}",
                LinearFunction(0.1, 0.05),
                LinearFunction(0.0, -0.6),
                LinearFunction(0.0, 0.0),
            ),
        ),
        max_isometric_force=3000.0,
        optimal_fiber_length=0.1,
        tendon_slack_length=0.2,
    )
    spheres = tuple(
        ContactSphere(f"{name}_{side}", f"foot_{side}", (x, -0.05, 0.0), 0.05)
        for name, x in (("heel", -0.05), ("toe", 0.15))
    )
    force = HuntCrossleyForce(f"sole_{side}", ("floor", spheres[0].name, spheres[1].name), 1e6, 1.0)
    bodies = (Body(f"femur_{side}", 9.0, (0.0, -0.4, 0.0)), Body(f"foot_{side}", 1.0, (0.05, 0.0, 0.0)))
    return bodies, joints, muscle, spheres, force


@pytest.fixture
def model():
    right, left = leg("r", 0.1), leg("l", -0.1)
    planar = tuple(
        Coordinate(name, kind)
        for name, kind in (("tilt", "rotational"), ("x", "translational"), ("y", "translational"))
    )
    return Model(
        "legs",
        bodies=(Body("pelvis", 12.0), *right[0], *left[0]),
        joints=(PlanarJoint("root", GROUND, "pelvis", planar), *right[1], *left[1]),
        muscles=(right[2], left[2]),
        contact_geometry=(ContactHalfSpace("floor", GROUND), *right[3], *left[3]),
        contact_forces=(right[4], left[4]),
    )


@pytest.fixture
def world(model):
    """Gives state, measurement and parameters of two worlds; `x` is how far forward the second one stands [m]."""

    def build(x=0.0, activation=(0.0, 0.0), obstacle=(), hip=0.0):
        y = PELVIS_HEIGHT
        body = [(0, y, 0), (0, y, 0.1), (0, y - 0.8, 0.1), (0, y, -0.1), (0, y - 0.8, -0.1)]
        assert model.body_names == ("pelvis", "femur_r", "foot_r", "femur_l", "foot_l")
        position = np.array([body, body], dtype=float)
        position[1, :, 0] += x
        rotation = np.tile(np.eye(3), (2, 5, 1, 1))
        q = np.zeros((2, len(model.coordinate_names)))
        q[1, model.coordinate_names.index("hip_r")] = hip
        state = State(
            np.array([0.0, 1.25]), q, np.zeros_like(q), np.array([(0.0, 0.0), activation]), np.full((2, 2), 0.1)
        )
        measured = measurement(model, 2, body_position=position, body_rotation=rotation)
        course = np.array([obstacle, obstacle], dtype=float).reshape(2, -1, 3)
        return state, measured, Parameters(np.ones((2, 2)), course)

    return build


@pytest.fixture
def stronger():
    """The same parameters with the right muscle of the second world twice as strong."""

    def change(parameters):
        strength = parameters.strength.copy()
        strength[1, 0] = 2.0
        return replace(parameters, strength=strength)

    return change
