"""What the fast engine promises beyond the contract of all engines: threads, precision, reasons, no hang."""

import multiprocessing
from dataclasses import fields, replace

import numpy as np
import pytest

from soleus.engine import EngineError, Parameters, Status, default_state, make_engine
from soleus.engine.fast.config import FastConfig
from soleus.engine.fast.dump import load_dump
from soleus.engine.fast.program import trace_rates
from soleus.model import MODELS, arm, learn_to_move, learning_to_run, mirror_of

MODEL = learning_to_run()
N_MUSCLE = len(MODEL.muscles)
HEIGHT = MODEL.coordinate_names.index("pelvis_ty")


def plain(n, model=MODEL):
    return Parameters(np.ones((n, len(model.muscles))), np.zeros((n, 0, 3)))


def start(n, model=MODEL, seed=0):
    random = np.random.default_rng(seed)
    state = default_state(model, n)
    state.q[:] += random.uniform(-0.05, 0.05, state.q.shape)
    state.u[:] = random.uniform(-0.5, 0.5, state.u.shape)
    height = model.coordinate_names.index("pelvis_ty")
    state.q[:, height] = np.maximum(state.q[:, height], 0.93)
    return state


def running(n=3, state=None, model=MODEL, **settings):
    engine = make_engine(FastConfig(**settings), model, n)
    engine.reset(np.arange(n), start(n, model) if state is None else state, plain(n, model), equilibrate=True)
    return engine


def bits(engine):
    records = engine.state(), engine.measure()
    return b"".join(getattr(record, item.name).tobytes() for record in records for item in fields(record))


# ------------------------------------------------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    "setting",
    [
        {"accuracy": 0.03},
        {"accuracy": np.nan},
        {"minimum_step": 1.0},
        {"max_evaluations": 3},
        {"threads": -1},
        {"control_step": 0.0},
        {"method": "euler"},
        {"precision": "float16"},
    ],
)
def test_settings_out_of_range_are_refused(setting):
    (name,) = setting
    with pytest.raises(ValueError, match=name):
        FastConfig(**setting)


def test_no_world_is_refused():
    with pytest.raises(EngineError, match="0 worlds"):
        make_engine(FastConfig(), MODEL, 0)


# ---------------------------------------------------------------------------------------------------- same, whatever


@pytest.mark.parametrize(("method", "precision"), [("merson", "float64"), ("chebyshev", "float32")])
def test_bits_depend_neither_on_threads_nor_on_neighbours(method, precision):
    """The contract has the default settings; here are others, and worlds that end in the middle of a block."""
    n, n_step = 21, 8
    excitation = np.random.default_rng(1).uniform(size=(n_step, n, N_MUSCLE))

    def play(worlds, threads):
        engine = running(len(worlds), start(n)[worlds], method=method, precision=precision, threads=threads)
        for row in excitation:
            engine.step(row[worlds])
        state = engine.state()
        engine.close()
        return {w: b"".join(getattr(state, f.name)[i].tobytes() for f in fields(state)) for i, w in enumerate(worlds)}

    expected = play(list(range(n)), 1)
    for threads in (2, 5):
        assert play(list(range(n)), threads) == expected, f"{threads} threads"
    for worlds in ([7], [20, 3, 11]):
        found = play(worlds, 2)
        assert found == {world: expected[world] for world in worlds}


def test_a_runner_far_down_the_track_moves_as_at_its_start():
    """In float32 too: everything is computed from the pelvis."""
    for precision in ("float64", "float32"):
        engine = make_engine(FastConfig(precision=precision), MODEL, 2)
        state = start(2)
        for record in (state.q, state.u):
            record[1] = record[0]
        state.q[1, MODEL.coordinate_names.index("pelvis_tx")] += 1000.0
        engine.reset(np.arange(2), state, plain(2), equilibrate=True)
        rates = engine.rates(np.full((2, N_MUSCLE), 0.2))
        assert (rates.u[0] == rates.u[1]).all()
        assert (rates.fiber_length[0] == rates.fiber_length[1]).all()


