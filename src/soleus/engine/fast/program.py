"""A model's program: its equations traced, and the text of all functions of its kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from soleus.engine.fast.acceleration import body_accelerations
from soleus.engine.fast.assemble import Assembly, Targets
from soleus.engine.fast.contact import place_sphere
from soleus.engine.fast.emit import Rows, emit_function
from soleus.engine.fast.equations import (
    Inputs,
    Measurements,
    calculate_geometry,
    calculate_muscles,
    measurements,
    obstacle_forces,
    rates,
)
from soleus.engine.fast.graph import Graph, Node
from soleus.engine.fast.instruction import declarations
from soleus.engine.fast.kernel import batch_function, derivative_function
from soleus.engine.fast.kinematics import absolute, calculate_kinematics
from soleus.engine.fast.layout import BALL_ROWS, JOB_TYPE, Layout
from soleus.engine.fast.muscle import activation_rate, clamped_activation, muscle_constants
from soleus.engine.fast.operations import Scalar
from soleus.engine.fast.skeleton import build_skeleton
from soleus.engine.fast.stepper import Method, advance_function
from soleus.engine.fast.target import Target
from soleus.model.spec import ContactSphere, Model


@dataclass(frozen=True)
class Program:
    """LLVM IR of a model: two modules that are linked into one."""

    kernel: str
    """The functions `advance`, `evaluate`, `measure` and `accelerate`, each of one pointer to a Job, and what moves
    data for them"""
    traced: str
    """The equations, which are as good as a compiler can make them already"""


def write_program(model: Model, method: Method, targets: Targets) -> Program:
    """The program of a model.

    Args:
        model: what to simulate.
        method: of integration.
        targets: what it is made for.
    """
    layout, target = Layout.of(model), targets.world
    loops = targets.lanes > 1
    assemblies = [
        Assembly("rates", *trace_rates(model, loops), targets, layout),
        Assembly("measurement", *trace_measurements(model, loops), targets, layout),
    ]
    assemblies.append(Assembly("dynamics", *trace_dynamics(model, loops), targets, layout, "rate"))
    if layout.n_ball:
        assemblies.append(Assembly("obstacle", *trace_obstacle(model, loops), targets, layout, "ball"))
    traced = [assembly.write_traced() for assembly in assemblies]
    if method.keeps_rate:
        traced.append(_traced_activation(model, layout, target))
    intrinsics = [*declarations(target), *declarations(targets.item), "declare double @llvm.fabs.f64(double)"]
    intrinsics = [*dict.fromkeys(intrinsics), "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"]
    kernel = [
        f"%job = type {{ {JOB_TYPE} }}",
        *(_declaration(line) for text in traced for line in text.split("\n") if line.startswith("define")),
        *(assembly.write_loops() for assembly in assemblies),
        derivative_function(target, layout),
        batch_function(target, layout, "evaluate", "rate", layout.n_state, "derivative"),
        batch_function(target, layout, "measure", "output", n_number(measured_shapes(model)), "measurement"),
        batch_function(target, layout, "accelerate", "dynamics", n_number(dynamics_shapes(model)), "dynamics"),
        advance_function(target, layout, method),
    ]
    attributes = "attributes #0 = { nounwind noinline }"
    return Program(*("\n".join([*intrinsics, *parts, attributes]) for parts in (kernel, traced)))


def _declaration(definition: str) -> str:
    """The declaration of a function from the first line of its definition."""
    return definition.replace("define", "declare", 1).rsplit(" {", 1)[0]


def trace_inputs(graph: Graph, layout: Layout) -> Inputs:
    """The inputs of the equations as nodes."""
    n_q, n_muscle = layout.n_q, layout.n_muscle
    return Inputs(
        q=graph.inputs("state", n_q),
        u=graph.inputs("state", n_q, n_q),
        activation=graph.inputs("state", n_muscle, layout.activation),
        fiber_length=graph.inputs("state", n_muscle, layout.fiber_length),
        excitation=graph.inputs("parameter", n_muscle),
        strength=graph.inputs("parameter", n_muscle, layout.strength),
        applied_force=graph.inputs("parameter", n_q, layout.applied_force) if layout.n_ball else [0.0] * n_q,
    )


def trace_rates(model: Model, loops: bool = False) -> tuple[Graph, list[Scalar]]:
    """The graph of the rates, and its outputs: the rows of a state's derivative."""
    graph, layout = Graph(loops), Layout.of(model)
    given = trace_inputs(graph, layout)
    found = rates(graph, model, build_skeleton(model), given)
    return graph, [*given.u, *found.acceleration, *found.activation, *found.fiber_length]


