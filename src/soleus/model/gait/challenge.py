"""The models of the challenges, each put together from a trunk, a right leg and a left leg."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from soleus.model.gait.leg import FREE_LEG, RUNNER_LEG, WALKER_LEG, Leg, left
from soleus.model.gait.prosthesis import prosthetic
from soleus.model.gait.trunk import FREE_TRUNK, PELVIS, RUNNER_TRUNK, TORSO, WALKER_TRUNK, Trunk
from soleus.model.spec import GROUND, ContactHalfSpace, Model

PLATFORM = ContactHalfSpace("platform", GROUND)

OUT_OF_PLANE = ("pelvis_list", "pelvis_rotation", "pelvis_tz", "hip_adduction_r", "hip_adduction_l")
"""Coordinates that a planar version of a three-dimensional model locks."""

AUTHORS = (
    "by Ajay Seth, adjusted by Carmichael Ong to follow muscle strengths of Handsfield/Rajagopal and with hamstrings "
    "that follow semimembranosus"
)
RUNNER_ORIGIN = (
    f"a planar reduced gait model with 9 degrees of freedom and 18 muscles {AUTHORS}; ankle passive mechanics based on "
    "Weiss, Kearney, and Hunter 1986"
)
WALKER_ORIGIN = (
    f"a reduced gait model {AUTHORS} and with adjusted passive curves of hamstrings, rect_fem, and vasti (those with "
    "22 muscles are based on the planar gait9dof18)"
)
PROSTHESIS_ORIGIN = (
    f"{WALKER_ORIGIN}; mass and inertial parameters of the prosthesis inspired by Lehmann et al. 1998, Fey et al. 2011 "
    "and Shamaei et al. 2013"
)


def learning_to_run() -> Model:
    """The runner of Learning to Run (NIPS 2017): 9 degrees of freedom in the sagittal plane, 18 muscles, 79.66 kg."""
    return _model("gait9dof18musc", RUNNER_TRUNK, RUNNER_LEG, left(RUNNER_LEG), RUNNER_ORIGIN)


def hopper() -> Model:
    """The runner on the spot: its pelvis cannot move forward. It has 18 muscles, whatever its published name says."""
    return _locked(replace(learning_to_run(), name="hop8dof9musc"), "pelvis_tx")


def learn_to_move() -> Model:
    """The walker of Learn to Move (NeurIPS 2019), and of AI for Prosthetics with both legs: 14 degrees of freedom in
    three dimensions, 22 muscles, 75.16 kg.
    """
    return _model("gait14dof22musc_20170320", FREE_TRUNK, FREE_LEG, left(FREE_LEG), WALKER_ORIGIN)


def learn_to_move_planar() -> Model:
    """The walker of Learn to Move, kept in the sagittal plane: 9 degrees of freedom, all its 22 muscles."""
    return _locked(replace(learn_to_move(), name="gait14dof22musc_planar_20170320"), *OUT_OF_PLANE)


def learn_to_move_9dof() -> Model:
    """The walker built for the sagittal plane: 9 degrees of freedom, 18 muscles. Its default pelvis height is 0."""
    return _model("gait9dof18musc_20170320", WALKER_TRUNK, WALKER_LEG, left(WALKER_LEG), WALKER_ORIGIN)


def prosthetics() -> Model:
    """The walker of AI for Prosthetics (NeurIPS 2018): its right leg ends in a prosthesis with a sprung ankle; 14
    degrees of freedom in three dimensions, 19 muscles, 72.17 kg.
    """
    return _model("gait14dof22musc_pros_20180507", FREE_TRUNK, prosthetic(FREE_LEG), left(FREE_LEG), PROSTHESIS_ORIGIN)


def prosthetics_planar() -> Model:
    """The walker of AI for Prosthetics, kept in the sagittal plane: 9 degrees of freedom, all its 19 muscles."""
    return _locked(replace(prosthetics(), name="gait14dof22musc_planar_pros_20180507"), *OUT_OF_PLANE)


def prosthetics_9dof() -> Model:
    """The walker with a prosthesis built for the sagittal plane: 9 degrees of freedom, 15 muscles; default height 0."""
    return _model(
        "gait9dof18musc_pros_20180507", WALKER_TRUNK, prosthetic(WALKER_LEG), left(WALKER_LEG), PROSTHESIS_ORIGIN
    )


def _model(name: str, trunk: Trunk, right: Leg, left: Leg, origin: str) -> Model:
    """The parts in the order of the published models: the right leg first, but the ligaments of each joint together."""
    return Model(
        name=name,
        bodies=(PELVIS, *right.bodies, *left.bodies, TORSO, trunk.head),
        joints=(trunk.root, *right.joints, *left.joints, trunk.back, trunk.neck),
        muscles=(*right.muscles, *left.muscles),
        contact_geometry=(PLATFORM, *right.spheres, *left.spheres),
        contact_forces=(right.contact, left.contact),
        limit_forces=tuple(chain.from_iterable(zip(right.limits, left.limits, strict=True))),
        spring_forces=(*right.springs, *left.springs),
        credits=(
            f"Built by Soleus from the numbers of {name}, {origin}. Closely based on Delp S.L., Loan J.P., Hoy M.G., "
            "Zajac F.E., Topp E.L., Rosen J.M., Thelen D.G., Anderson F.C., Seth A. "
            "License: Creative Commons CC BY 3.0, http://creativecommons.org/licenses/by/3.0/"
        ),
    )


def _locked(model: Model, *coordinates: str) -> Model:
    """The model with more of its coordinates locked at their defaults."""
    return replace(
        model,
        joints=tuple(
            replace(
                joint,
                coordinates=tuple(
                    replace(item, locked=item.locked or item.name in coordinates) for item in joint.coordinates
                ),
            )
            for joint in model.joints
        ),
    )