def test_mirror_images_move_as_mirror_images():
    """Right and left are computed in another order, so only to rounding."""
    model = learn_to_move()
    mirror, state = mirror_of(model), start(1, model)
    image = replace(state, q=mirror.coordinates(state.q), u=mirror.coordinates(state.u))
    excitation = np.random.default_rng(2).uniform(size=(10, 1, len(model.muscles)))

    def end(state, excitation):
        engine = running(1, state, model, method="merson", accuracy=1e-8)
        for row in excitation:
            engine.step(row)
        return engine.state()

    expected, found = end(state, excitation), end(image, mirror.muscles(excitation))
    np.testing.assert_allclose(mirror.coordinates(found.q), expected.q, atol=1e-8)
    np.testing.assert_allclose(mirror.muscles(found.fiber_length), expected.fiber_length, atol=1e-8)


@pytest.mark.parametrize("method", ["merson", "chebyshev"])
def test_accuracy_brings_the_exact_motion_closer(method):
    def end(method, accuracy):
        engine = running(4, method=method, accuracy=accuracy)
        random = np.random.default_rng(0)
        for _ in range(6):
            engine.step(random.uniform(size=(4, N_MUSCLE)))
        return engine.state().q

    exact = end("merson", 1e-10)
    loose, tight = (np.abs(end(method, accuracy) - exact).max() for accuracy in (1e-3, 1e-6))
    assert loose < 3e-3
    assert tight < loose / 10.0


def test_float32_is_close_to_float64():
    ends = []
    for precision in ("float64", "float32"):
        engine = running(4, precision=precision)
        for _ in range(10):
            engine.step(np.full((4, N_MUSCLE), 0.3))
        ends.append(engine.state())
    np.testing.assert_allclose(ends[1].q, ends[0].q, atol=2e-3)
    assert (ends[1].q != ends[0].q).all()


# ------------------------------------------------------------------------------------------------------------- failure


def test_every_failure_has_its_reason(tmp_path):
    engine = running(6, max_evaluations=3000, dump_folder=str(tmp_path))
    state = start(6)
    state.u[1] = 1e4
    state.u[2] *= 1e3
    state.fiber_length[:] = engine.state().fiber_length
    state.fiber_length[3] = 9.0  # an exponential of 90 optimal lengths
    state.q[4, HEIGHT] = 0.0  # a metre deep in the ground
    engine.reset(np.arange(6), state, plain(6), equilibrate=False)
    excitation = np.full((6, N_MUSCLE), 0.4)
    excitation[5, 2] = -np.inf
    for _ in range(3):
        engine.step(excitation)
    assert engine.status()[0] == Status.RUNNING
    assert (engine.status()[[1, 3]] == Status.INTEGRATOR_FAILED).all()
    assert engine.status()[5] == Status.NON_FINITE
    for world in np.flatnonzero(engine.status() != Status.RUNNING):
        assert any(word in engine.failure(world) for word in ("unable to advance", "ran away", "not a finite"))
        assert " s" in engine.failure(world)
    assert engine.failure(0) == ""
    assert np.isfinite(engine.state().q).all()


def test_a_dump_fails_again(tmp_path):
    engine = running(2, max_evaluations=3000, dump_folder=str(tmp_path))
    state = engine.state()
    state.u[1] = 1e4
    engine.reset(np.arange(2), state, plain(2), equilibrate=False)
    engine.step(np.full((2, N_MUSCLE), 0.4))
    (file,) = tmp_path.iterdir()
    dump = load_dump(file)
    assert dump.reason == engine.failure(1)
    assert (dump.state.u == 1e4).all()
    again = make_engine(FastConfig(max_evaluations=3000), MODEL)
    again.reset(np.arange(1), dump.state, dump.parameters, equilibrate=False)
    again.step(dump.excitation)
    assert again.status()[0] == Status.INTEGRATOR_FAILED
    assert again.failure(0) == dump.reason


def test_a_step_that_needs_too_many_evaluations_ends():
    """A silent, over-long muscle: stiff without end at a tight accuracy."""
    engine = running(1, method="merson", accuracy=1e-9, minimum_step=1e-9, max_evaluations=2000)
    state = engine.state()
    state.q[:, HEIGHT] = 0.0
    engine.reset(np.arange(1), state, plain(1), equilibrate=False)
    engine.step(np.zeros((1, N_MUSCLE)))
    assert engine.status()[0] == Status.INTEGRATOR_FAILED
    assert "2000 evaluations" in engine.failure(0)
    assert engine.evaluations[0] < 2010


def test_all_worlds_may_fail():
    engine = running(3)
    engine.step(np.full((3, N_MUSCLE), np.nan))
    kept = bits(engine)
    engine.step(np.zeros((3, N_MUSCLE)))
    assert (engine.status() == Status.NON_FINITE).all()
    assert bits(engine) == kept


