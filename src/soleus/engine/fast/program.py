"""A model's program: its equations traced, and the text of all functions of its kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from soleus.engine.fast.contact import place_sphere
from soleus.engine.fast.emit import Rows, Target, declarations, emit_function
from soleus.engine.fast.equations import (
    Inputs,
    Measurements,
    calculate_accelerations,
    calculate_geometry,
    measurements,
    obstacle_forces,
    rates,
)
from soleus.engine.fast.graph import Graph, Node
from soleus.engine.fast.kernel import batch_function, derivative_function
from soleus.engine.fast.kinematics import absolute
from soleus.engine.fast.layout import BALL_ROWS, JOB_TYPE, Layout
from soleus.engine.fast.muscle import activation_rate, clamped_activation, muscle_constants
from soleus.engine.fast.muscle_loop import MuscleLoop
from soleus.engine.fast.operations import Scalar
from soleus.engine.fast.skeleton import Skeleton, build_skeleton
from soleus.engine.fast.stepper import Method, advance_function
from soleus.model.spec import ContactSphere, Model

INPUTS = {"state": Rows("%state"), "parameter": Rows("%parameter")}
LATER_INPUTS = INPUTS | {"handed_over": Rows("%handed_over"), "muscle": Rows("%muscle")}


@dataclass(frozen=True)
class Program:
    """LLVM IR of a model: two modules that are linked into one."""

    kernel: str
    """The functions `advance`, `evaluate` and `measure`, each of one pointer to a Job, and what moves data for them"""
    traced: str
    """The equations, which are as good as a compiler can make them already"""


def write_program(model: Model, target: Target, method: Method, muscle_target: Target) -> Program:
    """The program of a model.

    Args:
        model: what to simulate.
        target: lanes are worlds.
        method: of integration.
        muscle_target: lanes are worlds too; or muscles, if there is one world.
    """
    layout, skeleton = Layout.of(model), build_skeleton(model)
    muscles = MuscleLoop(model, target, muscle_target)
    rates_parts, rates_around = _traced_rates(model, skeleton, muscles)
    measure_parts, measure_around = _traced_measurements(model, skeleton, muscles)
    intrinsics = [*declarations(target), *declarations(muscle_target), "declare double @llvm.fabs.f64(double)"]
    intrinsics = [*dict.fromkeys(intrinsics), "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"]
    traced = [muscles.write_traced(), *rates_parts, *measure_parts]
    if layout.n_ball:
        traced.append(_traced_obstacle(model, skeleton, layout, target))
    if method.keeps_rate:
        traced.append(_traced_activation(model, layout, target))
    kernel = [
        f"%job = type {{ {JOB_TYPE} }}",
        *(_declaration(text) for text in "\n".join(traced).split("\n") if text.startswith("define")),
        muscles.write_loops(),
        rates_around,
        measure_around,
        derivative_function(target, layout),
        batch_function(target, layout, "evaluate", "rate", layout.n_state, "derivative"),
        batch_function(target, layout, "measure", "output", measurement_rows(model), "measurement"),
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


def trace_rates(model: Model) -> tuple[Graph, list[Scalar]]:
    """The graph of the rates, and its outputs: the rows of a state's derivative."""
    graph, layout = Graph(), Layout.of(model)
    given = trace_inputs(graph, layout)
    found = rates(graph, model, build_skeleton(model), given)
    return graph, [*given.u, *found.acceleration, *found.activation, *found.fiber_length]


def measurement_rows(model: Model) -> int:
    """Numbers that the function `measure` gives for a world."""
    return sum(size for _, size in measurement_fields(model))


