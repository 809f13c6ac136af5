"""The settings of proximal policy optimisation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, final, get_args

from soleus.learner.check import check_choices, check_common, check_interval, check_least, check_limit
from soleus.learner.replay.config import DECISION_S
from soleus.nets.mlp import Activation
from soleus.nets.normalise import NoNormaliser, Normaliser, RunningMoments

if TYPE_CHECKING:
    from soleus.learner.part.base import Part
    from soleus.learner.ppo.learner import PpoLearner

Kind = Literal["gaussian", "bernoulli"]
"""Of the distribution that actions are drawn from"""


@final
@dataclass(frozen=True)
class PpoConfig:
    """How proximal policy optimisation learns."""

    alternates: ClassVar[bool] = True
    """Whether it learns only from what its present policy did, so that sampling and learning must take turns"""

    no_mirror: ClassVar[str] = ""
    """Why a mirror image would teach it nothing; empty if it does"""

    actor_hidden: tuple[int, ...] = (128, 128)
    """Units of each hidden layer of the actor: wider can express finer gaits and costs time in every action."""
    critic_hidden: tuple[int, ...] = (128, 128)
    """Units of each hidden layer of the critic."""
    actor_activation: Activation = "tanh"
    """Non-linearity of the actor's hidden layers."""
    critic_activation: Activation = "tanh"
    """Non-linearity of the critic's hidden layers."""
    actor_layer_norm: bool = False
    """Layer normalisation in the actor: keeps its outputs from saturating; costs time in every action."""
    critic_layer_norm: bool = False
    """Layer normalisation in the critic."""
    actor_learning_rate: float = 3e-4
    """Adam's step for the actor, times a pace that follows `target_kl`: larger learns faster until it forgets."""
    critic_learning_rate: float = 1e-3
    """Adam's step for the critic."""
    learning_rate_left: float = 1.0
    """Fraction of both learning rates that is left at the end of their schedule; 1 keeps them."""
    learning_rate_updates: int = 1_000_000
    """Updates in which these learning rates fall in a straight line to what is left; from then on they stay."""
    target_kl: float = 0.02
    """How far the policy should go from a rollout to the next [nat]: its pace rises while it goes less than half
    as far, and falls while it goes more than twice as far."""
    pace_range: tuple[float, float] = (0.03, 10.0)
    """Bounds of the pace, which begins at 1; both 1 keep the actor's learning rate what it is."""
    gradient_limit: float | None = 0.5
    """Norm to which a longer gradient is cut, of the actor and of the critic; None cuts none."""
    n_decision: int = 32
    """Decisions of each world in a rollout, at least: more see further before a value must be believed, and learn less
    often."""
    n_transition: int = 2048
    """Transitions of each worker in a rollout, at least: a worker of few worlds takes more decisions in each."""
    n_epoch: int = 10
    """Times that every transition of a rollout is learnt from: more learns more from each, until the clip stops it."""
    n_minibatch: int = 8
    """Updates in which this is done each time: fewer are steadier, more learn more from a rollout."""
    discount: float = 0.98
    """Weight of the next decision's value. The horizon is decision interval / (1 - discount): 2 s at 40 ms."""
    trace_decay: float = 0.95
    """Weight of the next decision's advantage, the lambda of generalised advantages: less believes values sooner, which
    is steadier and blinder to what they do not know yet."""
    clip: float = 0.2
    """How far an action's probability is worth changing, as a part of what it was: more learns faster, less safely."""
    entropy_weight: float = 0.0
    """What a nat of entropy before tanh is worth, in deviations of the advantage: more keeps exploring longer."""
    initial_action: float = 0.0
    """Action of a fresh actor, whatever it observes, in [-1, 1]: for muscles below 0, or it starts with all of them
    pulling against each other. Of a bernoulli actor its mean."""
    distribution: Kind = "gaussian"
    """"gaussian" excites each muscle as much as it likes; "bernoulli" only off or on: it explores as widely as it can,
    and what a muscle does is decided by how often. Its deterministic policy takes what is likelier."""
    initial_log_std: float = -1.0
    """Logarithm of a fresh gaussian actor's deviation before tanh: more finds more, and falls more."""
    log_std_range: tuple[float, float] = (-3.0, 0.5)
    """Bounds of this logarithm, which is learnt and the same whatever is observed."""
    normaliser: Literal["running", "none"] = "running"
    """What the networks see of an observation: "running" subtracts the mean of everything received and divides by its
    deviation; "none" leaves it as the task, or what it is observed through, tells it."""
    observation_limit: float = 10.0
    """Normalised observations are cut here: how much of a spike the networks see [deviations]."""

    def __post_init__(self) -> None:
        check_common(self)
        check_least(self, 1, "n_decision", "n_transition", "n_epoch", "n_minibatch")
        check_limit(self, "target_kl", "clip")
        check_least(self, 0, "entropy_weight")
        if not 0 <= self.trace_decay <= 1:
            raise ValueError(f"trace_decay is {self.trace_decay}; it must be in [0, 1]")
        low, high = self.pace_range
        if not 0 < low <= 1 <= high:
            raise ValueError(f"pace_range is {self.pace_range}; give a positive bound up to 1 and one from 1")
        if not self.log_std_range[0] < self.log_std_range[1]:
            raise ValueError(f"log_std_range is {self.log_std_range}; give the lower bound first")
        check_interval(self, *self.log_std_range, "initial_log_std")
        self._check_distribution()
        check_choices(self)

    def _check_distribution(self) -> None:
        """Refuse distributions that this learner cannot judge, and a deviation of what has none."""
        kinds = get_args(Kind)
        if self.distribution in ("lattice", "flow"):
            raise ValueError(
                f"distribution is {self.distribution!r}, and this learner must know how likely actions of old were, "
                f"which that does not tell; choose one of {', '.join(kinds)}, or take --learner sac"
            )
        if self.distribution not in kinds:
            raise ValueError(f"distribution is {self.distribution!r}; choose one of {', '.join(kinds)}")
        usual = PpoConfig.log_std_range, PpoConfig.initial_log_std
        if self.distribution == "bernoulli" and (self.log_std_range, self.initial_log_std) != usual:
            raise ValueError(
                "log_std_range and initial_log_std are of a gaussian's deviation; bernoulli has none, so leave them out"
            )

    def build_normaliser(self, n_observation: int) -> Normaliser:
        """What finds the scaling of observations of a length."""
        return RunningMoments(n_observation) if self.normaliser == "running" else NoNormaliser(n_observation)

    def build(
        self, n_observation: int, n_action: int, seed: int, parts: Sequence[Part] = (), decision_s: float = DECISION_S
    ) -> PpoLearner:
        """A fresh learner with this configuration; arguments as for `PpoLearner`."""
        from soleus.learner.ppo.learner import PpoLearner  # imports JAX: a config and --help do without

        del decision_s  # its noise has no memory
        return PpoLearner(self, n_observation, n_action, seed, parts)
