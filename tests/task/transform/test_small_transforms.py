"""Transforms whose numbers are few and worked out by hand."""

import numpy as np
import pytest

from observed import RUN, TASKS, build, observation, single
from soleus.task.transform.scale import signed_root, softsign, tamed


def at(layout, told, *names):
    """Some of the told numbers of each step, shape (n_step, n)."""
    return told[..., layout.index(*names)]


def test_scales():
    x = np.array([-4.0, -1.0, -0.25, 0.0, 0.25, 9.0])
    assert signed_root(x).tolist() == [-2.0, -1.0, -0.5, 0.0, 0.5, 3.0]
    assert tamed(x).tolist() == [-2.0, -1.0, -0.25, 0.0, 0.25, 3.0]
    assert softsign(np.array([-3.0, 0.0, 1.0])).tolist() == [-0.75, 0.0, 0.5]


def test_forward_positions_are_told_from_the_pelvis():
    transform = build("centre_pelvis")
    told = single(transform, observation(moved=10.0, **{"pelvis_tx speed": 3.0}))
    names = ("pelvis_tx", "pelvis_ty", "pelvis_tx speed", "head x", "head y", "mass_center x")
    assert at(transform.layout, told, *names)[0] == pytest.approx([0, 0.91, 3, 0.00717, 1.536572, -0.069734], abs=1e-6)
    assert not len(transform.layout.forward_positions)


def test_frames_are_told_newest_first_and_the_first_one_again_and_again():
    transform = build("four_frames")
    told = single(transform, *(observation(moved=float(n)) for n in range(5)))
    places = "pelvis_tx", "pelvis_tx (1 ago)", "pelvis_tx (2 ago)", "pelvis_tx (3 ago)"
    assert at(transform.layout, told, *places).tolist() == [
        [0, 0, 0, 0], [1, 0, 0, 0], [2, 1, 0, 0], [3, 2, 1, 0], [4, 3, 2, 1],
    ]  # fmt: skip
    assert transform.layout.fields[41 + 28].mirror == "toes_r x (1 ago)"


def test_all_frames_are_centred_on_the_present_pelvis():
    transform = build("two_frames", "centre_pelvis")
    both = single(build("two_frames"), observation(), observation(moved=0.5))[1:]
    told, _ = transform.begin(both, both[:, :0])
    assert at(transform.layout, told, "pelvis_tx", "pelvis_tx (1 ago)").tolist() == [[0.0, -0.5]]


def test_velocities_are_differences_over_the_time_that_has_passed():
    transform = build("finite_velocity")
    seen = [
        observation(**{"head x": 1.0, "toes_l y": 0.1}),
        observation(**{"head x": 1.2, "toes_l y": 0.0}),
        observation(**{"head x": 1.1, "toes_l y": 0.0}),
    ]
    told = single(transform, *seen, duration=0.04)
    assert at(transform.layout, told, "head x speed", "toes_l y speed") == pytest.approx(
        np.array([[0, 0], [5, -2.5], [-2.5, 0]]), abs=1e-5
    )
    assert len(transform.layout) == 53


def test_velocities_of_centred_places_are_relative_to_the_pelvis():
    transform = build("centre_pelvis", "finite_velocity")
    centred = [single(build("centre_pelvis"), observation(moved=n, **extra)) for n, extra in ((0.0, {}), (0.1, {}))]
    told = single(transform, *centred)
    assert at(transform.layout, told, "head x speed")[1] == pytest.approx([0.0], abs=1e-5)


def test_feet_touch_the_ground_at_its_height():
    transform = build("foot_touch")
    told = single(transform, observation(**{"toes_l y": 0.0, "toes_r y": 0.05, "talus_l y": 0.3, "talus_r y": -0.025}))
    assert told[0, -4:] == pytest.approx([1.0, 0.0, -1.0, 1.5], abs=1e-6)


def ball(distance, height, radius):
    return {"obstacle distance": distance, "obstacle height": height, "obstacle radius": radius}


