"""A policy as an ONNX file acts as it does in NumPy, whatever it is made of."""

import numpy as np
import onnxruntime
import pytest

from soleus.nets import DeterministicPolicy, NoNoise, Signature
from soleus.nets.export import Adapter, to_onnx
from soleus.nets.mlp import ACTIVATIONS, Mlp
from soleus.nets.normalise import ManualNormaliser, NoNormaliser, RunningMoments

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
    session = onnxruntime.InferenceSession(to_onnx(policy, MADE_FOR, Adapter(None, tell_action=False), properties={}))
    (told,) = session.run(["action"], {"observation": OBSERVATION})
    expected = (policy.act(OBSERVATION, None) + 1) / 2
    np.testing.assert_allclose(told, expected, atol=1e-6)
    assert np.ptp(expected) > 0.3
