"""Every policy that a file can hold gets the same checks by being registered; then what each does by itself."""

import json
import pickle
import sys
from dataclasses import replace
from subprocess import run

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import save_file

from soleus.nets import (
    POLICIES,
    ActorPolicy,
    AdditiveNoise,
    ConstantPolicy,
    DeterministicPolicy,
    EnsemblePolicy,
    Gaussian,
    OrnsteinUhlenbeck,
    UniformPolicy,
    load_policy,
)
from soleus.nets.critics import Critics
from soleus.nets.dep import Dep, DepPolicy
from soleus.nets.feudal import FeudalPolicy
from soleus.nets.file import write_policy
from soleus.nets.head import HEADS, GaussianHead
from soleus.nets.members import Turns
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import RunningMoments
from soleus.nets.planning import Plan, PlanningPolicy
from soleus.nets.predictor import Predictor
from soleus.nets.prior import PriorForm
from soleus.nets.registry import load_signed_policy, save_policy
from soleus.nets.signature import Signature
from soleus.nets.whitening import RunningWhitening, Statistics

N_OBSERVATION, N_ACTION = 6, 3


def _actor(kind="gaussian", **colour):
    head = HEADS[kind](N_ACTION, *(() if kind == "bernoulli" else ((-5.0, 2.0),)))
    network = Mlp((N_OBSERVATION, 8, 8, head.n_output(8)), "elu")
    moments = RunningMoments(N_OBSERVATION)
    moments.receive(np.random.default_rng(1).normal(3, 2, (40, N_OBSERVATION)).astype(np.float32))
    random = np.random.default_rng(0)
    parameters = network.initial(random) | head.initial(random)
    return ActorPolicy(network, parameters, moments.scaling(10.0), head, **colour)


def _deterministic():
    actor = _actor()
    network = Mlp((N_OBSERVATION, 8, N_ACTION), "tanh", layer_norm=True)
    parameters = network.initial(np.random.default_rng(4))
    return DeterministicPolicy(network, parameters, actor.scaling, AdditiveNoise(Gaussian(), 0.2))


def _planning():
    random = np.random.default_rng(6)
    form = Predictor(N_OBSERVATION, N_ACTION, tuple(range(N_OBSERVATION)), 3, (8,), RunningWhitening())
    statistics = Statistics.fresh(N_OBSERVATION).received(
        *random.normal(3, 2, (2, 50, N_OBSERVATION)), random.random(50)
    )
    critic = Mlp((N_OBSERVATION + N_ACTION, 8, 11))
    critics = Critics(critic, tuple(critic.initial(random) for _ in range(2)), _actor().scaling, 5.0)
    return PlanningPolicy(_actor(), form, form.initial(random), statistics, Plan(4, 2, 0.5, 0.9), critics)


def _ensemble():
    random = np.random.default_rng(7)
    members = [replace(_actor(), parameters=_actor().network.initial(random)) for _ in range(3)]
    critic = PriorForm(Mlp((N_OBSERVATION + N_ACTION, 8, 2)), 2.0)
    judges = [Critics(critic, (critic.initial(random),), _actor().scaling, weight=(1.0, 0.5)) for _ in range(2)]
    return EnsemblePolicy(tuple(members), tuple(judges), "standardised", Turns(3, (2, 4)), n_proposing=2)


def _feudal():
    """The worker sees four numbers of an observation and two of a goal."""
    network = Mlp((N_OBSERVATION, 8, 4))
    head = HEADS["gaussian"](2, (-5.0, 2.0))
    manager = ActorPolicy(network, network.initial(np.random.default_rng(8)), _actor().scaling, head)
    return FeudalPolicy(manager, _actor(), every=3, columns=(0, 1, 3, 5), n_observation=N_OBSERVATION)


EXAMPLES = {
    "feudal": _feudal(),
    "ensemble": _ensemble(),
    "actor": _actor(),
    "deterministic": _deterministic(),
    "uniform": UniformPolicy(N_ACTION),
    "constant": ConstantPolicy((0.5, -1.0, 0.0)),
    "planning": _planning(),
    "dep": DepPolicy((4, 0, 2), Dep(kappa=20.0)),
}
OBSERVATION = np.random.default_rng(2).normal(3, 2, (5, N_OBSERVATION))


def _begun(policy):
    """A policy at the beginning of its episodes."""
    policy.begin(np.arange(len(OBSERVATION)))
    return policy


