"""The written-out functions: how many units in the last place they are off, and what they make of what is no number."""

import numpy as np
import pytest

from fast_kernel import evaluate
from soleus.engine.fast.compile import LANES, processor, target_of, widest
from soleus.engine.fast.target import Target

PRECISIONS = ("float64", "float32")
TYPE = {"float64": np.float64, "float32": np.float32}
WIDTHS = (1, 2, 4, 8, 16)


def ulps(found, expected):
    """Distance in units in the last place of the expected number, which has more digits than found."""
    unit = np.spacing(np.abs(expected).astype(found.dtype)).astype(np.longdouble)
    return np.abs(found.astype(np.longdouble) - expected) / unit


def spread(precision, least, most, n=40_000):
    """Numbers of all sizes between two powers of ten."""
    random = np.random.default_rng(0)
    return (10.0 ** random.uniform(least, most, n)).astype(TYPE[precision])


def exact(x):
    if np.finfo(np.longdouble).eps > 0.1 * np.finfo(x.dtype).eps:
        pytest.skip("NumPy has no numbers with more digits on this machine")
    return x.astype(np.longdouble)


# ------------------------------------------------------------------------------------------------------------ accuracy


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("precision", "least", "most"), [("float64", -290, 290), ("float32", -35, 35)])
def test_reciprocal(precision, least, most, fused):
    x = spread(precision, least, most)
    x[::2] *= -1.0
    found = evaluate(lambda graph, x: 1.0 / x, Target(precision, 4, fused), x)
    assert ulps(found, 1.0 / exact(x)).max() <= 1.0


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("precision", "least", "most"), [("float64", -280, 290), ("float32", -30, 35)])
def test_roots(precision, least, most, fused):
    x = spread(precision, least, most)

    def roots(graph, x):
        return [graph.sqrt(x), graph.reciprocal_sqrt(x)]

    root, inverse = evaluate(roots, Target(precision, 4, fused), x)
    assert ulps(root, np.sqrt(exact(x))).max() <= 2.5
    assert ulps(inverse, 1.0 / np.sqrt(exact(x))).max() <= 2.0


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("precision", "most"), [("float64", 700.0), ("float32", 80.0)])
def test_exp(precision, most, fused):
    x = np.linspace(-most, most, 100_001).astype(TYPE[precision])
    x = np.concatenate([x, spread(precision, -20, 0), -spread(precision, -20, 0)])
    found = evaluate(lambda graph, x: graph.exp(x), Target(precision, 8, fused), x)
    assert ulps(found, np.exp(exact(x))).max() <= 4.0


@pytest.mark.parametrize("precision", PRECISIONS)
def test_exp_is_cut_where_it_would_leave_the_normal_numbers(precision):
    most = {"float64": 700.0, "float32": 80.0}[precision]
    x = np.array([most, most + 1.0, 1e4, 3e38, np.inf, -most, -most - 1.0, -1e4, -np.inf])
    found = evaluate(lambda graph, x: graph.exp(x), Target(precision, 2), x)
    np.testing.assert_allclose(found, np.exp(np.clip(x, -most, most)), rtol=1e-6)
    assert (found[:5] == found[0]).all()
    assert (found[5:] == found[5]).all()


@pytest.mark.parametrize(("precision", "most"), [("float64", 100.0), ("float32", 30.0)])
def test_sine_and_cosine(precision, most):
    """Any pose is within a few turns. Near a zero the error is that of the angle's rest, a fraction of the type's."""
    x = np.concatenate([np.linspace(-most, most, 100_001), np.arange(-16, 17) * np.pi / 4.0, [0.0, -0.0, 1e-30]])
    x = x.astype(TYPE[precision])
    sine, cosine = evaluate(lambda graph, x: [graph.sin(x), graph.cos(x)], Target(precision, 8), x)
    unit = np.finfo(TYPE[precision]).eps
    assert np.abs(exact(sine) - np.sin(exact(x))).max() <= unit
    assert np.abs(exact(cosine) - np.cos(exact(x))).max() <= unit
    small = np.abs(x) < 0.7
    assert ulps(sine[small], np.sin(exact(x[small]))).max() <= 1.5
    assert np.abs(sine**2 + cosine**2 - 1.0).max() <= 2.0 * unit


# ------------------------------------------------------------------------------------------------------- special values


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("fused", [True, False])
def test_what_is_no_number_stays_none(precision, fused):
    """The first of them must reach the error of the step, which is how it is found."""

    def functions(graph, x):
        sums = [x + 1.0, x * 2.0, x * x - 3.0, 1.0 / x, 0.0 - x]
        return [*sums, graph.sqrt(x), graph.reciprocal_sqrt(x), graph.sin(x), graph.cos(x)]

    for found in evaluate(functions, Target(precision, 4, fused), np.full(4, np.nan)):
        assert np.isnan(found).all()


