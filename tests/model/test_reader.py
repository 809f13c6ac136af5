"""Files that OpenSim reads as the model of a spec, and files in which everything is wrong."""

import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fixtures.make_model_answers import Probe
from soleus.model import (
    MODELS,
    ModelError,
    OpenSimMissingError,
    UnsupportedModelError,
    learning_to_run,
    read_osim,
    save_osim,
)
from soleus.model.osim import import_opensim, to_opensim
from soleus.model.spec import Constant, CustomJoint, LinearFunction, SimmSpline, TransformAxis

MODEL = learning_to_run()
KNEE = next(joint for joint in MODEL.joints if joint.name == "knee_r")


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """The text of a good file."""
    file = tmp_path_factory.mktemp("osim") / "runner.osim"
    save_osim(MODEL, file)
    return file.read_text()


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "changed.osim"
        file.write_text(text)
        return file

    return write


def _once(text, old, new):
    """Replace what is there exactly once."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def _inside(text, start, end, old, new):
    """Replace the first `old` in the first part of the text that goes from `start` to `end`."""
    head, tail = text.split(start, 1)
    part, rest = tail.split(end, 1)
    assert old in part, old
    return head + start + part.replace(old, new, 1) + end + rest


# ---------------------------------------------------------------------------------------------------------- round trips


@pytest.mark.opensim
@pytest.mark.parametrize("name", MODELS)
def test_a_saved_model_is_read_as_itself(name, tmp_path):
    model = MODELS[name]()
    save_osim(model, tmp_path / "body.osim")
    assert read_osim(tmp_path / "body.osim") == model


@pytest.mark.opensim
@pytest.mark.parametrize(
    "axis",
    [
        replace(KNEE.translations[0], function=SimmSpline((-2.0, 1.0 / 3.0, 2.0), (0.1 + 0.2, 1.0 / 7.0, 3.0))),
        TransformAxis((1.0, 0.0, 0.0), LinearFunction(1.0 / 3.0, 0.0123456789012345), "knee_angle_r"),
    ],
    ids=["spline", "line"],
)
def test_functions_keep_every_digit(axis, tmp_path):
    """By itself OpenSim writes six."""
    odd = replace(KNEE, translations=(axis, *KNEE.translations[1:]))
    vasti = next(muscle for muscle in MODEL.muscles if muscle.name == "vasti_l")
    moved = replace(vasti, path=(*vasti.path[:-1], replace(vasti.path[-1], z=axis.function)))
    model = replace(
        MODEL,
        joints=tuple(odd if joint is KNEE else joint for joint in MODEL.joints),
        muscles=tuple(moved if muscle is vasti else muscle for muscle in MODEL.muscles),
    )
    save_osim(model, tmp_path / "body.osim")
    assert read_osim(tmp_path / "body.osim") == model


@pytest.mark.opensim
def test_a_file_of_an_older_program_is_read_in_its_letters(runner, tmp_path):
    (tmp_path / "old.osim").write_bytes(re.sub("<credits>", "<credits>M\u00fcller ", runner, count=1).encode("latin-1"))
    assert read_osim(tmp_path / "old.osim").credits.startswith("M\u00fcller ")


@pytest.mark.opensim
def test_contact_geometry_may_be_named_by_its_path(runner, written):
    named = re.sub(r"(<geometry>)\s*(\w+)", r"\1/contactgeometryset/\2", runner)
    assert named != runner
    assert read_osim(written(named)) == MODEL


@pytest.mark.opensim
def test_a_scaled_spline_is_the_spline_of_scaled_values(runner, written):
    text = re.sub(
        r'<SimmSpline name="function">(.*?)</SimmSpline>',
        r'<MultiplierFunction name="function"><function><SimmSpline>\1</SimmSpline></function><scale>-0.5</scale>'
        "</MultiplierFunction>",
        runner,
        count=1,
        flags=re.DOTALL,
    )
    plain, scaled = (next(joint for joint in model.joints if joint.name == "knee_r").translations[0].function
                     for model in (MODEL, read_osim(written(text))))  # fmt: skip
    assert scaled == SimmSpline(plain.x, tuple(-0.5 * y for y in plain.y))


@pytest.mark.opensim
def test_defaults_of_a_file_hold_for_that_file_alone(runner, written):
    text = re.sub(r"<Af>[^<]*</Af>", "", runner)
    own = "<defaults><Thelen2003Muscle><Af>0.3</Af></Thelen2003Muscle></defaults>"
    changed = read_osim(written(re.sub(r"(<Model [^>]*>)", rf"\1{own}", text)))
    assert {muscle.force_velocity_shape for muscle in changed.muscles} == {0.3}
    assert {muscle.force_velocity_shape for muscle in read_osim(written(text)).muscles} == {0.25}


# -------------------------------------------------------------------------------------- what a spec says in other words


@pytest.mark.opensim
def test_frames_sliders_and_clamps_come_out_as_the_same_mechanics(tmp_path):
    """Joints and path points on turned and nested frames, a SliderJoint, a clamp, and joints listed in disorder."""
    file = tmp_path / "crane.osim"
    _crane().printToXML(str(file))
    model = read_osim(file)
    assert [joint.name for joint in model.joints] == ["rail", "hinge"]
    slider, hinge = model.joints
    assert isinstance(slider, CustomJoint)
    assert slider.translations[0].function == LinearFunction()
    assert {axis.function for axis in (*slider.rotations, *slider.translations[1:])} == {Constant(0.0)}
    assert [coordinate.motion for coordinate in model.coordinates] == ["translational", "rotational"]
    assert model.muscles[0].path[0].body == "cart"
    assert hinge.parent == "cart"
    original, rebuilt = Probe(import_opensim().Model(str(file))), Probe(to_opensim(model))
    order = [[item.getName() for item in probe.coordinates] for probe in (original, rebuilt)]
    states = {"q": np.array([[0.3, -0.8]]), "u": np.array([[1.0, -2.0]])}
    states |= {"activation": np.array([[0.4]]), "fiber_length": np.array([[0.11]]), "excitation": np.array([[0.9]])}
    swapped = dict(states, q=states["q"][:, ::-1], u=states["u"][:, ::-1]) if order[0] != order[1] else states
    expected, answers = original.answers(swapped), rebuilt.answers(states)
    for field in ("muscle_length", "lengthening_speed", "tendon_force", "mass_center_position"):
        np.testing.assert_allclose(answers[field], expected[field], rtol=1e-12, atol=1e-12, err_msg=field)
    columns = [order[0].index(name) for name in order[1]]
    np.testing.assert_allclose(answers["acceleration"], expected["acceleration"][:, columns], rtol=1e-11)


@pytest.mark.opensim
def test_clamping_a_coordinate_changes_no_motion():
    """That is why the reader may leave it out."""
    ends = []
    for clamped in (False, True):
        built = to_opensim(MODEL)
        knee = built.getCoordinateSet().get("knee_angle_r")
        knee.setDefaultClamped(clamped)
        state = built.initSystem()
        knee.setValue(state, 0.17)
        knee.setSpeedValue(state, 20.0)
        manager = import_opensim().Manager(built)
        manager.initialize(state)
        ends.append(knee.getValue(manager.integrate(0.01)))
    assert ends[0] == ends[1]
    assert ends[0] > next(item.maximum for item in MODEL.coordinates if item.name == "knee_angle_r")


def _crane():
    """A pendulum on a cart that slides along a tilted rail, with one muscle; built by OpenSim's own means."""
    opensim = import_opensim()
    vector = opensim.Vec3
    model = opensim.Model()
    model.setName("crane")
    cart = opensim.Body("cart", 2.0, vector(0.1, 0.0, 0.0), opensim.Inertia(1.0, 1.0, 1.0, 0.0, 0.0, 0.0))
    arm = opensim.Body("arm", 1.0, vector(0.0, -0.5, 0.0), opensim.Inertia(0.1, 0.1, 0.1, 0.0, 0.0, 0.0))
    model.addBody(arm)
    model.addBody(cart)
    hook = opensim.PhysicalOffsetFrame("hook", cart, opensim.Transform(vector(0.2, -0.1, 0.0)))
    hook.set_orientation(vector(0.4, 0.0, 0.3))
    cart.addComponent(hook)
    tip = opensim.PhysicalOffsetFrame("tip", hook, opensim.Transform(vector(0.0, 0.05, 0.02)))
    tip.set_orientation(vector(-0.2, 0.1, 0.0))
    hook.addComponent(tip)
    hinge = opensim.PinJoint("hinge", tip, vector(0.0), vector(0.0, 0.0, 0.1), arm, vector(0.0), vector(0.0))
    hinge.updCoordinate().setName("swing")
    hinge.updCoordinate().setDefaultClamped(True)
    rail = opensim.SliderJoint(
        "rail", model.getGround(), vector(0.0, 1.0, 0.0), vector(0.0, 0.0, 0.2), cart, vector(0.0), vector(0.0)
    )
    rail.updCoordinate().setName("slide")
    model.addJoint(hinge)
    model.addJoint(rail)
    muscle = opensim.Thelen2003Muscle("rope", 800.0, 0.1, 0.5, 0.1)
    muscle.addNewPathPoint("on_hook", tip, vector(0.03, 0.02, 0.01))
    muscle.addNewPathPoint("on_arm", arm, vector(0.0, -0.8, 0.0))
    model.addForce(muscle)
    model.finalizeConnections()
    return model


