"""Legs: the right one as a table, the left one as its mirror image."""

from __future__ import annotations

from dataclasses import dataclass, replace

from soleus.model.gait.muscle import RUNNER_MUSCLES, SIDE_MUSCLES, WALKER_MUSCLES
from soleus.model.mirror import reflect
from soleus.model.spec import (
    Body,
    Constant,
    ContactSphere,
    Coordinate,
    CoordinateLimitForce,
    CustomJoint,
    HuntCrossleyForce,
    Joint,
    LinearFunction,
    PinJoint,
    SimmSpline,
    SpringGeneralizedForce,
    Thelen2003Muscle,
    TransformAxis,
    WeldJoint,
)


@dataclass(frozen=True)
class Leg:
    """Everything of a model that belongs to one side."""

    bodies: tuple[Body, ...]
    joints: tuple[Joint, ...]
    muscles: tuple[Thelen2003Muscle, ...]
    spheres: tuple[ContactSphere, ...]
    contact: HuntCrossleyForce
    limits: tuple[CoordinateLimitForce, ...]
    springs: tuple[SpringGeneralizedForce, ...] = ()


# --------------------------------------------------------------------------------------------------- bodies and joints

LEG_BODIES = (
    Body("femur_r", 9.3014, (0.0, -0.17, 0.0), (0.1339, 0.0351, 0.1412, 0.0, 0.0, 0.0)),
    Body("tibia_r", 3.7075, (0.0, -0.1867, 0.0), (0.0504, 0.0051, 0.0511, 0.0, 0.0, 0.0)),
    Body("talus_r", 0.1, (0.0, 0.0, 0.0), (0.001, 0.001, 0.001, 0.0, 0.0, 0.0)),
    Body("calcn_r", 1.25, (0.1, 0.03, 0.0), (0.0014, 0.0039, 0.0041, 0.0, 0.0, 0.0)),
    Body("toes_r", 0.2166, (0.0346, 0.006, -0.0175), (0.0001, 0.0002, 0.0001, 0.0, 0.0, 0.0)),
)
HIP = PinJoint(
    "hip_r",
    "pelvis",
    "femur_r",
    (Coordinate("hip_flexion_r", "rotational", minimum=-2.0943951, maximum=2.0943951),),
    parent_location=(-0.0707, -0.0661, 0.0835),
)
# Planar knee of Yamaguchi and Zajac (1989): the tibia rolls and slides on the femur as it turns.
KNEE = CustomJoint(
    "knee_r",
    "femur_r",
    "tibia_r",
    (Coordinate("knee_angle_r", "rotational", minimum=-2.0943951, maximum=0.17453293),),
    rotations=(
        TransformAxis((0.0, 0.0, 1.0), LinearFunction(), "knee_angle_r"),
        TransformAxis((0.0, 1.0, 0.0), Constant(0.0)),
        TransformAxis((1.0, 0.0, 0.0), Constant(0.0)),
    ),
    translations=(
        TransformAxis(
            (1.0, 0.0, 0.0),
            SimmSpline(
                (
                    -2.0944,
                    -1.74533,
                    -1.39626,
                    -1.0472,
                    -0.698132,
                    -0.349066,
                    -0.174533,
                    0.197344,
                    0.337395,
                    0.490178,
                    1.52146,
                    2.0944,
                ),
                (
                    -0.0032,
                    0.00179,
                    0.00411,
                    0.0041,
                    0.00212,
                    -0.001,
                    -0.0031,
                    -0.005227,
                    -0.005435,
                    -0.005574,
                    -0.005435,
                    -0.00525,
                ),
            ),
            "knee_angle_r",
        ),
        TransformAxis(
            (0.0, 1.0, 0.0),
            SimmSpline(
                (-2.0944, -1.22173, -0.523599, -0.349066, -0.174533, 0.159149, 2.0944),
                (-0.4226, -0.4082, -0.399, -0.3976, -0.3966, -0.395264, -0.396),
            ),
            "knee_angle_r",
        ),
        TransformAxis((0.0, 0.0, 1.0), Constant(0.0)),
    ),
)
ANKLE = PinJoint(
    "ankle_r", "tibia_r", "talus_r", (Coordinate("ankle_angle_r", "rotational"),), parent_location=(0.0, -0.43, 0.0)
)
SUBTALAR = WeldJoint("subtalar_r", "talus_r", "calcn_r", parent_location=(-0.04877, -0.04195, 0.00792))
MTP = WeldJoint("mtp_r", "calcn_r", "toes_r", parent_location=(0.1788, -0.002, 0.00108))

