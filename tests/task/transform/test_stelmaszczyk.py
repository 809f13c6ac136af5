"""The 82 numbers against a slow account of them, index by index, and against numbers worked out by hand.

The account follows the published table and program: one world, plain Python, indices of the 41 observed numbers.
"""

from math import copysign, sqrt

import numpy as np
import pytest

from observed import build, made_up, observation, single, told
from soleus.task.transform.base import nothing_remembered


def root(x):
    return copysign(sqrt(abs(x)), x)


class Account:
    """What the 82 numbers are, with the mistakes of the program or without."""

    def __init__(self, mistakes):
        self.mistakes = mistakes
        self.points = None
        self.speeds = None
        self.begin()

    def begin(self):
        self.previous, self.next = None, None
        if not self.mistakes:
            self.points = self.speeds = None

    def tell(self, x, duration, first=False):
        x = [float(number) for number in x]
        tilt, forward, height = x[:3]
        turning, speed, rising = x[3:6]
        place = {index: x[index] for index in (*range(22, 24), *range(26, 36))}
        own = {0: (forward, speed), 1: (height, rising)}
        speeds = x[3:6] + [v - turning for v in x[12:18]] + [x[20] - speed, x[21] - rising]
        n_step = duration / 0.01
        for index, where in place.items():
            known = self.points is not None
            speeds.append((where - self.points[index]) / duration - own[index % 2][1] if known else None)
        gained = [
            0.0 if self.speeds is None or before is None or now is None else (now - before) / n_step
            for now, before in zip(speeds, self.speeds or [None] * 23, strict=True)
        ]
        if self.mistakes:
            carried = [0.0] * 3 + [gained[0]] * 6 + gained[1:3] * 7
            gained = [now - part for now, part in zip(gained, carried, strict=True)]
        self.points, self.speeds = place, speeds
        speeds = [0.0 if now is None else now for now in speeds]
        result = [tilt, forward / 100, (height - 0.9) / 0.1]
        result += [root(turning - 0.3), root(speed - 1.0), root(rising - 0.3)]
        result += [root(angle - tilt) for angle in x[6:12]] + [root(v / 5) for v in speeds[3:9]]
        result += [(x[18] - forward + 0.14) / 0.05, (x[19] - height - 0.07) / 0.03]
        result += [root(v) for v in speeds[9:11]]
        result += [(x[22] - forward + 0.15) / 0.25, (x[23] - height - 0.61) / 0.02]
        result += [(x[26] - forward + 0.10) / 0.02, (x[27] - height - 0.08) / 0.02]
        for index in range(28, 36, 2):
            result += [x[index] - forward + 0.1, (x[index + 1] - height + 0.9) / 0.3]
        result += [(x[36] - 1) / 0.2, (x[37] - 1) / 0.2]
        result += self.obstacles(forward, x[38:], first)
        result += [root(v) for v in speeds[11:15]]
        for index in range(15, 23, 2):
            result += [root(speeds[index]) / 2.5, root(speeds[index + 1])]
        result += [root(a) for a in gained[:3]] + [root(a / 4) for a in gained[3:9]] + [root(a) for a in gained[9:11]]
        for index in range(11, 23, 2):
            result += [root(gained[index]), root(gained[index + 1]) / 0.6]
        result += [max(1 - 20 * x[index], -1) for index in (29, 31, 33, 35)]
        return [*result, (forward - 28) / (1 + abs(forward - 28))]

    def obstacles(self, forward, ahead, first):
        if first and self.mistakes:
            self.hidden = ahead
            return [0.0, 0.0, 0.0, 5 / 6 - 2 / 3, 0.0, 0.0]
        new = None if ahead[0] == 100 else [ahead[0] + forward, *ahead[1:]]
        if (new or [0, 0, 0])[1:] != (self.next or [0, 0, 0])[1:]:
            self.previous = self.next if self.next is not None else self.previous
            self.next = new
        numbers = []
        for where, up, radius in (one or [1e9, 0, 0] for one in (self.previous, self.next)):
            near = where - forward
            weight = 5 / 6 - near / 3 if -0.5 < near < 2.5 else 0.0
            numbers += [weight, up / 0.14433756729740643 * weight, (radius - 0.1) / 0.05 * weight]
        return numbers


