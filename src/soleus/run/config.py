"""What a run is: nested frozen dataclasses, written to its folder as JSON and read back strictly."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

import cattrs
from cattrs.gen import make_dict_structure_fn
from cattrs.strategies import configure_union_passthrough
from cattrs.v import format_exception

from soleus.engine.registry import ENGINES, EngineConfig, engine_name, find_engine
from soleus.learner.exploration import ExplorationConfig
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig
from soleus.learner.part.registry import Symmetry
from soleus.learner.part.symmetric_loss import WEIGHT
from soleus.learner.prefill import PrefillConfig
from soleus.learner.registry import LearnerConfig, find_learner, learner_name
from soleus.run.error import RunError
from soleus.run.flag import changed
from soleus.run.prediction import check_prediction, check_prefill, predicts
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import TaskConfig, kind_name, kind_of, task_name

N_WORLD = 256
"""Worlds of an engine that holds many: enough to fill the processor's vectors, few enough for a fresh policy."""


@dataclass(frozen=True)
class ControlConfig:
    """How a policy sees and moves the body, whatever the task."""

    hold: int = 4
    """Control steps of 10 ms for which an action is held. More makes a horizon shorter and learning faster, fewer
    allow a finer gait."""
    centre_pelvis: bool = True
    """Observe forward positions relative to the pelvis."""
    tell_action: bool = True
    """Observe the last action too, a stand-in for the muscles' activations."""


PLAIN = ControlConfig(hold=1, centre_pelvis=False, tell_action=False)
"""The task as it is."""


