"""What lies between the legs: pelvis, torso and head, and the ways in which the pelvis may move in the world."""

from __future__ import annotations

from dataclasses import dataclass, replace

from soleus.model.spec import (
    GROUND,
    Body,
    Coordinate,
    CustomJoint,
    Joint,
    LinearFunction,
    PinJoint,
    PlanarJoint,
    TransformAxis,
    WeldJoint,
)


@dataclass(frozen=True)
class Trunk:
    """What differs between the trunks of the models."""

    root: Joint
    """Between ground and pelvis."""
    back: PinJoint
    neck: WeldJoint
    head: Body


PELVIS = Body("pelvis", 11.777, (-0.0707, 0.0, 0.0), (0.1028, 0.0871, 0.0579, 0.0, 0.0, 0.0))
TORSO = Body("torso", 34.2366, (-0.03, 0.32, 0.0), (1.4745, 0.7555, 1.4314, 0.0, 0.0, 0.0))

TILT = Coordinate("pelvis_tilt", "rotational")
LIST = Coordinate("pelvis_list", "rotational")
ROTATION = Coordinate("pelvis_rotation", "rotational")
FORWARD = Coordinate("pelvis_tx", "translational", minimum=-5.0, maximum=5.0)
UPWARD = Coordinate("pelvis_ty", "translational", minimum=-1.0, maximum=2.0)
SIDEWAYS = Coordinate("pelvis_tz", "translational", minimum=-3.0, maximum=3.0)

PLANAR_ROOT = PlanarJoint("ground_pelvis", GROUND, "pelvis", (TILT, FORWARD, UPWARD))
FREE_ROOT = CustomJoint(
    "ground_pelvis",
    GROUND,
    "pelvis",
    (TILT, LIST, ROTATION, FORWARD, replace(UPWARD, default=0.94), SIDEWAYS),
    rotations=(
        TransformAxis((0.0, 0.0, 1.0), LinearFunction(), "pelvis_tilt"),
        TransformAxis((1.0, 0.0, 0.0), LinearFunction(), "pelvis_list"),
        TransformAxis((0.0, 1.0, 0.0), LinearFunction(), "pelvis_rotation"),
    ),
    translations=(
        TransformAxis((1.0, 0.0, 0.0), LinearFunction(), "pelvis_tx"),
        TransformAxis((0.0, 1.0, 0.0), LinearFunction(), "pelvis_ty"),
        TransformAxis((0.0, 0.0, 1.0), LinearFunction(), "pelvis_tz"),
    ),
)


def _back(lumbar_extension: float) -> PinJoint:
    return PinJoint(
        "back",
        "pelvis",
        "torso",
        (Coordinate("lumbar_extension", "rotational", default=lumbar_extension, locked=True),),
        parent_location=(-0.1007, 0.0815, 0.0),
    )


RUNNER_TRUNK = Trunk(
    root=replace(PLANAR_ROOT, coordinates=(replace(TILT, default=-0.05), FORWARD, replace(UPWARD, default=0.91))),
    back=_back(-0.139626),
    neck=WeldJoint("back1", "torso", "head", parent_location=(0.0, 0.55, 0.0)),
    head=Body("head", 4.5),
)
WALKER_TRUNK = Trunk(
    root=PLANAR_ROOT,
    back=_back(-0.0872665),
    neck=replace(RUNNER_TRUNK.neck, name="back_0"),
    head=Body("head", 0.0),
)
FREE_TRUNK = replace(WALKER_TRUNK, root=FREE_ROOT)
