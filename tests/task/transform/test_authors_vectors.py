"""Vectors of the challenges' authors against slow accounts of them by index, and numbers worked out by hand."""

from math import copysign, sqrt

import numpy as np
import pytest

from observed import build, made_up, observation, single, told

N_STEP, N_WORLD = 15, 3


def each(episode):
    """World, step, observation, the one before (None at first), and the time between them."""
    for world in range(len(episode.observations[0])):
        before = None
        for n, seen in enumerate(episode.observations):
            now = [float(number) for number in seen[world]]
            yield world, n, now, before, float(episode.durations[n - 1][world])
            before = now


# ---------------------------------------------------------------------------------------- Ghelfi, Arcari and Gagliardi

REDUCED34 = [1, 2, 9, 15, 6, 12, 10, 16, 7, 13, 11, 17, 8, 14, 0, 3, 22, 23, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35]
REDUCED34 += [18, 19, 20, 21, 4, 5]
"""Places in the 41 numbers of hip_l, hip_r, ... as the published table lists them"""
CENTRED = [16, 18, 20, 22, 24, 26, 28]
FLIPPED = [(2, 4), (3, 5), (6, 8), (7, 9), (10, 12), (11, 13), (20, 22), (21, 23), (24, 26), (25, 27)]


def test_the_reduced_state_is_the_published_table():
    episode = made_up("run2017", N_WORLD, N_STEP)
    with_forward, without = told(build("reduced34"), episode), told(build("reduced33"), episode)
    for world, n, now, *_ in each(episode):
        expected = [now[i] for i in REDUCED34]
        for i in CENTRED:
            expected[i] -= now[1]
        assert with_forward[n, world] == pytest.approx(expected, abs=1e-5)
        assert without[n, world] == pytest.approx(expected[1:], abs=1e-5)


def test_the_body_alone_is_told_as_the_task_tells_it():
    """The numbers of the reduced state, centred nowhere; what a flat track never changes is left out."""
    episode = made_up("run2017", N_WORLD, N_STEP)
    transform = build("body34")
    numbers, names = told(transform, episode), build("reduced34").layout.names
    for world, n, now, *_ in each(episode):
        alone = dict(zip(transform.layout.names, numbers[n, world], strict=True))
        assert [alone[name] for name in names] == pytest.approx([now[i] for i in REDUCED34], abs=1e-5)


def test_the_reduced_state_is_flipped_as_published():
    expected = list(range(34))
    for left, right in FLIPPED:
        expected[left], expected[right] = right, left
    assert build("reduced34").layout.mirror_index.tolist() == expected


def test_the_full_state_adds_velocities_and_accelerations():
    episode = made_up("run2017", N_WORLD, N_STEP)
    transform = build("full67")
    numbers, reduced = told(transform, episode), told(build("reduced33"), episode)
    assert np.array_equal(numbers[..., :33], reduced)
    points = [*range(22, 24), *range(26, 36)]
    velocity = None
    for world, n, now, before, duration in each(episode):
        if before is None:
            assert (numbers[0, world, 33:] == 0).all()
            velocity = None
            continue
        turned = [(now[i] - before[i]) / duration for i in (15, 12, 16, 13, 17, 14, 3)]
        went = [(now[i] - before[i]) / duration for i in (4, 5)]
        earlier, velocity = velocity, [(now[i] - before[i]) / duration for i in points]
        gained = [0.0] * 12 if earlier is None else [(v - u) / duration for v, u in zip(velocity, earlier, strict=True)]
        moved = [part[i + axis] for i in range(0, 12, 2) for part in (velocity, gained) for axis in (0, 1)]
        expected = [*turned, 0.0, *went, *moved]
        assert numbers[n, world, 33:] == pytest.approx(expected, rel=1e-4, abs=1e-3)
    assert len(transform.layout) == 67
    assert transform.layout.names[33:36] == tuple(
        f"{name} acceleration" for name in ("hip_flexion_l", "hip_flexion_r", "knee_angle_l")
    )


# ------------------------------------------------------------------------------------------------------------- Reason8


