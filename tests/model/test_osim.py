import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from soleus.model import ModelError, OpenSimMissingError, learning_to_run, save_osim
from soleus.model.osim import import_opensim, to_opensim
from soleus.model.spec import GROUND, Body, Coordinate, Model, ObstacleContact, PinJoint

MODEL = replace(learning_to_run(), obstacle=ObstacleContact(count=2))
BALLS = [[2.0, 0.01, 0.12], [4.0, -0.02, 0.06]]


def test_without_opensim_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opensim", None)
    with pytest.raises(OpenSimMissingError, match=r"3\.11, 3\.12 and 3\.13.*pip install"):
        import_opensim.__wrapped__()


def test_tables_load_without_opensim():
    code = "import sys, soleus.model; assert 'opensim' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.opensim
def test_opensim_is_silent_and_leaves_no_log_file(tmp_path):
    code = """
from soleus.model import learning_to_run, save_osim
from soleus.model.osim import import_opensim, to_opensim
save_osim(learning_to_run(), "runner.osim")
opensim = import_opensim()
opensim.Model("runner.osim").initSystem()
try:
    opensim.Model("missing.osim")
except RuntimeError:
    pass
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
    assert [file.name for file in tmp_path.iterdir()] == ["runner.osim"]


@pytest.mark.opensim
def test_messages_that_are_turned_on_again_open_no_log_file(tmp_path):
    code = """
from soleus.model.osim import import_opensim
import_opensim().Logger.setLevelString("Info")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "log level" in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.opensim
def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        save_osim(MODEL, tmp_path / "nowhere" / "runner.osim")


@pytest.mark.opensim
def test_a_body_that_opensim_cannot_build_is_not_blamed_on_the_disk(tmp_path):
    hinge = PinJoint("hinge", GROUND, "leaf", (Coordinate("angle", "rotational"),))
    with pytest.raises(ModelError, match="OpenSim cannot build tree: .*leaf is massless"):
        save_osim(Model("tree", (Body("leaf", 0.0),), (hinge,), ()), tmp_path / "tree.osim")


@pytest.mark.opensim
def test_locked_joints_are_welded_for_speed_and_kept_for_the_gui():
    for weld_locked, kind, n_coordinate in ((True, "WeldJoint", 9), (False, "PinJoint", 10)):
        built = to_opensim(MODEL, weld_locked=weld_locked)
        assert built.getJointSet().get("back").getConcreteClassName() == kind
        assert built.getCoordinateSet().getSize() == n_coordinate


@pytest.mark.opensim
def test_obstacles_come_only_when_asked_for():
    assert to_opensim(MODEL).getForceSet().getSize() == len(MODEL.muscles) + 2 + 6
    built = to_opensim(MODEL, obstacles=BALLS)
    names = [built.getForceSet().get(index).getName() for index in range(built.getForceSet().getSize())]
    assert names[20:22] == ["obstacle_0", "obstacle_1"]
    ball = import_opensim().ContactSphere.safeDownCast(built.getContactGeometrySet().get("obstacle_1"))
    assert ball.getRadius() == 0.06
    assert [ball.get_location().get(axis) for axis in range(3)] == [4.0, -0.02, 0.0]


@pytest.mark.opensim
def test_an_obstacle_touches_the_feet_in_osim_rls_order(tmp_path):
    file = tmp_path / "runner.osim"
    to_opensim(MODEL, obstacles=BALLS).printToXML(str(file))
    assert "<geometry>obstacle_0 r_heel l_heel r_toe l_toe</geometry>" in file.read_text()


@pytest.mark.opensim
@pytest.mark.parametrize(("contact_radius", "radius"), [(None, 0.15), (0.1, 0.1)])
def test_an_obstacle_pushes_a_foot_without_friction(contact_radius, radius):
    """The force of Hunt and Crossley between two spheres at rest, along their line of centres."""
    model = replace(MODEL, obstacle=ObstacleContact(count=1, contact_radius=contact_radius))
    built = to_opensim(model, obstacles=[[0.0, 1.0, 0.15]])
    state = built.initSystem()
    distance = _put_toe_beside(built, state, x=0.0, y=1.0)
    built.realizeDynamics(state)
    depth = radius + 0.05 - distance
    assert depth > 0.0
    curvature = radius * 0.05 / (radius + 0.05)
    stiffness = 0.5 * (1e6 / radius) ** (2.0 / 3.0)
    expected = 4.0 / 3.0 * stiffness * depth * np.sqrt(curvature * stiffness * depth)
    push = _record(built.getForceSet().get("obstacle_0"), state, "toes_r.force")
    assert push == pytest.approx([0.0, 0.0, expected], rel=1e-9, abs=1e-6)


def _put_toe_beside(built, state, x, y):
    """Move the body so that the right toe's sphere is at x, y; returns its distance to the plane z = 0 [m]."""
    coordinates, toes = built.getCoordinateSet(), built.getBodySet().get("toes_r")
    built.realizePosition(state)
    sphere = toes.findStationLocationInGround(state, import_opensim().Vec3(0.03, 0.04, 0.0))
    for name, shift in (("pelvis_tx", x - sphere.get(0)), ("pelvis_ty", y - sphere.get(1))):
        coordinates.get(name).setValue(state, coordinates.get(name).getValue(state) + shift)
    return sphere.get(2)


def _record(force, state, label):
    """A vector that OpenSim records of a force, by the end of its label without the axis."""
    labels, values = force.getRecordLabels(), force.getRecordValues(state)
    record = {labels.get(index): values.get(index) for index in range(labels.size())}
    return [next(value for key, value in record.items() if key.endswith(f"{label}.{axis}")) for axis in "XYZ"]


@pytest.mark.parametrize("rows", [[[1.0, 0.0, 0.1]], [[1.0, 0.0]] * 2, [1.0, 0.0, 0.1]])
def test_obstacles_of_another_shape_are_refused(rows):
    with pytest.raises(ModelError, match=r"obstacles have shape .*takes 2 of x, y and radius"):
        to_opensim(MODEL, obstacles=rows)
