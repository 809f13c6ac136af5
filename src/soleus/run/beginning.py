"""What a run begins with: a learner that knows nothing, or what another run has learnt."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from numpy.typing import NDArray

from soleus.learner.base import Learner
from soleus.learner.part.registry import NETWORKS
from soleus.learner.registry import learner_name
from soleus.run.build import build_learner, check_stages, layout_fault, signature
from soleus.run.candidate import load_checked_policy
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.shipped import find_folder

logger = logging.getLogger(__name__)


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
        _check_moments(config, other)
        _take_over(learner, config, other)
    return learner


def _check_alike(config: RunConfig, other: RunFolder) -> None:
    """Refuse another run that observes or does otherwise."""
    fault = layout_fault(signature(other.config.task, other.config.control), signature(config.task, config.control))
    if fault:
        raise RunError(
            f"this run {fault}, otherwise than {config.start_from}; start from a run that observes and does the same"
        )


def _check_moments(config: RunConfig, other: RunFolder) -> None:
    """Refuse symmetric networks that would look at both sides by other measures."""
    running = getattr(other.config.learner, "normaliser", "running") == "running"
    if config.symmetry in NETWORKS and other.config.symmetry in ("none", "batch_axis") and running:
        raise RunError(
            f"{config.start_from} has normalised what it observed on one side otherwise than on the other, as its "
            f"symmetry is {other.config.symmetry}: networks of symmetry {config.symmetry} would not be symmetric; take "
            "--symmetry data, or start from a run that has learnt with a mirror"
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
            learner.load(_with_own_parts(found[0], learner))
        except ValueError as error:
            raise RunError(f"the learner of {config.start_from} is not the one of this run: {error}") from error


def _with_own_parts(state: Mapping[str, NDArray], learner: Learner) -> dict[str, NDArray]:
    """What another learner knows, with fresh parts in the place of its own where these are made otherwise: predictors
    may come and go from run to run.
    """
    from soleus.learner.state import OF_PARTS, part_of, prefixed  # imports JAX, which workers do without

    theirs, own = part_of(state, OF_PARTS), part_of(learner.state(), OF_PARTS)
    if _shapes(theirs) == _shapes(own):
        return dict(state)
    if own:
        logger.warning("the predictors of this run are made otherwise than those it starts from, and begin anew")
    return {name: value for name, value in state.items() if not name.startswith(OF_PARTS)} | prefixed(OF_PARTS, own)


def _shapes(arrays: Mapping[str, NDArray]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in arrays.items()}
