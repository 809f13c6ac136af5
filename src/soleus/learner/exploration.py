"""How learners explore: settings -> what the policies of a learner take along, and what is learnt about that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isclose
from typing import Literal, final, get_args

import numpy as np
from numpy.typing import NDArray

from soleus.learner.check import check_least, check_positive
from soleus.learner.sigma import FIRST, SIGMA_RULES
from soleus.nets.actor import ActorPolicy
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.members import EnsemblePolicy
from soleus.nets.noise import (
    COLOURS,
    AdditiveNoise,
    Colour,
    MixedNoise,
    Noise,
    NoNoise,
    OrnsteinUhlenbeck,
    ParameterNoise,
)
from soleus.nets.noise.parameter import deviation, draw_direction
from soleus.nets.policy import Policy

ColourKind = Literal["gaussian", "ornstein_uhlenbeck", "pink", "repeated"]
NoiseKind = Literal["none", "gaussian", "ornstein_uhlenbeck", "pink", "repeated", "parameter"]


class Exploration(ABC):
    """What a learner does about exploring, apart from its updates."""

    @abstractmethod
    def equip(self, policy: Policy, n_transition: int) -> Policy:
        """The policy with all that it needs to explore, after so many transitions."""

    def adapt(
        self,
        policy: Callable[[], Policy],
        observation: NDArray[np.float32],
        updates: range,
        n_transition: int,
        generator: np.random.Generator,
    ) -> None:
        """Look at what the policy does now; most explorations have nothing to learn from that.

        Args:
            policy: gives the policy after the updates, if it is asked for.
            observation: a sampled batch, raw, shape (n, n_observation).
            updates: numbers of the updates since the last call, from 0 on.
            n_transition: received so far.
            generator: source of everything random.
        """

    def metrics(self) -> dict[str, float]:
        """What a user should see of it."""
        return {}

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays."""
        return {}

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""


@dataclass(frozen=True)
class ColourConfig:
    """How a policy that draws its actions explores: how its draws follow each other in time."""

    noise: ColourKind = "gaussian"
    """"gaussian" draws afresh for every action; "pink" has waves of all lengths; "repeated" holds a draw for 1 to 16
    actions, mostly few; "ornstein_uhlenbeck" wanders. The last three let slow muscles follow. Updates draw afresh."""
    correlation_s: float = 0.2
    """Time for which "ornstein_uhlenbeck" pushes the same way [s]."""

    def __post_init__(self) -> None:
        check_positive(self, "correlation_s")
        if self.noise not in COLOURS:
            why = {
                "parameter": "a policy that draws its actions explores as much as its temperature says, which noise in "
                "its parameters would not heed: take learner td3 or ddpg for it, or ",
                "none": "without its draws it would learn of actions that it never takes: ",
            }.get(self.noise, "")
            raise ValueError(f"noise is {self.noise!r}; {why}choose one of {', '.join(COLOURS)}")

    def build(self, decision_s: float) -> Exploration:
        """The exploration with actions that are held for `decision_s`."""
        return _Drawing(self, decision_s)


@dataclass(frozen=True)
class ExplorationConfig:
    """How a policy that is sure of itself explores."""

    noise: tuple[NoiseKind, ...] = ("gaussian",)
    """One kind, or several of which each world draws one for each episode. "gaussian" is added to actions, afresh to
    every one; "ornstein_uhlenbeck" wanders, "pink" has waves of all lengths, "repeated" holds a draw for 1 to 16
    actions: slow muscles follow these better. "parameter" moves the actor's parameters for an episode, so that it does
    the same in the same state: take it with --learner.actor-layer-norm. "none" shows where the policy gets alone."""
    probabilities: tuple[float, ...] = (1.0,)
    """How often each kind is drawn; one number for each, 1 in all."""
    std: float = 0.1
    """Deviation of actions at the start, in [-1, 1], whatever the kind: more finds more, and falls more."""
    std_end: float = 0.1
    """The same after `transitions`: less lets critics see what the policy itself would do."""
    transitions: int = 1_000_000
    """Transitions in which the deviation goes in a straight line from `std` to `std_end`; from then on it stays."""
    period: int | None = None
    """Transitions after which the deviation starts at `std` again, time after time: a saw-tooth, which shakes a policy
    that has settled. None lets it fall once."""
    half_life: int | None = None
    """Transitions in which all of that becomes half as much, again and again: saw-teeth that grow lower. None lets it
    be."""
    correlation_s: float = 0.2
    """Time for which "ornstein_uhlenbeck" pushes the same way [s]."""
    sigma_rule: Literal["adaptive", "bisection"] = "adaptive"
    """How "parameter" finds the deviation of parameters: "adaptive" goes 1 % up or down, "bisection" takes what gives
    the wanted deviation of actions exactly on a batch, which is right at once and jumps with every direction."""
    sigma_updates: int = 20
    """Updates between two such looks: fewer keep up with a faster actor. A look costs as much as half an update, a
    bisection as much as four."""
    n_direction: int = 16
    """Directions in which "parameter" moves at a time; worlds share them. More try more, and take longer to act."""

    def __post_init__(self) -> None:
        check_least(self, 0, "std", "std_end")
        check_least(self, 1, "transitions", "sigma_updates", "n_direction")
        check_positive(self, "correlation_s")
        check_least(self, 1, *(name for name in ("period", "half_life") if getattr(self, name) is not None))
        if self.sigma_rule not in SIGMA_RULES:
            raise ValueError(f"sigma_rule is {self.sigma_rule!r}; choose one of {', '.join(SIGMA_RULES)}")
        self._check_choice()

    def build(self, decision_s: float) -> Exploration:
        """The exploration with actions that are held for `decision_s`."""
        return (_WithParameterNoise if "parameter" in self.noise else _WithActionNoise)(self, decision_s)

    def std_after(self, n_transition: int) -> float:
        """The deviation after so many transitions."""
        since = n_transition if self.period is None else n_transition % self.period
        left = 1.0 if self.half_life is None else 0.5 ** (n_transition / self.half_life)
        return left * (self.std + min(since / self.transitions, 1.0) * (self.std_end - self.std))

    def _check_choice(self) -> None:
        known = get_args(NoiseKind)
        for kind in self.noise:
            if kind not in known:
                raise ValueError(f"unknown noise {kind!r}; known are {', '.join(known)}")
        if not self.noise or len(set(self.noise)) < len(self.noise):
            raise ValueError(f"noise is {self.noise}; name at least one kind, and each once")
        if len(self.probabilities) != len(self.noise):
            raise ValueError(
                f"probabilities are {self.probabilities} for noise {self.noise}; give one number for each kind, which "
                "is 1 for one"
            )
        if min(self.probabilities) < 0 or not isclose(sum(self.probabilities), 1.0, abs_tol=1e-6):
            raise ValueError(f"probabilities are {self.probabilities}; none is negative, and they add up to 1")


