"""What a run begins with: a learner that knows nothing, or what another run has learnt."""

from __future__ import annotations

from soleus.learner.base import Learner
from soleus.learner.registry import learner_name
from soleus.run.build import build_learner, check_stages, layout_fault, signature
from soleus.run.candidate import load_checked_policy
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.shipped import find_folder


def begun(config: RunConfig) -> Learner:
    """The learner of a run's beginning.

    Raises:
        RunError: for a run to start from that is not there, or does not fit; for a stage that cannot be gone into.
    """
    learner = build_learner(config.at_stage(0))
    check_stages(config, learner)
    if config.start_from:
        other = find_folder(config.start_from)
        _check_alike(config, other)
        _take_over(learner, config, other)
    return learner


def _check_alike(config: RunConfig, other: RunFolder) -> None:
    """Refuse another run that observes or does otherwise."""
    fault = layout_fault(signature(other.config.task, other.config.control), signature(config.task, config.control))
    if fault:
        raise RunError(
            f"this run {fault}, otherwise than {config.start_from}; start from a run that observes and does the same"
        )


def _take_over(learner: Learner, config: RunConfig, other: RunFolder) -> None:
    """Give a learner all that one of its kind has learnt, or else the best policy that there is."""
    alike = learner_name(other.config.learner) == learner_name(config.learner)
    found = other.load_checkpoint() if alike else None
    if found is None:
        policy = load_checked_policy(other, config.task)
        try:
            learner.begin_with(policy)
        except ValueError as error:
            raise RunError(f"this run cannot go on from {config.start_from}: {error}") from error
    else:
        try:
            learner.load(found[0])
        except ValueError as error:
            raise RunError(f"the learner of {config.start_from} is not the one of this run: {error}") from error
