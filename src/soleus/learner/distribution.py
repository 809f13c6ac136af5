"""What the actions of a learner that learns through them are drawn from: settings -> head."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf
from typing import Literal, Protocol, get_args

from soleus.learner.check import check_interval, check_least
from soleus.nets.distribution import output_for
from soleus.nets.flow import DENSITIES, FlowDensity
from soleus.nets.head import HEADS, FlowHead, Head

DistributionKind = Literal["gaussian", "lattice", "flow"]
KINDS: tuple[DistributionKind, ...] = get_args(DistributionKind)


@dataclass(frozen=True)
class FlowConfig:
    """The flow of the distribution "flow"."""

    units: int = 3
    """Units of each hidden layer for each action: more can bend further, and take longer."""
    layers: int = 3
    """Hidden layers: more can bend further, and take longer."""
    density: FlowDensity = "exact"
    """"exact" is the density of what is drawn. "as_published" is that of Bliznashki's code, with a term that hardly
    changes where the density of the noise belongs: the temperature then keeps to an entropy that is none. For
    comparison only."""

    def __post_init__(self) -> None:
        check_least(self, 1, "units", "layers")
        if self.density not in DENSITIES:
            raise ValueError(f"density is {self.density!r}; choose one of {', '.join(DENSITIES)}")


class Draws(Protocol):
    """Settings that decide it."""

    @property
    def distribution(self) -> DistributionKind:
        """Its kind."""
        ...

    @property
    def log_std_range(self) -> tuple[float, float]:
        """Bounds of the logarithm of a deviation."""
        ...

    @property
    def initial_log_std(self) -> float | None:
        """This logarithm for a fresh actor; None is the middle of its range."""
        ...

    @property
    def flow(self) -> FlowConfig:
        """Of the kind "flow"."""
        ...


def check_distribution(config: Draws) -> None:
    """Refuse kinds that cannot be learnt through their actions, and settings of a kind that was not chosen."""
    if config.distribution == "bernoulli":
        raise ValueError(no_jumps("distribution"))
    if config.distribution not in KINDS:
        raise ValueError(f"distribution is {config.distribution!r}; choose one of {', '.join(KINDS)}")
    if config.distribution != "flow" and config.flow != FlowConfig():
        usual = ", ".join(f"{name} {value}" for name, value in asdict(FlowConfig()).items())
        raise ValueError(
            f"settings of flow are given, and distribution is {config.distribution!r}; choose flow, or leave {usual}, "
            "which is also what to give where a recipe has set others"
        )
    if not -inf < config.log_std_range[0] < config.log_std_range[1] < inf:
        raise ValueError(f"log_std_range is {config.log_std_range}; give two finite numbers, the lower bound first")
    if config.initial_log_std is not None:
        check_interval(config, *config.log_std_range, "initial_log_std")


def no_jumps(setting: str) -> str:
    """Why a learner that learns through its actions has no muscles that are off or on."""
    return (
        f"{setting} is bernoulli, whose actions jump from -1 to 1: this learner follows its critics' slope through the "
        f"action, and a jump has none; choose one of {', '.join(KINDS)}, or take --learner ppo, which has bernoulli"
    )


def build_head(config: Draws, n_action: int) -> Head:
    """What the outputs of an actor mean."""
    if config.distribution == "flow":
        flow = config.flow
        return FlowHead(n_action, config.log_std_range, flow.units, flow.layers, flow.density)
    return HEADS[config.distribution](n_action, config.log_std_range)


def initial_deviation(config: Draws) -> float:
    """The output of a fresh actor that its deviations are made of."""
    return 0.0 if config.initial_log_std is None else output_for(config.initial_log_std, config.log_std_range)