# ------------------------------------------------------------------------------------------------ what is not supported


@pytest.mark.opensim
def test_everything_unsupported_is_named_at_once(tmp_path):
    file = tmp_path / "zoo.osim"
    _zoo().printToXML(str(file))
    with pytest.raises(UnsupportedModelError) as refused:
        read_osim(file)
    named = {(item.element, item.kind) for item in refused.value.elements}
    assert named == {
        ("ball", "BallJoint"),
        ("knee/translation1/function", "PolynomialFunction"),
        ("knee/bend", "Coordinate"),
        ("millard", "Millard2012EquilibriumMuscle"),
        ("thelen", "Thelen2003Muscle"),
        ("drum", "WrapCylinder"),
        ("motor", "CoordinateActuator"),
        ("bush", "BushingForce"),
        ("lid", "ContactHalfSpace"),
        ("egg", "ContactEllipsoid"),
        ("couple", "CoordinateCouplerConstraint"),
    }
    reasons = {item.element: item.reason for item in refused.value.elements if item.element != "thelen"}
    assert reasons["drum"] == "it sits on the frame holder"
    rigid, direct = (item.reason for item in refused.value.elements if item.element == "thelen")
    assert (rigid, direct) == ("its tendon is rigid", "it has no activation dynamics")
    for item in refused.value.elements:
        assert item.reason
        assert item.advice
        assert str(item) in str(refused.value)
    assert str(file) in str(refused.value)


