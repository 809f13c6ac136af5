"""What a run asks for is what its learner gets; and what older files asked for."""

import json
from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import SacConfig
from soleus.learner.benchmark import draw_batch
from soleus.learner.part import PARTS
from soleus.run.build import build_learner, observed
from soleus.run.config import from_json, to_json
from soleus.run.error import RunError
from soleus.run.recipe import RECIPES, plain
from soleus.task.registry import TASKS

SMALL = SacConfig(actor_hidden=(8,), critic_hidden=(8,), batch_size=8, random_transitions=0)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_with_a_mirror_is_learnt_in_it(name):
    config = plain(name)
    assert config.symmetry == ("data" if config.task.build().mirror_fault is None else "none")
    build_learner(replace(config, learner=SMALL))


def test_a_body_in_space_gets_networks_without_a_side():
    config = replace(plain("walk2019"), symmetry="equivariant", learner=SMALL)
    learner = build_learner(config)
    task = config.task.build()
    observation, action = observed(task, config.control), task.action
    assert (observation.mirror_sign == -1).any()
    batch = draw_batch(40, len(observation), len(action))
    learner.receive(batch)
    learner.update()
    assert learner.n_updates == 40
    policy = learner.policy()
    images = batch.observation[:, observation.mirror_index] * observation.mirror_sign
    expected = policy.act(batch.observation, None)[:, action.mirror_index] * action.mirror_sign
    np.testing.assert_allclose(policy.act(images, None), expected, atol=1e-6)


@pytest.mark.parametrize("form", PARTS)
def test_a_task_without_a_mirror_is_refused_with_the_way_out(form):
    with pytest.raises(RunError, match=r"prosthetics2018 has no mirror: .* no partner .*; train with --symmetry none"):
        build_learner(replace(plain("prosthetics2018"), symmetry=form, learner=SMALL))


@pytest.mark.parametrize(("mirror", "symmetry"), [(True, "data"), (False, "none")])
def test_a_file_from_before_there_were_forms_is_read(mirror, symmetry, tmp_path):
    config = RECIPES["demo"].build("run2017", "fast")
    data = json.loads(to_json(config))
    del data["symmetry"], data["symmetry_weight"]
    assert from_json(json.dumps(data | {"mirror": mirror}), tmp_path) == replace(config, symmetry=symmetry)


@pytest.mark.parametrize("change", [{"symmetry": "dat"}, {"mirror": "yes"}, {"mirror": False, "symmetry": "data"}])
def test_a_form_that_is_unknown_or_contradicts_itself_is_named(change, tmp_path):
    data = json.loads(to_json(plain("run2017")))
    if "symmetry" not in change:
        del data["symmetry"]
    with pytest.raises(RunError, match="does not fit this version of Soleus: .*(dat|mirror)"):
        from_json(json.dumps(data | change), tmp_path)


def test_a_weight_below_zero_is_refused():
    with pytest.raises(ValueError, match="symmetry_weight is -1.0; it must not be negative"):
        replace(plain("run2017"), symmetry_weight=-1.0)


@pytest.mark.parametrize("form", ["single_leg", "single_leg_conditioned"])
def test_a_body_in_space_gets_one_network_for_both_legs(form):
    config = replace(plain("walk2019"), symmetry=form, learner=SMALL)
    policy = build_learner(replace(config, learner=replace(SMALL, initial_action=-0.5))).policy()
    task = config.task.build()
    observation, action = observed(task, config.control), task.action
    assert policy.network.shapes()["weight1"] == (8, len(action))  # means and deviations of a half
    rows = draw_batch(5, len(observation), len(action)).observation
    images = rows[:, observation.mirror_index] * observation.mirror_sign
    expected = policy.act(rows, None)[:, action.mirror_index] * action.mirror_sign
    np.testing.assert_allclose(policy.act(images, None), expected, atol=1e-6)


@pytest.mark.parametrize("form", ["loss", "equivariant", "single_leg"])
def test_manual_numbers_must_not_tell_left_from_right(form):
    config = plain("walk2019")
    layout = observed(config.task.build(), config.control)
    offset, deviation = np.zeros(len(layout)), np.ones(len(layout))
    manual = replace(SMALL, normaliser="manual", manual_offset=tuple(offset), manual_deviation=tuple(deviation))
    build_learner(replace(config, symmetry=form, learner=manual))
    place = layout.names.index("hip_extension_r")
    deviation[place] = 2.0
    manual = replace(manual, manual_deviation=tuple(deviation))
    with pytest.raises(RunError, match="treat hip_extension_[rl] otherwise than its mirror image"):
        build_learner(replace(config, symmetry=form, learner=manual))
    build_learner(replace(config, symmetry="data", learner=manual))
