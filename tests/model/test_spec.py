from dataclasses import replace

import numpy as np
import pytest

from soleus.model import ModelError, learning_to_run
from soleus.model.spec import (
    GROUND,
    ORIGIN,
    Body,
    ConditionalPathPoint,
    Constant,
    ContactSphere,
    CustomJoint,
    LinearFunction,
    Marker,
    PathPoint,
    SimmSpline,
    SpringGeneralizedForce,
    TransformAxis,
    WeldJoint,
)
from soleus.model.wrap import PathWrap, WrapSphere

MODEL = learning_to_run()


def _with_path_point(point):
    first, *others = MODEL.muscles
    return replace(MODEL, muscles=(replace(first, path=(*first.path, point)), *others))


def _with_muscle(**changes):
    first, *others = MODEL.muscles
    return replace(MODEL, muscles=(replace(first, **changes), *others))


def _with_contact(**changes):
    first, *others = MODEL.contact_forces
    return replace(MODEL, contact_forces=(replace(first, **changes), *others))


def _with_hip(functions=1.0, **changes):
    """A right hip that its flexion turns so much, and other things about it."""
    hip = next(joint for joint in MODEL.joints if joint.name == "hip_r")
    flexion = hip.coordinates[0].name if changes.get("coordinates", True) else None
    drives = TransformAxis((0.0, 0.0, 1.0), LinearFunction(functions), flexion)
    still = [TransformAxis(axis, Constant(0.0)) for axis in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))]
    turned = CustomJoint(
        hip.name, hip.parent, hip.child, hip.coordinates, rotations=(drives, *still[:2]), translations=tuple(still)
    )
    joints = tuple(replace(turned, **changes) if joint is hip else joint for joint in MODEL.joints)
    return replace(MODEL, joints=joints)


SOMETIMES = ConditionalPathPoint("now", "pelvis", (0.0, 0.0, 0.0), "pelvis_tilt", 0.0, 1.0)
BALL = WrapSphere("ball", "femur_r", (0.0, 0.0, 0.0), radius=0.1)


