"""Left and right: the mirror image of an element of a model, and the partner and sign of everything that has a name.

The mirror is the plane z = 0. A name says its side by a part that is `r` or `l`: femur_r, HipLimit_l, r_heel.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soleus.model.spec import (
    Constant,
    ContactSphere,
    CustomJoint,
    Function,
    Inertia,
    Joint,
    LinearFunction,
    Model,
    ModelError,
    SimmSpline,
    TransformAxis,
    Vector,
)

Element = TypeVar("Element")
Axes = tuple[TransformAxis, TransformAxis, TransformAxis]

_SIDE = re.compile(r"(?:^|(?<=_))[rl](?=$|[_-])")


def partner_name(name: str) -> str:
    """The name of the same thing on the other side; its own for something in the middle."""
    return _SIDE.sub(lambda side: "l" if side[0] == "r" else "r", name)


# --------------------------------------------------------------------------------------------- the image of one element


def reflect(element: Element) -> Element:
    """The mirror image of a body, joint, muscle, path point, contact sphere, wrap object, marker or force.

    It has its partner's name. Coordinates keep their meaning, a hip flexed by 0.3 rad is flexed by 0.3 rad on either
    side; the axes they turn about are reflected instead.
    """
    names = (item.name for item in fields(element) if item.name in _IMAGES)  # type: ignore[arg-type]
    return replace(element, **{name: _IMAGES[name](getattr(element, name)) for name in names})  # type: ignore[type-var]


def _place(vector: Vector) -> Vector:
    """Image of a location."""
    x, y, z = vector
    return x, y, 0.0 - z  # not -z, which turns zeros into -0.0


def _turn(vector: Vector) -> Vector:
    """Image of a rotation axis or of body-fixed XYZ angles: rotations are axial vectors."""
    x, y, z = vector
    return 0.0 - x, 0.0 - y, z


def _quadrant(quadrant: str) -> str:
    """Image of a half of a wrap object, in the image of its axes."""
    return {"z": "-z", "-z": "z"}.get(quadrant, quadrant)


def _inertia(inertia: Inertia) -> Inertia:
    xx, yy, zz, xy, xz, yz = inertia
    return xx, yy, zz, xy, 0.0 - xz, 0.0 - yz


def _negative(function: Function) -> Function:
    match function:
        case Constant(value):
            return Constant(0.0 - value)
        case LinearFunction(slope, intercept):
            return LinearFunction(0.0 - slope, 0.0 - intercept)
        case SimmSpline(x, y):
            return SimmSpline(x, tuple(0.0 - value for value in y))


def _axes(image: Callable[[Vector], Vector]) -> Callable[[Axes], tuple[TransformAxis, ...]]:
    return lambda axes: tuple(replace(reflect(axis), axis=image(axis.axis)) for axis in axes)


def _partners(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(partner_name, names))


def _reflections(elements: Sequence[Element]) -> tuple[Element, ...]:
    return tuple(map(reflect, elements))


_IMAGES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("name", "body", "parent", "child", "wrap_object"), partner_name),
    "coordinate": lambda name: name and partner_name(name),
    "geometry": _partners,
    **dict.fromkeys(("location", "mass_center", "parent_location", "child_location"), _place),
    **dict.fromkeys(("orientation", "parent_orientation", "child_orientation"), _turn),
    "inertia": _inertia,
    "quadrant": _quadrant,
    "rotations": _axes(_turn),
    "translations": _axes(_place),
    "z": _negative,
    **dict.fromkeys(("coordinates", "path", "wraps"), _reflections),
}
"""How the mirror changes a field of a `spec` dataclass. A field name means the same in all of them; what is missing
here, such as a mass, stays as it is."""


# ---------------------------------------------------------------------------------------- the partners of a whole model


@dataclass(frozen=True)
class Swap:
    """The mirror on the columns of one kind of array; used twice it changes nothing."""

    index: NDArray[np.intp]
    """The column of each column's partner."""
    sign: NDArray[np.float64]
    """-1 where a number counts the other way in the mirror, as sideways motion does; else 1."""

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """What the mirrored body has in place of `values`, shape (..., n)."""
        return np.asarray(values)[..., self.index] * self.sign


@dataclass(frozen=True)
class Mirror:
    """Left/right partners in a model, in the order of its arrays."""

    coordinates: Swap
    """Columns of State.q and State.u."""
    muscles: Swap
    """Columns of excitation, activation and fibre length."""
    bodies: Swap
    """Partners only: the z of a position changes sign as well."""
    contact_spheres: Swap
    """The ContactSpheres among `Model.contact_geometry`; partners only, as for bodies. They go by place, not by name:
    the mirror image of r_toe1 in the published feet is l_toe2."""
    limit_forces: Swap
    """Columns of Measurement.limit_force."""


def mirror_of(model: Model) -> Mirror:
    """Derive the mirror of a model from its names and joint axes.

    Raises:
        ModelError: something has no partner on the other side, as beside a prosthesis.
    """
    sign = dict(_coordinate_signs(model))
    limits = model.limit_forces
    return Mirror(
        coordinates=_swap("coordinate", model.coordinate_names, [sign[name] for name in model.coordinate_names]),
        muscles=_swap("muscle", model.muscle_names),
        bodies=_swap("body", model.body_names),
        contact_spheres=_sphere_swap([item for item in model.contact_geometry if isinstance(item, ContactSphere)]),
        limit_forces=_swap("limit force", [item.name for item in limits], [sign[item.coordinate] for item in limits]),
    )


def _swap(kind: str, names: Sequence[str], signs: Sequence[float] | None = None) -> Swap:
    place = {name: column for column, name in enumerate(names)}
    for name in names:
        if partner_name(name) not in place:
            raise _no_mirror(f"the {kind} {name!r} has no partner {partner_name(name)!r}")
    sign = np.ones(len(names)) if signs is None else np.array(signs, dtype=np.float64)
    return Swap(np.array([place[partner_name(name)] for name in names], dtype=np.intp), sign)


def _sphere_swap(spheres: Sequence[ContactSphere]) -> Swap:
    column = {replace(sphere, name=""): index for index, sphere in enumerate(spheres)}
    images = [replace(reflect(sphere), name="") for sphere in spheres]
    for sphere, image in zip(spheres, images, strict=True):
        if image not in column:
            raise _no_mirror(f"no contact sphere is the mirror image of {sphere.name!r}")
    return Swap(np.array([column[image] for image in images], dtype=np.intp), np.ones(len(spheres)))


def _no_mirror(reason: str) -> ModelError:
    return ModelError(f"the model has no mirror: {reason}; use nothing that mirrors with this model")


def _coordinate_signs(model: Model) -> Iterator[tuple[str, float]]:
    """Each coordinate's sign: -1 where the joint's axis is the negative of the partner's mirror image."""
    joints = {joint.name: joint for joint in model.joints}
    for joint in model.joints:
        partner = joints.get(partner_name(joint.name), joint)
        own, image = _driven_axes(joint), _driven_axes(reflect(partner))
        for coordinate in joint.coordinates:
            axis = own.get(coordinate.name, 1.0)
            yield coordinate.name, -1.0 if np.dot(axis, image.get(coordinate.name, axis)) < 0.0 else 1.0


def _driven_axes(joint: Joint) -> dict[str, Vector]:
    """The axis of the step that each coordinate drives; a PinJoint or PlanarJoint has none to tell: all its axes lie in
    the mirror's planar motion.
    """
    if not isinstance(joint, CustomJoint):
        return {}
    return {axis.coordinate: axis.axis for axis in (*joint.translations, *joint.rotations) if axis.coordinate}