def _zoo():
    """Two bodies and one of everything that Soleus does not simulate, with some things that it may leave out."""
    opensim = import_opensim()
    vector = opensim.Vec3
    model = opensim.Model()
    ground = model.getGround()
    bodies = [opensim.Body(name, 1.0, vector(0.0), opensim.Inertia(1.0)) for name in ("thigh", "shank")]
    for body in bodies:
        model.addBody(body)
    thigh, shank = bodies
    drum = opensim.WrapCylinder()
    drum.setName("drum")
    holder = opensim.PhysicalOffsetFrame("holder", thigh, opensim.Transform())
    thigh.addComponent(holder)
    holder.addWrapObject(drum)
    ball = opensim.BallJoint("ball", ground, thigh)
    for index, name in enumerate("abc"):
        ball.upd_coordinates(index).setName(name)
    model.addJoint(ball)
    transform = opensim.SpatialTransform()
    transform.updTransformAxis(0).setCoordinateNames(opensim.ArrayStr("bend", 1))
    transform.updTransformAxis(0).set_function(opensim.LinearFunction(1.0, 0.0))
    transform.updTransformAxis(3).setCoordinateNames(opensim.ArrayStr("bend", 1))
    transform.updTransformAxis(3).set_function(opensim.PolynomialFunction(opensim.Vector([1.0, 0.0, 0.0])))
    knee = opensim.CustomJoint("knee", thigh, shank, transform)
    model.addJoint(knee)
    bend = knee.upd_coordinates(0)
    bend.setName("bend")
    bend.set_prescribed_function(opensim.Constant(0.1))
    bend.setDefaultIsPrescribed(True)
    millard = opensim.Millard2012EquilibriumMuscle("millard", 100.0, 0.1, 0.2, 0.0)
    thelen = opensim.Thelen2003Muscle("thelen", 100.0, 0.1, 0.2, 0.0)
    thelen.set_ignore_tendon_compliance(True)
    thelen.set_ignore_activation_dynamics(True)
    for muscle in (millard, thelen):
        muscle.addNewPathPoint("start", thigh, vector(0.0, 0.1, 0.1))
        muscle.addNewPathPoint("end", shank, vector(0.0, -0.1, 0.1))
        model.addForce(muscle)
    opensim.GeometryPath.safeDownCast(thelen.updPath()).addPathWrap(drum)
    motor = opensim.CoordinateActuator("bend")
    motor.setName("motor")
    model.addForce(motor)
    model.addForce(opensim.BushingForce("bush", thigh, shank))
    switched_off = opensim.BushingForce("switched_off", thigh, shank)
    switched_off.set_appliesForce(False)
    model.addForce(switched_off)
    model.addContactGeometry(opensim.ContactHalfSpace(vector(0.0), vector(0.0), shank, "lid"))
    model.addContactGeometry(opensim.ContactEllipsoid(vector(1.0), vector(0.0), vector(0.0), shank, "egg"))
    couple = opensim.CoordinateCouplerConstraint()
    couple.setName("couple")
    couple.setDependentCoordinateName("bend")
    couple.setIndependentCoordinateNames(opensim.ArrayStr("a", 1))
    couple.setFunction(opensim.LinearFunction(1.0, 0.0))
    model.addConstraint(couple)
    model.addMarker(opensim.Marker("spot", thigh, vector(0.0)))
    model.addController(opensim.PrescribedController())
    model.finalizeConnections()
    return model


