"""The only list of transforms, by the names under which a run observes through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from soleus.task.layout import Layout
from soleus.task.near import meant
from soleus.task.pooled_target import turn_as_published, turn_if_behind
from soleus.task.transform.activation import Activation
from soleus.task.transform.base import Transform
from soleus.task.transform.body import BODY, FOOT_HEIGHTS, FOOT_PLACES, OBSTACLE, POINT_PLACES, STRENGTHS, body34
from soleus.task.transform.centre_pelvis import centre_pelvis
from soleus.task.transform.finite_velocity import FiniteVelocity
from soleus.task.transform.foot_touch import foot_touch
from soleus.task.transform.frames import frames
from soleus.task.transform.full import Full67
from soleus.task.transform.last_action import LastAction
from soleus.task.transform.obstacle import ObstacleAtFeet, PreviousObstacle, near_obstacle
from soleus.task.transform.pooled_field import pooled_field, target_code
from soleus.task.transform.pose import pose
from soleus.task.transform.qin import PLACES, Qin79
from soleus.task.transform.reason8 import reason8
from soleus.task.transform.reduced import reduced33, reduced34
from soleus.task.transform.stelmaszczyk import AS_PUBLISHED, Mistakes, stelmaszczyk82
from soleus.task.walk2019_observation import observation_layout as walk2019_layout

ALL = ("run2017", "prosthetics2018", "walk2019", "arm")
RUN, WALK = ("run2017",), ("walk2019",)
VIEW = tuple(name for name in walk2019_layout().names if name.startswith("target_velocity "))


@dataclass(frozen=True)
class Entry:
    """A transform as a user meets it."""

    build: Callable[[Layout, Layout], Transform]
    """Fields of what is observed, fields of the policy's actions -> transform"""
    tasks: tuple[str, ...]
    """Tasks that it can stand first for"""
    reads: tuple[str, ...] = ()
    """Fields without which it has nothing to tell"""
    in_ground: bool = False
    """Whether it needs to know where on the track the pelvis is"""
    alters: tuple[str, ...] = ()
    """Fields that it tells under their names and yet otherwise than it read them: nobody reads them after it"""


TRANSFORMS = {
    "centre_pelvis": Entry(centre_pelvis, ALL),
    "last_action": Entry(LastAction, ALL),
    "activation": Entry(Activation, ALL),
    "two_frames": Entry(frames(2), ALL),
    "four_frames": Entry(frames(4), ALL),
    "eight_frames": Entry(frames(8), ALL),
    "finite_velocity": Entry(FiniteVelocity, RUN, POINT_PLACES),
    "foot_touch": Entry(foot_touch, RUN, FOOT_HEIGHTS),
    "previous_obstacle": Entry(PreviousObstacle, RUN, (*OBSTACLE, "pelvis_tx"), in_ground=True),
    "near_obstacle": Entry(near_obstacle, RUN, OBSTACLE, alters=OBSTACLE),
    "obstacle_at_feet": Entry(ObstacleAtFeet, RUN, (*OBSTACLE, *FOOT_PLACES, "pelvis_tx"), in_ground=True),
    "body34": Entry(body34, RUN, BODY),
    "reduced33": Entry(reduced33, RUN, BODY),
    "reduced34": Entry(reduced34, RUN, BODY, in_ground=True),
    "full67": Entry(Full67, RUN, BODY, in_ground=True),
    "stelmaszczyk82": Entry(stelmaszczyk82(Mistakes()), RUN, (*BODY, *STRENGTHS, *OBSTACLE), in_ground=True),
    "stelmaszczyk82_as_published": Entry(
        stelmaszczyk82(AS_PUBLISHED), RUN, (*BODY, *STRENGTHS, *OBSTACLE), in_ground=True
    ),
    "qin79": Entry(Qin79, RUN, (*BODY, *PLACES, *STRENGTHS, *OBSTACLE), in_ground=True),
    "reason8_39": Entry(reason8(tells_first_obstacle=True), RUN, (*BODY, *STRENGTHS, *OBSTACLE)),
    "reason8_39_as_published": Entry(reason8(tells_first_obstacle=False), RUN, (*BODY, *STRENGTHS, *OBSTACLE)),
    "pooled_field": Entry(pooled_field, WALK, VIEW),
    "pose": Entry(pose, WALK, ("pelvis height", "hip_abduction_r")),
    "target_code": Entry(target_code(turn_if_behind), WALK, VIEW),
    "target_code_as_published": Entry(target_code(turn_as_published), WALK, VIEW),
}


def check_names(names: Sequence[str]) -> None:
    """Refuse a chain with a name that nobody has, or twice the same; ValueError with the names there are."""
    for i, name in enumerate(names):
        if name not in TRANSFORMS:
            raise ValueError(
                f"observe names {name!r}, which is none of {', '.join(TRANSFORMS)}{meant(name, TRANSFORMS)}"
            )
        if name in names[:i]:
            raise ValueError(f"observe names {name} twice; name it once")


def build_chain(names: Sequence[str], task: str, observation: Layout, action: Layout) -> tuple[Transform, ...]:
    """The transforms of a run in their order, each of what the one before tells.

    Args:
        names: of the transforms.
        task: what is observed first.
        observation: fields of that.
        action: fields of the policy's actions.

    Raises:
        ValueError: for a transform that does not fit, with what it lacks and where it would fit.
    """
    chain: list[Transform] = []
    for name in names:
        told = chain[-1].layout if chain else observation
        before = names[len(chain) - 1] if chain else f"the task {task}"
        fault = _fault(TRANSFORMS[name], told, before) or _altered(TRANSFORMS[name], names[: len(chain)])
        if fault is not None:
            raise ValueError(f"observe {name}: {fault}")
        try:
            chain.append(TRANSFORMS[name].build(told, action))
        except ValueError as error:
            raise ValueError(f"observe {name} after {before}: {error}") from error
    return tuple(chain)


def _fault(entry: Entry, told: Layout, before: str) -> str | None:
    """Why a transform cannot stand behind what tells this; None if it can."""
    missing = next((name for name in entry.reads if name not in told.names), None)
    if missing is not None:
        return f"it reads {missing!r}, which {before} does not tell; it fits {_tasks(entry)}"
    if entry.in_ground and "pelvis_tx" not in [told.names[i] for i in told.forward_positions]:
        return f"it reads 'pelvis_tx' in ground, and {before} tells places from the pelvis; put it before {before}"
    return None


def _altered(entry: Entry, before: Sequence[str]) -> str | None:
    """Why a transform cannot stand behind some others, one of which tells what it reads in its own way."""
    for name in before:
        field = next((field for field in entry.reads if field in TRANSFORMS[name].alters), None)
        if field is not None:
            return f"it reads {field!r} as the task tells it, and {name} tells it otherwise; put it before {name}"
    return None


def _tasks(entry: Entry) -> str:
    kinds = f"the task{'s' * (len(entry.tasks) > 1)} {', '.join(entry.tasks)}"
    return f"{kinds}, as the first transform or after ones that leave such fields as they are"