def _with_wrap(wrap):
    first, *others = MODEL.muscles
    return replace(MODEL, muscles=(replace(first, wraps=(wrap,)), *others), wrap_objects=(BALL,))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: _with_path_point(PathPoint("end", "tail", (0.0, 0.0, 0.0))), "hamstrings_r names the body 'tail'"),
        (lambda: replace(MODEL, muscles=(MODEL.muscles[0], *MODEL.muscles)), "force names must differ.*hamstrings_r"),
        (lambda: replace(MODEL, bodies=(*MODEL.bodies, MODEL.bodies[0])), "body names must differ.*pelvis"),
        (lambda: replace(MODEL, bodies=(*MODEL.bodies, Body("tail", 1.0))), "no joint carries tail"),
        (lambda: replace(MODEL, joints=MODEL.joints[::-1]), "hangs on torso.*list parents first"),
        (
            lambda: replace(MODEL, joints=(*MODEL.joints, WeldJoint("again", GROUND, "head"))),
            "again carries head, which is carried already",
        ),
        (
            lambda: replace(MODEL, limit_forces=(replace(MODEL.limit_forces[0], coordinate="tail_angle"),)),
            "HipLimit_r names the coordinate 'tail_angle'",
        ),
        (
            lambda: replace(MODEL, spring_forces=(SpringGeneralizedForce("coil", "tail_angle", 1.0),)),
            "coil names the coordinate 'tail_angle'",
        ),
        (
            lambda: replace(MODEL, spring_forces=(SpringGeneralizedForce("foot_r", "ankle_angle_r", 1.0),)),
            "force names must differ.*foot_r",
        ),
        (
            lambda: replace(MODEL, contact_geometry=MODEL.contact_geometry[:2]),
            "foot_r names the contact geometry 'r_toe'",
        ),
        (
            lambda: replace(
                MODEL, contact_geometry=(*MODEL.contact_geometry, ContactSphere("b", "tail", (0, 0, 0), 1.0))
            ),
            "b names the body 'tail'",
        ),
        (
            lambda: replace(MODEL, contact_forces=(replace(MODEL.contact_forces[0], geometry=()),)),
            "foot_r names no contact geometry",
        ),
        (lambda: _with_muscle(path=MODEL.muscles[0].path[:1]), "hamstrings_r has 1 path points"),
        (
            lambda: _with_muscle(path=(SOMETIMES, SOMETIMES)),
            "hamstrings_r has only conditional path points; give it one that always counts",
        ),
        (lambda: _with_muscle(tendon_slack_length=0.0), "hamstrings_r has tendon_slack_length 0; it must be positive"),
        (
            lambda: _with_muscle(max_contraction_velocity=-10.0),
            "hamstrings_r has max_contraction_velocity -10; it must be positive",
        ),
        (
            lambda: _with_muscle(maximum_pennation_angle=np.pi / 2),
            "hamstrings_r has maximum_pennation_angle 1.5708.*give it 1.57 at most",
        ),
        (lambda: _with_contact(stiffness=0.0), "foot_r has stiffness 0; it must be positive"),
        (lambda: _with_contact(stiffness=np.nan), "foot_r has stiffness nan; it must be positive"),
        (lambda: _with_contact(transition_velocity=-0.1), "foot_r has transition_velocity -0.1; it must be 0 or more"),
        (
            lambda: replace(
                MODEL, contact_geometry=(*MODEL.contact_geometry, ContactSphere("b", "toes_r", ORIGIN, -1))
            ),
            "b has radius -1; it must be 0 or more",
        ),
        (
            lambda: replace(MODEL, bodies=(replace(MODEL.bodies[0], mass=np.inf), *MODEL.bodies[1:])),
            f"{MODEL.bodies[0].name} has mass inf; it must be 0 or more, and finite",
        ),
        (
            lambda: SimmSpline((0.0, 1.0, 1.0 + 1e-8), (0.0, 1.0, 2.0)),
            "rising x and as many y, the x 1e-07 apart or more",
        ),
        (lambda: _with_muscle(max_isometric_force=-1.0), "hamstrings_r has max_isometric_force -1; give it 0 or more"),
        (lambda: _with_muscle(minimum_activation=0.0), "hamstrings_r has minimum_activation 0; it must be positive"),
        (
            lambda: _with_muscle(pennation_angle=0.1, maximum_pennation_angle=0.0),
            "hamstrings_r has pennation_angle 0.1 and no maximum_pennation_angle",
        ),
        (
            lambda: replace(MODEL, limit_forces=(replace(MODEL.limit_forces[0], transition=0.0),)),
            f"{MODEL.limit_forces[0].name} has transition 0; it must be positive",
        ),
        (lambda: _with_muscle(extrapolation_threshold=1.0), "hamstrings_r has fv_linear_extrap_threshold 1"),
        (lambda: _with_hip(functions=0.0), "hip_r is not moved by its coordinate hip_flexion_r; remove it"),
        (lambda: _with_hip(coordinates=()), "hip_r has no coordinate; make it a WeldJoint"),
        (lambda: replace(MODEL, wrap_objects=(BALL, BALL)), "wrap object names must differ.*ball"),
        (lambda: replace(MODEL, wrap_objects=(replace(BALL, body="tail"),)), "ball names the body 'tail'"),
        (lambda: _with_wrap(PathWrap("w", "drum")), "hamstrings_r names the wrap object 'drum'.*there is ball"),
        (
            lambda: _with_wrap(PathWrap("w", "ball", range=(1, 4))),
            r"hamstrings_r has 3 path points.* \(1, 4\)",
        ),
        (lambda: replace(MODEL, markers=(Marker("tip", "tail", (0.0, 0.0, 0.0)),)), "tip names the body 'tail'"),
        (lambda: replace(MODEL, markers=(Marker("tip", "head", (0.0, 0.0, 0.0)),) * 2), "marker names must differ"),
        (
            lambda: replace(
                MODEL, joints=(*MODEL.joints[:2], replace(MODEL.joints[2], coordinates=()), *MODEL.joints[3:])
            ),
            "'knee_angle_r', which is not there",
        ),
    ],
)
def test_a_model_that_contradicts_itself_is_refused(build, message):
    with pytest.raises(ModelError, match=message):
        build()


def test_a_locked_coordinate_is_no_degree_of_freedom():
    assert "lumbar_extension" in [coordinate.name for coordinate in MODEL.coordinates]
    assert "lumbar_extension" not in MODEL.coordinate_names
    assert len(MODEL.coordinate_names) == 9
