"""Every reward term gets the same checks by being registered, on every task that has what it reads."""

from dataclasses import fields, replace

import numpy as np
import pytest

from snapshots import snapshot
from soleus.task.bonus import BONUSES, SPEED_BONUSES, Pay, RewardConfig, Step, bonus_summary, build_bonus
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.registry import TASKS
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config

NAMES = [*BONUSES, *SPEED_BONUSES]
RULES = (Run2017Config(), Prosthetics2018Config(planar=True), Walk2019Config(planar=True), Walk2019Config())
WALKERS = [rules.build() for rules in RULES]


def moved(task, n_world, seed):
    """Some motion of some worlds."""
    random, still = np.random.default_rng(seed), snapshot(task, n_world)
    state, measured = (
        replace(part, **{name: value + random.normal(0, 0.3, value.shape) for name, value in vars(part).items()})
        for part in (still.state, still.measurement)
    )
    return replace(still, state=state, measurement=measured)


def a_step(task, n_world=3):
    now = moved(task, n_world, 0), moved(task, n_world, 1)
    return Step(*now, np.arange(n_world) * 1.0, np.arange(n_world) == 1)


def of(step, world):
    """The step of one world."""
    rows = np.array([world])
    return Step(step.before.rows(rows), step.after.rows(rows), step.earned[rows], step.fallen[rows])


def test_terms_and_weights_have_the_same_names():
    assert sorted(item.name for item in fields(RewardConfig)) == sorted(NAMES)


def test_without_a_word_only_the_task_is_paid():
    paid = {item.name: item.default for item in fields(RewardConfig) if item.default}
    assert paid == {"task": 1.0}


@pytest.mark.parametrize("name", NAMES)
class TestTerm:
    def test_it_says_what_it_pays(self, name):
        assert 10 < len(bonus_summary(name)) < 300

    def test_some_walker_can_be_paid_and_each_world_alone(self, name):
        n_paid = 0
        for task in WALKERS:
            try:
                bonus = build_bonus(name, task, 1.25)
            except ValueError:
                told = f"training reward {name} reads .*, which {task.name} does not have under these rules; leave it"
                with pytest.raises(ValueError, match=told):
                    build_bonus(name, task, 1.25)
                continue
            n_paid += 1
            step = a_step(task)
            paid = bonus(step)
            assert paid.shape == (3,)
            assert np.isfinite(paid).all()
            for world in range(3):
                np.testing.assert_allclose(bonus(of(step, world)), paid[[world]], atol=1e-12)
        assert n_paid

    def test_a_weight_is_a_factor(self, name):
        task = WALKERS[-1]
        step = a_step(task)
        nothing = RewardConfig(task=0.0)
        assert Pay(task, nothing, 1.25)(step) == {}
        (paid,) = Pay(task, replace(nothing, **{name: -2.5}), 1.25)(step).values()
        np.testing.assert_array_equal(paid, -2.5 * build_bonus(name, task, 1.25)(step))

    def test_no_weight_is_infinite(self, name):
        with pytest.raises(ValueError, match=f"training reward {name} is inf; a weight is a finite number"):
            RewardConfig(**{name: np.inf})


def test_an_arm_is_paid_for_what_it_has():
    arm = TASKS["arm"].config().build()
    for name in ("task", "alive", "effort"):
        build_bonus(name, arm, 0.0)
    with pytest.raises(ValueError, match="training reward foot_swing reads the body talus_l, which arm does not have"):
        build_bonus("foot_swing", arm, 0.0)
