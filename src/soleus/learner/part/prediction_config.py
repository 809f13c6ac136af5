"""The settings of predictors and of what they are for, apart from them so that reading a config imports no JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from soleus.learner.check import check_least, check_positive
from soleus.learner.part.acting import Acting, PlainActing, PlannedActing
from soleus.learner.part.bonus import VARIANCES, Bonus, Disagreement, GivenScale, NoBonus, ReturnScale, VarianceKind
from soleus.learner.pattern import places
from soleus.nets.planning import Plan
from soleus.nets.predictor import Predictor
from soleus.nets.whitening import WHITENINGS, WhiteningKind

if TYPE_CHECKING:
    from soleus.learner.part.prediction import Prediction


@dataclass(frozen=True)
class PredictorConfig:
    """How predictors learn what actions lead to."""

    members: int = 5
    """Networks that predict: more say better what none of them knows, at proportional cost."""
    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer of a member: wider predicts further and costs time in every update."""
    learning_rate: float = 1e-3
    """Adam's step: larger agrees sooner, and then looks for news elsewhere sooner."""
    fields: tuple[str, ...] = ()
    """Names of the observed quantities that are told and predicted, * for any letters; none takes all. Fewer keep noise
    that nobody can predict, such as contact forces, from being taken for news."""
    whitening: WhiteningKind = "running"
    """The units of what is predicted: "running" takes moments of all that was learnt from; "batch" those of whatever is
    asked about, as Bliznashki published it: all that they know in one world then is the action."""

    def __post_init__(self) -> None:
        check_least(self, 2, "members")
        check_positive(self, "learning_rate")
        if any(units < 1 for units in self.hidden):
            raise ValueError(f"hidden is {self.hidden}; every layer needs at least 1 unit")
        if self.whitening not in WHITENINGS:
            raise ValueError(f"whitening is {self.whitening!r}; choose one of {', '.join(WHITENINGS)}")

    def chosen(self, names: Sequence[str]) -> tuple[int, ...]:
        """Places of the chosen fields among names; ValueError for a pattern that none has."""
        for pattern in self.fields:
            if not places(names, [pattern]):
                raise ValueError(
                    f"predictor fields {pattern!r}: nothing observed is called so; there are {list(names)}"
                )
        return places(names, self.fields or ("*",))


@dataclass(frozen=True)
class DisagreementConfig:
    """What predictors' disagreement pays, to be where nobody has been."""

    weight: float = 0.0
    """Reward for a disagreement of 1, the variance of whitened predictions: more explores longer and heeds the task
    less. 0 pays none."""
    variance: VarianceKind = "mean"
    """What disagreement is: "mean" takes the variance over members in each quantity, and the mean of these; "joint" the
    variance of all numbers together, as Bliznashki published it, which also pays for unusual places that all know."""
    scale: Literal["given", "return"] = "given"
    """"given" pays the weight as it is, so that pay falls as predictors learn; "return" holds it so that the mean
    disagreement has a return of the weight, a share of the task's returns under --learner.reward-scale return."""

    def __post_init__(self) -> None:
        check_least(self, 0, "weight")
        if self.variance not in VARIANCES:
            raise ValueError(f"variance is {self.variance!r}; choose one of {', '.join(VARIANCES)}")
        if self.scale not in ("given", "return"):
            raise ValueError(f"scale is {self.scale!r}; choose given or return")

    def build(self, discount: float) -> Bonus:
        """What is added to rewards, under a learner's discount."""
        if self.weight == 0:
            return NoBonus()
        scale = GivenScale() if self.scale == "given" else ReturnScale(discount)
        return Disagreement(self.weight, VARIANCES[self.variance], scale)


@dataclass(frozen=True)
class ActingConfig:
    """How the policy chooses what to do with what predictors say."""

    choose: Literal["policy", "best", "lookahead"] = "policy"
    """"policy" does what the actor says; "best" draws some actions and does the one with the highest predicted reward;
    "lookahead" predicts some decisions on, and asks the critics what comes then. An action takes far longer."""
    samples: int = 32
    """Actions that it chooses among: more finds better ones, at proportional cost, and believes more in errors."""
    steps: int = 5
    """Decisions that "lookahead" predicts, at proportional cost: further relies more on predictors, less on critics."""
    penalty: float = 0.0
    """Cost of a deviation of 1 between members' returns: more keeps to what all of them are sure of."""
    when: Literal["always", "exploring", "playing"] = "always"
    """Where it chooses so: "exploring", to learn; "playing", to be judged; or "always"."""

    def __post_init__(self) -> None:
        for name, known in (
            ("choose", ("policy", "best", "lookahead")),
            ("when", ("always", "exploring", "playing")),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(known)}")
        check_least(self, 1, "samples", "steps")
        check_least(self, 0, "penalty")
        usual = {"policy": ("samples", "steps", "penalty", "when"), "best": ("steps",), "lookahead": ()}[self.choose]
        for name in usual:
            if getattr(self, name) != getattr(type(self), name):
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}, which {self.choose!r} has no use for; leave it out, or give "
                    f"the usual {getattr(type(self), name)} where a recipe has set it"
                )

    def build(self, discount: float) -> Acting:
        """What predictions do to the policy, under a learner's discount."""
        if self.choose == "policy":
            return PlainActing()
        n_step = self.steps if self.choose == "lookahead" else 1
        plan = Plan(self.samples, n_step, self.penalty, discount, self.when)
        return PlannedActing(plan, values=self.choose == "lookahead")


def build_prediction(
    predictor: PredictorConfig,
    disagreement: DisagreementConfig,
    acting: ActingConfig,
    names: Sequence[str],
    n_action: int,
    discount: float,
) -> Prediction:
    """The part that a run asks for.

    Args:
        predictor: how it learns.
        disagreement: what it pays.
        acting: how it helps to act.
        names: of what is observed.
        n_action: length of an action.
        discount: of the learner.
    """
    from soleus.learner.part.prediction import Prediction  # imports JAX

    form = Predictor(
        len(names),
        n_action,
        predictor.chosen(names),
        predictor.members,
        predictor.hidden,
        WHITENINGS[predictor.whitening],
    )
    return Prediction(form, predictor.learning_rate, disagreement.build(discount), acting.build(discount))
