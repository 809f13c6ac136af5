"""The benchmark puts every engine through the same episodes, and counts operations by hand."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.engine.benchmark import BATCH, OPENSIM_LOOSE, Case, Course, measure_speeds
from soleus.engine.fast.compile import target_of
from soleus.engine.fast.config import FastConfig
from soleus.engine.floor import Floor, count_operations, measure_floor
from soleus.model import learning_to_run

MODEL = learning_to_run()
N_MUSCLE = len(MODEL.muscles)
ONE = Case("one", FastConfig(threads=1))
FEW = Case("few", FastConfig(threads=1), n_world=8)


class Clock:
    """A second passes between two looks."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


def test_a_lap_counts_steps_and_measurements_of_each_world():
    lap = Course(FEW.config.build(MODEL, 8), Clock()).run(np.full((5, 8, N_MUSCLE), 0.2))
    assert (lap.step, lap.measure, lap.n_failed) == (1 / 8, 1 / 8, 0)
    assert 10 < lap.n_evaluation < 200


def test_a_world_that_fails_or_falls_starts_again():
    course = Course(FEW.config.build(MODEL, 8))
    start = course.engine.state().q
    excitation = np.full((1, 8, N_MUSCLE), 0.2)
    excitation[0, 3, 0] = np.nan
    assert course.run(excitation).n_failed == 1
    assert (course.engine.state().q == start).all(axis=1).tolist() == [False] * 3 + [True] + [False] * 4
    course.run(np.full((80, 8, N_MUSCLE), 0.0))
    assert (course.engine.measure().mass_center_position[:, 1] > 0.6).all()


def test_worlds_do_the_same_in_a_small_engine_and_in_a_large_one():
    excitation = np.random.default_rng(0).uniform(size=(10, 8, N_MUSCLE))
    small, large = Course(ONE.config.build(MODEL, 1)), Course(FEW.config.build(MODEL, 8))
    for course in (small, large):
        course.run(excitation)
    np.testing.assert_allclose(small.engine.state().q[0], large.engine.state().q[0], atol=1e-6)


def test_speeds_are_of_all_cases():
    speeds = measure_speeds(MODEL, (ONE, FEW), n_step=5, n_repeat=2)
    assert list(speeds) == ["one", "few"]
    assert speeds["few"].steps_per_second > speeds["one"].steps_per_second > 100.0
    assert speeds["one"].n_failed == speeds["few"].n_failed == 0


@pytest.mark.opensim
def test_opensim_is_measured_alike():
    speed = measure_speeds(MODEL, (OPENSIM_LOOSE,), n_step=3, n_repeat=1)[OPENSIM_LOOSE.name]
    assert 1.0 < speed.steps_per_second < 10_000.0
    assert speed.n_evaluation == 0.0


# ----------------------------------------------------------------------------------------------------------- the floor


def test_shares_of_a_step_worked_out_by_hand():
    floor = Floor(
        n_operation=4000, width=8, operations_per_second=5e9, n_evaluation=40, evaluation=2e-7, step=1e-5
    )  # 40 x 4000 / (8 x 5e9)
    assert floor.arithmetic == pytest.approx(4e-6)
    assert floor.evaluations == pytest.approx(8e-6)


def test_every_muscle_adds_operations():
    target = target_of("float64", 4)
    fewer = count_operations(replace(MODEL, muscles=MODEL.muscles[1:]), target)
    assert 50 < count_operations(MODEL, target) - fewer < 500


def test_no_step_is_faster_than_its_floor():
    floor = measure_floor(MODEL, n_step=5, n_repeat=2)
    assert BATCH.n_world % floor.width == 0
    assert 1e8 < floor.operations_per_second < 1e12
    assert 0.0 < floor.arithmetic < floor.step
