"""The policies that files can hold, by name: the only list of them."""

from __future__ import annotations

from pathlib import Path

from soleus.nets.actor import ActorPolicy
from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.dep import DepPolicy
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.feudal import FeudalPolicy
from soleus.nets.file import read_policy
from soleus.nets.members import EnsemblePolicy
from soleus.nets.planning import PlanningPolicy
from soleus.nets.policy import Policy
from soleus.nets.signature import UNKNOWN, Signature

POLICIES = {
    policy.kind: policy
    for policy in (
        ActorPolicy,
        DeterministicPolicy,
        PlanningPolicy,
        DepPolicy,
        UniformPolicy,
        ConstantPolicy,
        EnsemblePolicy,
        FeudalPolicy,
    )
}
TrainedPolicy = ActorPolicy | DeterministicPolicy
FilePolicy = TrainedPolicy | EnsemblePolicy | FeudalPolicy | PlanningPolicy | DepPolicy | UniformPolicy | ConstantPolicy


def save_policy(path: Path, policy: Policy, signature: Signature = UNKNOWN) -> None:
    """Write a policy, and what it was made for, to a file that `load_policy` reads, in place of any that is there."""
    if not isinstance(policy, FilePolicy):
        raise ValueError(f"a {type(policy).__name__} cannot be saved; files hold the kinds {', '.join(POLICIES)}")
    policy.save(path, signature)


def load_policy(path: Path) -> FilePolicy:
    """Read a policy file of any kind."""
    return load_signed_policy(path)[0]


def load_signed_policy(path: Path) -> tuple[FilePolicy, Signature]:
    """Read a policy file of any kind, and what its policy was made for.

    Raises:
        ValueError: the file is damaged, of another program, of a newer version or of an unknown kind.
    """
    kind, arrays, description = read_policy(path)
    if kind not in POLICIES:
        raise ValueError(f"{path} holds a policy of kind {kind!r}, this Soleus knows {', '.join(POLICIES)}")
    try:
        return POLICIES[kind].from_file(arrays, description), Signature.from_description(description)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a complete {kind} policy ({error}): save the policy again") from error
