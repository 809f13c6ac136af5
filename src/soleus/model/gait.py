"""The bodies of the challenges as tables: one leg is written down, the right one, and the other is its mirror image.

The numbers are those of the gait models that osim-rl distributes (Apache-2.0; the models themselves name CC BY 3.0).
They go back to S.L. Delp and colleagues (1990), D.G. Thelen and F.C. Anderson. Ajay Seth reduced them to
"gait9dof18musc", and Carmichael Ong adjusted that: muscle strengths after Handsfield and Rajagopal, hamstrings that
follow semimembranosus, passive ankles after Weiss, Kearney and Hunter (1986).

Longer than other modules because it is a table. Tables come in the order of the chain, from the pelvis to the toes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TypeVar

from soleus.model.mirror import reflect
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
    MovingPathPoint,
    PathPoint,
    PinJoint,
    PlanarJoint,
    SimmSpline,
    Thelen2003Muscle,
    TransformAxis,
    WeldJoint,
)

CREDITS = (
    "Built by Soleus from the numbers of gait9dof18musc, a planar reduced gait model with 9 degrees of freedom and 18 "
    "muscles by Ajay Seth, adjusted by Carmichael Ong to follow muscle strengths of Handsfield/Rajagopal and with "
    "hamstrings that follow semimembranosus; ankle passive mechanics based on Weiss, Kearney, and Hunter 1986. Closely "
    "based on Delp S.L., Loan J.P., Hoy M.G., Zajac F.E., Topp E.L., Rosen J.M., Thelen D.G., Anderson F.C., Seth A. "
    "License: Creative Commons CC BY 3.0, http://creativecommons.org/licenses/by/3.0/"
)

Element = TypeVar("Element")


def learning_to_run() -> Model:
    """The runner of Learning to Run (NIPS 2017): 9 degrees of freedom in the sagittal plane, 18 muscles, 79.66 kg.

    The legs of the published model differ in one number, the range of ankle_angle (1.57 rad right, 1.05 rad left),
    which nothing reads: no joint is stopped at its range. Here both legs have the right one's.
    """
    return Model(
        name="gait9dof18musc",
        bodies=(PELVIS, *_right_then_left(LEG_BODIES), TORSO, HEAD),
        joints=(GROUND_PELVIS, *_right_then_left((HIP, KNEE, ANKLE, SUBTALAR, MTP)), BACK, NECK),
        muscles=_right_then_left(LEG_MUSCLES),
        contact_geometry=(PLATFORM, *_right_then_left(FOOT_SPHERES)),
        contact_forces=_right_then_left((FOOT_CONTACT,)),
        limit_forces=_side_by_side((HIP_LIMIT, KNEE_LIMIT, ANKLE_LIMIT)),
        credits=CREDITS,
    )


def _right_then_left(right: tuple[Element, ...]) -> tuple[Element, ...]:
    return (*right, *map(reflect, right))


def _side_by_side(right: Iterable[Element]) -> tuple[Element, ...]:
    """Right, left, right, left: the order that the challenges give their limit forces."""
    return tuple(chain.from_iterable((element, reflect(element)) for element in right))


# --------------------------------------------------------------------------------------------------------------- bodies

PELVIS = Body("pelvis", 11.777, (-0.0707, 0.0, 0.0), (0.1028, 0.0871, 0.0579, 0.0, 0.0, 0.0))
LEG_BODIES = (
    Body("femur_r", 9.3014, (0.0, -0.17, 0.0), (0.1339, 0.0351, 0.1412, 0.0, 0.0, 0.0)),
    Body("tibia_r", 3.7075, (0.0, -0.1867, 0.0), (0.0504, 0.0051, 0.0511, 0.0, 0.0, 0.0)),
    Body("talus_r", 0.1, (0.0, 0.0, 0.0), (0.001, 0.001, 0.001, 0.0, 0.0, 0.0)),
    Body("calcn_r", 1.25, (0.1, 0.03, 0.0), (0.0014, 0.0039, 0.0041, 0.0, 0.0, 0.0)),
    Body("toes_r", 0.2166, (0.0346, 0.006, -0.0175), (0.0001, 0.0002, 0.0001, 0.0, 0.0, 0.0)),
)
TORSO = Body("torso", 34.2366, (-0.03, 0.32, 0.0), (1.4745, 0.7555, 1.4314, 0.0, 0.0, 0.0))
HEAD = Body("head", 4.5)

# --------------------------------------------------------------------------------------------------------------- joints

GROUND_PELVIS = PlanarJoint(
    "ground_pelvis",
    GROUND,
    "pelvis",
    (
        Coordinate("pelvis_tilt", "rotational", default=-0.05),
        Coordinate("pelvis_tx", "translational", minimum=-5.0, maximum=5.0),
        Coordinate("pelvis_ty", "translational", default=0.91, minimum=-1.0, maximum=2.0),
    ),
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
BACK = PinJoint(
    "back",
    "pelvis",
    "torso",
    (Coordinate("lumbar_extension", "rotational", default=-0.139626, locked=True),),
    parent_location=(-0.1007, 0.0815, 0.0),
)
NECK = WeldJoint("back1", "torso", "head", parent_location=(0.0, 0.55, 0.0))

# -------------------------------------------------------------------------------------------------------------- muscles

# Knee angles [rad] at which Delp (1990) gives the patella's grip on the quadriceps.
PATELLA_KNEE_ANGLES = (
    -2.0944, -1.99997, -1.5708, -1.45752, -1.39626, -1.0472, -0.698132, -0.526391, -0.349066, -0.174533,
    0.0, 0.00017453, 0.00034907, 0.0279253, 0.0872665, 0.174533, 2.0944,
)  # fmt: skip
RECT_FEM_INSERTION = MovingPathPoint(
    "rect_fem_r-P3",
    "tibia_r",
    "knee_angle_r",
    x=SimmSpline(
        PATELLA_KNEE_ANGLES,
        (
            0.0155805, 0.0179938, 0.0275081, 0.0296564, 0.0307615, 0.0365695, 0.0422074, 0.0450902, 0.048391, 0.0534299,
            0.0617576, 0.0617669, 0.0617762, 0.0633083, 0.066994, 0.0733035, 0.0573481,
        ),
    ),
    y=SimmSpline(
        PATELLA_KNEE_ANGLES,
        (
            0.0234116, 0.0237613, 0.0251141, 0.0252795, 0.0253146, 0.0249184, 0.0242373, 0.0238447, 0.0234197,
            0.0227644, 0.020984, 0.0209814, 0.0209788, 0.0205225, 0.0191754, 0.0159554, -0.0673774,
        ),
    ),
    z=Constant(0.0014),
)  # fmt: skip
VASTI_INSERTION = MovingPathPoint(
    "vas_int_r-P4",
    "tibia_r",
    "knee_angle_r",
    x=SimmSpline(
        PATELLA_KNEE_ANGLES,
        (
            0.0082733, 0.0106866, 0.0202042, 0.022353, 0.0234583, 0.0292715, 0.0349465, 0.037871, 0.0412569, 0.0465287,
            0.0554632, 0.0554735, 0.0554837, 0.0571717, 0.061272, 0.0684368, 0.0648818,
        ),
    ),
    y=SimmSpline(
        PATELLA_KNEE_ANGLES,
        (
            0.025599, 0.0259487, 0.0273124, 0.0274796, 0.0275151, 0.0271363, 0.0265737, 0.0263073, 0.0261187, 0.0260129,
            0.0252923, 0.0252911, 0.0252898, 0.0250526, 0.0242191, 0.0218288, -0.0685706,
        ),
    ),
    z=Constant(0.0018),
)  # fmt: skip

LEG_MUSCLES = (
    Thelen2003Muscle(
        "hamstrings_r",
        (
            PathPoint("semimem_r-P1", "pelvis", (-0.1192, -0.09747, 0.07151)),
            ConditionalPathPoint(
                "semimem_r-P2",
                "tibia_r",
                (-0.0348, -0.03519, -0.01891),
                "knee_angle_r",
                minimum=-0.558505,
                maximum=0.174533,
            ),
            PathPoint("semimem_r-P3", "tibia_r", (-0.027, -0.04771, -0.01957)),
        ),
        max_isometric_force=4105.465574,
        optimal_fiber_length=0.069,
        tendon_slack_length=0.349,
        pennation_angle=0.26179939,
    ),
    Thelen2003Muscle(
        "bifemsh_r",
        (
            PathPoint("bifemsh_r-P1", "femur_r", (0.005, -0.2111, 0.0234)),
            PathPoint("bifemsh_r-P2", "tibia_r", (-0.0301, -0.036, 0.02943)),
            PathPoint("bifemsh_r-P3", "tibia_r", (-0.0234, -0.0563, 0.0343)),
        ),
        max_isometric_force=557.11475409836,
        optimal_fiber_length=0.11,
        tendon_slack_length=0.117,
        pennation_angle=0.40142573,
    ),
    Thelen2003Muscle(
        "glut_max_r",
        (
            PathPoint("glut_max2_r-P1", "pelvis", (-0.1349, 0.0176, 0.0563)),
            PathPoint("glut_max2_r-P2", "pelvis", (-0.1376, -0.052, 0.0914)),
            PathPoint("glut_max2_r-P3", "femur_r", (-0.0426, -0.053, 0.0293)),
            PathPoint("glut_max2_r-P4", "femur_r", (-0.0156, -0.1016, 0.0419)),
        ),
        max_isometric_force=3337.583607,
        optimal_fiber_length=0.157,
        tendon_slack_length=0.048,
    ),
    Thelen2003Muscle(
        "iliopsoas_r",
        (
            PathPoint("psoas_r-P1", "pelvis", (-0.0647, 0.0887, 0.0289)),
            PathPoint("psoas_r-P2", "pelvis", (-0.0238, -0.057, 0.0759)),
            ConditionalPathPoint(
                "psoas_r-P3", "pelvis", (-0.0288, -0.0805, 0.0816), "hip_flexion_r", minimum=-1.5708, maximum=0.785398
            ),
            PathPoint("psoas_r-P4", "femur_r", (0.0016, -0.0507, 0.0038)),
            PathPoint("psoas_r-P5", "femur_r", (-0.0188, -0.0597, 0.0104)),
        ),
        max_isometric_force=2697.344262,
        optimal_fiber_length=0.117,
        tendon_slack_length=0.13,
        pennation_angle=0.13962634,
    ),
    Thelen2003Muscle(
        "rect_fem_r",
        (
            PathPoint("rect_fem_r-P1", "pelvis", (-0.0295, -0.0311, 0.0968)),
            ConditionalPathPoint(
                "rect_fem_r-P2", "femur_r", (0.0334, -0.403, 0.0019), "knee_angle_r", minimum=-2.61799, maximum=-1.45997
            ),
            RECT_FEM_INSERTION,
        ),
        max_isometric_force=2191.74098360656,
        optimal_fiber_length=0.076,
        tendon_slack_length=0.346,
        pennation_angle=0.08726646,
        max_muscle_strain=1.0,
    ),
    Thelen2003Muscle(
        "vasti_r",
        (
            PathPoint("vas_int_r-P1", "femur_r", (0.029, -0.1924, 0.031)),
            PathPoint("vas_int_r-P2", "femur_r", (0.0335, -0.2084, 0.0285)),
            ConditionalPathPoint(
                "vas_int_r-P3", "femur_r", (0.0343, -0.403, 0.0055), "knee_angle_r", minimum=-2.61799, maximum=-1.42
            ),
            VASTI_INSERTION,
        ),
        max_isometric_force=9593.95082,
        optimal_fiber_length=0.099,
        tendon_slack_length=0.102,
        pennation_angle=0.05235988,
        max_muscle_strain=1.0,
        passive_shape=9.0,
    ),
    Thelen2003Muscle(
        "gastroc_r",
        (
            PathPoint("med_gas_r-P1", "femur_r", (-0.019, -0.3929, -0.0235)),
            ConditionalPathPoint(
                "med_gas_r-P2",
                "femur_r",
                (-0.03, -0.4022, -0.0258),
                "knee_angle_r",
                minimum=-0.785398,
                maximum=0.174533,
            ),
            PathPoint("med_gas_r-P3", "calcn_r", (0.0, 0.031, -0.0053)),
        ),
        max_isometric_force=4690.57377,
        optimal_fiber_length=0.051,
        tendon_slack_length=0.384,
        pennation_angle=0.29670597,
        max_tendon_strain=0.1,
    ),
    Thelen2003Muscle(
        "soleus_r",
        (
            PathPoint("soleus_r-P1", "tibia_r", (-0.0024, -0.1533, 0.0071)),
            PathPoint("soleus_r-P2", "calcn_r", (0.0, 0.031, -0.0053)),
        ),
        max_isometric_force=7924.996721,
        optimal_fiber_length=0.044,
        tendon_slack_length=0.244,
        pennation_angle=0.43633231,
        max_tendon_strain=0.1,
    ),
    Thelen2003Muscle(
        "tib_ant_r",
        (
            PathPoint("tib_ant_r-P1", "tibia_r", (0.0179, -0.1624, 0.0115)),
            PathPoint("tib_ant_r-P2", "tibia_r", (0.0329, -0.3951, -0.0177)),
            PathPoint("tib_ant_r-P3", "calcn_r", (0.1166, 0.0178, -0.0305)),
        ),
        max_isometric_force=2116.818162,
        optimal_fiber_length=0.068,
        tendon_slack_length=0.238,
        pennation_angle=0.08726646,
    ),
)

# --------------------------------------------------------------------------------------------------- contact and limits

PLATFORM = ContactHalfSpace("platform", GROUND)
FOOT_SPHERES = (
    ContactSphere("r_heel", "calcn_r", (0.03, 0.04, 0.0), radius=0.05),
    ContactSphere("r_toe", "toes_r", (0.03, 0.04, 0.0), radius=0.05),
)
FOOT_CONTACT = HuntCrossleyForce(
    "foot_r",
    ("platform", "r_heel", "r_toe"),
    stiffness=600000.0,
    dissipation=1.5,
    static_friction=0.8,
    dynamic_friction=0.8,
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
KNEE_LIMIT = _limit("KneeLimit_r", "knee_angle_r", -140.0, 10.0)
ANKLE_LIMIT = _limit("AnkleLimit_r", "ankle_angle_r", -40.0, 20.0)
