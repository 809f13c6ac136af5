"""ONNX files of other programs as policies."""

import pickle

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from soleus.nets import PolicyError, load_onnx

WEIGHT = np.array([[0.5, 0.0], [0.0, 0.25], [0.125, 0.5]])
OBSERVATION = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [0.5, 0.0, 0.0]], np.float32)


def write(path, batch="n", kind=TensorProto.FLOAT, weight=WEIGHT, properties=None, inputs=("x",)):
    """A file that multiplies its input by a matrix."""
    values = [helper.make_tensor_value_info(name, kind, [batch, len(weight)]) for name in inputs]
    output = helper.make_tensor_value_info("y", kind, [batch, weight.shape[1]])
    matrix = numpy_helper.from_array(weight.astype(helper.tensor_dtype_to_np_dtype(kind)), "w")
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", values, [output], [matrix])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, properties or {})
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("batch", ["n", 1])
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.DOUBLE])
def test_a_foreign_file_gives_excitations(tmp_path, batch, kind):
    policy = load_onnx(write(tmp_path / "p.onnx", batch, kind), n_action=2)
    policy.check(n_observation=3)
    assert (policy.hold, policy.beside, policy.signature.task) == (1, None, "")
    np.testing.assert_allclose(policy.excitation(OBSERVATION), OBSERVATION @ WEIGHT, atol=1e-6)
    action = pickle.loads(pickle.dumps(policy)).act(OBSERVATION, None)
    assert action.dtype == np.float32
    np.testing.assert_allclose(action, 2 * OBSERVATION @ WEIGHT - 1, atol=1e-6)


@pytest.mark.parametrize(
    ("how", "n_observation", "sentence"),
    [
        ({}, 4, r"input x of .*p.onnx has shape \['n', 3\]; the task needs \(n, 4\)"),
        ({"weight": WEIGHT[:, :1]}, 3, r"output y of .*p.onnx has shape \['n', 1\]; the task needs \(n, 2\)"),
        ({"kind": TensorProto.FLOAT16}, 3, r"input x of .* is a tensor\(float16\); allowed are tensor\(float\)"),
        ({"inputs": ("x", "last_action")}, 3, r"has the inputs x, last_action; a policy has one"),
        ({"properties": {"format": "soleus-onnx-9"}}, 3, "has the format soleus-onnx-9, this Soleus reads"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path, how, n_observation, sentence):
    with pytest.raises(PolicyError, match=sentence):
        load_onnx(write(tmp_path / "p.onnx", **how), n_action=2).check(n_observation)


def test_a_file_of_ours_that_lost_its_words_is_refused(tmp_path):
    file = write(tmp_path / "p.onnx", properties={"format": "soleus-onnx-1", "task": "run2017"})
    with pytest.raises(PolicyError, match="says too little of itself"):
        _ = load_onnx(file, 2).signature


def test_names_that_are_no_list_are_refused(tmp_path):
    named = {"format": "soleus-onnx-1", "task": "run2017", "task_version": "0", "observation_names": "5"}
    named |= {"observation_units": "[]", "action_names": "[]"}
    with pytest.raises(PolicyError, match="says too little of itself"):
        _ = load_onnx(write(tmp_path / "p.onnx", properties=named), 2).signature


def test_a_file_that_answers_with_one_number_is_refused(tmp_path):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [])
    graph = helper.make_graph([helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)], "g", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "p.onnx")
    with pytest.raises(PolicyError, match=r"output y of .*p.onnx has shape \[\]; the task needs \(n, 2\)"):
        load_onnx(tmp_path / "p.onnx", n_action=2).check(3)


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    policy = load_onnx(write(tmp_path / "p.onnx", weight=np.full((3, 2), np.inf)), n_action=2)
    with pytest.raises(PolicyError, match="not finite"):
        policy.act(OBSERVATION, None)


def test_what_is_no_onnx_file_is_refused(tmp_path):
    (tmp_path / "p.onnx").write_text("import os")
    with pytest.raises(PolicyError, match="is no ONNX file that can be run"):
        load_onnx(tmp_path / "p.onnx", 2)
    with pytest.raises(PolicyError, match="cannot be read: No such file"):
        load_onnx(tmp_path / "q.onnx", 2)
