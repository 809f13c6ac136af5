"""The adaptive steppers on small systems whose solutions are known; a world is one row of the state."""

from functools import cache

import numpy as np
import pytest

from soleus.engine.fast import stepper
from soleus.engine.fast.chebyshev import Chebyshev
from soleus.engine.fast.compile import Library, compile_object, target_of
from soleus.engine.fast.crew import Crew
from soleus.engine.fast.emit import Rows, emit_function
from soleus.engine.fast.graph import Graph
from soleus.engine.fast.instruction import declarations
from soleus.engine.fast.kernel import LARGEST_VALUE, Outcome, batch_function, derivative_function
from soleus.engine.fast.layout import JOB_TYPE, Layout
from soleus.engine.fast.memory import Memory
from soleus.engine.fast.merson import Merson
from soleus.engine.fast.stepper import LONGEST_STEP, advance_function

LAYOUT = Layout(n_q=1, n_muscle=1, n_ball=0, n_sphere=0)
METHODS = {"merson": Merson, "chebyshev": Chebyshev}
INPUTS = {"state": Rows("%state"), "parameter": Rows("%parameter")}
N_EVALUATION = {"merson": 5, "chebyshev": 3}
PACE = 100.0
"""Steps are no longer than 10 ms"""
DURATION = 1.0 / PACE


def known(graph, q, u, a, l, e):  # noqa: E741
    """An oscillator, a' = -a^2 and logistic growth, PACE times as fast as written here."""
    return [PACE * rate for rate in (u, 0.0 - q, 0.0 - a * a, l * (1.0 - l))]


def swinging(graph, q, u, a, l, e):  # noqa: E741
    """The oscillator alone."""
    return [PACE * u, PACE * (0.0 - q), 0.0 * a, 0.0 * l]


def known_solution(start, t):
    """After t / PACE seconds."""
    q, u, a, l = start.T  # noqa: E741
    turned = [q * np.cos(t) + u * np.sin(t), u * np.cos(t) - q * np.sin(t)]
    return np.stack([*turned, a / (1.0 + a * t), 1.0 / (1.0 + (1.0 / l - 1.0) * np.exp(-t))], axis=1)


def muscular(graph, q, u, a, l, e):  # noqa: E741
    """An oscillator, an activation that follows its excitation, and one variable that decays e^(-3000 l t)."""
    return [u, -100.0 * q, 30.0 * (e - a), -3000.0 * l * l]


def treacherous(graph, q, u, a, l, e):  # noqa: E741
    """As calm as a pond, unless a is large: then it blows up; unless q is: then u grows beyond all bounds."""
    growth = graph.where(a > 10.0, a * a * a, 0.0 - a)
    return [graph.where(q > 10.0, 0.0, u), graph.where(q > 10.0, 1e7, 0.0 - q), growth, -1e6 * l]


def fenced(graph, q, u, a, l, e):  # noqa: E741
    """An oscillator of amplitude 1 that knows no acceleration beyond 2."""
    return [u, -100.0 * q * graph.where(q * q < 4.0, 1.0, float("nan")), 0.0 - a, 0.0 - l]


class Worlds:
    """A system, compiled, and its worlds."""

    def __init__(self, system, method, start, width=4, precision="float64", threads=1, fixed=False, **job):
        build = compiled_for_fixed_steps if fixed else compiled
        self.crew = Crew(build(system, method, target_of(precision, width)), threads)
        self.start = np.array(start, dtype=np.float64)
        self.memory = Memory(LAYOUT, len(self.start), 1, 1)
        self.memory.state[...] = self.start
        self.set(tolerance=1e-6, minimum_step=1e-9, max_evaluation=1e6, duration=DURATION)
        self.set(**job)
        self.threads = threads
        self.everybody = np.arange(len(self.start))
        self.run("evaluate")

    def set(self, **job):
        for name, value in job.items():
            setattr(self.memory.job, name, value)

    def run(self, function, worlds=None):
        worlds = self.everybody if worlds is None else np.asarray(worlds)
        self.memory.queue(worlds)
        self.crew.run(function, self.memory.job, self.threads)
        return worlds

    def advance(self, worlds=None, step=None):
        """Go on by the job's duration; the states of those worlds."""
        if step is not None:
            self.memory.step[...] = step
        worlds = self.run("advance", worlds)
        self.memory.state[worlds] = self.memory.result[worlds]
        return self.memory.state[worlds]