@pytest.mark.parametrize("mistakes", [False, True])
def test_every_number_is_what_the_account_says(mistakes):
    name = "stelmaszczyk82_as_published" if mistakes else "stelmaszczyk82"
    transform, n_world = build(name), 3
    accounts = [Account(mistakes) for _ in range(n_world)]
    left = nothing_remembered(n_world, transform)
    for seed in (1, 2):  # the second episode follows the first in the same worlds
        episode = made_up("run2017", n_world, n_step=20, seed=seed)
        numbers = told(transform, episode, left)
        for world, account in enumerate(accounts):
            account.begin()
            durations = [0.01, *(duration[world] for duration in episode.durations)]
            for n, (seen, duration) in enumerate(zip(episode.observations, durations, strict=True)):
                expected = account.tell(seen[world], duration, first=n == 0)
                for index in range(82):
                    assert numbers[n, world, index] == pytest.approx(expected[index], abs=1e-5, rel=1e-5), (n, index)
        left = _memory_after(transform, episode, left)


def _memory_after(transform, episode, left):
    from soleus.task.transform import Step

    _, memory = transform.begin(episode.observations[0], left)
    for step in zip(episode.observations[1:], episode.actions, episode.durations, strict=True):
        _, memory = transform.follow(memory, Step(*step))
    return memory


def test_the_default_pose():
    (numbers,) = single(build("stelmaszczyk82"), observation())
    assert numbers[:6] == pytest.approx([-0.05, 0, 0.1, -sqrt(0.3), -1, -sqrt(0.3)], abs=1e-6)
    assert numbers[6:18] == pytest.approx([sqrt(0.05)] * 6 + [0] * 6, abs=1e-6)
    assert numbers[18:22] == pytest.approx([0.070266 / 0.05, -0.009231 / 0.03, 0, 0], abs=1e-4)
    assert numbers[22:26] == pytest.approx(
        [0.15717 / 0.25, 0.016572 / 0.02, 0.003499 / 0.02, 0.006431 / 0.02], abs=1e-4
    )
    feet = [0.107988, -0.037441 / 0.3] * 2 + [-0.019683, 0.012952 / 0.3] * 2
    assert numbers[26:36] == pytest.approx([*feet, 0, 0], abs=1e-5)
    assert numbers[36:77] == pytest.approx([0] * 41, abs=1e-6)
    assert numbers[77:] == pytest.approx([1.54882, 1.54882, 0.54096, 0.54096, -28 / 29], abs=1e-5)


def test_a_ball_counts_while_it_is_near():
    ball = {"obstacle height": 0.0288675, "obstacle radius": 0.15}
    seen = [observation(moved=x, **{"obstacle distance": 2.0 - x}, **ball) for x in (0.0, 1.0, 2.0)]
    gone = [observation(moved=x, **{"obstacle distance": 100.0}) for x in (2.2, 2.6)]
    numbers = single(build("stelmaszczyk82"), *seen, *gone)
    for n, weight in ((0, 1 / 6), (1, 1 / 2), (2, 5 / 6)):
        assert numbers[n, 36:42] == pytest.approx([0, 0, 0, weight, 0.2 * weight, weight], abs=1e-5)
    weight = 5 / 6 + 0.2 / 3
    assert numbers[3, 36:42] == pytest.approx([weight, 0.2 * weight, weight, 0, 0, 0], abs=1e-5)
    assert numbers[4, 36:42] == pytest.approx([0] * 6)


def test_the_published_buffer_was_never_cleared():
    """Whoever fell at 20 m seems to jump back to 0 in 10 ms."""
    seen = observation(moved=20.0), observation(moved=20.1)
    for name, head_speed in (("stelmaszczyk82", 0.0), ("stelmaszczyk82_as_published", -sqrt(2010))):
        transform = build(name)
        _, memory = transform.begin(seen[0], nothing_remembered(1, transform))
        episode = made_up("run2017", 1, 1)
        episode = type(episode)(seen, episode.actions, (np.full(1, 0.01),))
        numbers, _ = transform.begin(observation(), _memory_after(transform, episode, memory))
        assert numbers[0, 42] == pytest.approx(head_speed, abs=1e-3)
