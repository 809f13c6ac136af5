"""The velocity-target field beside what osim-rl's own answered on recorded paths (`tests/fixtures/make_osim_rl.py`)."""

from pathlib import Path

import numpy as np
import pytest

from soleus.task.field import CONSTANT_VELOCITY, N_VIEW, VIEW, ConstantField, SinkField

ORACLE = np.load(Path(__file__).parents[1] / "fixtures" / "osim_rl_target.npz")
TURN = {1: 0.0, 2: np.pi / 2, 3: np.pi}
N_TARGET = {1: np.inf, 2: np.inf, 3: 2}


def sink_field(version, radius=0.3, n_draw=8):
    return SinkField((-TURN[version], TURN[version]), N_TARGET[version], n_draw, radius)


def seen(field, target, position, heading):
    out = np.empty((len(position), N_VIEW), dtype=np.float32)
    field.view(field.sight(target, position, heading), out)
    return out


def walk(field, target, poses):
    """The targets after each pose of a path, and the views and velocities there."""
    place = poses[:, 0] + 1j * poses[:, 1]
    for position, yaw in zip(place, poses[:, 2], strict=True):
        target = field.update(target, position[None])
        yield (
            target,
            seen(field, target, position[None], np.exp(1j * yaw)[None]),
            field.velocity(target, position[None]),
        )


def follow(name, version, seed, radius, poses):
    """Compare a whole path with a case of the oracle."""
    case = {key.split("/")[1]: ORACLE[key] for key in ORACLE.files if key.startswith(f"{name}/")}
    field = sink_field(version, radius)
    steps = list(walk(field, field.start([seed]), poses))
    assert [int(target.reached[0]) for target, *_ in steps] == case["flag"].tolist()
    sinks = np.array([(target.sink[0].real, target.sink[0].imag) for target, *_ in steps])
    np.testing.assert_allclose(sinks, case["sink"], rtol=0, atol=1e-12)
    assert [target.dwell[0] for target, *_ in steps] == pytest.approx(case["dwell_time"].tolist(), abs=1e-12)
    assert [int(target.number[0]) for target, *_ in steps] == case["i_target"].tolist()
    return steps, case


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_targets_and_fields_along_a_path_are_osim_rl_s(version, seed):
    """Sinks so wide that one is always at one, and a path that leaves the map."""
    name = f"v{version}_s{seed}"
    steps, case = follow(name, version, seed, float(ORACLE["r_target"]), ORACLE["pose"])
    assert case["flag"].sum() >= 1
    for step, expected in zip(case["field_step"], case["field"], strict=True):
        view = steps[step][1].reshape(2, 11, 11)
        np.testing.assert_allclose(view, expected, rtol=0, atol=5e-6)
    for step, expected in zip(case["value_step"], case["value"], strict=True):
        velocity = steps[step][2][0]
        np.testing.assert_allclose([velocity.real, velocity.imag], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_who_leaves_a_sink_starts_to_wait_anew(version):
    steps, case = follow(f"dwell_v{version}", version, 4, 0.3, ORACLE[f"dwell_v{version}/pose"])
    assert case["flag"].sum() >= 1
    waited = np.array([target.stayed[0] for target, *_ in steps])
    assert (np.diff(waited) < -0.5).sum() > case["flag"].sum(), "it left once before it was done"


def test_worlds_do_not_depend_on_their_neighbours():
    field = sink_field(3)
    together = field.start([3, 0, 8])
    for row, seed in enumerate([3, 0, 8]):
        alone = field.start([seed])
        for name, values in vars(alone).items():
            assert np.array_equal(getattr(together, name)[row], values[0]), name
    random = np.random.default_rng(0)
    place = random.uniform(-6, 6, 3) + 1j * random.uniform(-6, 6, 3)
    heading = np.exp(1j * random.uniform(-3, 3, 3))
    views = seen(field, together, place, heading)
    for row in range(3):
        one = slice(row, row + 1)
        assert np.array_equal(seen(sink_field(3), together[one], place[one], heading[one])[0], views[row])


def test_the_view_is_the_field_around_the_body_in_its_own_axes():
    field = sink_field(2)
    target = field.start([5])
    place, heading = np.array([1.3 - 0.4j]), np.exp(1j * np.array([0.7]))
    view = seen(field, target, place, heading).reshape(2, 11, 11)
    for i, j in ((0, 0), (5, 5), (9, 2)):
        there = field.velocity(target, place + heading * (VIEW[i] + 1j * VIEW[j]))
        own = (there * heading.conj())[0]
        assert view[:, i, j] == pytest.approx([own.real, own.imag], abs=5e-6)


def test_at_the_sink_itself_the_target_velocity_is_nothing():
    field = sink_field(1)
    target = field.start([2])
    at_node = target[[0]].sink + 0.1
    assert abs(field.velocity(target, at_node)[0]) < 0.6
    assert np.isfinite(seen(field, target, target.sink, np.ones(1, complex))).all()


def test_the_constant_field_points_forward_in_ground():
    field = ConstantField()
    target = field.start([0, 1])
    assert field.velocity(target, np.zeros(2, complex)).tolist() == [CONSTANT_VELOCITY] * 2
    view = seen(field, target, np.zeros(2, complex), np.array([1.0, 1j])).reshape(2, 2, 11, 11)
    assert view[0, :, 3, 4] == pytest.approx([1.4, 0.0])
    assert view[1, :, 3, 4] == pytest.approx([0.0, -1.4], abs=1e-6), "facing left, it goes to the right"