@cache
def compiled_for_fixed_steps(system, name, target):
    """With a stepper that bears any error of a step of the minimum size."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepper, "BEARABLE_ERROR", 1e30)
        patch.setattr(stepper, "BEARABLE_MUSCLE_ERROR", 1e30)
        return compiled.__wrapped__(system, name, target)


@cache
def compiled(system, name, target):
    graph, method = Graph(), METHODS[name]()
    state, (e,) = graph.inputs("state", 4), graph.inputs("parameter", 1)
    rates = system(graph, *state, e)
    traced = [emit_function("rates", graph, rates, INPUTS, target)]
    if method.keeps_rate:
        traced.append(emit_function("activation", graph, [None, None, rates[2], None], INPUTS, target))
    text = "\n".join(
        [
            f"%job = type {{ {JOB_TYPE} }}",
            *dict.fromkeys([*declarations(target), "declare double @llvm.fabs.f64(double)"]),
            "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
            *traced,
            derivative_function(target, LAYOUT),
            batch_function(target, LAYOUT, "evaluate", "rate", LAYOUT.n_state, "derivative"),
            advance_function(target, LAYOUT, method),
            "attributes #0 = { nounwind noinline }",
        ]
    )
    return Library(compile_object(text))


STARTS = np.array([[1.0, 0.0, 1.0, 0.1], [0.3, -0.6, 2.0, 0.7], [-0.5, 0.5, 0.5, 0.4]])

# ------------------------------------------------------------------------------------------------------------ accuracy


@pytest.mark.parametrize(("method", "order"), [("merson", 4), ("chebyshev", 2)])
def test_the_order_of_the_method(method, order):
    """With an accuracy that no step reaches, all have the minimum size."""
    worlds = Worlds(known, method, STARTS, fixed=True, tolerance=1e-12)
    errors = []
    for n_step in (16, 32, 64):
        worlds.memory.state[...] = worlds.start
        worlds.set(minimum_step=DURATION / n_step)
        worlds.run("evaluate")
        found = worlds.advance(step=DURATION / n_step)
        assert (worlds.memory.n_evaluation == n_step * N_EVALUATION[method]).all()
        errors.append(np.abs(found - known_solution(worlds.start, 1.0)).max())
    rates = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(rates, order, atol=0.25)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("precision", "tolerances"), [("float64", (1e-4, 1e-6, 1e-9)), ("float32", (1e-3, 1e-5))])
def test_the_error_stays_near_the_tolerance(method, precision, tolerances):
    evaluations = []
    for tolerance in tolerances:
        worlds = Worlds(known, method, STARTS, tolerance=tolerance, precision=precision)
        error = np.abs(worlds.advance(step=1e-4) - known_solution(worlds.start, 1.0)).max()
        n_step = worlds.memory.n_evaluation.max() / N_EVALUATION[method]
        assert error < 2.0 * tolerance * n_step
        evaluations.append(worlds.memory.n_evaluation.max())
    assert evaluations == sorted(evaluations)
    assert evaluations[0] < evaluations[-1] / 2


@pytest.mark.parametrize("method", METHODS)
def test_the_first_step_of_a_new_excitation_feels_it(method):
    """In single steps, which no error estimate corrects: what was kept are rates of the excitation before."""
    start = STARTS * [1.0, 1.0, 1.0, 0.0]
    worlds = Worlds(muscular, method, start, fixed=True, tolerance=1e-12, minimum_step=0.01, duration=0.01)
    a = worlds.start[:, 2]
    for e in (0.0, 1.0, 0.2):
        worlds.memory.excitation[...] = e
        found = worlds.advance(step=0.01)
        assert (worlds.memory.n_evaluation == N_EVALUATION[method]).all()
        a = e + (a - e) * np.exp(-0.3)
        np.testing.assert_allclose(found[:, 2], a, atol=5e-3)
        a = found[:, 2]


# ---------------------------------------------------------------------------------------------------------- step sizes


@pytest.mark.parametrize("method", METHODS)
def test_a_step_cut_by_the_end_of_the_control_step_does_not_shorten_the_next_ones(method):
    worlds = Worlds(known, method, STARTS[:1], tolerance=1e-6, duration=5.0 * DURATION)
    worlds.advance(step=1e-4)
    wanted = float(worlds.memory.step[0])
    assert wanted < LONGEST_STEP
    worlds.set(duration=2.2 * wanted)
    worlds.advance()
    assert worlds.memory.n_evaluation[0] == 3 * N_EVALUATION[method], "two steps and a short one"
    assert worlds.memory.step[0] >= 0.9 * wanted


@pytest.mark.parametrize(("method", "tolerance"), [("merson", 1e-7), ("chebyshev", 1e-5)])
def test_the_minimum_step_bounds_the_evaluations(method, tolerance):
    """Where speeds ask for shorter steps their accuracy is not kept, as in OpenSim."""
    worlds = Worlds(swinging, method, STARTS, tolerance=tolerance, minimum_step=0.1 * DURATION)
    found = worlds.advance(step=0.1 * DURATION)
    assert (worlds.memory.outcome == Outcome.DONE).all()
    assert (worlds.memory.n_evaluation <= 10 * N_EVALUATION[method]).all()
    error = np.abs(found - known_solution(worlds.start, 1.0))[:, :2].max()
    assert tolerance < error < 1000.0 * tolerance


@pytest.mark.parametrize(("method", "tolerance"), [("merson", 1e-7), ("chebyshev", 1e-5)])
def test_muscles_keep_their_accuracy_below_the_minimum_step(method, tolerance):
    worlds = Worlds(known, method, STARTS, tolerance=tolerance, minimum_step=0.1 * DURATION)
    found = worlds.advance(step=0.1 * DURATION)
    assert (worlds.memory.n_evaluation > 10 * N_EVALUATION[method]).any()
    assert np.abs(found - known_solution(worlds.start, 1.0))[:, 2:].max() < 30.0 * tolerance


@pytest.mark.parametrize("method", METHODS)
def test_an_unbearable_error_is_not_kept_at_the_minimum_step_either(method):
    start = STARTS * [1.0, 1.0, 1.0, 0.0] + [0.0, 0.0, 0.0, 0.1]
    worlds = Worlds(muscular, method, start, tolerance=1e-8, minimum_step=0.005, duration=0.01)
    found = worlds.advance(step=0.005)
    assert (worlds.memory.outcome == Outcome.DONE).all()
    assert (worlds.memory.n_evaluation > 2 * N_EVALUATION[method]).all()
    np.testing.assert_allclose(found[:, 3], 1.0 / (1.0 / 0.1 + 3000.0 * 0.01), rtol=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_steps_grow_and_shrink_with_what_happens(method):
    start = [[0.1, 0.0, 0.5, 0.0], [0.1, 0.0, 0.5, 1.0]]
    worlds = Worlds(muscular, method, start, tolerance=1e-5, duration=0.001)
    worlds.advance(step=1e-4)
    calm, stiff = worlds.memory.n_evaluation.tolist()
    assert stiff > 2 * calm
    worlds.set(duration=1.0)
    worlds.advance()
    assert worlds.memory.step[0] > 1e-3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_step_that_leaves_the_numbers_is_tried_again_shorter(method, precision):
    """A long step overshoots to where there are no speeds any more, though the motion never gets there."""

    worlds = Worlds(fenced, method, [[1.0, 0.0, 0.5, 0.0]] * 2, precision=precision, tolerance=1e-4, duration=0.5)
    found = worlds.advance(step=0.5)
    assert (worlds.memory.outcome == Outcome.DONE).all()
    np.testing.assert_allclose(found[:, 0], np.cos(5.0), atol=2e-2)


# ------------------------------------------------------------------------------------------------------------- failure

CALM = [0.5, 0.1, 0.3, 0.0]
TROUBLE = {
    "blows up": ([0.5, 0.1, 1e3, 0.0], (Outcome.STUCK, Outcome.RAN_AWAY)),
    "is no number": ([np.nan, 0.1, 0.3, 0.0], (Outcome.STUCK,)),
    "runs away": ([11.0, 0.1, 0.3, 0.0], (Outcome.RAN_AWAY,)),
    "is too stiff": ([0.5, 0.1, 0.3, 1.0], (Outcome.TOO_MANY_EVALUATIONS,)),
}
"""A start, and what becomes of it"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_world_fails_alone(method, trouble, precision):
    """In each lane in turn; its neighbours' bits are those that they have without it."""
    start, outcomes = TROUBLE[trouble]
    settings = {"tolerance": 1e-4, "max_evaluation": 2000.0, "minimum_step": 1e-7, "precision": precision}
    alone = Worlds(treacherous, method, [CALM], **settings)
    expected = alone.advance(step=1e-3).tobytes()
    for place in range(4):
        starts = [CALM] * 4
        starts[place] = start
        worlds = Worlds(treacherous, method, starts, **settings)
        found = worlds.advance(step=1e-3)
        outcome = worlds.memory.outcome
        assert outcome[place] in outcomes, Outcome(int(outcome[place])).name
        np.testing.assert_array_equal(found[place], np.array(start), err_msg="it stays where it was")
        for other in set(range(4)) - {place}:
            assert outcome[other] == Outcome.DONE
            assert found[other].tobytes() == expected


