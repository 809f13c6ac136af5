"""What a run is: nested frozen dataclasses, written to its folder as JSON and read back strictly."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import cattrs

from soleus.engine.core import n_core
from soleus.engine.registry import ENGINES, EngineConfig, engine_name
from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.check import check_choices, check_least, check_limit, check_most, check_positive
from soleus.learner.distribution import build_head
from soleus.learner.evolution.config import EvolutionConfig
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig
from soleus.learner.part.registry import NETWORKS, Symmetry
from soleus.learner.part.symmetric_loss import WEIGHT
from soleus.learner.prefill import PrefillConfig
from soleus.learner.registry import LearnerConfig, learner_name
from soleus.learner.sac_config import SacConfig
from soleus.run.config_data import CONVERTER, engine_to_data, faults_of, present_data, task_to_data
from soleus.run.control import PLAIN, ControlConfig, chain
from soleus.run.error import RunError
from soleus.run.flag import changed_flags
from soleus.run.prediction import check_prediction, check_prefill, predicts
from soleus.run.stage import changed, parse_stage
from soleus.run.training import TrainingConfig
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import TaskConfig, task_name

N_WORLD = 256
"""Worlds of an engine that holds many: enough to fill the processor's vectors, few enough for a fresh policy."""
MOST_WORLDS = 65_536
"""Of a worker: far beyond what any batch needs, and some gigabytes of states"""


