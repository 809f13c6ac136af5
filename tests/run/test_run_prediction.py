"""What a run may ask of predictors and of its prefill, and that it gets it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soleus.learner import CategoricalSacConfig, DdpgConfig, PpoConfig, SacConfig
from soleus.learner.benchmark import draw_batch
from soleus.learner.evolution.es_config import EsConfig
from soleus.learner.exploration import ColourConfig
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig
from soleus.learner.prefill import PrefillConfig
from soleus.learner.replay.terms_config import TermsConfig
from soleus.nets import ActorPolicy, UniformPolicy, load_policy
from soleus.nets.dep import Dep, DepPolicy
from soleus.nets.planning import PlanningPolicy
from soleus.run.build import build_learner, observed, signature
from soleus.run.config import from_json, to_json
from soleus.run.error import RunError
from soleus.run.export import export_onnx
from soleus.run.folder import RunFolder
from soleus.run.recipe import plain

SMALL = SacConfig(actor_hidden=(8,), critic_hidden=(8,), batch_size=8, random_transitions=0, n_scan=2)
CURIOUS = DisagreementConfig(weight=1.0)
WALK = replace(plain("walk2019"), learner=SMALL)
"""A run on walk2019, mirrored data and all"""


def _learnt(config):
    learner = build_learner(config)
    n_observation = len(observed(config.task.build(), config.control))
    learner.receive(draw_batch(4, n_observation, len(config.task.build().action)))
    return learner, learner.update()


def test_a_run_gets_the_predictors_that_it_asks_for():
    fields = ("pelvis *", "target_velocity * at +0 +0")
    predictor = PredictorConfig(members=3, hidden=(4,), fields=fields)
    learner, metrics = _learnt(replace(WALK, disagreement=CURIOUS, predictor=predictor))
    assert {name for name in metrics if name.startswith("predictor_")} == {
        "predictor_loss",
        "predictor_bonus",
        "predictor_disagreement",
    }
    n_field = 9 + 2
    assert learner.state()["part.predictor.networks.weight0"].shape == (3, n_field + 22, 4)
    assert type(learner.policy()) is ActorPolicy


def test_what_predictors_are_told_of_are_the_actions_of_tied_legs():
    tied = replace(WALK, control=replace(WALK.control, legs="tied"), disagreement=CURIOUS)
    learner = build_learner(replace(tied, predictor=PredictorConfig(members=2, hidden=(4,), fields=("pelvis *",))))
    assert learner.state()["part.predictor.networks.weight0"].shape == (2, 9 + 11, 4)


def test_a_run_without_them_has_none():
    learner, metrics = _learnt(WALK)
    assert not any("predictor" in name for name in [*metrics, *learner.state()])


def test_a_field_that_is_not_observed_is_named_before_anything_starts():
    with pytest.raises(
        RunError, match=r"predictor fields 'tail\*': nothing observed is called so; there are \['target"
    ):
        build_learner(replace(WALK, disagreement=CURIOUS, predictor=PredictorConfig(fields=("tail*",))))


@pytest.mark.parametrize("learner", [SMALL, replace(SMALL, reward_scale="return")])
def test_settings_come_back_from_a_file(learner, tmp_path):
    config = replace(
        WALK,
        learner=learner,
        predictor=PredictorConfig(4, (32,), 1e-4, ("pelvis *",), "batch"),
        disagreement=DisagreementConfig(0.5, "joint", "given" if learner is SMALL else "return"),
        acting=ActingConfig("best", 10, penalty=0.5, when="exploring"),
        prefill=PrefillConfig("uniform"),
    )
    assert from_json(to_json(config), tmp_path) == config
    felt = replace(WALK, learner=replace(SMALL, random_transitions=5), prefill=PrefillConfig("dep", Dep(kappa=20.0)))
    assert from_json(to_json(felt), tmp_path) == felt
    older = json.loads(to_json(WALK))
    for name in ("predictor", "disagreement", "acting", "prefill"):
        del older[name]
    assert from_json(json.dumps(older), tmp_path) == WALK


ACTS = ActingConfig("best")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learner": PpoConfig(), "disagreement": CURIOUS}, "predictors learn from one replay .* which ppo has not"),
        ({"learner": EsConfig(), "symmetry": "none", "acting": ACTS}, "which es has not"),
        ({"learner": replace(SMALL, n_step=3), "disagreement": CURIOUS}, "--learner.n-step is 3"),
        ({"disagreement": DisagreementConfig(1.0, scale="return")}, "give --learner.reward-scale return too"),
        (
            {"learner": CategoricalSacConfig((8,), (8,)), "disagreement": DisagreementConfig(30.0, scale="return")},
            "up to 5, and critics say values up to 5; give --learner.value-limit 35 or more",
        ),
        ({"predictor": PredictorConfig(members=3)}, "--predictor.members: no predictor learns"),
        ({"disagreement": DisagreementConfig(variance="joint")}, "--disagreement.variance: no predictor learns"),
        ({"learner": DdpgConfig(), "acting": ACTS}, "that of DdpgConfig is sure of its one; take --learner sac"),
        ({"learner": replace(SMALL, exploration=ColourConfig("pink")), "acting": ACTS}, "noise is 'pink'"),
        (
            {"acting": ActingConfig("lookahead"), "predictor": PredictorConfig(fields=("pelvis *",))},
            "needs all that it observes; leave out --predictor.fields",
        ),
        ({"learner": replace(SMALL, discount=0.0), "disagreement": CURIOUS}, "at --learner.discount 0 is everything"),
        (
            {"learner": replace(SMALL, terms=TermsConfig(("task",), (0.5,))), "acting": ACTS},
            "in which all terms count 1, and the critics by --learner.terms.weights",
        ),
        (
            {"acting": ACTS, "disagreement": DisagreementConfig(variance="joint")},
            "goes back with `--disagreement.variance mean`",
        ),
        ({"learner": PpoConfig(), "prefill": PrefillConfig("dep")}, "fills a replay, and ppo has none"),
        ({"prefill": PrefillConfig("dep")}, "would never act, as --learner.random-transitions is 0"),
        ({"prefill": PrefillConfig(dep=Dep(kappa=3.0))}, "--prefill.dep.kappa: these are for --prefill.kind dep"),
    ],
)
def test_what_makes_no_sense_is_refused_when_the_config_is_made(change, message):
    with pytest.raises(ValueError, match=message):
        replace(WALK, **change)


@pytest.mark.parametrize(
    ("kind", "dep", "message"),
    [
        ("pink", Dep(), "prefill kind is 'pink'; choose uniform or dep"),
        ("dep", Dep(kappa=0.0), "kappa is 0.0; it must be positive"),
        ("dep", Dep(window=0), "window is 0; it must be at least 1"),
        ("dep", Dep(noise=-1.0), "noise is -1.0; it must not be negative"),
    ],
)
def test_senseless_prefills_are_refused(kind, dep, message):
    with pytest.raises(ValueError, match=message):
        PrefillConfig(kind, dep)


@pytest.mark.parametrize("name", ["walk2019", "prosthetics2018"])
def test_a_prefill_feels_each_muscle_where_it_is_observed(name):
    config = plain(name)
    config = replace(config, learner=replace(SMALL, random_transitions=5), prefill=PrefillConfig("dep"))
    learner = build_learner(config)
    policy, task = learner.policy(), config.task.build()
    assert isinstance(policy, DepPolicy)
    names = observed(task, config.control).names
    assert [names[place] for place in policy.sensors] == [f"{muscle} length" for muscle in task.action.names]
    assert policy is not learner.policy()  # what one worker remembers is not another's
    learner.receive(draw_batch(5, len(names), len(task.action)))
    assert isinstance(learner.policy(), ActorPolicy)


def test_a_prefill_that_cannot_feel_names_what_it_needs():
    config = plain("run2017")
    config = replace(config, learner=replace(SMALL, random_transitions=5), prefill=PrefillConfig("dep"))
    told = r"called hamstrings_r length, .*; walk2019 and prosthetics2018 observe the length of each muscle unless"
    with pytest.raises(RunError, match=told):
        build_learner(config)
    assert isinstance(build_learner(replace(config, prefill=PrefillConfig())).policy(), UniformPolicy)


@pytest.mark.parametrize("learner", [SMALL, CategoricalSacConfig(actor_hidden=(8,), critic_hidden=(8,), batch_size=8)])
@pytest.mark.parametrize("when", ["always", "exploring"])
def test_a_policy_that_looks_ahead_lies_in_a_file_and_is_exported_where_its_actor_plays(tmp_path, learner, when):
    config = plain("run2017")
    learner = replace(learner, random_transitions=0, n_scan=2)
    acting = ActingConfig("lookahead", 3, 2, penalty=0.5, when=when)
    config = replace(config, learner=learner, acting=acting, predictor=PredictorConfig(2, (8,)))
    learner, _ = _learnt(config)
    folder = RunFolder.create(tmp_path / "run", config, {})
    policy = learner.policy()
    assert isinstance(policy, PlanningPolicy)
    folder.save_policy(folder.best_file, policy, signature(config.task, config.control))
    observation = draw_batch(3, policy.n_observation, 1).observation
    loaded = load_policy(folder.best_file)
    for seed in (None, 0):
        done = [
            each.act(observation, None if seed is None else np.random.default_rng(seed)) for each in (policy, loaded)
        ]
        np.testing.assert_array_equal(*done)
    file = tmp_path / "policy.onnx"
    if when == "exploring":
        assert export_onnx(folder, file).difference <= 1e-5
        return
    with pytest.raises(RunError, match=r"predicts before it acts, .*; train with --acting.when exploring"):
        export_onnx(folder, file)
    assert not Path(file).exists()