def test_a_comparison_with_what_is_no_number_is_false():
    def choose(graph, x, y):
        return [graph.where(x < y, 1.0, 2.0), graph.where(x <= y, 1.0, 2.0), graph.where(x > y, 1.0, 2.0)]

    for found in evaluate(choose, Target(width=4), np.array([np.nan, 1.0]), np.array([1.0, np.nan])):
        assert (found == 2.0).all()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_sphere_that_just_touches_has_a_root_of_zero(precision):
    assert evaluate(lambda graph, x: graph.sqrt(x), Target(precision, 4), np.zeros(4)).tolist() == [0.0] * 4


@pytest.mark.parametrize("precision", PRECISIONS)
def test_the_limits_of_the_numbers_give_no_finite_wrong_answer(precision):
    """1/0, 1/inf, and roots of negative and of infinite numbers: infinite, zero or not a number, as it happens."""
    special = np.array([0.0, -0.0, np.inf, -np.inf])
    inverse = evaluate(lambda graph, x: 1.0 / x, Target(precision, 4), special)
    assert not np.isfinite(inverse[:2]).any()
    assert ((inverse[2:] == 0.0) | ~np.isfinite(inverse[2:])).all()
    bad_root = evaluate(lambda graph, x: graph.sqrt(x), Target(precision, 4), np.array([np.inf, -np.inf]))
    assert not np.isfinite(bad_root).any()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_denormal_numbers(precision):
    """Nothing that matters is so small, but nothing may stumble over it either."""
    tiny = (np.finfo(TYPE[precision]).tiny / np.array([4.0, 1e3, -4.0, -1e3])).astype(TYPE[precision])
    kept = evaluate(lambda graph, x: x * 4.0, Target(precision, 4), tiny)
    np.testing.assert_array_equal(kept, tiny * 4)
    ones = evaluate(lambda graph, x: graph.exp(x), Target(precision, 4), tiny)
    assert (ones == 1.0).all()
    sine, cosine = evaluate(lambda graph, x: [graph.sin(x), graph.cos(x)], Target(precision, 4), tiny)
    assert (np.abs(sine) <= 2.0 * np.abs(tiny)).all()
    assert (cosine == 1.0).all()


# --------------------------------------------------------------------------------------------------------------- width


@pytest.mark.parametrize("precision", PRECISIONS)
def test_bits_do_not_depend_on_the_width(precision):
    random = np.random.default_rng(1)
    x, y, z = random.normal(size=(3, 997)) * 10.0 ** random.integers(-6, 6, (3, 997))

    def mixed(graph, x, y, z):
        """Products inside sums and differences, used once or twice, on either side."""
        p, q = x * y, y * z
        return [p + z, z - p * x, q - z, p + q, p * z - q * x, x / z, graph.sin(x) * graph.cos(x) + graph.exp(z) / y]

    reference = evaluate(mixed, target_of(precision, 1), x, y, z)
    for width in WIDTHS[1:]:
        for index, found in enumerate(evaluate(mixed, target_of(precision, width), x, y, z)):
            assert found.tobytes() == reference[index].tobytes(), f"output {index} on {width} lanes"


def test_a_product_is_fused_into_its_sums():
    """With one rounding a a - 1 keeps the last digit of the square; whoever else uses the product."""
    a = np.array([1.0 + 2.0**-30])
    once, twice = 2.0**-29 + 2.0**-60, 2.0**-29
    assert evaluate(lambda graph, a: a * a - 1.0, Target(fused=True), a) == once
    assert evaluate(lambda graph, a: a * a - 1.0, Target(fused=False), a) == twice
    shared = evaluate(lambda graph, a: [a * a - 1.0, a * a * 3.0], Target(fused=True), a)
    assert shared[0] == once


# ------------------------------------------------------------------------------------------------------------ processor


def test_the_widest_target_fills_the_vectors_that_there_are(monkeypatch):
    name, _ = processor()
    for features, size in (({"avx512f", "avx2", "fma", "sse2"}, 64), ({"avx2", "fma", "sse2"}, 32), ({"neon"}, 16)):
        monkeypatch.setattr("soleus.engine.fast.compile.processor", lambda f=features: (name, frozenset(f)))
        for precision in PRECISIONS:
            target = widest(precision)
            assert target.size == size
            assert target.fused


def test_an_old_processor_gets_narrow_vectors_and_two_roundings(monkeypatch):
    monkeypatch.setattr("soleus.engine.fast.compile.processor", lambda: ("old", frozenset({"sse2"})))
    assert widest("float64") == Target("float64", 2, fused=False)
    monkeypatch.setattr("soleus.engine.fast.compile.processor", lambda: ("unknown", frozenset()))
    assert widest("float32") == Target("float32", 4, fused=False)


def test_wider_vectors_than_the_processor_has_are_split():
    """What is compiled for more lanes runs anywhere, slower, and with the same bits."""
    _, features = processor()
    size = next((size for feature, size in LANES if feature in features), 16)
    x = np.linspace(-3.0, 3.0, 101)
    function = lambda graph, x: graph.exp(x) / (x * x + 1.0)  # noqa: E731
    wide = evaluate(function, target_of("float64", size // 4), x)
    assert wide.tobytes() == evaluate(function, target_of("float64", 1), x).tobytes()