@dataclass(frozen=True)
class SamplerConfig:
    """How worlds are run."""

    kind: Literal["auto", "thread", "process", "serial"] = "auto"
    """"thread" simulates in this process while learning goes on, for an engine that holds many worlds; "process" in
    processes of their own, for one that does not; "serial" takes turns with learning, so that the same seed gives the
    same run to the bit; "auto" takes the one for the engine, but "process" for evolution strategies on several cores,
    where nothing is learnt while others sample, and "serial" for a task of Gymnasium."""
    worlds: int = 0
    """Worlds in each worker; 0 takes some 256 in all of an engine that holds many, and 1 of everything else."""
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
        check_choices(self)
        check_least(self, 0, "worlds", "workers")
        check_most(self, MOST_WORLDS, "worlds")
        check_least(self, 1, "chunk")
        check_limit(self, "step_timeout_s")


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
    stages: tuple[str, ...] = ()
    """What changes on the way, one stage after the other, each as "WHEN: SETTING=VALUE ...": networks and replay are
    kept, and worlds begin anew if theirs change. Such as "n_env_steps >= 2e6: task.difficulty=1"."""
    start_from: str = ""
    """Run folder whose learner this run begins with: networks, optimisers, normaliser and replay, as last saved;
    what is observed and done, and the learner, have to be alike. "es" and "cma_es" take the best policy of another
    learner too, or of one that comes with Soleus. Empty begins from nothing."""
    symmetry: Symmetry = "data"
    """How a body with two equal sides is learnt, left and right exchanged: "data" learns from every transition in the
    mirror too, as from twice the data; "loss" makes the policy pay for being asymmetric; "equivariant" takes networks
    that cannot be, at twice the time of an update; "single_leg" takes one network for one leg and calls it for each,
    "single_leg_conditioned" tells each leg what the other would do; "none" knows no mirror, for who has none or should
    limp. "batch_axis" is "data" with a published defect: images with the legs of another row."""
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
    """Time from the end of an evaluation of the policy without noise to the next [s]; the best policy is kept. 0 never
    evaluates."""
    evaluate_steps: int = 0
    """Control steps between them instead, so that the same seed keeps the same best policy; 0 goes by time."""
    evaluate_episodes: int = 2
    """Episodes in such an evaluation; their seeds are never those of `soleus evaluate`."""

    def __post_init__(self) -> None:
        check_least(self, 1, "steps", "checkpoint_s", "evaluate_episodes")
        check_least(self, 0, "seed", "evaluate_s", "evaluate_steps", "symmetry_weight")
        if self.minutes is not None:
            check_positive(self, "minutes")
        if self.learner.alternates and self.sampler.sharing == "overlap":
            raise ValueError(
                f"{learner_name(self.learner)} learns only from what its present policy did; leave out "
                "--sampler.sharing overlap"
            )
        if self.symmetry != "none" and self.learner.no_mirror:
            raise ValueError(f"{learner_name(self.learner)} {self.learner.no_mirror}; train with --symmetry none")
        self._check_symmetry()
        self._check_task()
        self._check_sampler()
        check_prefill(self.learner, self.prefill)
        check_prediction(self.learner, self.predictor, self.disagreement, self.acting)
        if self.stages:
            self.at_stage(len(self.stages))

    def at_stage(self, number: int) -> RunConfig:
        """The config after so many stages, with no stage to come; ValueError for one that cannot be."""
        data = json.loads(to_json(self)) | {"stages": []}
        for text in self.stages[:number]:
            try:
                data = changed(data, parse_stage(text).changes)
                CONVERTER.structure(data, RunConfig)
            except cattrs.BaseValidationError as error:
                raise ValueError(f"stage {text!r}: {faults_of(error)}") from error
            except ValueError as error:
                raise ValueError(f"stage {text!r}: {error}") from error
        return CONVERTER.structure(data, RunConfig)

    @property
    def predicts(self) -> bool:
        """Whether predictors learn."""
        return predicts(self.disagreement, self.acting)

    def _check_symmetry(self) -> None:
        """Refuse networks with two sides for legs that are tied, and for actions that are not drawn by themselves."""
        if self.control.legs == "tied" and self.symmetry in NETWORKS and self.symmetry != "equivariant":
            raise ValueError(
                f"symmetry {self.symmetry} has one network for one leg, and tied legs have no other one; take "
                "--control.legs free, or --symmetry data"
            )
        if self.symmetry not in NETWORKS or not isinstance(self.learner, SacConfig | CategoricalSacConfig):
            return
        if not build_head(self.learner, n_action=2).by_action:
            raise ValueError(
                f"symmetry {self.symmetry} is one of networks, and actions of distribution {self.learner.distribution} "
                "hang on each other otherwise than their images do; take --symmetry data, or --learner.distribution "
                "gaussian"
            )

    @property
    def many_worlds(self) -> bool:
        """Whether its engine holds many worlds at once, so that transitions come by the thousand."""
        return self.engine is not None and ENGINES[engine_name(self.engine)].many_worlds

    @property
    def sampler_kind(self) -> Literal["thread", "process", "serial"]:
        """The kind of sampler, "auto" resolved."""
        if self.sampler.kind != "auto":
            return self.sampler.kind
        if self.engine is None:
            return "serial"
        one_process = self.many_worlds and not (isinstance(self.learner, EvolutionConfig) and n_core() > 1)
        return "thread" if one_process else "process"

    @property
    def n_worker(self) -> int:
        """Who simulate at the same time."""
        return (self.sampler.workers or n_core()) if self.sampler_kind == "process" else 1

    @property
    def sharing(self) -> Literal["overlap", "alternate"]:
        """How sampling and learning share the cores, "auto" resolved."""
        if self.sampler.sharing != "auto":
            return self.sampler.sharing
        return "alternate" if self.sampler_kind == "serial" or self.learner.alternates else "overlap"

    @property
    def n_world(self) -> int:
        """Worlds in each worker."""
        return self.sampler.worlds or (-(-N_WORLD // self.n_worker) if self.many_worlds else 1)

    def _check_task(self) -> None:
        """Refuse what a task of Gymnasium has no use for, and what the control of ours cannot be."""
        name = task_name(self.task)
        if not isinstance(self.task, GymnasiumConfig):
            if self.engine is None:
                raise ValueError(f"{name} needs an engine; the engines are {', '.join(ENGINES)}")
            chain(self.task.build(), self.control)
            return
        if self.engine is not None:
            raise ValueError(no_engine(name, f"engine {engine_name(self.engine)}"))
        neutral = TrainingConfig(reward_scale=self.training.reward_scale)
        strange = changed_flags("control", self.control, PLAIN) + changed_flags("training", self.training, neutral)
        if strange:
            raise ValueError(
                f"{', '.join(strange)}: these are about a body with muscles, and {name} is a task of Gymnasium; leave "
                "them out (what it takes is --task.settings, --training.reward-scale, --learner.* and --sampler.*)"
            )

    def _check_sampler(self) -> None:
        """Refuse what an engine of one world cannot do."""
        if self.engine is None or self.many_worlds:
            return
        name = engine_name(self.engine)
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


def to_json(config: RunConfig) -> str:
    """The config as readable JSON."""
    named = {
        "task": task_to_data(config.task),
        "engine": engine_to_data(config.engine),
        "learner": {"name": learner_name(config.learner), **asdict(config.learner)},
    }
    return json.dumps(asdict(config) | named, indent=2) + "\n"


def from_json(text: str, path: Path) -> RunConfig:
    """The config in a run folder's file; RunError with every field that does not fit."""
    try:
        data: dict[str, Any] = json.loads(text)
        if not isinstance(data, dict):
            raise ValueError("it holds no object")
    except ValueError as error:
        raise RunError(
            f"{path} is not complete JSON ({error}); the run's config is lost, so start a new run"
        ) from error
    try:
        return CONVERTER.structure(present_data(data), RunConfig)
    except (cattrs.BaseValidationError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} does not fit this version of Soleus: {faults_of(error)}") from error