CHANGES = {
    "loop": (
        lambda text: _once(
            text,
            '<WeldJoint name="back1">',
            '<WeldJoint name="brace"><socket_parent_frame>/bodyset/torso</socket_parent_frame>'
            '<socket_child_frame>/bodyset/femur_l</socket_child_frame></WeldJoint><WeldJoint name="back1">',
        ),
        "brace (WeldJoint): it closes a loop",
    ),
    "a loose body": (
        lambda text: _once(text, '<Body name="pelvis">', '<Body name="ball"><mass>1</mass></Body><Body name="pelvis">'),
        "free_ball (FreeJoint): there is no FreeJoint in Soleus; make it a CustomJoint",
    ),
    "a force among the components": (
        lambda text: _once(
            text,
            '<BodySet name="bodyset">',
            '<components><CoordinateLimitForce name="stop"><coordinate>knee_angle_r</coordinate></CoordinateLimitForce>'
            '</components><BodySet name="bodyset">',
        ),
        "stop (CoordinateLimitForce): it is not in the model's ForceSet, where Soleus reads such parts; move it there",
    ),
    "a muscle that is off": (
        lambda text: _inside(
            text,
            '<Thelen2003Muscle name="soleus_l">',
            "</Thelen2003Muscle>",
            "<max_isometric_force>",
            "<appliesForce>false</appliesForce><max_isometric_force>",
        ),
        "soleus_l (Thelen2003Muscle): it is switched off",
    ),
    "a path that is a function": (
        lambda text: re.sub(
            r'(<Thelen2003Muscle name="soleus_l">.*?)<GeometryPath name="path">.*?</GeometryPath>',
            r'\1<FunctionBasedPath name="path"><coordinate_paths>/jointset/ankle_l/ankle_angle_l</coordinate_paths>'
            "<length_function><MultivariatePolynomialFunction><coefficients>0.3 0.04</coefficients>"
            "<dimension>1</dimension><order>1</order></MultivariatePolynomialFunction></length_function>"
            "</FunctionBasedPath>",
            text,
            count=1,
            flags=re.DOTALL,
        ),
        "soleus_l (Thelen2003Muscle): its path is a FunctionBasedPath; give it a GeometryPath",
    ),
}