def test_reason8_s_39():
    episode = made_up("run2017", N_WORLD, N_STEP)
    numbers = told(build("reason8_39"), episode)
    published = told(build("reason8_39_as_published"), episode)
    ends = set()
    for world, n, now, *_ in each(episode):
        kept = [i for i in range(38) if i not in (1, 24, 25)]
        body = [now[i] - now[1] * (i in (18, 22, 26, 28, 30, 32, 34)) for i in kept]
        none = now[38] == 100.0
        ends.add(none)
        obstacle = [-1, 0, 0, 0] if none else [*np.clip(now[38:], -10, 10), 1]
        assert numbers[n, world] == pytest.approx([*body, *obstacle], abs=1e-5)
        blanked = [-1, 0, 0, 0] if n == 0 else obstacle
        assert published[n, world] == pytest.approx([*body, *blanked], abs=1e-5)
    assert ends == {False, True}
    assert numbers.shape[2] == 39


def test_reason8_clips_what_is_far():
    told_of = single(build("reason8_39"), observation(**{"obstacle distance": 23.0, "obstacle radius": 0.1}))
    assert told_of[0, -4:] == pytest.approx([10, 0, 0.1, 1])


# ------------------------------------------------------------------------------------------------------- Qin Yongliang


def qin(now, before, duration, balls):
    """The 79 numbers of one moment; `balls` are the obstacles since the start, place (or None), height, radius."""
    _, x, y, _, vx, vy = now[:6]
    o = [now[0] / 2, 0.0, y - 0.9, now[3] / 4, vx / 8, vy] + [number / 4 for number in now[6:18]]
    o += [now[18] - x, now[19] - y, now[20] - vx, now[21] - vy]
    o += [now[i] - (x, y)[i % 2] for i in range(22, 36)] + now[36:38] + [0.0] * 3
    o += [now[i] - 0.9 for i in range(23, 36, 2)]
    velocity = [0.0] * 14 if before is None else [(now[i] - before[i]) / duration for i in range(22, 36)]
    o += [(velocity[i] - velocity[2 + i % 2]) / (8, 1)[i % 2] for i in range(14)]
    last = ([(None, 0, 0)] * 3 + balls)[-3:]
    for slot, (place, height, radius) in enumerate(last):
        distance = (8 if slot == 2 else -3) if place is None else min(8, max(-3, place - x))
        o += [distance / 7, 5 * height, 5 * radius]
    for i in (29, 31, 33, 35):
        o += [min(1, max(0, (level - now[i]) * 5 + 0.5)) for level in (0.0, 0.1)]
    return [copysign(sqrt(abs(number)), number) if abs(number) > 1 else number for number in o]


def test_qin_s_79():
    episode = made_up("run2017", N_WORLD, N_STEP)
    numbers = told(build("qin79"), episode)
    assert numbers.shape[2] == 79
    for world, n, now, before, duration in each(episode):
        if before is None:
            balls = []
        ball = (None, 0, 0) if now[38] == 100 else (now[38] + now[1], *now[39:])
        if not balls or ball[1:] != balls[-1][1:]:
            balls.append(ball)
        assert numbers[n, world] == pytest.approx(qin(now, before, duration, balls), rel=1e-4, abs=1e-4), n
    assert len(balls) == 4, "three balls were passed, and none is left"


def test_qin_s_default_pose():
    (numbers,) = single(build("qin79"), observation(moved=3.0))
    assert numbers[:6] == pytest.approx([-0.025, 0, 0.01, 0, 0, 0], abs=1e-6)
    assert numbers[18:24] == pytest.approx([-0.069734, 0.060769, 0, 0, 0.00717, 0.626572], abs=1e-6)
    assert numbers[41:48] == pytest.approx([0.636572, 0.01, 0.096431] + [-0.927441] * 2 + [-0.877048] * 2, abs=1e-5)
    assert numbers[62:71] == pytest.approx([-3 / 7, 0, 0, -3 / 7, 0, 0, sqrt(8 / 7), 0, 0])
    assert numbers[71:75] == pytest.approx([0.637205, 1, 0.637205, 1], abs=1e-5)
    assert numbers[75:77] == pytest.approx([0.38524, 0.88524], abs=1e-5)


# --------------------------------------------------------------------------------------------------------- Bliznashki

PLACES = np.arange(-5, 6)


