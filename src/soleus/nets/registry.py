"""The policies that files can hold, by name: the only list of them."""

from __future__ import annotations

from pathlib import Path

from soleus.nets.actor import ActorPolicy
from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.file import read_policy

POLICIES = {policy.kind: policy for policy in (ActorPolicy, UniformPolicy, ConstantPolicy)}


def load_policy(path: Path) -> ActorPolicy | UniformPolicy | ConstantPolicy:
    """Read a policy file of any kind.

    Raises:
        ValueError: the file is damaged, of another program, of a newer version or of an unknown kind.
    """
    kind, arrays, description = read_policy(path)
    if kind not in POLICIES:
        raise ValueError(f"{path} holds a policy of kind {kind!r}, this Soleus knows {', '.join(POLICIES)}")
    try:
        return POLICIES[kind].from_file(arrays, description)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a complete {kind} policy ({error}): save the policy again") from error