@pytest.mark.parametrize("kind", POLICIES)
class TestContract:
    def test_actions(self, kind):
        policy = EXAMPLES[kind]
        for generator in (np.random.default_rng(0), None):
            action = policy.act(OBSERVATION, generator)
            assert action.shape == (5, N_ACTION)
            assert action.dtype == np.float32
            assert np.abs(action).max() <= 1
        np.testing.assert_array_equal(*(_begun(policy).act(OBSERVATION, None) for _ in range(2)))
        noisy = [_begun(policy).act(OBSERVATION, np.random.default_rng(3)) for _ in range(2)]
        np.testing.assert_array_equal(*noisy)

    @pytest.mark.parametrize("way", ["file", "pickle"])
    def test_travels_unchanged(self, kind, way, tmp_path):
        policy = EXAMPLES[kind]
        if way == "file":
            policy.save(tmp_path / "policy.safetensors")
            loaded = load_policy(tmp_path / "policy.safetensors")
            assert [path.name for path in tmp_path.iterdir()] == ["policy.safetensors"]
        else:
            loaded = pickle.loads(pickle.dumps(policy))
        assert type(loaded) is type(policy)
        for seed in (0, None):
            actions = [
                _begun(each).act(OBSERVATION, None if seed is None else np.random.default_rng(seed))
                for each in (policy, loaded)
            ]
            np.testing.assert_array_equal(*actions)


@pytest.mark.parametrize("head", HEADS)
def test_actor_acts_as_jax_does(head):
    policy = _actor(head)
    raw = jnp.array(OBSERVATION, jnp.float32)
    parameters = {name: jnp.array(array) for name, array in policy.parameters.items()}
    output = policy.network(parameters, policy.scaling(raw))
    expected = policy.head.distribution(policy.network, parameters, output)
    np.testing.assert_allclose(policy.act(OBSERVATION, None), expected.mode(), rtol=1e-5, atol=1e-6)
    noise = np.random.default_rng(0).standard_normal((5, N_ACTION), dtype=np.float32)
    noisy = policy.act(OBSERVATION, np.random.default_rng(0))
    np.testing.assert_allclose(noisy, expected.action(noise), rtol=1e-5, atol=1e-6)
    assert np.abs(noisy - policy.act(OBSERVATION, None)).max() > 0.01


@pytest.mark.parametrize("head", HEADS)
def test_an_actor_s_file_names_its_head_and_its_colour(head, tmp_path):
    policy = _actor(head, colour=OrnsteinUhlenbeck(0.3, 0.04))
    policy.save(tmp_path / "p")
    loaded = load_policy(tmp_path / "p")
    assert (loaded.head, loaded.colour) == (policy.head, policy.colour)


def test_an_actor_s_draws_have_its_colour_and_go_on_in_the_next_one():
    old, new = (_actor(colour=OrnsteinUhlenbeck(1e6, 0.01)) for _ in range(2))
    before = old.act(OBSERVATION, np.random.default_rng(0))
    new.follow(old)
    np.testing.assert_allclose(new.act(OBSERVATION, np.random.default_rng(1)), before, atol=1e-3)
    new.begin(np.array([0, 2]))
    changed = np.abs(new.act(OBSERVATION, np.random.default_rng(2)) - before).max(axis=1) > 1e-3
    assert changed.tolist() == [True, False, True, False, False]
    new.follow(UniformPolicy(N_ACTION))  # which remembers nothing


def test_an_actor_s_file_from_before_heads_is_read(tmp_path):
    policy = _actor()
    arrays = {f"network.{name}": array for name, array in policy.parameters.items()}
    arrays |= {f"scaling.{name}": np.asarray(value) for name, value in policy.scaling._asdict().items()}
    form = {"sizes": policy.network.sizes, "activation": "elu", "layer_norm": False}
    told = json.dumps({"network": form, "log_std_range": [-5.0, 2.0]})
    metadata = {"format": "soleus-policy", "version": "1", "kind": "actor", "description": told}
    save_file(arrays, tmp_path / "p", metadata)
    loaded = load_policy(tmp_path / "p")
    assert loaded.head == GaussianHead(N_ACTION, (-5.0, 2.0))
    noisy = [each.act(OBSERVATION, np.random.default_rng(0)) for each in (policy, loaded)]
    np.testing.assert_array_equal(*noisy)


def test_a_head_refuses_a_network_with_other_outputs():
    policy = _actor("lattice")
    with pytest.raises(ValueError, match=r"has 14 outputs; a gaussian actor of 3 actions needs 6"):
        replace(policy, head=GaussianHead(N_ACTION, (-5.0, 2.0)))