@final
class _Drawing(Exploration):
    """Gives the draws of a policy their colour."""

    def __init__(self, config: ColourConfig, decision_s: float) -> None:
        self._config = config
        self._decision_s = decision_s

    def equip(self, policy: Policy, n_transition: int) -> Policy:
        del n_transition  # the temperature decides how much is explored
        assert isinstance(policy, ActorPolicy)
        return replace(policy, colour=_colour(self._config.noise, self._config.correlation_s, self._decision_s))


@final
class _WithActionNoise(Exploration):
    """Adds to actions what the settings say; there is nothing to learn."""

    def __init__(self, config: ExplorationConfig, decision_s: float) -> None:
        self._config = config
        self._decision_s = decision_s

    def equip(self, policy: Policy, n_transition: int) -> Policy:
        assert isinstance(policy, DeterministicPolicy)
        return replace(policy, noise=_noise(self._config, n_transition, self._decision_s))


@final
class _WithParameterNoise(Exploration):
    """Moves parameters too, and learns how far."""

    def __init__(self, config: ExplorationConfig, decision_s: float) -> None:
        self._config = config
        self._decision_s = decision_s
        self._sigma = FIRST
        self._rule = SIGMA_RULES[config.sigma_rule]

    def equip(self, policy: Policy, n_transition: int) -> Policy:
        assert isinstance(policy, DeterministicPolicy)
        parameter = ParameterNoise(self._sigma, self._config.n_direction)
        return replace(policy, noise=_noise(self._config, n_transition, self._decision_s, parameter=parameter))

    def adapt(
        self,
        policy: Callable[[], Policy],
        observation: NDArray[np.float32],
        updates: range,
        n_transition: int,
        generator: np.random.Generator,
    ) -> None:
        n_look = sum((number + 1) % self._config.sigma_updates == 0 for number in updates)
        if not n_look:
            return
        learnt = policy()
        assert isinstance(learnt, DeterministicPolicy)
        wanted = self._config.std_after(n_transition)
        for _ in range(n_look):
            # A direction of its own: along those acted with, what was learnt from acting would count twice.
            measure = deviation(learnt.actor, draw_direction(learnt.actor, generator), observation)
            self._sigma = self._rule.next(self._sigma, measure, wanted)

    def metrics(self) -> dict[str, float]:
        return {"exploration_sigma": self._sigma}

    def state(self) -> dict[str, NDArray]:
        return {"sigma": np.array(self._sigma)}

    def load(self, state: Mapping[str, NDArray]) -> None:
        self._sigma = float(state["sigma"])


@final
class OfMembers(Exploration):
    """Lets all members of an ensemble explore as one would."""

    def __init__(self, one: Exploration) -> None:
        self._one = one

    def equip(self, policy: Policy, n_transition: int) -> Policy:
        assert isinstance(policy, EnsemblePolicy)
        return policy.equipped(lambda member: self._one.equip(member, n_transition))


def _colour(kind: str, correlation_s: float, decision_s: float) -> Colour:
    if kind == OrnsteinUhlenbeck.kind:
        return OrnsteinUhlenbeck(correlation_s, decision_s)
    return COLOURS[kind]()


def _noise(config: ExplorationConfig, n_transition: int, decision_s: float, **others: Noise) -> Noise:
    """The noise after so many transitions; kinds that are no additive noise are given by name."""
    std = config.std_after(n_transition)
    others = {NoNoise.kind: NoNoise(), **others}
    noises = tuple(
        others[kind] if kind in others else AdditiveNoise(_colour(kind, config.correlation_s, decision_s), std)
        for kind in config.noise
    )
    return noises[0] if len(noises) == 1 else MixedNoise(noises, config.probabilities)
