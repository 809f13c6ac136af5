"""The forms of networks, and how they lie in files: a form is called with its numbers and its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from soleus.nets.mlp import Mlp
from soleus.nets.prior import PriorForm
from soleus.nets.single_leg import SingleLegMlp
from soleus.nets.symmetric import SymmetricMlp

Form = Mlp | SymmetricMlp | SingleLegMlp | PriorForm


def form_from(description: Mapping[str, Any]) -> Form:
    """The form that a `description()` is of: each tells something that the others do not."""
    if "prior_scale" in description:
        form = form_from(description["form"])
        assert not isinstance(form, PriorForm)
        return PriorForm(form, description["prior_scale"])
    if "n_proposed" in description:
        return SingleLegMlp.from_description(description)
    return (SymmetricMlp if "mlp" in description else Mlp).from_description(description)