def test_deterministic_acts_as_jax_does():
    policy = _deterministic()
    output = policy.network(policy.parameters, policy.scaling(jnp.array(OBSERVATION, jnp.float32)))
    np.testing.assert_allclose(policy.act(OBSERVATION, None), jnp.tanh(output), rtol=1e-5, atol=1e-6)


SIGNATURE = Signature(
    "hop",
    3,
    tuple(f"q{i}" for i in range(N_OBSERVATION)),
    ("rad",) * N_OBSERVATION,
    ("soleus_l", "soleus_r", "vasti_r"),
)


@pytest.mark.parametrize("kind", POLICIES)
def test_a_file_says_what_its_policy_was_made_for(kind, tmp_path):
    save_policy(tmp_path / "p", EXAMPLES[kind], SIGNATURE)
    policy, made_for = load_signed_policy(tmp_path / "p")
    assert policy == EXAMPLES[kind] if kind in ("uniform", "constant", "dep") else policy.n_action == N_ACTION
    assert made_for == SIGNATURE
    assert made_for.difference(SIGNATURE) is None


def test_an_old_file_loads_and_fits_anything(tmp_path):
    """As files were before they had a signature: names there, but empty."""
    write_policy(tmp_path / "p", "constant", {}, {"action": [0.5], "observation_names": [], "action_names": []})
    policy, made_for = load_signed_policy(tmp_path / "p")
    assert policy == ConstantPolicy((0.5,))
    assert made_for.difference(SIGNATURE) is None


def test_names_that_do_not_fit_the_network_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"1 names .* for 6 quantities"):
        _actor().save(tmp_path / "p", Signature(observation_names=("q",)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"task": "run2017"}, "it is a policy for the task hop, not for run2017"),
        ({"task_version": 4}, "it is a policy for version 3 of hop, this Soleus has 4"),
        (
            {"observation_names": ("q0", "height", *SIGNATURE.observation_names[2:])},
            "observation 1 is 'q1 [rad]' for the policy and 'height [rad]' in the task",
        ),
        (
            {"observation_units": ("rad", "rad", "m", *SIGNATURE.observation_units[3:])},
            "observation 2 is 'q2 [rad]' for the policy and 'q2 [m]' in the task",
        ),
        (
            {"observation_names": SIGNATURE.observation_names[:5], "observation_units": ("rad",) * 5},
            "observation 5 is 'q5 [rad]' for the policy and 'nothing' in the task",
        ),
        ({"action_names": ("soleus_l",)}, "action 1 is 'soleus_r' for the policy and 'nothing' in the task"),
    ],
)
def test_the_first_difference_is_named(change, sentence):
    assert SIGNATURE.difference(replace(SIGNATURE, **change)) == sentence


def test_actor_refuses_other_observations():
    with pytest.raises(ValueError, match=r"shape \(5, 7\), expected \(n_world, 6\)"):
        _actor().act(np.zeros((5, 7)), None)


def test_uniform_covers_the_range_evenly():
    action = UniformPolicy(1).act(np.zeros((20_000, 1)), np.random.default_rng(0))
    np.testing.assert_allclose(np.quantile(action, [0, 0.25, 0.5, 0.75, 1]), [-1, -0.5, 0, 0.5, 1], atol=0.02)


def test_constant_refuses_what_is_no_action():
    for action in ((), (0.5, 1.5), (float("nan"),)):
        with pytest.raises(ValueError, match="give one number in"):
            ConstantPolicy(action)


def test_damaged_and_foreign_files_are_refused(tmp_path):
    path = tmp_path / "policy.safetensors"
    _actor().save(path)
    content = path.read_bytes()
    for damaged in (b"", content[:40], content[:-100], b"PK" + content):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="damaged or not a policy file"):
            load_policy(path)
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(ValueError, match="no policy of Soleus"):
        load_policy(path)
    write_policy(path, "oracle", {}, {})
    with pytest.raises(
        ValueError, match="kind 'oracle', this Soleus knows actor, deterministic, planning, dep, uniform"
    ):
        load_policy(path)
    write_policy(path, "actor", {}, {})
    with pytest.raises(ValueError, match="not a complete actor policy"):
        load_policy(path)


def test_a_file_of_another_version_is_refused(tmp_path):
    metadata = {"format": "soleus-policy", "version": "3", "kind": "uniform", "description": json.dumps({})}
    save_file({}, tmp_path / "p", metadata)
    with pytest.raises(ValueError, match="version 3, this Soleus reads 1 and 2"):
        load_policy(tmp_path / "p")


def test_acting_needs_no_jax():
    code = "import sys, soleus.nets, soleus.learner; sys.exit('jax' in sys.modules)"
    assert run([sys.executable, "-c", code]).returncode == 0
