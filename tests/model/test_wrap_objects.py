"""Surfaces on their way through OpenSim, and the detours that they force upon a muscle."""

import re
from dataclasses import replace
from math import acos, atan2, hypot, pi, sqrt

import pytest

from soleus.model import arm, learning_to_run, read_osim, save_osim
from soleus.model.osim import to_opensim
from soleus.model.spec import GROUND, Body, Coordinate, Marker, Model, PathPoint, PinJoint, Thelen2003Muscle
from soleus.model.wrap import PathWrap, WrapCylinder, WrapEllipsoid, WrapSphere, WrapTorus

pytestmark = pytest.mark.opensim

CENTER = (0.0, 0.0, 0.0)
RADIUS, HALF_WIDTH, HEIGHT = 0.1, 0.3, 0.05
CYLINDER = WrapCylinder("drum", GROUND, CENTER, radius=RADIUS, length=1.0)
SPHERE = WrapSphere("drum", GROUND, CENTER, radius=RADIUS)
ELLIPSOID = WrapEllipsoid("drum", GROUND, CENTER, radii=(RADIUS, RADIUS, RADIUS))


def rope(*surfaces):
    """A muscle from one side of the origin to the other, a little above it, and a bar to tie it to."""
    points = (
        PathPoint("start", GROUND, (-HALF_WIDTH, HEIGHT, 0.0)),
        PathPoint("end", "bar", (HALF_WIDTH, HEIGHT, 0.0)),
    )
    muscle = Thelen2003Muscle(
        "rope",
        points,
        max_isometric_force=100.0,
        optimal_fiber_length=0.1,
        tendon_slack_length=0.5,
        wraps=tuple(PathWrap(f"wrap{index}", surface.name) for index, surface in enumerate(surfaces)),
    )
    return Model(
        "rope",
        (Body("bar", 1.0, inertia=(1.0, 1.0, 1.0, 0.0, 0.0, 0.0)),),
        (PinJoint("hinge", GROUND, "bar", (Coordinate("turn", "rotational"),)),),
        (muscle,),
        wrap_objects=surfaces,
    )


def length(model):
    built = to_opensim(model)
    state = built.initSystem()
    built.realizePosition(state)
    return built.getMuscles().get(0).getLength(state)


def detour(height):
    """Two tangents and the arc between them, over a circle; the ends lie at this height above its centre."""
    distance = hypot(HALF_WIDTH, height)
    arc = 2.0 * (atan2(HALF_WIDTH, height) - acos(RADIUS / distance))
    return 2.0 * sqrt(distance**2 - RADIUS**2) + RADIUS * arc


@pytest.mark.parametrize(
    ("surface", "expected", "accuracy"),
    [
        (replace(CYLINDER, location=(0.0, -0.2, 0.0)), 2.0 * HALF_WIDTH, 1e-15),
        (CYLINDER, detour(HEIGHT), 1e-12),
        (replace(CYLINDER, quadrant="y"), detour(HEIGHT), 1e-12),
        (replace(CYLINDER, quadrant="-y"), detour(-HEIGHT), 1e-12),
        (replace(CYLINDER, orientation=(0.0, 0.0, pi), quadrant="y"), detour(-HEIGHT), 1e-12),
        (SPHERE, detour(HEIGHT), 1e-12),
        (ELLIPSOID, detour(HEIGHT), 1e-3),  # OpenSim's way over it is a chain of straight pieces
    ],
)
def test_a_path_goes_round(surface, expected, accuracy):
    assert length(rope(surface)) == pytest.approx(expected, rel=accuracy)


def test_a_surface_without_a_path_wrap_is_passed_through():
    model = rope(CYLINDER)
    assert length(replace(model, muscles=(replace(model.muscles[0], wraps=()),))) == 2.0 * HALF_WIDTH


def test_every_surface_is_read_as_itself(tmp_path):
    """With all that can be said of them, on the ground and on bodies."""
    place = {"location": (0.1, 1.0 / 3.0, -0.2), "orientation": (0.1 + 0.2, -1.0, 2.0)}
    surfaces = (
        WrapSphere("ball", GROUND, CENTER, quadrant="-z", radius=1.0 / 7.0),
        WrapTorus("ring", "pelvis", **place, inner_radius=0.01, outer_radius=0.1),
        WrapCylinder("drum", "femur_r", **place, quadrant="x", radius=0.01, length=0.3),
        WrapEllipsoid("egg", "femur_r", **place, quadrant="-y", radii=(0.1, 0.2, 0.3)),
    )
    wraps = (
        PathWrap("first", "egg", "midpoint", (1, 2)),
        PathWrap("second", "ring", "axial"),
        PathWrap("third", "egg"),
    )
    runner = learning_to_run()
    model = replace(
        runner,
        muscles=(replace(runner.muscles[0], wraps=wraps), *runner.muscles[1:]),
        wrap_objects=surfaces,
        markers=(Marker("nose", "head", (0.1, 0.1, 0.0)), Marker("flag", GROUND, (5.0, 0.0, 0.0))),
    )
    save_osim(model, tmp_path / "body.osim")
    assert read_osim(tmp_path / "body.osim") == model


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """The arm's file."""
    file = tmp_path_factory.mktemp("osim") / "arm.osim"
    save_osim(arm(), file)
    return file.read_text()


def changed(text, folder, old, new):
    assert old in text, old
    file = folder / "changed.osim"
    file.write_text(text.replace(old, new, 1))
    return file


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<quadrant>x<", "<quadrant>+X<"),
        ("<quadrant>all<", "<quadrant>Unassigned<"),
        ("<method>hybrid<", "<method>Hybrid<"),
    ],
)
def test_opensims_other_spellings_mean_the_same(text, tmp_path, old, new):
    assert read_osim(changed(text, tmp_path, old, new)) == arm()


def test_a_surface_that_is_switched_off_is_left_out(text, tmp_path):
    off = re.sub(
        r'(<WrapEllipsoid name="BIClonghh">.*?)<quadrant>',
        r"\1<active>false</active><quadrant>",
        text,
        count=1,
        flags=re.DOTALL,
    )
    model = read_osim(changed(text, tmp_path, text, off))
    assert [surface.name for surface in model.wrap_objects] == ["TRIlongglen", "TRIlonghh", "TRI"]
    assert {muscle.name: len(muscle.wraps) for muscle in model.muscles}["BIClong"] == 0
