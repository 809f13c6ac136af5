"""The settings of learners side by side, apart from what they become so that reading a config imports no JAX."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, final

from soleus.learner.check import check_choices, check_least, check_share
from soleus.learner.replay.sampling import MemberSampling, Sampling
from soleus.nets.form import Form
from soleus.nets.members.turns import Turns
from soleus.nets.prior import PriorForm

if TYPE_CHECKING:
    from soleus.learner.exploration import Exploration

ALONE = ("n_member", "prior_scale")
"""Settings that mean something without other members"""


@final
@dataclass(frozen=True)
class EnsembleConfig:
    """How many learners of one kind learn side by side from one replay, and how they act together."""

    n_member: int = 1
    """Actors, each with critics of its own. An update takes as many times as long, and changes all of them."""
    data: Literal["own", "shared"] = "own"
    """Whether each member draws its own transitions for an update, or all learn from the same: own ones keep members
    different for longer."""
    bootstrap: float = 1.0
    """Share of all transitions that a member's critics learn from, each member from a choice of its own: less keeps
    members different where data are few, and wastes the rest."""
    prior_scale: float = 0.0
    """How much of a frozen random network is added to each critic, in the unit of what critics say: as large as returns
    are, members hope for different things where nothing was tried, and try them. 0 adds none."""
    explore: Literal["member", "vote"] = "member"
    """Who acts while exploring: "member" draws one for each world, which carries out what it hopes for; "vote" does
    what all critics together like best, as in play."""
    decisions: tuple[int, int] | None = None
    """The fewest and the most decisions for which "member" stays with one, each number as likely; None stays for an
    episode. Fewer try more in an episode, and end what needs patience."""
    rule: Literal["mean", "standardised", "share"] = "mean"
    """How critics vote on the actors' proposals: "mean" of their values; "standardised" gives a critic that sees small
    differences as much to say; "share" divides by each critic's sum, as published in 2018, and turns the vote of a
    critic around whose values are negative."""
    n_proposing: int | None = None
    """Members whose actors propose to the vote; None takes all. Fewer are faster to play."""
    n_judging: int | None = None
    """Members whose critics vote; None takes all."""
    actor_rate_step: float = 0.0
    """Member k learns at (1 + k x this) times the actor's learning rate, k from 0 on; below 0 later ones are slower."""
    critic_rate_step: float = 0.0
    """The same for the critics' learning rate."""

    def __post_init__(self) -> None:
        check_choices(self)
        check_least(self, 1, "n_member")
        check_least(self, 0, "prior_scale")
        check_share(self, "bootstrap")
        if self.n_member == 1:
            self._check_alone()
        for name in ("n_proposing", "n_judging"):
            number = getattr(self, name)
            if number is not None and not 1 <= number <= self.n_member:
                raise ValueError(f"{name} is {number} of {self.n_member} members; it must be from 1 to {self.n_member}")
        if self.decisions is not None and not 1 <= self.decisions[0] <= self.decisions[1]:
            raise ValueError(f"decisions are {self.decisions}; give the fewest, at least 1, and the most")
        if self.decisions is not None and self.explore == "vote":
            raise ValueError(
                f"decisions are {self.decisions}, but with explore vote nobody takes turns; leave them out, or give "
                "None where a recipe has set them"
            )
        for name in ("actor_rate_step", "critic_rate_step"):
            last = 1 + getattr(self, name) * (self.n_member - 1)
            if not last > 0:
                raise ValueError(
                    f"{name} is {getattr(self, name)}: the last of {self.n_member} members would learn at {last:g} "
                    "times the rate, which must be positive"
                )

    def sampling(self, one: Sampling) -> Sampling:
        """What is drawn for all members, from what draws for one."""
        if self.n_member == 1:
            return one
        return MemberSampling(one, self.n_member, self.data == "shared", self.bootstrap)

    def exploration(self, one: Exploration) -> Exploration:
        """How all members explore, from how one does."""
        from soleus.learner.exploration import OfMembers  # imports this package's configs

        return one if self.n_member == 1 else OfMembers(one)

    def critic(self, form: Form) -> Form:
        """The form of a critic with its prior, from that of one without."""
        if not self.prior_scale:
            return form
        assert not isinstance(form, PriorForm)
        return PriorForm(form, self.prior_scale)

    def turns(self) -> Turns | None:
        """Who acts while exploring; None for the vote."""
        return Turns(self.n_member, self.decisions) if self.explore == "member" else None

    def check_noise(self, noise: tuple[str, ...]) -> None:
        """Refuse noise in the parameters of several actors."""
        if self.n_member > 1 and "parameter" in noise:
            raise ValueError(
                f"noise is {noise} with ensemble n_member {self.n_member}: members differ in their parameters already; "
                "take noise in actions, such as gaussian, or one member"
            )

    def _check_alone(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name not in ALONE and value != item.default:
                raise ValueError(
                    f"ensemble {item.name} is {value}, but there is one member; give n_member 2 or more, or leave it"
                )