def measurement_fields(model: Model) -> list[tuple[str, int]]:
    """What the function `measure` gives, in its order, and how many numbers each is."""
    n_body, n_muscle = len(model.bodies), len(model.muscles)
    vectors = {"mass_center_position": 3, "mass_center_velocity": 3}
    of_bodies = {"body_position": 3, "body_rotation": 9, "body_velocity": 3, "body_angular_velocity": 3}
    sizes = {name: size * n_body for name, size in of_bodies.items()} | vectors
    sizes |= {"limit_force": len(model.limit_forces), "ground_reaction": 3 * len(model.contact_forces)}
    names = [item.name for item in fields(Measurements)]
    return [*((name, sizes.get(name, n_muscle)) for name in names), ("sphere_position", 3 * Layout.of(model).n_sphere)]


def _traced_rates(model: Model, skeleton: Skeleton, muscles: MuscleLoop) -> tuple[list[str], str]:
    """The function `rates`: bodies and paths, then the muscles, then forces and accelerations."""
    graph = Graph()
    given = trace_inputs(graph, muscles.layout)
    geometry = calculate_geometry(graph, model, skeleton, given)
    length = [path.length for path in geometry.paths]
    tension = [muscle.tendon_force for muscle in muscles.inputs(graph)]
    acceleration = calculate_accelerations(graph, model, skeleton, geometry, tension, given)
    return _two_parts("rates", graph, length, [*given.u, *acceleration], muscles, keeps_rates=True)


def _traced_measurements(model: Model, skeleton: Skeleton, muscles: MuscleLoop) -> tuple[list[str], str]:
    graph = Graph()
    given = trace_inputs(graph, muscles.layout)
    geometry = calculate_geometry(graph, model, skeleton, given)
    length = [path.length for path in geometry.paths]
    found = measurements(graph, model, skeleton, geometry, muscles.inputs(graph), given)
    outputs: list[Scalar] = []
    for item in fields(found):
        outputs.extend(_flatten(getattr(found, item.name)))
    for shape in model.contact_geometry:
        if isinstance(shape, ContactSphere):
            center = place_sphere(skeleton, geometry.kinematics, shape).center
            outputs.extend(absolute(geometry.kinematics, center))
    return _two_parts("measurement", graph, length, outputs, muscles, keeps_rates=False)


def _two_parts(
    name: str,
    graph: Graph,
    length: list[Scalar],
    outputs: list[Scalar],
    muscles: MuscleLoop,
    keeps_rates: bool,
) -> tuple[list[str], str]:
    """A function that computes path lengths, has the muscles computed, and goes on with what they do.

    Returns:
        Its traced parts, and the function that calls them.
    """
    kept = graph.handed_over(length, outputs)
    first = [*length, *(Node(graph, index) for index in kept)]
    parts = [
        emit_function(f"{name}_before", graph, first, INPUTS, muscles.target),
        emit_function(f"{name}_after", graph, outputs, LATER_INPUTS, muscles.target, kept),
    ]
    return parts, muscles.around(name, len(kept), keeps_rates)


def _traced_activation(model: Model, layout: Layout, target: Target) -> str:
    """The rows of the derivative that an excitation changes at once; all others are left alone."""
    graph = Graph()
    given = trace_inputs(graph, layout)
    found: list[Node | None] = [None] * layout.activation
    for muscle, activation, excitation in zip(model.muscles, given.activation, given.excitation, strict=True):
        constants = muscle_constants(muscle)
        a = clamped_activation(graph, constants, activation)
        found.append(activation_rate(graph, constants, a, excitation))
    return emit_function("activation", graph, found, INPUTS, target)


def _traced_obstacle(model: Model, skeleton: Skeleton, layout: Layout, target: Target) -> str:
    graph = Graph()
    given = trace_inputs(graph, layout)
    outputs = obstacle_forces(graph, model, skeleton, given.q, given.u, graph.inputs("ball", BALL_ROWS))
    return emit_function("obstacle", graph, outputs, {"state": Rows("%state"), "ball": Rows("%ball")}, target)


def _flatten(values: Sequence | Scalar) -> list[Scalar]:
    if not isinstance(values, list):
        return [values]
    return [scalar for value in values for scalar in _flatten(value)]
