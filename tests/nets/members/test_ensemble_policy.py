"""Members that vote, or act in turn."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.nets import ActorPolicy, AdditiveNoise, DeterministicPolicy, GaussianHead, OrnsteinUhlenbeck, load_policy
from soleus.nets.critics import Critics
from soleus.nets.members import EnsemblePolicy, Turns
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.nets.prior import PriorForm

N_OBSERVATION, N_ACTION, N_MEMBER, N_WORLD = 3, 2, 4, 6
SCALING = Scaling(np.full(3, 0.5, np.float32), np.full(3, 2.0, np.float32), np.float32(10))
CRITIC = Mlp((N_OBSERVATION + N_ACTION, 8, 1))


def _member(kind, random):
    if kind == "deterministic":
        network = Mlp((N_OBSERVATION, 8, N_ACTION))
        return DeterministicPolicy(network, network.initial(random), SCALING)
    network = Mlp((N_OBSERVATION, 8, 2 * N_ACTION))
    return ActorPolicy(network, network.initial(random), SCALING, GaussianHead(N_ACTION, (-5.0, 2.0)))


def _ensemble(kind="actor", seed=0, form=CRITIC, limit=None, **changes):
    random = np.random.default_rng(seed)
    members = tuple(_member(kind, random) for _ in range(N_MEMBER))
    critics = [tuple(form.initial(random) for _ in range(2)) for _ in range(N_MEMBER)]
    judges = tuple(Critics(form, each, SCALING, limit) for each in critics)
    return EnsemblePolicy(members, judges, **changes)


@pytest.fixture
def observation():
    return np.random.default_rng(9).standard_normal((N_WORLD, N_OBSERVATION), dtype=np.float32)


@pytest.mark.parametrize("kind", ["actor", "deterministic"])
def test_plays_the_proposal_that_critics_like_best(kind, observation):
    """Against the same in loops, one world and one proposal at a time."""
    policy = _ensemble(kind, turns=Turns(N_MEMBER))
    action, picked = policy.act(observation, None), set()
    for world, seen in enumerate(observation):
        proposals = [member.act(seen[None], None)[0] for member in policy.members]
        scores = []
        for proposal in proposals:
            inputs = np.concatenate([np.clip((seen - 0.5) * 2, -10, 10), proposal])
            each = [min(CRITIC(critic, inputs)[0] for critic in judge.parameters) for judge in policy.judges]
            scores.append(np.mean(each))
        picked.add(int(np.argmax(scores)))
        np.testing.assert_allclose(action[world], proposals[np.argmax(scores)], rtol=1e-5)
    assert len(picked) > 1


def test_only_those_who_may_propose_do(observation):
    policy = _ensemble(n_proposing=1)
    np.testing.assert_allclose(policy.act(observation, None), policy.members[0].act(observation, None), rtol=1e-6)


def test_values_of_several_terms_are_weighed(observation):
    form = Mlp((N_OBSERVATION + N_ACTION, 8, 2))
    critic = form.initial(np.random.default_rng(0))
    action = observation[:, :N_ACTION]
    said = form(critic, np.concatenate([np.clip((observation - 0.5) * 2, -10, 10), action], axis=1))
    value = Critics(form, (critic,), SCALING, weight=(2.0, -1.0))(observation, action)
    np.testing.assert_allclose(value, 2 * said[:, 0] - said[:, 1], rtol=1e-4, atol=1e-6)


def test_many_rows_are_judged_as_few():
    policy, random = _ensemble(), np.random.default_rng(0)
    observation = random.standard_normal((300, N_OBSERVATION), dtype=np.float32)
    proposals = random.uniform(-1, 1, (3, 300, N_ACTION)).astype(np.float32)
    few = policy.scores(observation[-4:], proposals[:, -4:])
    np.testing.assert_allclose(policy.scores(observation, proposals)[:, -4:], few, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", ["actor", "deterministic"])
def test_a_world_is_explored_by_its_member(kind, observation):
    policy = _ensemble(kind, turns=Turns(N_MEMBER))
    acted = policy.act(observation, np.random.default_rng(1))
    chosen = Turns(N_MEMBER).draw(N_WORLD, generator := np.random.default_rng(1))
    assert len(set(chosen)) > 1
    if kind == "actor":
        noise = generator.standard_normal((N_WORLD, N_ACTION), dtype=np.float32)
    for world, number in enumerate(chosen):
        member = policy.members[number]
        seen = observation[[world]]
        expected = member.act(seen, None)
        if kind == "actor":
            expected = member.distribution(seen).action(noise[[world]])
        np.testing.assert_allclose(acted[world], expected[0], rtol=1e-5)


def test_exploring_by_vote_is_the_member_that_wins(observation):
    policy = _ensemble()
    noise = np.random.default_rng(1).standard_normal((N_WORLD, N_ACTION), dtype=np.float32)
    acted, played = policy.act(observation, np.random.default_rng(1)), policy.act(observation, None)
    for world in range(N_WORLD):
        candidates = [member.act(observation[[world]], None)[0] for member in policy.members]
        winner = np.argmin([np.abs(candidate - played[world]).max() for candidate in candidates])
        expected = policy.members[winner].distribution(observation[[world]]).action(noise[[world]])
        np.testing.assert_allclose(acted[world], expected[0], rtol=1e-5)


def test_noise_of_all_members_is_one_and_remembers_worlds(observation):
    """It hardly wanders here: what is added to the member's own action stays, whoever acts and whose policy it is."""

    def build():
        policy = _ensemble("deterministic", turns=Turns(N_MEMBER, (1, 1)))
        quiet = [
            replace(member, parameters={name: 0.5 * array for name, array in member.parameters.items()})
            for member in policy.members
        ]
        noise = AdditiveNoise(OrnsteinUhlenbeck(1e6, 0.01), 0.1)
        return replace(policy, members=tuple(quiet)).equipped(lambda member: replace(member, noise=noise))

    before, after, generator = build(), build(), np.random.default_rng(0)
    means = np.stack([member.act(observation, None) for member in before.members])
    first = before.act(observation, generator) - means
    after.follow(before)
    for policy in (before, after):
        later = policy.act(observation, generator) - means
        nearest = np.abs(first[:, None] - later[None]).max(axis=3).min(axis=(0, 1))
        assert nearest.max() < 1e-4


@pytest.mark.parametrize("kind", ["actor", "deterministic"])
@pytest.mark.parametrize("turns", [None, Turns(N_MEMBER), Turns(N_MEMBER, (3, 5))])
def test_file_holds_all_of_it(kind, turns, observation, tmp_path):
    form = PriorForm(CRITIC, 3.0)
    policy = _ensemble(kind, form=form, rule="standardised", turns=turns, n_proposing=3)
    policy.save(tmp_path / "policy")
    again = load_policy(tmp_path / "policy")
    assert (again.rule, again.turns, again.n_proposing) == ("standardised", turns, 3)
    np.testing.assert_array_equal(again.act(observation, None), policy.act(observation, None))
    acted = [each.act(observation, np.random.default_rng(0)) for each in (policy, again)]
    np.testing.assert_array_equal(*acted)


def test_refuses_what_does_not_fit():
    policy = _ensemble()
    with pytest.raises(ValueError, match="rule is 'loudest'; choose one of mean, standardised, share"):
        replace(policy, rule="loudest")
    with pytest.raises(ValueError, match="members have 2 different forms"):
        replace(policy, members=(*policy.members, _member("deterministic", np.random.default_rng(0))))
    with pytest.raises(ValueError, match="a judge takes 9 numbers, members observe 3 and do 2"):
        _ensemble(form=Mlp((9, 1)))