def trace_measurements(model: Model, loops: bool = False) -> tuple[Graph, list[Scalar]]:
    """The graph of what is measured, and its outputs in the order of `measured_shapes`."""
    graph, layout, skeleton = Graph(loops), Layout.of(model), build_skeleton(model)
    given = trace_inputs(graph, layout)
    geometry = calculate_geometry(graph, model, skeleton, given)
    muscles = calculate_muscles(graph, model, [path.length for path in geometry.paths], given)
    found = measurements(graph, model, skeleton, geometry, muscles, given)
    outputs: list[Scalar] = []
    for item in fields(found):
        outputs.extend(_flatten(getattr(found, item.name)))
    for shape in model.contact_geometry:
        if isinstance(shape, ContactSphere):
            center = place_sphere(skeleton, geometry.kinematics, shape).center
            outputs.extend(absolute(geometry.kinematics, center))
    return graph, outputs


def trace_obstacle(model: Model, loops: bool = False) -> tuple[Graph, list[Scalar]]:
    """The graph of what one ball does, and its outputs: the generalised forces."""
    graph = Graph(loops)
    given = trace_inputs(graph, Layout.of(model))
    ball = graph.inputs("ball", BALL_ROWS)
    return graph, obstacle_forces(graph, model, build_skeleton(model), given.q, given.u, ball)


def trace_dynamics(model: Model, loops: bool = False) -> tuple[Graph, list[Scalar]]:
    """The graph of how a state with its derivative accelerates, and its outputs in the order of `dynamics_shapes`."""
    graph, layout, skeleton = Graph(loops), Layout.of(model), build_skeleton(model)
    q, u = graph.inputs("state", layout.n_q), graph.inputs("state", layout.n_q, layout.n_q)
    acceleration = graph.inputs("rate", layout.n_q, layout.n_q)
    kinematics = calculate_kinematics(graph, skeleton, model.gravity, q, u)
    found = body_accelerations(graph, model, skeleton, kinematics, acceleration)
    return graph, [scalar for item in fields(found) for scalar in _flatten(getattr(found, item.name))]


def measured_shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """What the function `measure` gives in its order: the fields of a Measurement, and the spheres' positions."""
    n_body, n_muscle = len(model.bodies), (len(model.muscles),)
    shapes: dict[str, tuple[int, ...]] = {
        "body_position": (n_body, 3),
        "body_rotation": (n_body, 3, 3),
        "body_velocity": (n_body, 3),
        "body_angular_velocity": (n_body, 3),
        "mass_center_position": (3,),
        "mass_center_velocity": (3,),
        "limit_force": (len(model.limit_forces),),
        "ground_reaction": (len(model.contact_forces), 3),
    }
    given = {item.name: shapes.get(item.name, n_muscle) for item in fields(Measurements)}
    return given | {"sphere_position": (Layout.of(model).n_sphere, 3)}


def dynamics_shapes(model: Model) -> dict[str, tuple[int, ...]]:
    """What the function `accelerate` gives in its order: the fields of Dynamics."""
    n_body, n_geometry = len(model.bodies), sum(len(force.geometry) for force in model.contact_forces)
    return {
        "acceleration": (len(model.coordinate_names),),
        "body_acceleration": (n_body, 3),
        "body_angular_acceleration": (n_body, 3),
        "mass_center_acceleration": (3,),
        "contact_record": (n_geometry, 2, 3),
    }


def n_number(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Numbers of a world in arrays of these shapes."""
    return sum(math.prod(shape) for shape in shapes.values())


def _traced_activation(model: Model, layout: Layout, target: Target) -> str:
    """The rows of the derivative that an excitation changes at once; all others are left alone."""
    graph = Graph()
    given = trace_inputs(graph, layout)
    found: list[Node | None] = [None] * layout.activation
    for muscle, activation, excitation in zip(model.muscles, given.activation, given.excitation, strict=True):
        constants = muscle_constants(muscle)
        a = clamped_activation(graph, constants, activation)
        found.append(activation_rate(graph, constants, a, excitation))
    return emit_function("activation", graph, found, {"state": Rows("%state"), "parameter": Rows("%parameter")}, target)


def _flatten(values: Sequence | Scalar) -> list[Scalar]:
    if not isinstance(values, list):
        return [values]
    return [scalar for value in values for scalar in _flatten(value)]
