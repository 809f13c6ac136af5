"""The policy of several actors with critics of their own: they vote on what to do, or act in turn to explore."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.actor import ActorPolicy
from soleus.nets.critics import Critics, critics_from
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.file import write_policy
from soleus.nets.form import Form
from soleus.nets.members.turns import Turns, turns_from
from soleus.nets.members.vote import RULES
from soleus.nets.policy import Policy
from soleus.nets.signature import UNKNOWN, Signature

Member = ActorPolicy | DeterministicPolicy
ROWS = 256
"""Rows that critics judge at once, whose hidden layers stay in the cache: a third faster in many worlds"""
MEMBERS = {member.kind: member for member in (ActorPolicy, DeterministicPolicy)}


@final
@dataclass(frozen=True)
class EnsemblePolicy(Policy):
    """Every actor proposes an action, all judges score all proposals, and the best one is done (Huang 2017, arXiv
    1712.08987). To explore, a member acts for a while as if it were alone, or the vote decides too.
    """

    kind: ClassVar[str] = "ensemble"

    members: tuple[Member, ...]
    """All of one kind, form and scaling; what the first one explores with is that of all"""
    judges: tuple[Critics, ...]
    """Who score the members' proposals: the critics of some members, of which each member's lowest counts"""
    rule: str = "mean"
    """How, by its name in RULES"""
    turns: Turns | None = None
    """Who acts while exploring, of as many as there are members; None leaves that to the vote"""
    n_proposing: int | None = None
    """How many members, from the first on, propose; None lets all"""

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"rule is {self.rule!r}; choose one of {', '.join(RULES)}")
        forms = {(type(member), member.network) for member in self.members}
        if len(forms) != 1:
            raise ValueError(f"members have {len(forms)} different forms; they need to be of one")
        for judge in self.judges:
            judge.check()
            if judge.network.sizes[0] != self.n_observation + self.n_action:
                raise ValueError(
                    f"a judge takes {judge.network.sizes[0]} numbers, members observe {self.n_observation} and do "
                    f"{self.n_action}"
                )

    @property
    def n_observation(self) -> int:
        """Length of an observation."""
        return self.members[0].n_observation

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return self.members[0].n_action

    def equipped(self, equip: Callable[[Policy], Policy]) -> EnsemblePolicy:
        """The same, exploring as `equip` makes one member do."""
        first, *others = self.members
        return replace(self, members=(equip(first), *others))

    def begin(self, worlds: NDArray[np.integer]) -> None:
        self.members[0].begin(worlds)
        if self.turns is not None:
            self.turns.begin(worlds)

    def follow(self, before: Policy) -> None:
        if not isinstance(before, EnsemblePolicy):
            return
        self.members[0].follow(before.members[0])
        if self.turns is not None and before.turns is not None:
            self.turns.follow(before.turns)

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        if generator is not None and self.turns is not None:
            return _explored(self.members, self.turns.draw(len(observation), generator), observation, generator)
        proposals = np.stack([member.act(observation, None) for member in self.members[: self.n_proposing]])
        chosen = self.scores(observation, proposals).argmax(axis=0)
        if generator is not None:
            return _explored(self.members, chosen, observation, generator)
        return proposals[chosen, np.arange(len(observation))]

    def scores(self, observation: NDArray[np.floating], proposals: NDArray[np.float32]) -> NDArray[np.floating]:
        """What the judges say together.

        Args:
            observation: raw, shape (n_world, n_observation).
            proposals: shape (n_proposal, n_world, n_action).

        Returns:
            Scores, shape (n_proposal, n_world).
        """
        n_proposal, n_world, n_action = proposals.shape
        seen = np.tile(observation, (n_proposal, 1))
        done = proposals.reshape(-1, n_action)
        parts = [slice(first, first + ROWS) for first in range(0, len(done), ROWS)]
        values = [np.concatenate([judge(seen[part], done[part]) for part in parts]) for judge in self.judges]
        return RULES[self.rule](np.reshape(values, (-1, n_proposal, n_world)))

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        signature.check(self.n_observation, self.n_action)
        contents = [member.content() for member in self.members]
        arrays = {
            **{f"member{i}.{name}": array for i, (own, _) in enumerate(contents) for name, array in own.items()},
            **{f"judge{i}.{name}": array for i, own in enumerate(self.judges) for name, array in own.arrays().items()},
        }
        description = {
            "member": self.members[0].kind,
            "members": [told for _, told in contents],
            "judges": [judge.description() for judge in self.judges],
            "rule": self.rule,
            "turns": self.turns and self.turns.description(),
            "n_proposing": self.n_proposing,
        }
        write_policy(path, self.kind, arrays, description, signature)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> EnsemblePolicy:
        """The policy that `save` wrote, from what its file holds."""

        def own(name: str, number: int) -> dict[str, NDArray]:
            prefix = f"{name}{number}."
            return {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}

        kind = MEMBERS[description["member"]]
        members = tuple(kind.from_file(own("member", i), told) for i, told in enumerate(description["members"]))
        turns = description["turns"]
        return cls(
            members=members,
            judges=tuple(
                critics_from(told, own("judge", i), members[0].scaling) for i, told in enumerate(description["judges"])
            ),
            rule=description["rule"],
            turns=turns and turns_from(turns),
            n_proposing=description["n_proposing"],
        )


def _explored(
    members: tuple[Member, ...],
    chosen: NDArray[np.integer],
    observation: NDArray[np.floating],
    generator: np.random.Generator,
) -> NDArray[np.float32]:
    """What each world's member does to explore; all with the noise of the first, whose memory is of worlds."""
    first = members[0]
    if isinstance(first, DeterministicPolicy):
        return first.noise.explore(_Acting(members, chosen), observation, generator)
    noise = first.colour.draw((len(observation), first.n_action), generator)
    action = np.empty_like(noise)
    for number in np.unique(chosen):
        worlds, member = chosen == number, members[number]
        assert isinstance(member, ActorPolicy)
        action[worlds] = member.distribution(observation[worlds]).action(noise[worlds])
    return action


class _Acting:
    """The deterministic actors of many worlds, as noise meets them."""

    def __init__(self, members: tuple[Member, ...], chosen: NDArray[np.integer]) -> None:
        self._members = members
        self._chosen = chosen

    @property
    def network(self) -> Form:
        return self._members[0].network

    def __call__(self, observation: NDArray[np.floating]) -> NDArray[np.float32]:
        output = np.empty((len(observation), self._members[0].n_action), np.float32)
        for number in np.unique(self._chosen):
            worlds, member = self._chosen == number, self._members[number]
            assert isinstance(member, DeterministicPolicy)
            output[worlds] = member.actor(observation[worlds])
        return output