@dataclass(frozen=True)
class TrainingConfig:
    """What makes a task easier to learn. Policies are judged without any of it."""

    stride_starts: float = 0.0
    """Share of the episodes that start in the middle of a stride instead of the judged start."""
    alive: float = 0.0
    """Reward for each second on its feet, in the task's unit. Too little, and it learns to fall forward; too much, and
    it learns to stand."""
    foot_swing: float = 0.0
    """Reward for each metre that the faster foot goes forward, in the task's unit: pays a first step before it is a
    stride."""
    knee_hyperextension: float = 0.0
    """Cost of each second for each radian that a knee is bent the wrong way, in the task's unit: a locked knee needs no
    control, so it is found first and tops out at a goose-step of 2 m/s."""
    reward_scale: float = 1.0
    """Factor on all rewards that the learner sees."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.stride_starts <= 1.0:
            raise ValueError(f"stride_starts is {self.stride_starts}; it is a share, from 0 to 1")
        if self.reward_scale <= 0.0:
            raise ValueError(f"reward_scale is {self.reward_scale}; it must be positive")


@dataclass(frozen=True)
class SamplerConfig:
    """How worlds are run."""

    kind: Literal["auto", "thread", "process", "serial"] = "auto"
    """"thread" simulates in this process while learning goes on, for an engine that holds many worlds; "process" in
    processes of their own, for one that does not; "serial" takes turns with learning, so that the same seed gives the
    same run to the bit; "auto" takes the one for the engine, and "serial" for a task of Gymnasium."""
    worlds: int = 0
    """Worlds in each worker; 0 takes 256 of an engine that holds many, and 1 of everything else."""
    workers: int = 0
    """Processes that simulate; 0 takes one for each core."""
    sharing: Literal["auto", "overlap", "alternate"] = "auto"
    """How sampling and learning share the cores: "overlap" does both at once, "alternate" in turns, each on all cores;
    "auto" alternates in a sampler of kind "serial", and for a learner that needs it."""
    chunk: int = 16
    """Actions of each world in a request: fewer send a fresher policy, more cost less overhead."""
    step_timeout_s: float = 60.0
    """A process that takes longer for one action is replaced [s]."""

    def __post_init__(self) -> None:
        for name, least in (("worlds", 0), ("workers", 0), ("chunk", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"sampler {name} is {getattr(self, name)}; it must be at least {least}")


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a training run does."""

    task: TaskConfig
    """The rules of the task."""
    engine: EngineConfig | None
    """The engine that simulates it; None for a task of Gymnasium, which brings its own simulator."""
    learner: LearnerConfig
    """The learner and its settings."""
    control: ControlConfig = field(default_factory=ControlConfig)
    """How the policy sees and moves the body."""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """What makes the task easier to learn; policies are judged without it."""
    symmetry: Symmetry = "data"
    """How a body with two equal sides is learnt, left and right exchanged: "data" learns from every transition in the
    mirror too, as from twice the data; "loss" makes the policy pay for being asymmetric; "equivariant" takes networks
    that cannot be, at twice the time of an update; "none" knows no mirror, for who has none or should limp."""
    symmetry_weight: float = WEIGHT
    """Of the "loss" beside the actor's own, which for a learner from replay counts in returns: more is more symmetric,
    and leaves less to learn for."""
    prefill: PrefillConfig = field(default_factory=PrefillConfig)
    """Who acts before a learner from replay has learnt anything."""
    predictor: PredictorConfig = field(default_factory=PredictorConfig)
    """How predictors learn, where disagreement pays or acting asks for them."""
    disagreement: DisagreementConfig = field(default_factory=DisagreementConfig)
    """What is paid for being where predictors disagree."""
    acting: ActingConfig = field(default_factory=ActingConfig)
    """How the policy chooses what to do."""
    sampler: SamplerConfig = field(default_factory=SamplerConfig)
    """How worlds are run."""
    steps: int = 1_000_000
    """Control steps of the simulator to train for."""
    minutes: float | None = None
    """Stop after so many minutes of training, if that comes before the steps."""
    seed: int = 0
    """Seed of everything random in the run."""
    checkpoint_s: float = 60.0
    """Time between checkpoints [s]: what a crash can lose at most."""
    evaluate_s: float = 120.0
    """Time between evaluations of the policy without noise [s]; the best policy is kept. 0 never evaluates."""
    evaluate_steps: int = 0
    """Control steps between them instead, so that the same seed keeps the same best policy; 0 goes by time."""
    evaluate_episodes: int = 2
    """Episodes in such an evaluation; their seeds are never those of `soleus evaluate`."""

    def __post_init__(self) -> None:
        for name, least in (
            ("steps", 1),
            ("seed", 0),
            ("checkpoint_s", 1.0),
            ("evaluate_s", 0.0),
            ("evaluate_steps", 0),
            ("evaluate_episodes", 1),
            ("symmetry_weight", 0.0),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.minutes is not None and self.minutes <= 0:
            raise ValueError(f"minutes is {self.minutes}; it must be positive")
        if self.learner.alternates and self.sampler.sharing == "overlap":
            raise ValueError(
                f"{learner_name(self.learner)} learns only from what its present policy did; leave out "
                "--sampler.sharing overlap"
            )
        if self.symmetry != "none" and not self.learner.mirrors:
            raise ValueError(
                f"{learner_name(self.learner)} learns from returns of whole episodes, to which a mirror image adds "
                "nothing; train with --symmetry none"
            )
        self._check_task()
        self._check_sampler()
        check_prefill(self.learner, self.prefill)
        check_prediction(self.learner, self.predictor, self.disagreement, self.acting)

    @property
    def predicts(self) -> bool:
        """Whether predictors learn."""
        return predicts(self.disagreement, self.acting)

    @property
    def sampler_kind(self) -> Literal["thread", "process", "serial"]:
        """The kind of sampler, "auto" resolved."""
        if self.sampler.kind != "auto":
            return self.sampler.kind
        if self.engine is None:
            return "serial"
        return "thread" if ENGINES[engine_name(self.engine)].many_worlds else "process"

    @property
    def sharing(self) -> Literal["overlap", "alternate"]:
        """How sampling and learning share the cores, "auto" resolved."""
        if self.sampler.sharing != "auto":
            return self.sampler.sharing
        return "alternate" if self.sampler_kind == "serial" or self.learner.alternates else "overlap"

    @property
    def n_world(self) -> int:
        """Worlds in each worker."""
        many = self.engine is not None and ENGINES[engine_name(self.engine)].many_worlds
        return self.sampler.worlds or (N_WORLD if many else 1)

    def _check_task(self) -> None:
        """Refuse what a task of Gymnasium has no use for."""
        name = task_name(self.task)
        if not isinstance(self.task, GymnasiumConfig):
            if self.engine is None:
                raise ValueError(f"{name} needs an engine; the engines are {', '.join(ENGINES)}")
            return
        if self.engine is not None:
            raise ValueError(no_engine(name, f"engine {engine_name(self.engine)}"))
        neutral = TrainingConfig(reward_scale=self.training.reward_scale)
        strange = changed("control", self.control, PLAIN) + changed("training", self.training, neutral)
        if strange:
            raise ValueError(
                f"{', '.join(strange)}: these are about a body with muscles, and {name} is a task of Gymnasium; leave "
                "them out (what it takes is --task.settings, --training.reward-scale, --learner.* and --sampler.*)"
            )

    def _check_sampler(self) -> None:
        """Refuse what an engine of one world cannot do."""
        if self.engine is None:
            return
        name = engine_name(self.engine)
        if ENGINES[name].many_worlds:
            return
        if self.sampler.kind == "thread":
            raise ValueError(
                f"sampler kind 'thread' is for an engine that holds many worlds, and {name} holds one in a process; "
                "take kind 'process', or engine fast"
            )
        if self.sampler.worlds > 1:
            raise ValueError(
                f"sampler worlds is {self.sampler.worlds}, but {name} holds one world in a process; leave it out, or "
                "take engine fast (--sampler.workers is the number of processes)"
            )


def no_engine(task: str, given: str) -> str:
    """What to say to who wants an engine of ours for a task of Gymnasium."""
    return f"{given}: no engine simulates {task}, a task of Gymnasium that simulates itself; leave it out"


_CONVERTER = cattrs.Converter(forbid_extra_keys=True)
configure_union_passthrough(bool | int | float | str, _CONVERTER)


def to_json(config: RunConfig) -> str:
    """The config as readable JSON."""
    named = {
        "task": task_to_data(config.task),
        "engine": engine_to_data(config.engine),
        "learner": {"name": learner_name(config.learner), **asdict(config.learner)},
    }
    return json.dumps(asdict(config) | named, indent=2) + "\n"


def task_to_data(task: TaskConfig) -> dict[str, Any]:
    """A task's name and rules, for JSON."""
    return {"name": kind_name(task), **asdict(task)}


_OLD_RULES = {"max_episode_steps": "time_limit"}
"""What rules were called in older files."""


def _task_from_data(data: dict[str, Any], kind: object) -> TaskConfig:
    """What `task_to_data` gave; files older than the second task name none, and mean run2017."""
    del kind
    rules = {_OLD_RULES.get(name, name): value for name, value in data.items()}
    return _CONVERTER.structure(rules, kind_of(rules.pop("name", "run2017")))


def engine_to_data(engine: EngineConfig | None) -> dict[str, Any] | None:
    """An engine's name and settings, for JSON."""
    return None if engine is None else {"name": engine_name(engine), **asdict(engine)}


def _engine_from_data(data: dict[str, Any] | None, kind: object) -> EngineConfig | None:
    """What `engine_to_data` gave; files older than the fast engine name none, and mean OpenSim."""
    del kind
    if data is None:
        return None
    settings = dict(data)
    return _CONVERTER.structure(settings, find_engine(settings.pop("name", "opensim")).config)


def _learner_from_data(data: dict[str, Any], kind: object) -> LearnerConfig:
    """What `to_json` wrote; files older than the second learner name none, and mean SAC. In older files one activation
    is that of all networks.
    """
    del kind
    settings = dict(data)
    learner = find_learner(settings.pop("name", "sac")).config
    if "activation" in settings.keys() - {item.name for item in fields(learner)}:
        settings["actor_activation"] = settings["critic_activation"] = settings.pop("activation")
    return _CONVERTER.structure(settings, learner)


_exploration_from_list = make_dict_structure_fn(ExplorationConfig, _CONVERTER, _cattrs_forbid_extra_keys=True)


def _exploration_from_data(data: dict[str, Any], kind: type[ExplorationConfig]) -> ExplorationConfig:
    """How a deterministic learner explores; files older than a choice of noises name one where there is a list now."""
    noise = data.get("noise")
    return _exploration_from_list(data | {"noise": [noise]} if isinstance(noise, str) else data, kind)


_CONVERTER.register_structure_hook(ExplorationConfig, _exploration_from_data)
_CONVERTER.register_structure_hook(EngineConfig | None, _engine_from_data)
_CONVERTER.register_structure_hook(TaskConfig, _task_from_data)
_CONVERTER.register_structure_hook(LearnerConfig, _learner_from_data)


def _tell(error: BaseException, kind: type | None) -> str:
    """A fault in a file: in our words where a config refuses its values, else in those of cattrs."""
    return str(error) if isinstance(error, ValueError) else format_exception(error, kind)


_OLD_MIRROR: dict[Any, Symmetry] = {True: "data", False: "none"}
"""What the setting `mirror` of older files is called: there was one form of symmetry, or none."""


def _renamed(data: dict[str, Any]) -> dict[str, Any]:
    """The settings of a file by their present names."""
    if "symmetry" in data or data.get("mirror") not in _OLD_MIRROR:
        return data
    kept = {name: value for name, value in data.items() if name != "mirror"}
    return kept | {"symmetry": _OLD_MIRROR[data["mirror"]]}


def from_json(text: str, path: Path) -> RunConfig:
    """The config in a run folder's file; RunError with every field that does not fit."""
    try:
        data: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise RunError(
            f"{path} is not complete JSON ({error}); the run's config is lost, so start a new run"
        ) from error
    try:
        return _CONVERTER.structure(_renamed(data), RunConfig)
    except (cattrs.BaseValidationError, ValueError, KeyError, TypeError) as error:
        faults = "; ".join(cattrs.transform_error(error, format_exception=_tell))
        raise RunError(f"{path} does not fit this version of Soleus: {faults}") from error
