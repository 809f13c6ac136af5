"""The settings under which a challenge's round was graded: nothing that contradicts them counts as official."""

from __future__ import annotations

from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import EngineConfig, engine_name
from soleus.run.error import RunError
from soleus.task.foreign import GymnasiumConfig
from soleus.task.protocol import Protocol, contradictions
from soleus.task.registry import TaskConfig


def graded_engine(protocol: Protocol) -> ReferenceConfig:
    """The judge of a round."""
    return ReferenceConfig(accuracy=protocol.accuracy)


def check_official(protocol: Protocol, task: TaskConfig, engine: EngineConfig | None, n_episode: int) -> None:
    """Refuse what contradicts the round, all of it by name; RunError."""
    assert not isinstance(task, GymnasiumConfig)  # no round was about one
    wrong = [f"--task.{words}" for words in contradictions(task.resolved, task.graded.resolved)]
    if isinstance(engine, ReferenceConfig):
        wrong += [f"--engine.{words}" for words in contradictions(engine, graded_engine(protocol))]
    elif engine is not None:
        wrong.append(f"--engine is {engine_name(engine)}, graded with opensim")
    if n_episode < protocol.episodes:
        wrong.append(f"--seeds is {n_episode}, graded with {protocol.episodes}; more are allowed")
    if wrong:
        raise RunError(f"{protocol.title} was graded otherwise: {'; '.join(wrong)}. Leave these out, or --official")
