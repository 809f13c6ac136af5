"""The settings that all replay learners share, apart from the learner so that reading a config imports no JAX."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from soleus.learner.check import check_choices, check_common, check_least, check_share
from soleus.learner.replay.ensemble_config import EnsembleConfig
from soleus.learner.replay.sampling import PrioritisedSampling, Sampling, UniformSampling
from soleus.learner.replay.terms_config import TermsConfig
from soleus.nets.mlp import Activation
from soleus.nets.normalise import ManualNormaliser, NoNormaliser, Normaliser, RunningMoments

if TYPE_CHECKING:
    from soleus.learner.exploration import Exploration
    from soleus.learner.part.base import Part
    from soleus.learner.replay.learner import ReplayLearner
    from soleus.learner.replay.storage import RowLayout
    from soleus.learner.replay.update import Update
    from soleus.nets.policy import Policy

DECISION_S = 0.04
"""Time for which an action is held unless a task says otherwise [s]"""


@dataclass(frozen=True)
class ReplayConfig(ABC):
    """How a learner that keeps what it receives learns from samples of it."""

    alternates: ClassVar[bool] = False
    """Whether it learns only from what its present policy did, so that sampling and learning must take turns"""
    no_mirror: ClassVar[str] = ""
    """Why it cannot learn from the mirror image of what was done; empty if it can"""
    tells_terms: ClassVar[bool] = False
    """Whether its critics can have a value for each term of the reward"""

    actor_hidden: tuple[int, ...] = (256, 256)
    """Units of each hidden layer of the actor: wider can express finer gaits and costs time in every action."""
    critic_hidden: tuple[int, ...] = (256, 256)
    """Units of each hidden layer of a critic: critics are three quarters of an update's time."""
    actor_activation: Activation = "relu"
    """Non-linearity of the actor's hidden layers: "tanh" bounds them and gives smooth, slow actions."""
    critic_activation: Activation = "relu"
    """Non-linearity of the critics' hidden layers: "elu" and "selu" have a slope everywhere, and no unit dies."""
    actor_layer_norm: bool = False
    """Layer normalisation in the actor: keeps its outputs from saturating; costs time in every action."""
    critic_layer_norm: bool = True
    """Layer normalisation in the critics: keeps values bounded on unseen actions; updates take 14 to 23 % longer."""
    actor_learning_rate: float = 3e-4
    """Adam's step for the actor: larger learns faster until it forgets."""
    critic_learning_rate: float = 3e-4
    """Adam's step for the critics."""
    learning_rate_left: float = 1.0
    """Fraction of the actor's and critics' learning rates that is left at the end of their schedule; 1 keeps them."""
    learning_rate_updates: int = 1_000_000
    """Updates in which these learning rates fall in a straight line to what is left; from then on they stay."""
    actor_average: int = 0
    """Updates over which the actor that is judged and kept is a mean, the one that explores being the last: a few
    thousand smooth out what single updates do. 0 judges the last one."""
    gradient_limit: float | None = None
    """Norm to which a longer gradient is cut, of the actor and of all critics together; None cuts none."""
    batch_size: int = 256
    """Transitions in each update: larger is steadier, at proportional cost."""
    replay_capacity: int = 1_000_000
    """Transitions remembered; the oldest go first. Too few forget how not to fall."""
    replay: Literal["uniform", "prioritised"] = "uniform"
    """"uniform" draws all transitions alike; "prioritised" those more often at which the first critic was off further:
    rare news spread faster, and so does noise."""
    priority_exponent: float = 0.6
    """How much an error counts in prioritised replay: 0 draws all transitions alike, 1 in proportion to their error."""
    priority_correction: float = 0.4
    """How far critics make up for what prioritised replay draws too often, at the start: 1 wholly, 0 not at all."""
    priority_updates: int = 1_000_000
    """Updates in which this correction goes to 1 in a straight line: once values settle, a bias does more harm."""
    updates_per_transition: float = 1.0
    """Gradient updates for each transition received: more learns more from each, until values drift off. A fraction is
    carried over."""
    reward_scale: Literal["given", "return"] = "given"
    """What rewards are divided by: nothing, or the running size of discounted returns, so that settings which are
    tied to the size of rewards suit every task."""
    random_transitions: int = 1000
    """Transitions before the policy acts and updates begin: of evenly random actions, unless --prefill.kind says
    otherwise."""
    discount: float = 0.98
    """Weight of the next decision's value. The horizon is decision interval / (1 - discount): 2 s at 40 ms."""
    n_step: int = 1
    """Decisions whose rewards are summed before a critic is asked: more spread news faster, and favour what older
    policies did."""
    tau: float = 0.005
    """How far target networks follow in each of their updates: larger spreads news and errors faster."""
    initial_action: float = 0.0
    """Action of a fresh actor, whatever it observes, in [-1, 1]: for muscles below 0, or it starts with all of them
    pulling against each other."""
    normaliser: Literal["running", "manual", "none"] = "running"
    """What the networks see of an observation: "running" subtracts the mean of everything received and divides by its
    deviation, so that all quantities matter alike from the start; "manual" takes the numbers below, which never move;
    "none" leaves it raw: then large numbers drown small ones."""
    manual_offset: tuple[float, ...] = ()
    """What "manual" subtracts from each observed quantity, in the task's units and in the order of a policy's
    observation."""
    manual_deviation: tuple[float, ...] = ()
    """What "manual" divides each observed quantity by, in the task's units: how much it varies."""
    observation_limit: float = 10.0
    """Normalised observations, unless they are raw, are cut here: how much of a spike the networks see [deviations]."""
    n_scan: int = 20
    """Updates in one compiled call: more costs less overhead, and weights reach the workers later."""
    terms: TermsConfig = field(default_factory=TermsConfig)
    """Which terms of the reward critics tell apart, and what they count."""
    ensemble: EnsembleConfig = field(default_factory=EnsembleConfig)
    """How many such learners learn side by side, and how they act together."""

    def __post_init__(self) -> None:
        check_common(self)
        check_least(self, 1, "batch_size", "replay_capacity", "priority_updates", "n_scan", "n_step")
        check_least(self, 0, "updates_per_transition", "random_transitions", "priority_exponent", "actor_average")
        if self.batch_size > self.replay_capacity:
            raise ValueError(
                f"batch_size is {self.batch_size} and replay_capacity {self.replay_capacity}; a batch must fit in"
            )
        self._check_normaliser()
        if not 0 <= self.priority_correction <= 1:
            raise ValueError(f"priority_correction is {self.priority_correction}; it must be in [0, 1]")
        check_share(self, "tau")
        if self.terms.names and not self.tells_terms:
            raise ValueError(
                f"terms names are {self.terms.names}, but only the critics of sac have a value for each term of the "
                "reward; take --learner sac, or leave them out"
            )
        self.check()
        check_choices(self)

    def _check_normaliser(self) -> None:
        """Refuse numbers that are not used, or not of use."""
        offset, deviation = self.manual_offset, self.manual_deviation
        given = f"{len(offset)} and {len(deviation)} numbers of manual_offset and manual_deviation"
        if self.normaliser != "manual" and (offset or deviation):
            raise ValueError(f"{given} are for normaliser manual, not {self.normaliser}; leave them out")
        if self.normaliser == "manual" and (len(offset) != len(deviation) or not offset):
            raise ValueError(f"{given}; normaliser manual needs one of each for every observed quantity")
        if not all(math.isfinite(number) for number in offset):
            raise ValueError(f"manual_offset is {offset}; its numbers must be finite")
        if not all(0 < number < math.inf for number in deviation):
            raise ValueError(f"manual_deviation is {deviation}; its numbers must be positive")

    @abstractmethod
    def check(self) -> None:
        """Refuse values of a method's own settings with which it cannot learn: ValueError with what is allowed."""

    @abstractmethod
    def explore(self, decision_s: float) -> Exploration:
        """How its policies explore, with actions that are held for `decision_s`."""

    @abstractmethod
    def update(self, layout: RowLayout, parts: tuple[Part, ...]) -> Update[Any]:
        """What makes it this method.

        Args:
            layout: of the transitions that it learns from.
            parts: what else takes part in learning, in the order in which it is called.
        """

    def sampling(self) -> Sampling:
        """Which transitions are drawn from the replay."""
        if self.replay == "uniform":
            return self.ensemble.sampling(UniformSampling())
        prioritised = PrioritisedSampling(
            self.replay_capacity, self.priority_exponent, self.priority_correction, self.priority_updates
        )
        return self.ensemble.sampling(prioritised)

    def build_normaliser(self, n_observation: int) -> Normaliser:
        """What finds the scaling of observations of a length."""
        match self.normaliser:
            case "running":
                return RunningMoments(n_observation)
            case "manual":
                return ManualNormaliser(n_observation, self.manual_offset, self.manual_deviation)
            case "none":
                return NoNormaliser(n_observation)

    def build(
        self,
        n_observation: int,
        n_action: int,
        seed: int,
        parts: Sequence[Part] = (),
        decision_s: float = DECISION_S,
        prefill: Callable[[], Policy] | None = None,
    ) -> ReplayLearner:
        """A fresh learner with this configuration; arguments as for `ReplayLearner`."""
        from soleus.learner.replay.learner import ReplayLearner  # imports JAX: a config and --help do without

        return ReplayLearner(self, n_observation, n_action, seed, parts, decision_s, prefill)
