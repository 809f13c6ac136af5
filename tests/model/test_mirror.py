from dataclasses import fields, is_dataclass, replace
from math import cos, sin

import numpy as np
import pytest

from soleus.model import MODELS, learning_to_run, mirror_of, partner_name, spec
from soleus.model.mirror import reflect
from soleus.model.spec import Body, Coordinate, CustomJoint, LinearFunction, Model, ModelError, TransformAxis
from soleus.model.wrap import WrapSphere

SIDEWAYS = np.diag([1.0, 1.0, -1.0])
MODEL = learning_to_run()


@pytest.mark.parametrize(
    ("name", "partner"),
    [
        ("femur_r", "femur_l"),
        ("HipLimit_l", "HipLimit_r"),
        ("r_pros_heel", "l_pros_heel"),
        ("vas_int_r-P4", "vas_int_l-P4"),
        ("pelvis_rotation", "pelvis_rotation"),
        ("lumbar", "lumbar"),
    ],
)
def test_a_name_knows_its_partner(name, partner):
    assert partner_name(name) == partner
    assert partner_name(partner) == name


ONE_SIDED = {name: "muscle 'gastroc_l'" for name in MODELS if "pros" in name}
ONE_SIDED["arm2dof6musc"] = "coordinate 'r_shoulder_elev'"
SYMMETRIC = [name for name in MODELS if name not in ONE_SIDED]


@pytest.mark.parametrize("name", SYMMETRIC)
def test_mirrored_twice_is_nothing(name):
    mirror = mirror_of(MODELS[name]())
    for field in fields(mirror):
        swap = getattr(mirror, field.name)
        values = np.random.default_rng(0).normal(size=(5, len(swap.index)))
        assert (swap(swap(values)) == values).all()
        assert not (swap(values) == values).all()


def test_the_planar_runner_changes_sides_and_no_signs():
    mirror = mirror_of(MODEL)
    left = ["pelvis_tilt", "pelvis_tx", "pelvis_ty", *(f"{joint}_{side}" for side in "lr" for joint in LEG)]
    assert [MODEL.coordinate_names[index] for index in mirror.coordinates.index] == left
    assert (mirror.coordinates.sign == 1.0).all()
    assert mirror.muscles.index.tolist() == [*range(9, 18), *range(9)]
    assert mirror.limit_forces.index.tolist() == [1, 0, 3, 2, 5, 4]
    assert mirror.contact_spheres.index.tolist() == [2, 3, 0, 1]
    assert MODEL.body_names[mirror.bodies.index[MODEL.body_names.index("toes_r")]] == "toes_l"


LEG = ("hip_flexion", "knee_angle", "ankle_angle")


@pytest.mark.parametrize("name", SYMMETRIC)
def test_only_what_moves_sideways_changes_sign(name):
    model = MODELS[name]()
    mirror = mirror_of(model)
    for coordinate, sign in zip(model.coordinate_names, mirror.coordinates.sign, strict=True):
        sideways = coordinate in ("pelvis_list", "pelvis_rotation", "pelvis_tz")
        assert sign == (-1.0 if sideways else 1.0), coordinate
    partners = [model.coordinate_names[index] for index in mirror.coordinates.index]
    assert partners == [partner_name(coordinate) for coordinate in model.coordinate_names]
    assert (mirror.limit_forces.sign == 1.0).all()


def test_contact_spheres_find_their_partners_by_place():
    """The published feet number their toes from left to right, both of them."""
    model = MODELS["gait14dof22musc_20170320"]()
    names = [shape.name for shape in model.contact_geometry[1:]]
    partners = [names[index] for index in mirror_of(model).contact_spheres.index]
    assert dict(zip(names, partners, strict=True)) == {
        "r_heel": "l_heel", "r_toe1": "l_toe2", "r_toe2": "l_toe1",
        "l_heel": "r_heel", "l_toe1": "r_toe2", "l_toe2": "r_toe1",
    }  # fmt: skip


def test_a_sphere_without_a_mirror_image_is_named():
    first, heel, *others = MODEL.contact_geometry
    odd = replace(MODEL, contact_geometry=(first, replace(heel, radius=0.06), *others))
    with pytest.raises(ModelError, match="no contact sphere is the mirror image of 'r_heel'"):
        mirror_of(odd)


@pytest.mark.parametrize("name", ONE_SIDED)
def test_a_body_with_a_prosthesis_or_one_arm_has_no_mirror(name):
    with pytest.raises(ModelError, match=f"the model has no mirror: the {ONE_SIDED[name]} has no partner"):
        mirror_of(MODELS[name]())


def test_sideways_motion_changes_sign():
    """A pelvis free in space, and hips."""
    mirror = mirror_of(_three_dimensional())
    names = ["tilt", "list", "rotation", "tx", "ty", "tz"]
    assert dict(zip(names, mirror.coordinates.sign[:6].tolist(), strict=True)) == {
        "tilt": 1.0, "list": -1.0, "rotation": -1.0, "tx": 1.0, "ty": 1.0, "tz": -1.0,
    }  # fmt: skip
    assert mirror.coordinates.index.tolist() == [0, 1, 2, 3, 4, 5, 9, 10, 11, 6, 7, 8]
    assert (mirror.coordinates.sign[6:] == 1.0).all()


