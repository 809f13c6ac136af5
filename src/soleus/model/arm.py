"""A right arm that reaches in a plane, of shoulder and elbow: the body of osim-rl's arm environment.

The numbers are those of the model "arm26" that osim-rl distributes as arm2dof6musc (Apache-2.0; the model itself names
CC BY 3.0). It goes back to the upper extremity of K.R.S. Holzbaur, W.M. Murray and S.L. Delp (2005).
"""

from __future__ import annotations

from functools import partial

from soleus.model.spec import (
    GROUND,
    Body,
    Constant,
    Coordinate,
    CustomJoint,
    LinearFunction,
    Marker,
    Model,
    PathPoint,
    Thelen2003Muscle,
    TransformAxis,
    Vector,
    WeldJoint,
)
from soleus.model.wrap import PathWrap, WrapCylinder, WrapEllipsoid

BASE = "base"
HUMERUS = "r_humerus"
FOREARM = "r_ulna_radius_hand"

BODIES = (
    Body(BASE, 0.0),
    Body(HUMERUS, 1.864572, (0.0, -0.180496, 0.0), (0.01481, 0.004551, 0.013193, 0.0, 0.0, 0.0)),
    Body(FOREARM, 1.534315, (0.0, -0.181479, 0.0), (0.019281, 0.001571, 0.020062, 0.0, 0.0, 0.0)),
)


def _still(axis: Vector) -> TransformAxis:
    return TransformAxis(axis, Constant(0.0))


STILL = (_still((1.0, 0.0, 0.0)), _still((0.0, 1.0, 0.0)), _still((0.0, 0.0, 1.0)))

JOINTS = (
    WeldJoint("offset", GROUND, BASE, parent_location=(0.0, 0.8, 0.0)),
    CustomJoint(
        "r_shoulder",
        BASE,
        HUMERUS,
        (Coordinate("r_shoulder_elev", "rotational", minimum=-1.57079633, maximum=3.14159265),),
        parent_location=(-0.017545, -0.007, 0.17),
        rotations=(
            TransformAxis((-0.05889802, 0.0023, 0.99826136), LinearFunction(), "r_shoulder_elev"),
            _still((0.0, 1.0, 0.0)),
            _still((0.99826136, 0.0, 0.05889802)),
        ),
        translations=STILL,
    ),
    CustomJoint(
        "r_elbow",
        HUMERUS,
        FOREARM,
        (Coordinate("r_elbow_flex", "rotational", minimum=0.0, maximum=2.26892803),),
        parent_location=(0.0061, -0.2904, -0.0123),
        rotations=(
            TransformAxis((0.04940001, 0.03660001, 0.99810825), LinearFunction(), "r_elbow_flex"),
            _still((0.0, 1.0, 0.0)),
            _still((0.99810825, 0.0, -0.04940001)),
        ),
        translations=STILL,
    ),
)

WRAP_OBJECTS = (
    WrapCylinder(
        "TRIlongglen",
        BASE,
        (-0.043905, -0.0039, 0.1478),
        (1.37532, -0.294612, 2.43596),
        quadrant="x",
        radius=0.003,
        length=0.03,
    ),
    WrapEllipsoid(
        "TRIlonghh",
        HUMERUS,
        (-0.0078, -0.0041, -0.0014),
        (3.00162, -0.853466, 2.57419),
        quadrant="z",
        radii=(0.035, 0.02, 0.02),
    ),
    WrapEllipsoid(
        "BIClonghh",
        HUMERUS,
        (0.0033, 0.0073, 0.0003),
        (-2.00434, -1.00164, 0.975465),
        quadrant="-y",
        radii=(0.025, 0.02, 0.02),
    ),
    WrapCylinder(
        "TRI", HUMERUS, (0.0028, -0.2919, -0.0069), (-0.14015, -0.00628319, 0.154985), radius=0.016, length=0.05
    ),
)
"""Glenoid, twice the head of the humerus, and elbow."""

Place = tuple[str, Vector]
"""A body, and a location in it [m]"""

TRICEPS_END: tuple[Place, ...] = (
    (HUMERUS, (-0.03184, -0.22637, -0.01217)),
    (HUMERUS, (-0.01743, -0.26757, -0.01208)),
    (FOREARM, (-0.0219, 0.01046, -0.00078)),
)
"""What its three heads have in common"""


def _path(muscle: str, *places: Place) -> tuple[PathPoint, ...]:
    """Path points with the names of the published model."""
    return tuple(PathPoint(f"{muscle}-P{count}", *place) for count, place in enumerate(places, start=1))


_Muscle = partial(
    Thelen2003Muscle,
    max_contraction_velocity=10.0,
    max_tendon_strain=0.033,
    active_shape=0.5,
    passive_shape=4.0,
    force_velocity_shape=0.3,
    max_lengthening_force=1.8,
)
AROUND_ELBOW = (PathWrap("pathwrap", "TRI"),)

