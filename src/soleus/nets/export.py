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

from soleus.nets.actor import ActorPolicy
from soleus.nets.head import BernoulliHead, FlowHead
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import LAYER_NORM_EPSILON, LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE, Mlp
from soleus.nets.onnx_policy import FORMAT
from soleus.nets.prior import PriorForm
from soleus.nets.registry import TrainedPolicy
from soleus.nets.signature import Signature
from soleus.nets.single_leg import Proposals, Silent, SingleLegMlp
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
class Adapter:
    """What lies between a policy and its task."""

    matrix: NDArray | None
    """By which observations are multiplied first, shape (n_observation, n_told); None for nothing"""
    beside: str | None
    """What it sees of the muscles beside the observation: "last_action", "activation", or nothing"""
    of_muscle: NDArray | None = None
    """The action that each muscle follows, shape (n_muscle,); None for each its own"""
    first: NDArray | None = None
    """A muscle that follows each action, shape (n_action,)"""


@dataclass
class _Graph:
    """Nodes in the order in which they are computed, and the constants that they use."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: Any) -> str:
        """A constant; returns its name, under which the same may be asked for again."""
        if all(constant.name != name for constant in self.constants):
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
    adapter: Adapter,
    properties: Mapping[str, str],
) -> bytes:
    """The content of an ONNX file that acts as the policy does without noise.

    Args:
        policy: what to write.
        signature: of what the file observes and moves, in the task's units.
        adapter: what lies between these and the policy.
        properties: what else the file is to say of itself.
    """
    graph = _Graph()
    n_muscle = policy.n_action if adapter.of_muscle is None else len(adapter.of_muscle)
    inputs = [_value("observation", len(signature.observation_names))]
    observed = "observation"
    if adapter.matrix is not None:
        observed = graph.add("MatMul", observed, graph.constant("matrix", adapter.matrix.astype(np.float32)))
    if adapter.beside is not None:
        inputs.append(_value(adapter.beside, n_muscle))
        told = _gathered(graph, adapter.beside, "first", adapter.first)
        if adapter.beside == "last_action":  # in [0, 1] for the user, and in [-1, 1] for the policy
            doubled = graph.add("Mul", told, graph.constant("two", np.float32(2)))
            told = graph.add("Sub", doubled, graph.constant("one", np.float32(1)))
        observed = graph.add("Concat", observed, told, axis=1)
    acted = _acted(graph, policy, _means(graph, policy, _normalised(graph, observed, policy)))
    half = graph.constant("half", np.float32(0.5))
    muscles = _gathered(graph, acted, "of_muscle", adapter.of_muscle)
    graph.add("Add", graph.add("Mul", muscles, half), half, output="action")
    made = helper.make_graph(graph.nodes, "policy", inputs, [_value("action", n_muscle)], graph.constants)
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


def _gathered(graph: _Graph, vectors: str, name: str, places: NDArray | None) -> str:
    """Some of the numbers of each vector; all of them as they are where no places are given."""
    return vectors if places is None else graph.add("Gather", vectors, graph.constant(name, places), axis=1)


def _normalised(graph: _Graph, observed: str, policy: TrainedPolicy) -> str:
    scaling = {name: np.asarray(value, np.float32) for name, value in policy.scaling._asdict().items()}
    shifted = graph.add("Sub", observed, graph.constant("offset", scaling["offset"]))
    scaled = graph.add("Mul", shifted, graph.constant("factor", scaling["factor"]))
    limits = graph.constant("lowest", -scaling["limit"]), graph.constant("highest", scaling["limit"])
    return graph.add("Clip", scaled, *limits)


def _means(graph: _Graph, policy: TrainedPolicy, x: str) -> str:
    """The actions before tanh."""
    network, parameters, n_action = policy.network, policy.parameters, policy.n_action
    assert not isinstance(network, PriorForm)  # only critics have priors
    match network:
        case Mlp():
            return _layers(graph, network, parameters, x, n_action)
        case SymmetricMlp():
            own, mirrored = _both(graph, network, parameters, _doubled(graph, x, network.input_mirror), n_action)
            summed = graph.add("Add", own, _image(graph, mirrored, network.output_mirror, n_action))
            return graph.add("Div", summed, graph.constant("n_image", np.float32(2)))
        case SingleLegMlp():
            legs = network.legs.first(n_action)
            laid = graph.add("Concat", *_legs(graph, network, parameters, x, len(legs)), axis=1)
            placed = graph.add("Gather", laid, graph.constant("leg_places", legs.places), axis=1)
            return graph.add("Mul", placed, graph.constant("leg_signs", legs.sign))


def _acted(graph: _Graph, policy: TrainedPolicy, means: str) -> str:
    """The actions in [-1, 1] without noise."""
    head = policy.head if isinstance(policy, ActorPolicy) else None
    match head:
        case BernoulliHead():
            on, off = graph.constant("on", np.float32(1)), graph.constant("off", np.float32(-1))
            likelier = graph.add("GreaterOrEqual", means, graph.constant("even", np.float32(0)))
            return graph.add("Where", likelier, on, off)
        case FlowHead():
            for number, layer in enumerate(head.flow.weights(policy.parameters)):
                bent = means if number == 0 else graph.add("Tanh", means)
                weight = graph.constant(f"flow_weight{number}", np.asarray(layer.weight, np.float32))
                means = graph.add("Gemm", bent, weight, graph.constant(f"flow_bias{number}", layer.bias))
    return graph.add("Tanh", means)


def _doubled(graph: _Graph, x: str, mirror: Mirror) -> str:
    """Observations, and then their images."""
    return graph.add("Concat", x, _image(graph, x, mirror, len(mirror)), axis=0)


def _both(
    graph: _Graph, network: SymmetricMlp | SingleLegMlp, parameters: Mapping[str, NDArray], x: str, n_output: int
) -> tuple[str, str]:
    """The first outputs for observations, and those for images after them."""
    output = _layers(graph, network.mlp, parameters, x, n_output)
    names = f"{output}_own", f"{output}_mirrored"
    graph.nodes.append(helper.make_node("Split", [output], list(names), axis=0))
    return names


def _legs(
    graph: _Graph, network: SingleLegMlp, parameters: Mapping[str, NDArray], x: str, n_leg: int
) -> tuple[str, str]:
    """The actions before tanh of the network's own leg and of the other one."""
    both = _doubled(graph, x, network.input_mirror)
    match network.talk:
        case Silent():
            return _both(graph, network, parameters, both, n_leg)
        case Proposals():
            one = graph.add("Gather", both, graph.constant("first_column", np.array([0])), axis=1)
            zero = graph.add("Mul", one, graph.constant("nothing", np.float32(0)))
            alone = graph.add("Concat", both, *[zero] * network.talk.n_told, axis=1)
            own, other = _both(graph, network, parameters, alone, n_leg)
            told = graph.add("Tanh", graph.add("Concat", other, own, axis=0))
            flag = graph.add("Add", zero, graph.constant("flag", np.float32(1)))
            return _both(graph, network, parameters, graph.add("Concat", both, told, flag, axis=1), n_leg)


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
