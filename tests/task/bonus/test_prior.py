"""Distances from poses of a gait."""

import numpy as np
import pytest

from snapshots import snapshot, step
from soleus.task.bonus import build_bonus
from soleus.task.bonus.prior import N_EXEMPLAR, PosePrior
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config
from soleus.task.walk2019_start import draw_poses

WALK = Walk2019Config(difficulty=1).build()
PRIOR = PosePrior(WALK)
DRAWN = draw_poses("random", WALK.model, range(N_EXEMPLAR // 2))


def posed(i):
    """A world in the pose of an exemplar: its numbers are given where the pelvis is measured."""
    names = WALK.model.coordinate_names
    q, u = (dict(zip(names, values[i], strict=True)) for values in (DRAWN.q, DRAWN.u))
    measured = {"pelvis_at": (0, q["pelvis_ty"], 0), "pelvis_velocity": (u["pelvis_tx"], 0, u["pelvis_tz"])}
    return q | measured


@pytest.mark.parametrize("i", [0, 41])
def test_an_exemplar_is_nearest_to_itself(i):
    assert PRIOR.nearest_distance(snapshot(WALK, **posed(i)))[0] == pytest.approx(0.0, abs=1e-9)
    assert build_bonus("pose_prior_nearest", WALK, 0.0)(step(WALK, **posed(i)))[0] == pytest.approx(0.0, abs=1e-12)


def test_distances_by_hand():
    """A pelvis that is 2 rad/s off in each rate is 12 off in the square, on average and from the nearest."""
    turning = {f"{name}_speed": 2.0 for name in ("pelvis_tilt", "pelvis_list", "pelvis_rotation")}
    assert PRIOR.nearest_distance(snapshot(WALK, **posed(3), **turning))[0] == pytest.approx(12.0)
    still, spinning = (PRIOR.mean_distance(snapshot(WALK, **posed(3), **more))[0] for more in ({}, turning))
    assert spinning - still == pytest.approx(12.0)
    paid = build_bonus("pose_prior_nearest", WALK, 0.0)(step(WALK, **posed(3), **turning))
    assert paid[0] == pytest.approx(-np.tanh(1.2) * 0.01)


def test_the_mean_distance_is_that_from_all_of_them():
    """Spread about the mean and distance from the mean add up (Steiner)."""
    each = [PRIOR.mean_distance(snapshot(WALK, **posed(i)))[0] for i in range(N_EXEMPLAR // 2)]
    assert np.mean(each) == pytest.approx(2 * PRIOR.spread)
    assert min(each) >= PRIOR.spread


def test_only_the_published_offset_lets_far_poses_go_free():
    now = step(WALK, **posed(3))
    ours, published = (build_bonus(f"pose_prior_mean{name}", WALK, 0.0)(now)[0] for name in ("", "_published"))
    off = PRIOR.mean_distance(now.after)[0]
    assert ours == pytest.approx(-np.tanh(0.1 * (off - PRIOR.spread)) * 0.01)
    assert published == pytest.approx(-np.tanh(0.1 * max(0.0, off - PRIOR.published_spread)) * 0.01)
    assert PRIOR.published_spread > PRIOR.spread


def test_a_body_in_the_plane_takes_what_it_has():
    task = Run2017Config(difficulty=0).build()
    assert build_bonus("pose_prior_nearest", task, 0.0)(step(task))[0] < 0
