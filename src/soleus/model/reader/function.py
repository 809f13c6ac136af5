"""Functions of a coordinate in an .osim file."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from soleus.model.osim_xml import number_of, numbers_of, object_of
from soleus.model.reader.refusal import Refusals
from soleus.model.spec import Constant, Function, LinearFunction, ModelError, SimmSpline


def function_of(element: Element, name: str, owner: str, refusals: Refusals) -> Function:
    """The function that is an element's property of that name; `owner` names the element to the user."""
    function = object_of(element, name)
    if function is None:
        refusals.add(element, f"it has no function {name}", "give it one", owner=owner)
        return Constant(0.0)
    return _function(function, owner, refusals)


def _function(element: Element, owner: str, refusals: Refusals) -> Function:
    """The function, or a Constant in the place of one that is refused."""
    match element.tag:
        case "Constant":
            return Constant(number_of(element, "value"))
        case "LinearFunction":
            coefficients = numbers_of(element, "coefficients")
            if len(coefficients) == 2:
                return LinearFunction(*coefficients)
            refusals.add(element, f"it has {len(coefficients)} coefficients", "give it two", owner=owner)
        case "SimmSpline":
            try:
                return SimmSpline(numbers_of(element, "x"), numbers_of(element, "y"))
            except ModelError as error:
                refusals.add(element, str(error), "mend its knots", owner=owner)
        case "MultiplierFunction":
            return _scaled(function_of(element, "function", owner, refusals), number_of(element, "scale"))
        case _:
            advice = "make it a Constant, a LinearFunction or a SimmSpline"
            refusals.add(element, "no such function is known to Soleus", advice, owner=owner)
    return Constant(0.0)


def _scaled(function: Function, scale: float) -> Function:
    match function:
        case Constant(value):
            return Constant(scale * value)
        case LinearFunction(slope, intercept):
            return LinearFunction(scale * slope, scale * intercept)
        case SimmSpline(x, y):
            return SimmSpline(x, tuple(scale * value for value in y))
