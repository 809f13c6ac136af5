"""`soleus recipes`, and what `soleus train` makes of a recipe."""

from dataclasses import replace

import pytest

from soleus.cli import main
from soleus.command.idle import overruled
from soleus.command.parse import is_set
from soleus.command.train import _asked_for
from soleus.learner.registry import learner_name
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.recipe import RECIPES, Recipe, Variant, plain

HELD = Variant(lambda config: replace(config, steps=7), "trains for seven steps")
TRIED = Recipe(plain, "tried out", variants={"short": HELD}, publish=lambda config: replace(config, seed=3))


def test_recipes_are_listed(capsys):
    main(["recipes"])
    told = " ".join(capsys.readouterr().out.split())
    for name, recipe in RECIPES.items():
        assert name in told
        assert recipe.summary.split()[0] in told


def test_a_recipe_tells_what_it_sets(capsys):
    main(["recipes", "demo"])
    told = capsys.readouterr().out
    assert "soleus train run2017 --recipe demo" in told
    assert "--control.hold" in told
    assert "--sampler.workers" not in told, "it is as by default"


def test_a_variant_changes_the_recipe_and_its_defects_come_last():
    assert TRIED.config().steps != 7
    assert TRIED.config(variant="short").steps == 7
    published = TRIED.config(variant="short", as_published=True)
    assert (published.steps, published.seed) == (7, 3)
    with pytest.raises(RunError, match="unknown variant 'long'; its variants are short"):
        TRIED.config(variant="long")


@pytest.mark.parametrize("switch", ["--as-published", "--as_published"])
def test_training_starts_from_a_variant_with_flags_on_top(switch, tmp_path, monkeypatch):
    monkeypatch.setitem(RECIPES, "tried", TRIED)
    flags = ["--engine", "fast", "--worlds", "3", "--sampler.chunk", "1"]
    main(["train", "--recipe", "tried", "--variant", "short", switch, *flags, "--out", str(tmp_path / "run")])
    config = RunFolder(tmp_path / "run").config
    assert (config.steps, config.seed, config.n_world, config.sampler.chunk) == (7, 3, 3, 1)


@pytest.mark.parametrize(
    ("given", "on"), [("", False), ("--as-published", True), ("--as-published --no-as_published", False)]
)
def test_the_last_word_on_a_switch_counts(given, on):
    assert is_set(["run2017", *given.split()], "--as-published") is on


@pytest.mark.parametrize(
    ("learner", "left_out", "disagrees"),
    [("td3", "td3 has no use for the recipe's --acting, which are left out", True), ("ppo", "--disagreement", False)],
)
def test_another_learner_has_what_it_can_use_of_a_recipe(learner, left_out, disagrees, caplog):
    config = _asked_for(["--recipe", "bliznashki2019", "--learner", learner]).config
    assert left_out in caplog.text
    assert config.acting.choose == "policy"
    assert (config.disagreement.weight > 0) is disagrees


def test_a_variant_that_is_the_learner_asked_for():
    config = _asked_for(["--recipe", "sprinter", "--variant", "final", "--learner", "td3"]).config
    assert learner_name(config.learner) == "td3"


def test_a_flag_that_a_stage_will_change_is_told():
    given = ["--recipe", "sprinter", "--learner.actor-learning-rate", "1e-4", "--learner.tau", "0.1"]
    (note,) = overruled(given, _asked_for(given).config)
    assert note.startswith("--learner.actor-learning-rate holds until a stage changes it: 'evaluate/distance >= 31: ")


def test_a_recipe_tells_what_its_defects_set(capsys):
    main(["recipes", "stelmaszczyk2017-ppo", "--as-published"])
    told = capsys.readouterr().out
    assert 'as_published"]' in told, "what is observed"
    assert "brings back" not in told
    main(["recipes", "bliznashki2019", "--variant", "planar"])
    assert "brings back" not in capsys.readouterr().out, "there is nothing to bring back"


def test_stages_of_one_s_own_come_in_place_of_the_recipe_s(caplog):
    """Which need not fit another learner, and are left out then."""
    other = ["--recipe", "sprinter", "--learner", "ppo"]
    assert _asked_for(other).config.stages == _asked_for([*other, "--stages"]).config.stages == ()
    assert "ppo has no use for the recipe's --stages, which are left out" in caplog.text
    config = _asked_for([*other, "--stages", "n_env_steps >= 1e6: training.reward.alive=1.0"]).config
    assert learner_name(config.learner) == "ppo"
    assert config.stages == ()
