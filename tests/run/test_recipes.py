"""Every recipe and variant: it fits its task and engines, learns in small, and is refused elsewhere."""

from dataclasses import fields, replace

import numpy as np
import pytest

from soleus.learner import FeudalConfig
from soleus.run.build import build_learner
from soleus.run.config import RunConfig, from_json, to_json
from soleus.run.error import RunError
from soleus.run.loop import start_run
from soleus.run.recipe import RECIPES

CASES = [(name, variant) for name, recipe in RECIPES.items() for variant in (None, *recipe.variants)]
AUTHORS = [name for name in RECIPES if name not in ("plain", "demo", "sprinter")]
PUBLISHED = [(name, variant) for name, variant in CASES if RECIPES[name].publish is not None]
NOTHING_WRONG = [
    ("stelmaszczyk2017-ppo", "filter"),
    ("stelmaszczyk2017-ppo", "ddpg"),
    ("bliznashki2019", "planar"),
    ("bliznashki2019", "ddpg-planar"),
]
"""Variants without what was corrected"""
AS_PUBLISHED = {"yaw": "yaw_published", "pose_prior_mean": "pose_prior_mean_published"}
"""What is paid in place of a term that is right"""
SMALL = {"random_transitions": 200, "replay_capacity": 10_000, "population": 32, "n_decision": 16}
"""Settings with which a learner of any recipe begins to learn at once"""


def _soon(learner):
    known = {item.name for item in fields(learner)}
    soon = replace(learner, **{name: value for name, value in SMALL.items() if name in known})
    if isinstance(soon, FeudalConfig):
        return replace(soon, manager=replace(_soon(soon.manager), random_transitions=20), worker=_soon(soon.worker))
    return soon


def _small(config: RunConfig) -> RunConfig:
    learner = _soon(config.learner)
    sampler = replace(config.sampler, worlds=16)
    return replace(config, learner=learner, sampler=sampler, steps=6000, evaluate_s=0.0)


@pytest.mark.parametrize("engine", ["fast", "opensim"])
@pytest.mark.parametrize(("name", "variant"), CASES)
def test_a_set_up_fits_its_task_and_is_read_back(name, variant, engine, tmp_path):
    config = RECIPES[name].config(engine=engine, variant=variant)
    assert from_json(to_json(config), tmp_path) == config
    build_learner(config.at_stage(0))


@pytest.mark.parametrize("name", AUTHORS)
def test_it_is_refused_on_a_task_that_it_does_not_fit(name):
    other = "walk2019" if RECIPES[name].task == "run2017" else "run2017"
    with pytest.raises(RunError, match=f"the recipe {name} is for {RECIPES[name].task}, not {other}"):
        RECIPES[name].config(task=other)


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_a_variant_is_another_set_up(name, variant):
    if variant is not None:
        assert RECIPES[name].config(variant=variant) != RECIPES[name].config()


@pytest.mark.parametrize(("name", "variant"), PUBLISHED)
def test_published_defects_come_back(name, variant, tmp_path):
    recipe = RECIPES[name]
    if (name, variant) in NOTHING_WRONG:
        with pytest.raises(RunError, match=f"this variant '{variant}' corrects no defect of published code"):
            recipe.config(variant=variant, as_published=True)
        return
    published, corrected = recipe.config(variant=variant, as_published=True), recipe.config(variant=variant)
    assert from_json(to_json(published), tmp_path) == published
    build_learner(published.at_stage(0))
    assert published != corrected
    for stage in range(len(published.stages) + 1):
        paid = corrected.at_stage(stage).training.reward.paid
        expected = {AS_PUBLISHED.get(name, name): weight for name, weight in paid.items()}
        assert published.at_stage(stage).training.reward.paid == expected


def _trains(config, tmp_path):
    folder = start_run(_small(config), tmp_path / "run")
    records = folder.metrics()
    assert records[-1]["n_updates"] > 0
    learnt = [value for record in records for name, value in record.items() if name.startswith("train/")]
    assert learnt
    assert np.isfinite(learnt).all()


@pytest.mark.parametrize("name", AUTHORS)
def test_it_learns_in_small(name, tmp_path):
    _trains(RECIPES[name].config(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("as_published", [False, True])
@pytest.mark.parametrize(("name", "variant"), [case for case in CASES if case[0] in AUTHORS])
def test_every_variant_learns_in_small(name, variant, as_published, tmp_path):
    if as_published and (RECIPES[name].publish is None or (name, variant) in NOTHING_WRONG):
        pytest.skip("nothing was corrected")
    _trains(RECIPES[name].config(variant=variant, as_published=as_published), tmp_path)


@pytest.mark.parametrize("variant", [None, *RECIPES["sprinter"].variants])
def test_the_sprinter_learns_in_small(variant, tmp_path):
    """Those that polish begin with a policy that comes with Soleus."""
    config = RECIPES["sprinter"].config(variant=variant)
    _trains(replace(config, task=replace(config.task, time_limit=50)), tmp_path)


def test_the_reward_of_stelmaszczyk_for_a_control_step():
    """0.01 v + 0.01 + 0.1 min(0, head - pelvis) - 0.02 knees - 1e-7 ligaments, a hundred times in a second."""
    reward = RECIPES["stelmaszczyk2017-ppo"].config().training.reward
    assert reward.task == 0.0
    expected = {"alive": 0.01, "head_behind_pelvis": 0.1, "straight_knee": 0.02, "ligament": 1e-7}
    assert {name: getattr(reward, name) / 100 for name in expected} == pytest.approx(expected)
    assert reward.velocity == 1.0, "of a metre: 0.01 v in a control step"


@pytest.mark.parametrize("engine", ["fast", "opensim"])
def test_what_the_authors_counted_in_decisions_does_not_hang_on_the_engine(engine):
    reason8 = RECIPES["reason8-2017"].config(engine=engine).learner
    assert reason8.learning_rate_updates / reason8.updates_per_transition == 10_000_000
    qin = RECIPES["qin2017"].config(engine=engine)
    n_world = qin.n_world if engine == "fast" else 16
    assert qin.learner.exploration.period == qin.learner.exploration.transitions == 100 * n_world


def test_the_first_excitations_of_stelmaszczyk():
    """Normal with mean 0 and deviation 1, cut to [0, 1]; ours are its like between 0 and 1."""
    learner = RECIPES["stelmaszczyk2017-ppo"].config().learner
    drawn = np.random.default_rng(0).standard_normal(100_000)
    theirs = np.clip(drawn, 0.0, 1.0)
    ours = (np.tanh(np.arctanh(learner.initial_action) + np.exp(learner.initial_log_std) * drawn) + 1.0) / 2.0
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.01)


def test_bliznashki_published_what_was_wrong():
    recipe = RECIPES["bliznashki2019"]
    published = recipe.config(as_published=True)
    assert published.learner.flow.density == "as_published"
    assert (published.predictor.whitening, published.disagreement.variance) == ("batch", "joint")
    assert recipe.config(variant="memory", as_published=True).symmetry == "batch_axis"
    assert recipe.config(variant="code", as_published=True).control.observe == ("target_code_as_published",)