def field(forward, leftward):
    """One world of Learn to Move with a velocity field, given as functions of places ahead and at the left."""
    x, y = np.meshgrid(PLACES, PLACES, indexing="ij")
    view = np.stack([forward(x, y) + 0.0 * x, leftward(x, y) + 0.0 * x]).ravel()
    return np.concatenate([view, np.arange(97.0)]).astype(np.float32)[None]


def to_target(x, y):
    """A field of 1 m/s to a target at a place."""

    def direction(axis):
        def component(ahead, left):
            away = np.hypot(x - ahead, y - left)
            return np.where(away > 0, (x - ahead, y - left)[axis], 0.0) / np.maximum(away, 1e-9)

        return component

    return field(direction(0), direction(1))


def test_the_field_is_pooled_to_2_x_3():
    transform = build("pooled_field", task="walk2019")
    told_of = single(transform, field(lambda x, y: x, lambda x, y: 10.0 * y + x))
    assert told_of[0, :6] == pytest.approx([-4, 0, 4, 40, 0, -40], abs=1e-5)
    assert told_of[0, 6:].tolist() == list(range(97))
    assert transform.layout.names[:6] == (
        *(f"pooled target_velocity forward {place}" for place in ("behind", "on", "ahead")),
        *(f"pooled target_velocity leftward {place}" for place in ("left", "straight", "right")),
    )
    assert transform.layout.mirror_index[:6].tolist() == [0, 1, 2, 5, 4, 3]
    assert transform.layout.mirror_sign[:6].tolist() == [1, 1, 1, -1, -1, -1]


JOINTS = ("hip_abduction", "hip_extension", "knee_extension", "ankle_extension")


def test_the_pose_is_target_pelvis_and_joint_angles():
    pooled, transform = build("pooled_field", task="walk2019"), build("pooled_field", "pose", task="walk2019")
    names = transform.layout.names
    assert names[:6] == pooled.layout.names[:6]
    assert names[6:] == (
        *("pelvis height", "pelvis pitch", "pelvis roll"),
        *(f"pelvis {what} speed" for what in ("forward", "leftward", "upward", "pitch", "roll", "yaw")),
        *(f"{joint}_{side}" for side in "rl" for joint in JOINTS),
    )
    before = single(pooled, field(lambda x, y: x, lambda x, y: 10.0 * y + x))
    told_of, _ = transform.begin(before, before[:, :0])
    assert told_of[0, 6:].tolist() == [*range(9), *range(12, 16), *range(56, 60)]


def test_pooling_takes_every_second_place():
    """As the program: 11 x 11 to 6 x 6 to 3 x 3."""
    random = np.random.default_rng(0)
    view = random.normal(size=(2, 11, 11))
    seen = np.concatenate([view.ravel(), np.zeros(97)]).astype(np.float32)[None]
    cells = view[:, ::2, ::2]
    pool = np.array(
        [[[cells[c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean() for j in range(3)] for i in range(3)] for c in (0, 1)]
    )
    expected = [*(pool[0, i].mean() for i in range(3)), *(pool[1, :, j].mean() for j in (2, 1, 0))]
    assert single(build("pooled_field", task="walk2019"), seen)[0, :6] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("place", "ours", "published"),
    [
        ((6, 0), "straight", "left or right"),
        ((3, 5), "left", "left"),
        ((3, -5), "right", "right"),
        ((0, 5), "left", "left"),
        ((-6, 0.5), "left", "left"),
        ((-6, -0.5), "right", "right"),
    ],
)
def test_the_code_tells_where_to_turn(place, ours, published):
    """Straight ahead his program never says."""
    found = []
    for name in ("target_code", "target_code_as_published"):
        transform = build(name, task="walk2019")
        told_of = single(transform, to_target(*place))[0, :5]
        assert told_of[0] == 1.0
        assert told_of[1:4].sum() == 1.0
        found.append(("left", "straight", "right")[int(told_of[1:4].argmax())])
    assert found[0] == ours
    assert found[1] in published


def test_the_code_says_stop_where_the_field_is_slow():
    transform = build("target_code", task="walk2019")
    for speed, go in ((0.2, 0.0), (0.4, 1.0)):
        told_of = single(transform, field(lambda x, y, v=speed: v + 0 * x, lambda x, y: 0 * x))[0]
        assert told_of[:5] == pytest.approx([go, 0, 1, 0, speed], abs=1e-6)
    assert len(told_of) == 102
