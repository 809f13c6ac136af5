"""A right leg that ends below the knee, and the prosthesis that takes over there."""

from __future__ import annotations

from dataclasses import replace

from soleus.model.gait.leg import WALKER_CONTACT, Leg
from soleus.model.spec import Body, ContactSphere, Joint, SpringGeneralizedForce, Thelen2003Muscle

PROSTHESIS_BODIES = (
    Body("pros_tibia_r", 1.85375, (0.0, -0.1867, 0.0), (0.0252, 0.00255, 0.02555, 0.0, 0.0, 0.0)),
    Body("pros_foot_r", 0.426, (0.05123, -0.01195, 0.0), (0.00048, 0.00133, 0.0014, 0.0, 0.0, 0.0)),
)
PROSTHESIS_SPHERES = (
    ContactSphere("r_pros_heel", "pros_foot_r", (-0.01877, -0.02195, 0.0), radius=0.05),
    ContactSphere("r_pros_toe", "pros_foot_r", (0.15, -0.02195, 0.0), radius=0.05),
)
ANKLE_SPRING = SpringGeneralizedForce("ankleSpring", "ankle_angle_r", stiffness=225.0, viscosity=1.0)

_REPLACED = {"tibia_r": "pros_tibia_r", "talus_r": "pros_foot_r"}
"""What the prosthesis puts in the place of a body; calcaneus and toes are gone with all that hangs on them."""
_GONE = ("calcn_r", "toes_r")


def prosthetic(leg: Leg) -> Leg:
    """The right leg without its foot and the muscles of the ankle, whose place a spring takes."""
    return Leg(
        bodies=(*(body for body in leg.bodies if body.name not in (*_REPLACED, *_GONE)), *PROSTHESIS_BODIES),
        joints=tuple(_joint(joint) for joint in leg.joints if joint.child not in _GONE),
        muscles=tuple(_muscle(muscle) for muscle in leg.muscles if not _reaches(muscle, _GONE)),
        spheres=PROSTHESIS_SPHERES,
        contact=replace(WALKER_CONTACT, name="pros_foot_r", geometry=("platform", "r_pros_heel", "r_pros_toe")),
        limits=leg.limits,
        springs=(ANKLE_SPRING,),
    )


def _reaches(muscle: Thelen2003Muscle, bodies: tuple[str, ...]) -> bool:
    return any(point.body in bodies for point in muscle.path)


def _joint(joint: Joint) -> Joint:
    return replace(
        joint, parent=_REPLACED.get(joint.parent, joint.parent), child=_REPLACED.get(joint.child, joint.child)
    )


def _muscle(muscle: Thelen2003Muscle) -> Thelen2003Muscle:
    return replace(
        muscle, path=tuple(replace(point, body=_REPLACED.get(point.body, point.body)) for point in muscle.path)
    )
