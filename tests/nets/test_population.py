"""Many policies at once act as each of them alone."""

import numpy as np
import pytest

from soleus.nets import DeterministicPolicy, PopulationPolicy, save_policy
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.nets.population import flat, n_parameter, unflat

SCALING = Scaling(np.full(5, 0.5, np.float32), np.full(5, 2.0, np.float32), np.float32(3.0))
FORMS = [
    Mlp((5, 2)),
    Mlp((5, 8, 2), "elu"),
    Mlp((5, 8, 6, 2), "tanh"),
    Mlp((5, 8, 6, 2), "relu", layer_norm=True),
]


def test_numbers_of_a_network_in_a_row():
    form = Mlp((2, 1, 1))
    parameters = {
        "weight0": np.array([[1.0], [2.0]]),
        "bias0": np.array([3.0]),
        "weight1": np.array([[4.0]]),
        "bias1": np.array([5.0]),
    }
    assert n_parameter(form) == 5
    assert flat(form, parameters).tolist() == [1, 2, 3, 4, 5]
    assert flat(form, dict(sorted(parameters.items()))).tolist() == [1, 2, 3, 4, 5], "files are sorted by name"
    back = unflat(form, np.array([[1.0, 2, 3, 4, 5], [6, 7, 8, 9, 10]]))
    assert {name: array.shape[1:] for name, array in back.items()} == form.shapes()
    assert back["weight0"].tolist() == [[[1], [2]], [[6], [7]]]
    assert back["bias1"].tolist() == [[5], [10]]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.sizes))
def test_equals_its_members_one_by_one(form):
    random = np.random.default_rng(0)
    members = random.standard_normal((7, n_parameter(form)), dtype=np.float32)
    observation = random.standard_normal((7, 5), dtype=np.float32)
    together = PopulationPolicy(form, members, SCALING).act(observation, None)
    assert together.shape == (7, 2)
    assert together.dtype == np.float32
    for world, member in enumerate(members):
        alone = DeterministicPolicy(form, unflat(form, member), SCALING)
        action = alone.act(observation[world : world + 1], None)
        np.testing.assert_allclose(together[world], action[0], rtol=1e-5, atol=1e-6)


def test_a_member_may_have_several_worlds():
    form = FORMS[1]
    members = np.random.default_rng(0).standard_normal((2, n_parameter(form)), dtype=np.float32)
    action = PopulationPolicy(form, members[[0, 1, 0]], SCALING).act(np.ones((3, 5), np.float32), None)
    assert action[0].tolist() == action[2].tolist() != action[1].tolist()


def test_what_does_not_fit_is_refused():
    form = FORMS[0]
    with pytest.raises(ValueError, match=r"members have shape \(3, 11\), .* need \(n_world, 12\)"):
        PopulationPolicy(form, np.zeros((3, 11), np.float32), SCALING)
    with pytest.raises(ValueError, match=r"observations of shape \(4, 5\), this population acts in worlds of \(3, 5\)"):
        PopulationPolicy(form, np.zeros((3, 12), np.float32), SCALING).act(np.zeros((4, 5)), None)


def test_no_file_holds_it(tmp_path):
    with pytest.raises(ValueError, match="a PopulationPolicy cannot be saved"):
        save_policy(tmp_path / "p", PopulationPolicy(FORMS[0], np.zeros((3, 12), np.float32), SCALING))