def test_a_left_axis_that_is_no_mirror_image_changes_sign():
    model = _three_dimensional()
    *others, left = model.joints
    adduction = replace(left.rotations[1], axis=(1.0, 0.0, 0.0))
    odd = replace(left, rotations=(left.rotations[0], adduction, left.rotations[2]))
    mirror = mirror_of(replace(model, joints=(*others, odd)))
    assert mirror.coordinates.sign[6:].tolist() == [1.0, -1.0, 1.0, 1.0, -1.0, 1.0]


def test_a_body_without_a_partner_has_no_mirror():
    one_leg = replace(MODEL, muscles=MODEL.muscles[:-1])
    with pytest.raises(ModelError, match="muscle 'tib_ant_r' has no partner 'tib_ant_l'"):
        mirror_of(one_leg)


@pytest.mark.parametrize("field", ["bodies", "joints", "muscles", "contact_geometry", "contact_forces", "limit_forces"])
def test_reflected_twice_is_nothing(field):
    for element in getattr(MODEL, field):
        assert reflect(reflect(element)) == element


def test_a_reflected_inertia_is_the_reflected_tensor():
    left = reflect(Body("shank_r", 1.0, (0.1, 0.2, 0.3), (1.0, 2.0, 3.0, 0.1, 0.2, 0.3)))
    assert left.name == "shank_l"
    assert left.mass_center == (0.1, 0.2, -0.3)
    assert _tensor(left.inertia) == pytest.approx(SIDEWAYS @ _tensor((1.0, 2.0, 3.0, 0.1, 0.2, 0.3)) @ SIDEWAYS)


@pytest.mark.parametrize(("half", "image"), [("z", "-z"), ("-z", "z"), ("x", "x"), ("-y", "-y"), ("all", "all")])
def test_a_reflected_surface_is_wrapped_over_on_its_other_side_if_that_lies_sideways(half, image):
    left = reflect(WrapSphere("ball_r", "femur_r", (0.1, 0.2, 0.3), quadrant=half, radius=0.4))
    assert left == WrapSphere("ball_l", "femur_l", (0.1, 0.2, -0.3), quadrant=image, radius=0.4)


def test_a_reflected_orientation_is_the_reflected_rotation():
    angles = (0.3, -0.5, 0.7)
    left = reflect(replace(MODEL.joints[1], parent_orientation=angles))
    assert _rotation(left.parent_orientation) == pytest.approx(SIDEWAYS @ _rotation(angles) @ SIDEWAYS)


def test_every_vector_of_the_spec_is_reflected():
    """A field that the mirror forgets would leave the left leg where the right one is."""
    kinds = [kind for kind in vars(spec).values() if is_dataclass(kind) and kind not in (Model, TransformAxis)]
    vectors = {(kind, field.name) for kind in kinds for field in fields(kind) if field.type == "Vector"}
    assert vectors
    for kind, name in vectors:
        element = object.__new__(kind)
        for field in fields(kind):
            object.__setattr__(element, field.name, (0.1, 0.2, 0.3) if field.type == "Vector" else _filler(field))
        assert getattr(reflect(element), name) != (0.1, 0.2, 0.3), f"{kind.__name__}.{name}"


def _filler(field):
    return {"Inertia": (1.0,) * 6, "str": "thing_r"}.get(field.type, ())


def _three_dimensional() -> Model:
    """A pelvis free in space and two hips, as in gait14dof22musc."""
    pelvis = _six("ground_pelvis", "ground", "pelvis", ("tilt", "list", "rotation", "tx", "ty", "tz"))
    hip = _six("hip_r", "pelvis", "femur_r", ("flexion_r", "adduction_r", "rotation_r"))
    femur = Body("femur_r", 1.0)
    bodies = (Body("pelvis", 1.0), femur, reflect(femur))
    return Model("three", bodies, (pelvis, hip, reflect(hip)), ())


def _six(name, parent, child, names) -> CustomJoint:
    axes = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    drivers = [*names, *[None] * (6 - len(names))]
    steps = [TransformAxis(axis, LinearFunction(), driver) for axis, driver in zip(axes, drivers, strict=True)]
    coordinates = tuple(Coordinate(name, "rotational") for name in names)
    return CustomJoint(name, parent, child, coordinates, rotations=tuple(steps[:3]), translations=tuple(steps[3:]))


def _tensor(inertia):
    xx, yy, zz, xy, xz, yz = inertia
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _rotation(angles):
    a, b, c = angles
    about_x = np.array([[1, 0, 0], [0, cos(a), -sin(a)], [0, sin(a), cos(a)]])
    about_y = np.array([[cos(b), 0, sin(b)], [0, 1, 0], [-sin(b), 0, cos(b)]])
    about_z = np.array([[cos(c), -sin(c), 0], [sin(c), cos(c), 0], [0, 0, 1]])
    return about_x @ about_y @ about_z
