"""Where episodes begin while learning."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class StartConfig:
    """Shares of the episodes that begin elsewhere than the task's own do; the rest begins as it is judged."""

    stride: float = 0.0
    """Share that begins in the middle of a stride: steps are met before they are found. Too much, and it learns little
    about the first step, on which it is judged."""
    random: float = 0.0
    """Share that begins in one of Bliznashki's (2019) random poses: wilder than strides, in space too, and some cannot
    be caught any more."""
    fade_from: int = 0
    """Resets of a world after which random poses begin to turn into the task's own start. (Bliznashki: 1000.)"""
    fade_to: int = 0
    """Resets after which they are the task's own start; 0: they stay as they are. (Bliznashki: 2000.)"""
    own: float = 0.0
    """Share that begins in states that the worlds have been in and gone on well from: what comes late in an episode is
    practised as often as what comes first. None is there at first, and then the task's own start is taken."""
    own_after_s: float = 1.0
    """Time for which a body has to stay up after a state that is good to begin in [s]. More keeps only what can be gone
    on from."""
    own_speed: float = 0.5
    """Least speed over the ground in such a state [m/s]: 0 takes states of standing too."""
    own_kept: int = 1000
    """States kept in each worker, the last ones: fewer are nearer to what the policy does now."""

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in ("stride", "random", "own")}
        for name, share in shares.items():
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"training starts {name} is {share}; it is a share, from 0 to 1")
        if sum(shares.values()) > 1.0 + 1e-9:
            told = ", ".join(f"{name} {share:g}" for name, share in shares.items())
            raise ValueError(f"training starts are {told}; shares of the same episodes, they add up to 1 at most")
        for name, least in (
            ("fade_from", 0),
            ("fade_to", 0),
            ("own_after_s", 0.0),
            ("own_speed", 0.0),
            ("own_kept", 1),
        ):
            value = getattr(self, name)
            if not math.isfinite(value) or value < least:
                raise ValueError(f"training starts {name} is {value}; it must be at least {least}")
        if self.fade_to and self.fade_to <= self.fade_from:
            raise ValueError(
                f"training starts fade_to is {self.fade_to}, not after fade_from {self.fade_from}; 0 never fades"
            )