@pytest.mark.parametrize("method", METHODS)
def test_what_runs_away_is_not_handed_on(method):
    worlds = Worlds(treacherous, method, [TROUBLE["runs away"][0]], tolerance=1e-2)
    assert np.abs(worlds.advance(step=1e-3)).max() < LARGEST_VALUE


# -------------------------------------------------------------------------------------------------------------- refill


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("width", "threads"), [(1, 1), (2, 1), (8, 1), (2, 3)])
def test_lanes_take_world_after_world(method, width, threads):
    """Worlds, some of them ten times dearer: each as if it were alone, in any order, on any lanes and threads."""
    random = np.random.default_rng(0)
    starts = random.uniform(0.1, 1.0, (23, 4))
    starts[::5, 3] *= 30.0
    reference = Worlds(muscular, method, starts, width=1, duration=0.02)
    reference.memory.excitation[:, 0] = np.linspace(0.0, 1.0, 23)
    for world in range(23):
        reference.advance([world])
    assert reference.memory.n_evaluation.max() > 5 * reference.memory.n_evaluation.min()
    worlds = Worlds(muscular, method, starts, width=width, threads=threads, duration=0.02)
    worlds.memory.excitation[...] = reference.memory.excitation
    worlds.advance(random.permutation(23))
    for name in ("state", "n_evaluation", "step", "outcome"):
        found, expected = getattr(worlds.memory, name), getattr(reference.memory, name)
        assert found.tobytes() == expected.tobytes(), name
    if METHODS[method].keeps_rate:
        assert worlds.memory.rate.tobytes() == reference.memory.rate.tobytes()


def test_worlds_that_are_not_asked_stand_still():
    worlds = Worlds(known, "chebyshev", STARTS)
    worlds.advance([1])
    np.testing.assert_array_equal(worlds.memory.state[[0, 2]], STARTS[[0, 2]])
    assert (worlds.memory.state[1] != STARTS[1]).all()
    worlds.advance(np.array([], dtype=int))
