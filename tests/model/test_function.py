import numpy as np
import pytest

from soleus.engine.fast.operations import NumpyOperations
from soleus.engine.fast.spline import differentiate
from soleus.model.function import evaluate
from soleus.model.gait.leg import KNEE
from soleus.model.gait.muscle import VASTI_INSERTION
from soleus.model.spec import Constant, LinearFunction, ModelError, SimmSpline

KNEE_FORWARD = KNEE.translations[0].function
OPENSIM = [
    # spline, x, and OpenSim's calcValue and calcDerivative of order 1 and 2
    (KNEE_FORWARD, -2.5, -0.010689669209195545, 0.0184656538688253, 0.0),
    (KNEE_FORWARD, -2.0944, -0.0032, 0.0184656538688253, -0.02482509758618043),
    (KNEE_FORWARD, -1.0, 0.0039252685084184965, -0.004110900269234771, -0.01666048936645396),
    (KNEE_FORWARD, 0.1, -0.004955539853074047, -0.0035651233681497085, 0.017867382405691575),
    (KNEE_FORWARD, 2.0944, -0.00525, -1.3526141561142778e-05, -0.0016732413759526555),
    (KNEE_FORWARD, 2.5, -0.0052554862030172, -1.3526141561142778e-05, 0.0),
    (VASTI_INSERTION.y, -1.0, 0.02705761570444572, -0.001652340519346725, 0.0005827833777731367),
    (VASTI_INSERTION.y, 0.174533, 0.0218288, -0.03508384276631012, -0.16340398886609933),
    (VASTI_INSERTION.y, 2.0944, -0.0685706, 0.08576580086072574, 0.28929775507702526),
]


@pytest.mark.parametrize(("spline", "x", "value", "first", "second"), OPENSIM)
def test_a_spline_has_opensims_values(spline, x, value, first, second):
    assert float(evaluate(spline, x)) == pytest.approx(value, rel=1e-12)
    found = [float(number) for number in differentiate(NumpyOperations(), spline, x)]
    assert found == [
        float(evaluate(spline, x)),
        pytest.approx(first, rel=1e-11),
        pytest.approx(second, rel=1e-10, abs=0.0),
    ]


def test_the_end_rule_reproduces_a_cubic():
    """A natural spline, straight at its ends, would not."""
    knots = (-1.0, -0.3, 0.2, 1.5, 2.0)
    spline = SimmSpline(knots, tuple(2.0 - x + 3.0 * x**3 for x in knots))
    x = np.linspace(-1.0, 2.0, 50)
    assert evaluate(spline, x) == pytest.approx(2.0 - x + 3.0 * x**3)
    _, slope, curvature = differentiate(NumpyOperations(), spline, x)
    assert slope == pytest.approx(-1.0 + 9.0 * x**2)
    assert curvature == pytest.approx(18.0 * x)


def test_three_knots_make_a_parabola_and_two_a_line():
    parabola = SimmSpline((0.0, 1.0, 3.0), (0.0, 1.0, 9.0))
    assert evaluate(parabola, [0.5, 2.0]) == pytest.approx([0.25, 4.0])
    line = SimmSpline((0.0, 2.0), (1.0, 5.0))
    assert evaluate(line, [-1.0, 1.0, 4.0]) == pytest.approx([-1.0, 3.0, 9.0])


def test_constants_and_lines():
    assert evaluate(Constant(3.0), [1.0, 2.0]).tolist() == [3.0, 3.0]
    assert evaluate(LinearFunction(2.0, -1.0), [0.0, 2.0]).tolist() == [-1.0, 3.0]
    for function, expected in ((Constant(3.0), (3.0, 0.0, 0.0)), (LinearFunction(2.0, -1.0), (13.0, 2.0, 0.0))):
        assert differentiate(NumpyOperations(), function, 7.0) == expected


@pytest.mark.parametrize("function", [Constant(3.0), LinearFunction(), KNEE_FORWARD])
def test_the_answer_has_the_shape_of_the_question(function):
    x = np.linspace(-3.0, 3.0, 24).reshape(2, 3, 4)
    assert evaluate(function, x).shape == x.shape
    assert evaluate(function, x)[1, 2, 3] == evaluate(function, x[1, 2, 3])


@pytest.mark.parametrize(("x", "y"), [((0.0,), (1.0,)), ((0.0, 0.0), (1.0, 2.0)), ((0.0, 1.0), (1.0, 2.0, 3.0))])
def test_a_spline_without_rising_knots_is_refused(x, y):
    with pytest.raises(ModelError, match="rising x"):
        SimmSpline(x, y)
