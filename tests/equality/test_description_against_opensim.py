"""The description of a world is what OpenSim itself answers, and what osim-rl told, name by name."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.engine.random_state import random_sample
from soleus.engine.registry import find_engine, make_engine
from soleus.model import MODELS
from soleus.model.osim import import_opensim, to_opensim
from soleus.task.base import Memory, Snapshot
from soleus.task.description import describe
from soleus.task.walk2019 import Walk2019Config

pytestmark = pytest.mark.opensim

RECORDED = Path(__file__).parents[1] / "fixtures" / "osim_rl_walk2019.npz"
ENGINES = ("opensim", "fast")


def snapshot_of(engine, state, parameters):
    engine.reset(np.array([0]), state, parameters, equilibrate=False)
    memory = Memory(np.zeros(1, dtype=np.int64))
    return Snapshot(engine.state(), engine.measure(), parameters, memory, engine.dynamics())


def flat(told, path=""):
    """Numbers by path, in the order of the description."""
    if isinstance(told, float):
        return {path: told}
    items = told.items() if isinstance(told, dict) else enumerate(told)
    return {name: number for key, value in items for name, number in flat(value, f"{path}/{key}".lstrip("/")).items()}


def opensim_description(model, state):
    """The same by OpenSim's own interface, with locked coordinates as the published files have them."""
    opensim = import_opensim()
    built = to_opensim(model, weld_locked=False)
    built.initSystem()
    now = built.initializeState()
    for name, q, u in zip(model.coordinate_names, state.q[0], state.u[0], strict=True):
        coordinate = built.getCoordinateSet().get(name)
        coordinate.setValue(now, q, False)
        coordinate.setSpeedValue(now, u)
    for name, activation, length in zip(model.muscle_names, state.activation[0], state.fiber_length[0], strict=True):
        path = built.getMuscles().get(name).getAbsolutePathString()
        built.setStateVariableValue(now, f"{path}/activation", activation)
        built.setStateVariableValue(now, f"{path}/fiber_length", length)
    built.realizeAcceleration(now)

    def of_joints(value):
        return {
            joint.getName(): [value(joint.get_coordinates(i)) for i in range(joint.numCoordinates())]
            for joint in joints
        }

    def of_bodies(value):
        return {body.getName(): value(body).to_numpy().tolist() for body in bodies}

    def each(collection):
        return [collection.get(i) for i in range(collection.getSize())]

    joints, bodies, muscles = each(built.getJointSet()), each(built.getBodySet()), each(built.getMuscles())
    records = {force.getName(): force.getRecordValues(now) for force in each(built.getForceSet())}
    assert opensim.Model is type(built)
    return {
        "joint_pos": of_joints(lambda coordinate: coordinate.getValue(now)),
        "joint_vel": of_joints(lambda coordinate: coordinate.getSpeedValue(now)),
        "joint_acc": of_joints(lambda coordinate: coordinate.getAccelerationValue(now)),
        "body_pos": of_bodies(lambda body: body.getTransformInGround(now).p()),
        "body_vel": of_bodies(lambda body: body.getLinearVelocityInGround(now)),
        "body_acc": of_bodies(lambda body: body.getAccelerationInGround(now).get(1)),
        "body_pos_rot": of_bodies(lambda body: body.getTransformInGround(now).R().convertRotationToBodyFixedXYZ()),
        "body_vel_rot": of_bodies(lambda body: body.getAngularVelocityInGround(now)),
        "body_acc_rot": of_bodies(lambda body: body.getAccelerationInGround(now).get(0)),
        "forces": {name: [values.get(i) for i in range(values.size())] for name, values in records.items()},
        "muscles": {
            muscle.getName(): {
                "activation": muscle.getActivation(now),
                "fiber_length": muscle.getFiberLength(now),
                "fiber_velocity": muscle.getFiberVelocity(now),
                "fiber_force": muscle.getFiberForce(now),
            }
            for muscle in muscles
        },
        "markers": {
            marker.getName(): {
                "pos": marker.getLocationInGround(now).to_numpy().tolist(),
                "vel": marker.getVelocityInGround(now).to_numpy().tolist(),
                "acc": marker.getAccelerationInGround(now).to_numpy().tolist(),
            }
            for marker in each(built.getMarkerSet())
        },
        "misc": {
            "mass_center_pos": built.calcMassCenterPosition(now).to_numpy().tolist(),
            "mass_center_vel": built.calcMassCenterVelocity(now).to_numpy().tolist(),
            "mass_center_acc": built.calcMassCenterAcceleration(now).to_numpy().tolist(),
        },
    }


@pytest.mark.parametrize(
    ("name", "engine_name"),
    [
        ("gait9dof18musc", "fast"),
        ("gait14dof22musc_20170320", "fast"),
        ("gait14dof22musc_pros_20180507", "fast"),
        ("arm2dof6musc", "opensim"),
    ],
)
def test_every_number_is_opensim_s(name, engine_name):
    model = MODELS[name]()
    engine = make_engine(find_engine(engine_name).config(), model)
    for row in range(4):
        sample = random_sample(engine, 4, seed=3)[np.array([row])]
        parameters = replace(sample.parameters, strength=np.ones_like(sample.parameters.strength))
        told = describe(model, snapshot_of(engine, sample.state, parameters))
        expected = opensim_description(model, sample.state)
        assert {key: sorted(value) for key, value in told.items()} == {
            key: sorted(value) for key, value in expected.items()
        }
        for kind, by_name in expected.items():
            found, wanted = flat(told[kind]), flat(by_name)
            scale = max([abs(number) for number in wanted.values()], default=0.0)
            for path, number in wanted.items():
                assert found[path] == pytest.approx(number, rel=1e-8, abs=1e-9 * (1.0 + scale)), f"{kind}/{path}"


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("motion", ["hop", "planar"])
def test_every_number_is_osim_rl_s(motion, engine_name):
    """In the recorded states, where osim-rl wrote its own description; rounded to 32 bits there."""
    recorded = np.load(RECORDED)
    model = Walk2019Config(planar=motion == "planar").build().model
    column = [recorded["coordinate_names"].tolist().index(name) for name in model.coordinate_names]
    assert recorded["muscle_names"].tolist() == list(model.muscle_names)
    engine = make_engine(find_engine(engine_name).config(), model)
    parameters = Parameters(np.ones((1, len(model.muscles))), np.zeros((1, 0, 3)))

    def of(field, step):
        return recorded[f"motion_{motion}/{field}"][step]

    for row, step in enumerate(recorded[f"motion_{motion}/description_step"]):
        q, u, activation, length = (of(field, [step]) for field in ("q", "u", "activation", "fiber_length"))
        state = State(of("time", [step]), q[:, column], u[:, column], activation, length)
        found = flat(describe(model, snapshot_of(engine, state, parameters)))
        assert list(found) == recorded[f"motion_{motion}/description_paths"].tolist()
        expected = recorded[f"motion_{motion}/description"][row]
        assert np.array(list(found.values())) == pytest.approx(expected, rel=2e-9, abs=1e-7)
