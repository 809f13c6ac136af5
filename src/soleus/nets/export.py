"""A trained policy -> an ONNX file that needs nothing of ours, in the units of its task. The only writer of ONNX."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from soleus.nets.mirror import Mirror
from soleus.nets.mlp import LAYER_NORM_EPSILON, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE, Mlp
from soleus.nets.onnx_policy import FORMAT, LAST_ACTION
from soleus.nets.prior import PriorForm
from soleus.nets.registry import TrainedPolicy
from soleus.nets.signature import Signature
from soleus.nets.symmetric import SymmetricMlp

OPSET = 17
"""The first with layer normalisation"""
IR_VERSION = 8
"""Of the same time, so that runtimes from 2022 on read the file"""
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAKY_SLOPE}),
    "elu": ("Elu", {"alpha": 1.0}),
    "selu": ("Selu", {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
    "tanh": ("Tanh", {}),
}
"""Operation and its attributes by our name"""


@dataclass(frozen=True)
class Centring:
    """Which observations are told relative to another one."""

    reference: int
    """Place of the one that is subtracted"""
    relative: tuple[int, ...]
    """Places that it is subtracted from"""


@dataclass
class _Graph:
    """Nodes in the order in which they are computed, and the constants that they use."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def add(self, operation: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node; returns the name of its output."""
        output = output or f"{operation.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, list(inputs), [output], **attributes))
        return output


def to_onnx(
    policy: TrainedPolicy,
    signature: Signature,
    centring: Centring | None,
    tell_action: bool,
    properties: Mapping[str, str],
) -> bytes:
    """The content of an ONNX file that acts as the policy does without noise.

    Args:
        policy: what to write.
        signature: of what the file observes and moves, in the task's units.
        centring: what the policy sees relative to something else; None for nothing.
        tell_action: whether it sees its last action too.
        properties: what else the file is to say of itself.
    """
    graph = _Graph()
    observed = _centred(graph, "observation", centring, len(signature.observation_names))
    inputs = [_value("observation", len(signature.observation_names))]
    if tell_action:
        inputs.append(_value(LAST_ACTION, policy.n_action))
        doubled = graph.add("Mul", LAST_ACTION, graph.constant("two", np.float32(2)))
        observed = graph.add(
            "Concat", observed, graph.add("Sub", doubled, graph.constant("one", np.float32(1))), axis=1
        )
    mean = _means(graph, policy, _normalised(graph, observed, policy))
    half = graph.constant("half", np.float32(0.5))
    graph.add("Add", graph.add("Mul", graph.add("Tanh", mean), half), half, output="action")
    made = helper.make_graph(graph.nodes, "policy", inputs, [_value("action", policy.n_action)], graph.constants)
    model = helper.make_model(
        made, producer_name="soleus", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
    )
    helper.set_model_props(model, {"format": FORMAT, **_told(signature), **properties})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _value(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])


def _told(signature: Signature) -> dict[str, str]:
    return {
        "task": signature.task,
        "task_version": str(signature.task_version),
        "observation_names": json.dumps(signature.observation_names),
        "observation_units": json.dumps(signature.observation_units),
        "action_names": json.dumps(signature.action_names),
    }


def _centred(graph: _Graph, observation: str, centring: Centring | None, n_observation: int) -> str:
    if centring is None:
        return observation
    share = np.zeros(n_observation, np.float32)
    share[list(centring.relative)] = 1
    reference = graph.add("Gather", observation, graph.constant("reference", np.array([centring.reference])), axis=1)
    return graph.add("Sub", observation, graph.add("Mul", reference, graph.constant("relative", share)))


def _normalised(graph: _Graph, observed: str, policy: TrainedPolicy) -> str:
    scaling = {name: np.asarray(value, np.float32) for name, value in policy.scaling._asdict().items()}
    shifted = graph.add("Sub", observed, graph.constant("offset", scaling["offset"]))
    scaled = graph.add("Mul", shifted, graph.constant("factor", scaling["factor"]))
    limits = graph.constant("lowest", -scaling["limit"]), graph.constant("highest", scaling["limit"])
    return graph.add("Clip", scaled, *limits)


def _means(graph: _Graph, policy: TrainedPolicy, x: str) -> str:
    """The means of the actions before tanh."""
    network, parameters, n_action = policy.network, policy.parameters, policy.n_action
    assert not isinstance(network, PriorForm)  # only critics have priors
    if not isinstance(network, SymmetricMlp):
        return _layers(graph, network, parameters, x, n_action)
    both = graph.add("Concat", x, _image(graph, x, network.input_mirror, network.sizes[0]), axis=0)
    output = _layers(graph, network.mlp, parameters, both, n_action)
    graph.nodes.append(helper.make_node("Split", [output], ["own", "mirrored"], axis=0))
    summed = graph.add("Add", "own", _image(graph, "mirrored", network.output_mirror, n_action))
    return graph.add("Div", summed, graph.constant("n_image", np.float32(2)))


def _image(graph: _Graph, vectors: str, mirror: Mirror, n: int) -> str:
    """The first n numbers of the images of vectors, of which they need no others."""
    permutation, sign = np.array(mirror.permutation[:n]), np.array(mirror.sign[:n], np.float32)
    moved = graph.add("Gather", vectors, graph.constant(f"{vectors}_permutation", permutation), axis=1)
    return graph.add("Mul", moved, graph.constant(f"{vectors}_sign", sign))


def _layers(graph: _Graph, network: Mlp, parameters: Mapping[str, NDArray], x: str, n_action: int) -> str:
    """The layers up to the means; the deviations, which the file does not need, are left out."""
    last = len(network.sizes) - 2

    def constant(name: str) -> str:
        return graph.constant(name, np.asarray(parameters[name], np.float32))

    for layer in range(last):
        x = graph.add("Gemm", x, constant(f"weight{layer}"), constant(f"bias{layer}"))
        if network.layer_norm:
            gain, shift = constant(f"gain{layer}"), constant(f"shift{layer}")
            x = graph.add("LayerNormalization", x, gain, shift, axis=-1, epsilon=LAYER_NORM_EPSILON)
        operation, attributes = ACTIVATIONS[network.activation]
        x = graph.add(operation, x, **attributes)
    weight, bias = (np.asarray(parameters[f"{name}{last}"], np.float32)[..., :n_action] for name in ("weight", "bias"))
    return graph.add("Gemm", x, graph.constant(f"weight{last}", weight), graph.constant(f"bias{last}", bias))
