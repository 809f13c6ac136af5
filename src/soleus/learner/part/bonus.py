"""What predictors are worth being unsure of: the pay for going where they disagree."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, final

from soleus.nets.array import Array
from soleus.nets.moments import Moments, divided


def variance_per_dimension(said: Array) -> Array:
    """Of the members in each dimension, and then the mean over dimensions (Pathak 2019, arXiv 1906.04161, equation 1).

    Args:
        said: whitened, shape (n_member, n, n_field).

    Returns:
        Variances, shape (n,).
    """
    return said.var(axis=0).mean(axis=-1)


def variance_joint(said: Array) -> Array:
    """Of all numbers that members say in all dimensions, as Bliznashki published it: it also pays where what is
    predicted is far from its usual self in some dimensions, however sure the members are. Arguments as above.
    """
    return said.var(axis=(0, 2))


VarianceKind = Literal["mean", "joint"]
VARIANCES: dict[str, Callable[[Array], Array]] = {"mean": variance_per_dimension, "joint": variance_joint}
"""All that settings can name"""


class Scale(ABC):
    """What a disagreement is multiplied by to be a reward."""

    @abstractmethod
    def factor(self, weight: float, moments: Moments) -> Array | float:
        """Of disagreements whose recent moments are given, one column of them."""


@final
class GivenScale(Scale):
    """The weight as it is: pay falls as predictors learn."""

    def factor(self, weight: float, moments: Moments) -> Array | float:
        del moments
        return weight


@final
@dataclass(frozen=True)
class ReturnScale(Scale):
    """So that the mean of recent disagreements, paid for ever, has a return of the weight.

    Where rewards are divided by the size of returns, the weight is a share of those, whatever predictors find hard.
    """

    discount: float
    """Weight of the next decision's value"""

    def factor(self, weight: float, moments: Moments) -> Array | float:
        return divided(moments.mean.__array_namespace__().ones_like(moments.mean), moments.mean) * (
            weight * (1 - self.discount)
        )


class Bonus(ABC):
    """What is added to rewards when they are sampled, so that it is as much as predictors think of them now."""

    @abstractmethod
    def disagreement(self, said: Array) -> Array:
        """Of whitened predictions, shape (n_member, n, n_field), shape (n,)."""

    @abstractmethod
    def paid(self, disagreement: Array, moments: Moments) -> Array:
        """Rewards for disagreements, whose recent moments are given, shape (n,)."""


@final
class NoBonus(Bonus):
    """Predictors that only help to act."""

    def disagreement(self, said: Array) -> Array:
        return variance_per_dimension(said)

    def paid(self, disagreement: Array, moments: Moments) -> Array:
        del moments
        return 0 * disagreement


@final
@dataclass(frozen=True)
class Disagreement(Bonus):
    """Pays for it (Pathak 2019, arXiv 1906.04161)."""

    weight: float
    variance: Callable[[Array], Array]
    """One of VARIANCES"""
    scale: Scale

    def disagreement(self, said: Array) -> Array:
        return self.variance(said)

    def paid(self, disagreement: Array, moments: Moments) -> Array:
        return self.scale.factor(self.weight, moments) * disagreement