FREE_HIP = CustomJoint(
    HIP.name,
    HIP.parent,
    HIP.child,
    tuple(
        Coordinate(name, "rotational", minimum=-2.0943951, maximum=2.0943951, locked=name == "hip_rotation_r")
        for name in ("hip_flexion_r", "hip_adduction_r", "hip_rotation_r")
    ),
    parent_location=HIP.parent_location,
    rotations=(
        TransformAxis((0.0, 0.0, 1.0), LinearFunction(), "hip_flexion_r"),
        TransformAxis((1.0, 0.0, 0.0), LinearFunction(), "hip_adduction_r"),
        TransformAxis((0.0, 1.0, 0.0), LinearFunction(), "hip_rotation_r"),
    ),
    translations=(
        TransformAxis((1.0, 0.0, 0.0), Constant(0.0)),
        TransformAxis((0.0, 1.0, 0.0), Constant(0.0)),
        TransformAxis((0.0, 0.0, 1.0), Constant(0.0)),
    ),
)

# -------------------------------------------------------------------------------------------------- contact and limits

RUNNER_SPHERES = (
    ContactSphere("r_heel", "calcn_r", (0.03, 0.04, 0.0), radius=0.05),
    ContactSphere("r_toe", "toes_r", (0.03, 0.04, 0.0), radius=0.05),
)
RUNNER_CONTACT = HuntCrossleyForce(
    "foot_r",
    ("platform", "r_heel", "r_toe"),
    stiffness=600000.0,
    dissipation=1.5,
    static_friction=0.8,
    dynamic_friction=0.8,
)
WALKER_SPHERES = (
    ContactSphere("r_heel", "calcn_r", (0.03, 0.02, 0.0), radius=0.05),
    ContactSphere("r_toe1", "toes_r", (0.02, -0.005, -0.026), radius=0.025),
    ContactSphere("r_toe2", "toes_r", (0.02, -0.005, 0.026), radius=0.025),
)
WALKER_CONTACT = replace(
    RUNNER_CONTACT, geometry=("platform", "r_heel", "r_toe1", "r_toe2"), stiffness=500000.0, dissipation=1.0
)


def _limit(name: str, coordinate: str, lower: float, upper: float) -> CoordinateLimitForce:
    """A ligament as all joints of the gait models have it; limits in degrees."""
    return CoordinateLimitForce(
        name,
        coordinate,
        upper_stiffness=20.0,
        upper_limit=upper,
        lower_stiffness=20.0,
        lower_limit=lower,
        damping=0.25,
        transition=10.0,
    )


HIP_LIMIT = _limit("HipLimit_r", "hip_flexion_r", -30.0, 120.0)
RUNNER_KNEE_LIMIT = _limit("KneeLimit_r", "knee_angle_r", -140.0, 10.0)
WALKER_KNEE_LIMIT = _limit("KneeLimit_r", "knee_angle_r", -140.0, 0.0)
ANKLE_LIMIT = _limit("AnkleLimit_r", "ankle_angle_r", -40.0, 20.0)
HIP_ADDUCTION_LIMIT = _limit("HipAddLimit_r", "hip_adduction_r", -40.0, 30.0)

# ---------------------------------------------------------------------------------------------------------------- legs

RUNNER_LEG = Leg(
    bodies=LEG_BODIES,
    joints=(HIP, KNEE, ANKLE, SUBTALAR, MTP),
    muscles=RUNNER_MUSCLES,
    spheres=RUNNER_SPHERES,
    contact=RUNNER_CONTACT,
    limits=(HIP_LIMIT, RUNNER_KNEE_LIMIT, ANKLE_LIMIT),
)
WALKER_LEG = replace(
    RUNNER_LEG,
    muscles=WALKER_MUSCLES,
    spheres=WALKER_SPHERES,
    contact=WALKER_CONTACT,
    limits=(HIP_LIMIT, WALKER_KNEE_LIMIT, ANKLE_LIMIT),
)
FREE_LEG = replace(
    WALKER_LEG,
    joints=(FREE_HIP, *WALKER_LEG.joints[1:]),
    muscles=(*SIDE_MUSCLES, *WALKER_MUSCLES),
    limits=(*WALKER_LEG.limits, HIP_ADDUCTION_LIMIT),
)
"""A leg that moves sideways too."""


def left(leg: Leg) -> Leg:
    """The left leg: the mirror image of the right one, but for two numbers that the published files have otherwise.

    The range of ankle_angle_l is 60 degrees instead of 90, which nothing reads: no joint is stopped at its range. And
    l_toe1 lies to the left of l_toe2 as r_toe1 lies to the left of r_toe2, so that their names are no mirror images.
    """
    ankle_range = {"minimum": -1.04719755, "maximum": 1.04719755}
    joints = [reflect(joint) for joint in leg.joints]
    return Leg(
        bodies=tuple(map(reflect, leg.bodies)),
        joints=tuple(
            replace(joint, coordinates=(replace(joint.coordinates[0], **ankle_range),))
            if joint.name == "ankle_l"
            else joint
            for joint in joints
        ),
        muscles=tuple(map(reflect, leg.muscles)),
        spheres=tuple(replace(reflect(sphere), location=sphere.location) for sphere in leg.spheres),
        contact=reflect(leg.contact),
        limits=tuple(map(reflect, leg.limits)),
        springs=tuple(map(reflect, leg.springs)),
    )