def test_the_obstacle_that_was_passed_is_remembered():
    transform = build("previous_obstacle")
    told = single(
        transform,
        observation(moved=0.0, **ball(1.0, 0.02, 0.1)),
        observation(moved=0.5, **ball(0.5, 0.02, 0.1)),
        observation(moved=1.2, **ball(2.0, -0.01, 0.2)),
        observation(moved=3.0, **ball(0.2, -0.01, 0.2)),
        observation(moved=3.5, **ball(100.0, 0.0, 0.0)),
        observation(moved=9.0, **ball(100.0, 0.0, 0.0)),
    )
    none, passed = [-5.0, 0.0, 0.0], [-0.2, 0.02, 0.1]
    expected = [none, none, passed, [-2.0, 0.02, 0.1], [-0.3, -0.01, 0.2], [-5.0, -0.01, 0.2]]
    assert told[:, -3:] == pytest.approx(np.array(expected), abs=1e-5)


def test_who_steps_back_over_an_obstacle_has_it_ahead_again():
    transform = build("previous_obstacle")
    first, second = {"height": 0.02, "radius": 0.1}, {"height": 0.01, "radius": 0.05}
    told = single(
        transform,
        observation(moved=0.9, **ball(0.1, *first.values())),
        observation(moved=1.2, **ball(2.0, *second.values())),
        observation(moved=1.05, **ball(-0.05, *first.values())),
        observation(moved=1.2, **ball(2.0, *second.values())),
    )
    assert told[:, -3] == pytest.approx([-5.0, -0.2, -5.0, -0.2], abs=1e-5)


def test_no_obstacle_at_all_is_far_behind():
    told = single(build("previous_obstacle"), observation(), observation(moved=1.0))
    assert told[:, -3:].tolist() == [[-5.0, 0.0, 0.0]] * 2


def test_obstacles_are_told_from_the_feet():
    transform = build("obstacle_at_feet")
    feet = {"toes_l x": 0.3, "toes_r x": 0.1, "talus_l x": 0.2, "talus_r x": -0.6}
    told = single(
        transform,
        observation(moved=0.0, **ball(0.35, 0.02, 0.1), **feet),
        observation(moved=0.4, **ball(0.2, -0.01, 0.2), **feet),
        observation(moved=0.9, **ball(100.0, 0.0, 0.0), **feet),
    )
    nothing_behind, nothing_ahead = [-0.5] * 4, [0.5] * 4
    expected = [
        [0.05, 0.25, 0.15, 0.5, *nothing_behind],
        [0.3, 0.5, 0.4, 0.5, 0.05, 0.25, 0.15, 0.5],
        [*nothing_ahead, 0.3, 0.5, 0.4, 0.5],
    ]
    assert told[:, -8:] == pytest.approx(np.array(expected), abs=1e-5)


def test_no_obstacle_ahead_is_not_far():
    transform = build("near_obstacle")
    balls = [(1.0, 0.02, 0.1), (-0.1, 0.02, 0.1), (6.5, -0.01, 0.2), (100.0, 0.0, 0.0)]
    told = single(transform, *(observation(**ball(*each)) for each in balls))
    places = [transform.layout.names.index(f"obstacle {name}") for name in ("distance", "height", "radius")]
    expected = [balls[0], balls[1], (5.0, -0.01, 0.2), (5.0, 0.0, 0.0)]
    assert told[:, places] == pytest.approx(np.array(expected), abs=1e-6)


def test_a_chain_says_what_is_wrong():
    task = TASKS["run2017"]
    assert task.observation is RUN
    with pytest.raises(ValueError, match=r"previous_obstacle: it reads 'pelvis_tx' in ground, and centre_pelvis tells"):
        build("centre_pelvis", "previous_obstacle")
    with pytest.raises(
        ValueError, match=r"reads 'obstacle distance', which reduced34 does not tell; it fits the task run"
    ):
        build("reduced34", "previous_obstacle")
    with pytest.raises(
        ValueError, match=r"observe finite_velocity after full67: field names must differ, and .head x speed. is"
    ):
        build("full67", "finite_velocity")
    with pytest.raises(ValueError, match="reads 'head x', which stelmaszczyk82 does not tell"):
        build("stelmaszczyk82", "finite_velocity")
