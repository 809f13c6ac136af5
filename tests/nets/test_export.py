"""A policy as an ONNX file acts as it does in NumPy, whatever it is made of."""

import numpy as np
import onnxruntime
import pytest

from soleus.nets import ActorPolicy, DeterministicPolicy, NoNoise, Signature
from soleus.nets.export import Adapter, to_onnx
from soleus.nets.head import HEADS
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import ACTIVATIONS, Mlp
from soleus.nets.normalise import ManualNormaliser, NoNormaliser, RunningMoments
from soleus.nets.single_leg import Proposals, Silent, SingleLegMlp

MADE_FOR = Signature("hop", 1, ("height", "speed", "lean"), ("m", "m/s", "rad"), ("soleus_l", "soleus_r"))
OBSERVATION = np.random.default_rng(1).normal(0, 2, (50, 3)).astype(np.float32)


def _running():
    moments = RunningMoments(3)
    moments.receive(OBSERVATION)
    return moments


NORMALISERS = {"running": _running(), "manual": ManualNormaliser(3, (0, 1, 2), (1, 2, 0.5)), "none": NoNormaliser(3)}


@pytest.mark.parametrize("normaliser", NORMALISERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_file_acts_as_numpy_does(activation, normaliser):
    network = Mlp((3, 16, 16, 2), activation)
    parameters = network.initial(np.random.default_rng(0))
    policy = DeterministicPolicy(network, parameters, NORMALISERS[normaliser].scaling(3.0), NoNoise())
    session = onnxruntime.InferenceSession(to_onnx(policy, MADE_FOR, Adapter(None, beside=None), properties={}))
    (told,) = session.run(["action"], {"observation": OBSERVATION})
    expected = (policy.act(OBSERVATION, None) + 1) / 2
    np.testing.assert_allclose(told, expected, atol=1e-6)
    assert np.ptp(expected) > 0.3


def _told(policy):
    session = onnxruntime.InferenceSession(to_onnx(policy, MADE_FOR, Adapter(None, beside=None), properties={}))
    (told,) = session.run(["action"], {"observation": OBSERVATION})
    for i in range(3):  # and each row by itself
        (alone,) = session.run(["action"], {"observation": OBSERVATION[i : i + 1]})
        np.testing.assert_allclose(alone[0], told[i], atol=1e-6)
    return told


@pytest.mark.parametrize("kind", HEADS)
def test_a_file_acts_as_an_actor_of_every_head_without_noise(kind):
    head = HEADS[kind](2, *(() if kind == "bernoulli" else ((-5.0, 2.0),)))
    network, random = Mlp((3, 16, 16, head.n_output(16))), np.random.default_rng(0)
    parameters = network.initial(random) | head.initial(random)
    # Not fresh, so that a flow that is left out shows.
    parameters |= {name: random.normal(parameters[name], 0.3).astype(np.float32) for name in head.shapes()}
    policy = ActorPolicy(network, parameters, NORMALISERS["running"].scaling(3.0), head)
    expected = (policy.act(OBSERVATION, None) + 1) / 2
    np.testing.assert_allclose(_told(policy), expected, atol=1e-5)
    assert np.ptp(expected) > 0.3


@pytest.mark.parametrize("kind", ["gaussian", "bernoulli", "deterministic"])
@pytest.mark.parametrize("talk", [Silent(), Proposals(1)])
def test_a_file_acts_as_a_policy_of_one_leg(talk, kind):
    observation, action = Mirror((1, 0, 2), (1, 1, -1)), Mirror((1, 0), (-1, -1))  # signs matter
    outputs = action.joined(action.unsigned()) if kind == "gaussian" else action
    network = SingleLegMlp.of(Mlp((3, 16, 16, len(outputs)), "elu", True), observation, outputs, talk)
    parameters, scaling = network.initial(np.random.default_rng(0)), NORMALISERS["running"].scaling(3.0)
    if kind == "deterministic":
        policy = DeterministicPolicy(network, parameters, scaling)
    else:
        policy = ActorPolicy(
            network, parameters, scaling, HEADS[kind](2, *(((-5.0, 2.0),) if kind == "gaussian" else ()))
        )
    expected = (policy.act(OBSERVATION, None) + 1) / 2
    np.testing.assert_allclose(_told(policy), expected, atol=1e-5)
    assert np.ptp(expected) > 0.3