# ---------------------------------------------------------------------------------------------------------- robustness


def endure(model, n_world, n_step, seed, **settings):
    """Hard excitation for so many control steps; worlds that fall or fail start again.

    Returns:
        Number of falls, and of failures by reason.
    """
    random = np.random.default_rng(seed)
    n_muscle = len(model.muscles)
    height = model.coordinate_names.index("pelvis_ty")
    engine = running(n_world, start(n_world, model, seed), model, **settings)
    quiet = np.arange(n_world) % 4
    bang = np.zeros((n_world, n_muscle))
    n_fall, failures = 0, {}
    for step in range(n_step):
        if step % 8 == 0:
            bang = random.integers(0, 2, (n_world, n_muscle)).astype(float)
        noise = random.uniform(-0.1, 1.1, (n_world, n_muscle))
        mixed = np.where(random.random((n_world, n_muscle)) < 0.6, 0.0, noise)
        kinds = (bang, noise, mixed, np.full_like(bang, 0.01))
        engine.step(np.choose(quiet[:, None], kinds))
        state, status = engine.state(), engine.status()
        assert all(np.isfinite(getattr(state, item.name)).all() for item in fields(state))
        failed = status != Status.RUNNING
        for world in np.flatnonzero(failed).tolist():
            assert status[world] in set(Status)
            reason = engine.failure(world)
            assert reason
            failures[reason] = failures.get(reason, 0) + 1
        fell = ~failed & (state.q[:, height] < 0.65)
        n_fall += int(fell.sum())
        again = np.flatnonzero(failed | fell)
        if len(again):
            engine.reset(again, start(len(again), model, seed + step), plain(len(again), model), equilibrate=True)
    engine.close()
    return n_fall, failures


def test_twenty_thousand_hard_steps():
    n_fall, failures = endure(MODEL, 64, 320, seed=0)
    assert n_fall > 100
    assert sum(failures.values()) < 20, failures


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("gait9dof18musc", {}),
        ("gait14dof22musc_20170320", {}),
        ("gait9dof18musc", {"method": "merson"}),
        ("gait14dof22musc_pros_20180507", {"precision": "float32"}),
    ],
)
def test_a_million_hard_steps(name, settings, record_property):
    n_fall, failures = endure(MODELS[name](), 256, 3907, seed=1, **settings)
    record_property("failures", failures)
    assert n_fall > 1000
    assert sum(failures.values()) < 1000, failures


# ------------------------------------------------------------------------------------------------------------- compile


def test_the_program_stays_small():
    """So many operations fit the processor's caches; a stage that stops folding shows here first."""
    for model, most in ((MODEL, 6500), (learn_to_move(), 13000)):
        graph, outputs = trace_rates(model)
        assert sum(graph.count(outputs).values()) < most


def test_muscles_that_wrap_are_refused_each_by_name():
    with pytest.raises(EngineError, match="fast engine cannot simulate arm2dof6musc: muscle 'TRIlong' wraps") as error:
        FastConfig().build(arm())
    for muscle in arm().muscles:
        for wrap in muscle.wraps:
            assert f"muscle {muscle.name!r} wraps over {wrap.wrap_object!r}" in str(error.value)
    assert str(error.value).endswith('; use engine="opensim"')
    assert "BICshort" not in str(error.value)


def test_a_half_space_on_a_body_is_refused():
    runner = learning_to_run()
    plane = replace(runner.contact_geometry[0], body="pelvis")
    model = replace(runner, contact_geometry=(plane, *runner.contact_geometry[1:]))
    with pytest.raises(EngineError, match=r"platform is fixed to pelvis"):
        FastConfig().build(model)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning", "ignore:.*fork:RuntimeWarning")
def test_a_forked_process_goes_on_with_the_worlds_of_its_parent():
    """Threads do not follow into it, and whoever waits for them waits for ever."""
    engine, fork = running(64, threads=2), multiprocessing.get_context("fork")
    excitation = np.full((64, N_MUSCLE), 0.1)
    engine.step(excitation)  # so that there are threads
    telling, told = fork.Pipe()

    def child():
        engine.step(excitation)
        told.send_bytes(bits(engine))
        engine.close()

    process = fork.Process(target=child)
    process.start()
    assert telling.poll(60), "it waits for threads that there are not"
    engine.step(excitation)
    assert telling.recv_bytes() == bits(engine)
    process.join(60)
    assert process.exitcode == 0