MUSCLES = (
    _Muscle(
        "TRIlong",
        _path(
            "TRIlong", (BASE, (-0.05365, -0.01373, 0.14723)), (HUMERUS, (-0.02714, -0.11441, -0.00664)), *TRICEPS_END
        ),
        max_isometric_force=798.52,
        optimal_fiber_length=0.134,
        tendon_slack_length=0.143,
        pennation_angle=0.20943951,
        wraps=(
            PathWrap("TRIlong-wrap-cylinder1", "TRI"),
            PathWrap("TRIlong-wrap-ellipsoid", "TRIlonghh"),
            PathWrap("TRIlong-wrap-cylinder2", "TRIlongglen"),
        ),
    ),
    _Muscle(
        "TRIlat",
        _path(
            "TRIlat",
            (HUMERUS, (-0.00599, -0.12646, 0.00428)),
            (HUMERUS, (-0.02344, -0.14528, 0.00928)),
            *TRICEPS_END,
        ),
        max_isometric_force=624.3,
        optimal_fiber_length=0.1138,
        tendon_slack_length=0.098,
        pennation_angle=0.15707963,
        wraps=AROUND_ELBOW,
    ),
    _Muscle(
        "TRImed",
        _path(
            "TRImed",
            (HUMERUS, (-0.00838, -0.13695, -0.00906)),
            (HUMERUS, (-0.02601, -0.15139, -0.0108)),
            *TRICEPS_END,
        ),
        max_isometric_force=624.3,
        optimal_fiber_length=0.1138,
        tendon_slack_length=0.0908,
        pennation_angle=0.15707963,
        wraps=AROUND_ELBOW,
    ),
    _Muscle(
        "BIClong",
        _path(
            "BIClong",
            (BASE, (-0.039235, 0.00347, 0.14795)),
            (BASE, (-0.028945, 0.01391, 0.15639)),
            (HUMERUS, (0.02131, 0.01793, 0.01028)),
            (HUMERUS, (0.02378, -0.00511, 0.01201)),
            (HUMERUS, (0.01345, -0.02827, 0.00136)),
            (HUMERUS, (0.01068, -0.07736, -0.00165)),
            (HUMERUS, (0.01703, -0.12125, 0.00024)),
            (HUMERUS, (0.0228, -0.1754, -0.0063)),
            (FOREARM, (0.00751, -0.04839, 0.02179)),
        ),
        max_isometric_force=624.3,
        optimal_fiber_length=0.1157,
        tendon_slack_length=0.2723,
        wraps=(PathWrap("pathwrap", "BIClonghh", range=(2, 3)),),
    ),
    _Muscle(
        "BICshort",
        _path(
            "BICshort",
            (BASE, (0.004675, -0.01231, 0.13475)),
            (BASE, (-0.007075, -0.04004, 0.14507)),
            (HUMERUS, (0.01117, -0.07576, -0.01101)),
            (HUMERUS, (0.01703, -0.12125, -0.01079)),
            (HUMERUS, (0.0228, -0.1754, -0.0063)),
            (FOREARM, (0.00751, -0.04839, 0.02179)),
        ),
        max_isometric_force=435.56,
        optimal_fiber_length=0.1321,
        tendon_slack_length=0.1923,
    ),
    _Muscle(
        "BRA",
        _path("BRA", (HUMERUS, (0.0068, -0.1739, -0.0036)), (FOREARM, (-0.0032, -0.0239, 0.0009))),
        max_isometric_force=987.26,
        optimal_fiber_length=0.0858,
        tendon_slack_length=0.0535,
        wraps=AROUND_ELBOW,
    ),
)

MARKERS = (
    Marker("r_acromion", BASE, (-0.01256, 0.04, 0.17)),
    Marker("r_humerus_epicondyle", HUMERUS, (0.005, -0.2904, 0.03)),
    Marker("r_radius_styloid", FOREARM, (-0.0011, -0.23559, 0.0943)),
)


def arm() -> Model:
    """The right arm of osim-rl's Arm2DEnv: shoulder and elbow in a plane, 6 muscles, 3.40 kg, its base fixed in space.

    Its muscles wrap over bones, which only OpenSim simulates. Nothing stops its joints.
    """
    return Model(
        name="arm2dof6musc",
        bodies=BODIES,
        joints=JOINTS,
        muscles=MUSCLES,
        wrap_objects=WRAP_OBJECTS,
        markers=MARKERS,
        gravity=(0.0, -9.8066, 0.0),
        credits=(
            "Built by Soleus from the numbers of arm26 (arm2dof6musc), by the OpenSim Development Team (J. Reinbolt, "
            "A. Seth, A. Habib, S. Hamner), adapted from a model by Kate Holzbaur. Holzbaur K.R.S., Murray W.M., "
            "Delp S.L. (2005), A Model of the Upper Extremity for Simulating Musculoskeletal Surgery and Analyzing "
            "Neuromuscular Control, Annals of Biomedical Engineering 33, 829-840. "
            "License: Creative Commons CC BY 3.0, http://creativecommons.org/licenses/by/3.0/"
        ),
    )