@pytest.mark.opensim
@pytest.mark.parametrize("change", CHANGES)
def test_one_more_reason_to_refuse(change, runner, written):
    edit, sentence = CHANGES[change]
    with pytest.raises(UnsupportedModelError, match=re.escape(sentence)) as refused:
        read_osim(written(edit(runner)))
    assert len(refused.value.elements) == 1


# ------------------------------------------------------------------------------------------------------------ bad files


@pytest.mark.parametrize("path", ["nowhere.osim", "."])
def test_a_missing_file_is_named(path):
    with pytest.raises(FileNotFoundError, match=f"no model file {re.escape(path)}"):
        read_osim(path)


@pytest.mark.opensim
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:20000], "Failed to load the Xml file"),
        (lambda text: text.replace("</BodySet>", "</BodySe>"), "Failed to load the Xml file"),
        (lambda text: "", "Error document empty"),
        (lambda text: "<html><body>404</body></html>", "OpenSim cannot read it as a model"),
        (lambda text: '<OpenSimDocument Version="40000"><ControllerSet/></OpenSimDocument>', "no model with a body"),
        (lambda text: text.replace("/bodyset/pelvis<", "/bodyset/pelvi<", 1), "could not find '/bodyset/pelvi'"),
        (lambda text: text.replace("CoordinateLimitForce", "FancyForce"), "'{FancyForce}' is not a registered Object"),
        (lambda text: re.sub(r"<upper_limit>120", "<upper_limit>much", text), "'upper_limit' with input 'much'"),
        (lambda text: re.sub(r"<upper_limit>120", "<upper_limit>nan", text), "upper_limit of HipLimit_r is NaN"),
        (
            lambda text: text.replace("knee_angle_r</coordinate>", "tail</coordinate>"),
            "Invalid coordinate (tail)",
        ),
        (lambda text: text.replace("platform r_heel", "platform claw"), "'claw', which is not there"),
    ],
)
def test_a_damaged_file_is_refused(damage, words, runner, written):
    file = written(damage(runner))
    with pytest.raises(ModelError, match=re.escape(words)) as refused:
        read_osim(file)
    assert str(file) in str(refused.value)


@pytest.mark.opensim
def test_a_reader_that_takes_too_long_is_stopped(runner, written):
    with pytest.raises(ModelError, match=r"OpenSim has not read it within 0\.02 s; give it more time with timeout_s"):
        read_osim(written(runner), timeout_s=0.02)


def test_without_opensim_the_error_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "opensim.py").write_text("raise ImportError('none here')")
    source = str(Path(sys.modules["soleus"].__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{source}")
    (tmp_path / "body.osim").write_text("<OpenSimDocument/>")
    with pytest.raises(OpenSimMissingError, match=r"none here.*pip install"):
        read_osim(tmp_path / "body.osim")
