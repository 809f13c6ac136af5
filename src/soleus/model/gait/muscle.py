"""The muscles of the right leg, from hip to foot."""

from __future__ import annotations

from dataclasses import replace

from soleus.model.spec import ConditionalPathPoint, Constant, MovingPathPoint, PathPoint, SimmSpline, Thelen2003Muscle

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

RUNNER_MUSCLES = (
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

_STIFFNESS = {"hamstrings_r": {"max_muscle_strain": 0.8}, "rect_fem_r": {"passive_shape": 9.0}}
WALKER_MUSCLES = tuple(replace(muscle, **_STIFFNESS.get(muscle.name, {})) for muscle in RUNNER_MUSCLES)
"""With the passive curves that the models got after Learning to Run."""

SIDE_MUSCLES = (
    Thelen2003Muscle(
        "abd_r",
        (
            PathPoint("glut_med2_r-P1", "pelvis", (-0.0855, 0.0445, 0.0766)),
            PathPoint("glut_med2_r-P2", "femur_r", (-0.0258, -0.0058, 0.0527)),
        ),
        max_isometric_force=4460.290481,
        optimal_fiber_length=0.0845,
        tendon_slack_length=0.053,
    ),
    Thelen2003Muscle(
        "add_r",
        (
            PathPoint("add_mag1_r-P1", "pelvis", (-0.0732, -0.1174, 0.0255)),
            PathPoint("add_mag1_r-P2", "femur_r", (-0.0045, -0.1211, 0.0339)),
        ),
        max_isometric_force=3931.8,
        optimal_fiber_length=0.087,
        tendon_slack_length=0.06,
        pennation_angle=0.08726646,
    ),
)
"""Abductors and adductors of a hip that moves sideways."""
