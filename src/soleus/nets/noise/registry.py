"""The only lists of noises and of their colours, by the names that settings and files know them by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from soleus.nets.noise.additive import AdditiveNoise
from soleus.nets.noise.base import Noise
from soleus.nets.noise.colour import Colour
from soleus.nets.noise.gaussian import Gaussian
from soleus.nets.noise.mixed import MixedNoise
from soleus.nets.noise.none import NoNoise
from soleus.nets.noise.ornstein_uhlenbeck import OrnsteinUhlenbeck
from soleus.nets.noise.parameter import ParameterNoise
from soleus.nets.noise.pink import Pink
from soleus.nets.noise.repeated import Repeated

COLOURS: dict[str, Callable[..., Colour]] = {
    colour.kind: colour for colour in (Gaussian, OrnsteinUhlenbeck, Pink, Repeated)
}
"""Settings -> colour"""


def _additive(colour: Callable[..., Colour]) -> Callable[..., Noise]:
    def build(std: float, **settings: Any) -> Noise:
        return AdditiveNoise(colour(**settings), std)

    return build


def _mixed(noises: Sequence[Mapping[str, Any]], probabilities: Sequence[float]) -> Noise:
    return MixedNoise(tuple(noise_from(description) for description in noises), tuple(probabilities))


NOISES: dict[str, Callable[..., Noise]] = {
    NoNoise.kind: NoNoise,
    **{kind: _additive(colour) for kind, colour in COLOURS.items()},
    ParameterNoise.kind: ParameterNoise,
    MixedNoise.kind: _mixed,
}
"""Settings -> noise"""


def colour_from(description: Mapping[str, Any]) -> Colour:
    """The colour that a description is of; ValueError for an unknown kind."""
    return _built(COLOURS, "colour", description)


def noise_from(description: Mapping[str, Any]) -> Noise:
    """The noise that a description is of; ValueError for an unknown kind."""
    return _built(NOISES, "noise", description)


def _built(known: Mapping[str, Callable[..., Any]], what: str, description: Mapping[str, Any]) -> Any:
    settings = dict(description)
    kind = settings.pop("kind")
    if kind not in known:
        raise ValueError(f"unknown {what} {kind!r}; known are {', '.join(known)}")
    return known[kind](**settings)
