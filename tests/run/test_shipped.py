"""The policies that come with Soleus: they are found, they play as their cards say, and nothing is written to them."""

import json
import re

import numpy as np
import pytest

from soleus.cli import main
from soleus.command.parse import judge_asked_for, rules_asked_for
from soleus.engine.fast.config import FastConfig
from soleus.run.beginning import begun
from soleus.run.candidate import find_candidate
from soleus.run.error import RunError
from soleus.run.evaluate import judge
from soleus.run.recipe import RECIPES
from soleus.run.shipped import read_card, shipped_folder, shipped_names
from soleus.task.run2017 import Run2017Config

N_EPISODE = 8


@pytest.mark.parametrize("name", shipped_names())
def test_a_policy_plays_as_its_card_says(name):
    rules = shipped_folder(name).config.task
    on_fast = next(each for each in read_card(name).judged if "fast" in each.command)
    episodes = judge(find_candidate(name, rules), rules, FastConfig(), range(N_EPISODE))
    distance = [episode.distance for episode in episodes]
    assert np.mean(distance) == pytest.approx(on_fast.mean, abs=4 * on_fast.deviation / N_EPISODE**0.5 + 0.5)


def test_an_episode_is_the_same_alone_and_among_others():
    rules = shipped_folder("sprinter").config.task
    candidate = find_candidate("sprinter", rules)
    together = judge(candidate, rules, FastConfig(), range(20, 28))
    assert judge(candidate, rules, FastConfig(), [26]) == together[6:7]


@pytest.mark.parametrize("name", shipped_names())
def test_a_card_tells_of_enough_episodes_on_both_engines(name):
    card = read_card(name)
    assert any("fast" in each.command and each.episodes >= 200 for each in card.judged)
    assert any("opensim" in each.command and each.episodes >= 30 for each in card.judged)
    assert all(re.match(rf"soleus evaluate {name}\b", each.command) for each in card.judged)


def test_they_are_listed_and_shown(capsys):
    main(["policies"])
    told = capsys.readouterr().out
    assert all(name in told for name in shipped_names())
    main(["policies", "sprinter"])
    assert "soleus train --recipe sprinter" in " ".join(capsys.readouterr().out.split())


def test_an_unknown_one_is_refused_with_the_known_ones():
    with pytest.raises(RunError, match=r"no policy 'sprint' comes with Soleus; there are .*sprinter"):
        read_card("sprint")


@pytest.mark.parametrize(("variant", "name"), [("polish", "sprinter"), ("final-polish", "sprinter-final")])
def test_the_sprinter_s_polish_goes_on_from_one(variant, name):
    config = RECIPES["sprinter"].config(variant=variant)
    ours, theirs = begun(config).policy(), find_candidate(name, config.task).policy
    observation = np.random.default_rng(0).normal(size=(4, ours.n_observation))
    np.testing.assert_allclose(ours.act(observation, None), theirs.act(observation, None), atol=1e-6)


def test_one_is_judged_by_its_name_and_its_folder_stays_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = shipped_folder("sprinter")
    before = sorted(folder.path.iterdir())
    main(["evaluate", "sprinter", "--seeds", "2", "--out", "judged.json"])
    judged = json.loads((tmp_path / "judged.json").read_text())
    assert judged["engine"]["name"] == "fast"
    assert judged["rules"]["difficulty"] == folder.config.task.difficulty
    assert sorted(folder.path.iterdir()) == before
    assert "sprinter" in capsys.readouterr().out


def test_judged_officially_it_plays_by_the_graded_rules_on_opensim():
    assert rules_asked_for(["sprinter-final"]) == Run2017Config()
    arguments = ["sprinter", "--official"]
    rules = rules_asked_for(arguments)
    assert rules == Run2017Config() != rules_asked_for(arguments[:1])
    assert (judge_asked_for(arguments, rules), judge_asked_for(arguments[:1], rules)) == ("opensim", "fast")


def test_a_folder_of_the_user_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sprinter").mkdir()
    assert shipped_folder("sprinter") is None
    assert shipped_folder("nobody") is None
