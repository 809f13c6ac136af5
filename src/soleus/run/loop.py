"""The training loop: sample, learn, write down; and go on after any interruption."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote

import numpy as np

from soleus.learner.base import Learner
from soleus.learner.guard import BatchError
from soleus.nets.policy import Policy, PolicyError
from soleus.nets.registry import load_signed_policy
from soleus.nets.signature import Signature
from soleus.run.beginning import begun
from soleus.run.build import build_learner, build_sampler, check_worlds, signature
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.run.folder import Progress, RunFolder
from soleus.run.interim import InterimEvaluation
from soleus.run.interruption import Interruption, patience
from soleus.run.metrics import MetricsWriter
from soleus.run.origin import origin
from soleus.run.progress import ProgressDisplay
from soleus.run.stage import Measured, episode_means, parse_stage
from soleus.sampler.base import N_IN_HAND, Play, Result, SamplerError
from soleus.sampler.batch import Episode

logger = logging.getLogger(__name__)

METRICS_S = 5.0
"""Time between two records of metrics [s]."""
NEWS_S = 1.0
"""The same when an episode has ended [s]."""
N_RECENT = 20
"""Training episodes whose mean score the progress shows."""


class Stopped(KeyboardInterrupt):
    """A run was interrupted, and everything about it is saved; says how to go on."""


def start_run(config: RunConfig, out: Path) -> RunFolder:
    """Start a run in a new folder and train until its steps or minutes are done.

    Raises:
        RunError: for a folder that is in the way, a full disk, workers that keep dying, or numbers that ran away.
        Stopped: after Ctrl-C or SIGTERM; a checkpoint is written first.
    """
    interruption = Interruption()
    with interruption.heard():
        check_worlds(config)
        learner = begun(config)
        interruption.check()
        folder = RunFolder.create(out, config, origin(config.seed))
        with folder.locked(), _told(out):
            _Session(folder, config, learner, Progress(), interruption).run()
    return folder


def resume_run(path: Path) -> RunFolder:
    """Go on with a run from its last checkpoint, if there is anything left to do; the same errors as `start_run`."""
    folder, interruption = RunFolder.open(path), Interruption()
    config = folder.config
    check_worlds(config)
    with folder.locked(), interruption.heard(), _told(path):
        found = folder.load_checkpoint()
        if found is None:
            learner, progress = begun(config), Progress()
        else:
            state, progress = found
            learner = build_learner(config.at_stage(progress.stage))
            learner.load(state)
        session = _Session(folder, config, learner, _knowing_best(folder, config, progress), interruption)
        if session.finished and folder.policy_file.is_file():
            logger.warning("all its steps or minutes are done; what it learnt goes on with --start-from %s", path)
        else:
            session.run()
    return folder


def _knowing_best(folder: RunFolder, config: RunConfig, progress: Progress) -> Progress:
    """The progress with the score of the policy that was kept last, which a checkpoint that could not be written would
    have known: a worse one would take its place.
    """
    if not folder.best_file.is_file():
        return progress
    kept = load_signed_policy(folder.best_file)[1]
    same_rules = config.at_stage(kept.stage).task == config.at_stage(progress.stage).task
    if kept.score is None or not same_rules:
        return progress
    known = kept.score if progress.best_score is None else max(kept.score, progress.best_score)
    return replace(progress, best_score=known)


class _Session:
    """One stretch of training, from the start or a checkpoint to the end or an interruption."""

    def __init__(
        self, folder: RunFolder, config: RunConfig, learner: Learner, progress: Progress, interruption: Interruption
    ) -> None:
        self._folder = folder
        self._config = config
        self._learner = learner
        self._interruption = interruption
        self._signature = signature(config.task, config.control)
        self._progress = self._began_with = progress
        self._stages = [parse_stage(text) for text in config.stages]
        self._now = config.at_stage(progress.stage)
        self._measured = Measured()
        self._n_restart = 0
        self._began_at = self._checkpoint_at = self._metrics_at = time.monotonic()
        self._began_at_cpu = time.process_time()
        self._cpu_of_workers_s = 0.0
        """Of the stages before the present one"""
        self._knows_metrics = False
        """Whether the names of what the learner tells have been seen"""
        self._record: dict[str, float] = {}
        self._episodes: list[Episode] = []
        self._overlaps = config.sharing == "overlap"
        self._best: tuple[Policy, Signature] | None = None
        """The best policy, until it is saved"""

    def run(self) -> None:
        """Train to the end; whatever happens, what was learnt is saved."""
        self._metrics = MetricsWriter(self._folder, self._progress.n_env_steps)
        try:
            with ProgressDisplay(f"training in {self._folder.path}") as display:
                while not self.finished:
                    self._train_stage(display)
        finally:
            with patience():
                self._save_all()

    def _train_stage(self, display: ProgressDisplay) -> None:
        """Train in the worlds of the present stage, and begin the next one if there is time for it; one that changes
        only how it learns goes on in the same worlds.
        """
        progress = self._progress
        seed = self._config.seed + progress.n_env_steps
        self._n_asked = 0
        with build_sampler(self._now, seed, progress.n_episodes) as self._sampler:
            self._train(display)
            while not self.finished and self._keeps_worlds():
                self._begin_next_stage()
                self._train(display)
        self._n_restart += self._sampler.n_restart
        self._cpu_of_workers_s += self._sampler.cpu_s
        if not self.finished:
            self._begin_next_stage()

    def _keeps_worlds(self) -> bool:
        """Whether the next stage changes nothing but the learner."""
        now, then = self._now, self._config.at_stage(self._progress.stage + 1)
        return (now.task, now.engine, now.training) == (then.task, then.engine, then.training)

    def _begin_next_stage(self) -> None:
        """Take the settings of the next stage; the learner keeps what it has learnt and what it remembers."""
        self._write_metrics()
        progress, before = self._progress, self._now
        self._now = self._config.at_stage(progress.stage + 1)
        learner = self._learner if self._now.learner == before.learner else build_learner(self._now)
        learner.load(self._learner.state())  # the same one too: it deals a generation of the old rules anew
        self._learner = learner  # not before it knows: an interruption saves what is here
        # A score under other rules is no measure for those to come.
        best = progress.best_score if self._now.task == before.task else None
        self._progress = replace(progress, stage=progress.stage + 1, stage_began=progress.n_env_steps, best_score=best)
        self._measured = Measured()
        self._save_checkpoint()

    def _stage_over(self) -> bool:
        """Whether the next stage is due; never while a learner waits for the rest of what it asked for."""
        progress = self._progress
        if progress.stage == len(self._stages) or not (self._overlaps or not self._n_asked):
            return False
        counted = self._counters() | {"stage_env_steps": progress.n_env_steps - progress.stage_began}
        return self._stages[progress.stage].due(counted | self._measured.values())

    def _train(self, display: ProgressDisplay) -> None:
        """Sample and learn in a stage: both at once, or in turns, every worker once and then the learner."""
        # An evaluation that the stage before has begun tells nothing of this one.
        self._interim = InterimEvaluation(self._config, self._progress.n_env_steps)
        self._ask()
        while not self.finished:
            self._interruption.check()
            result = self._sampler.receive()
            self._count(result)
            if isinstance(result.request, Play):
                self._evaluated(result)
            else:
                self._n_asked -= 1
                self._learner.receive(result.batch)
            self._evaluate_when_due()
            if self._overlaps:  # before learning, so that no worker waits
                self._ask()
            if self._overlaps or not self._n_asked:
                learnt = {f"train/{name}": value for name, value in self._learner.update().items()}
                self._warn_of_strange(learnt)
                self._record |= learnt
                self._measured.receive((), learnt)
            if self._stage_over():
                return
            if not self._n_asked:
                self._ask()
            self._keep(display)

    def _warn_of_strange(self, learnt: Mapping[str, float]) -> None:
        """Say once which metrics a stage waits for though the learner does not tell them: that stage never begins."""
        if not learnt or self._knows_metrics:
            return
        self._knows_metrics = True
        for text, stage in zip(self._config.stages, self._stages, strict=True):
            for metric in (condition.metric for condition in stage.conditions):
                if metric.startswith("train/") and metric not in learnt:
                    logger.warning(
                        "stage %r waits for %s, which this learner has not told: so far there are %s",
                        *(text, metric, ", ".join(learnt)),
                    )

    def _ask(self) -> None:
        """Give every worker something to explore, and in overlap what comes next too."""
        n_ahead = self._sampler.n_worker * (N_IN_HAND if self._overlaps else 1)
        while self._n_asked < n_ahead:
            self._sampler.submit(self._learner.request(self._config.n_world, self._config.sampler.chunk))
            self._n_asked += 1

    def _evaluate_when_due(self) -> None:
        if self._learner.n_updates and self._interim.due(self._progress.n_env_steps):
            policy = self._learner.policy()
            for request in self._interim.begin(policy, self._progress.n_env_steps, self._sampler.n_play):
                self._sampler.submit(request)

    def _evaluated(self, result: Result) -> None:
        """Note an evaluation, and keep its policy when it is the best so far."""
        found = self._interim.receive(result)
        self._record |= found
        self._measured.receive((), found)
        score, best = found.get("evaluate/score"), self._progress.best_score
        if score is not None and (best is None or score > best):
            self._progress = replace(self._progress, best_score=score)
            self._best = result.request.policy, replace(self._signature, score=score, stage=self._progress.stage)

    def _count(self, result: Result) -> None:
        """Add up what was explored; evaluations count for nothing."""
        batch, progress = result.batch, self._progress
        explored = not isinstance(result.request, Play)
        episodes = batch.episodes if explored else ()
        scores = tuple(episode.score for episode in episodes)
        self._episodes += episodes
        self._measured.receive(episodes, {})
        self._progress = replace(
            progress,
            n_env_steps=progress.n_env_steps + explored * batch.n_env_steps,
            n_transitions=progress.n_transitions + explored * len(batch),
            n_episodes=progress.n_episodes + len(episodes),
            n_restarts=self._began_with.n_restarts + self._n_restart + self._sampler.n_restart,
            time_s=self._began_with.time_s + time.monotonic() - self._began_at,
            cpu_s=self._began_with.cpu_s + self._cpu_s(),
            recent_scores=(progress.recent_scores + scores)[-N_RECENT:],
        )

    def _cpu_s(self) -> float:
        """Processor time of this session, its workers' too [s]."""
        return time.process_time() - self._began_at_cpu + self._cpu_of_workers_s + self._sampler.cpu_s

    def _keep(self, display: ProgressDisplay) -> None:
        """Write metrics and checkpoints that are due, and show how it goes."""
        now, progress = time.monotonic(), self._progress
        news = self._episodes or "evaluate/score" in self._record
        if now - self._metrics_at >= (NEWS_S if news else METRICS_S):
            self._metrics_at = now
            self._write_metrics()
        if now - self._checkpoint_at >= self._config.checkpoint_s:
            self._save_checkpoint()
            self._checkpoint_at = time.monotonic()  # from its end: a slow disk leaves time to learn between two
        rate = (progress.n_env_steps - self._began_with.n_env_steps) / (now - self._began_at)
        score = f"score {np.mean(progress.recent_scores):.2f}" if progress.recent_scores else "no episode yet"
        display.show(self._fraction(), f"{progress.n_env_steps:,} steps, {rate:.0f}/s, {score}")

    def _write_metrics(self) -> None:
        self._metrics.write(self._record | self._of_episodes() | self._counters())
        self._record = {}

    def _of_episodes(self) -> dict[str, float]:
        """Means over the training episodes since the last record."""
        episodes, self._episodes = self._episodes, []
        return episode_means(episodes)

    def _counters(self) -> dict[str, float]:
        progress = self._progress
        stage = {"stage": progress.stage} if self._stages else {}
        return {
            **stage,
            "time_s": progress.time_s,
            "cpu_s": progress.cpu_s,
            "n_env_steps": progress.n_env_steps,
            "n_transitions": progress.n_transitions,
            "n_updates": self._learner.n_updates,
            "n_episodes": progress.n_episodes,
            "n_restarts": progress.n_restarts,
        }

    @property
    def finished(self) -> bool:
        """Whether all steps or minutes are done."""
        return self._fraction() >= 1.0

    def _fraction(self) -> float:
        """How much of the run is done, by steps or by minutes."""
        time_s = self._began_with.time_s + time.monotonic() - self._began_at
        by_steps = self._progress.n_env_steps / self._config.steps
        by_time = time_s / (60.0 * self._config.minutes) if self._config.minutes else 0.0
        return min(max(by_steps, by_time), 1.0)

    def _save_checkpoint(self) -> None:
        if self._best is not None:
            self._folder.save_policy(self._folder.best_file, *self._best)
            self._best = None
        self._folder.save_checkpoint(self._learner.state(), self._progress)
        self._folder.save_policy(self._folder.policy_file, self._learner.policy(), self._signature)

    def _save_all(self) -> None:
        self._save_checkpoint()
        self._write_metrics()  # not before: what was learnt matters more on a disk that is full
        self._metrics.close()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say why a run ended before its time, and how to go on."""
    try:
        yield
    except SamplerError as error:
        raise RunError(f"sampling stopped: {error}; what was learnt is in {path}") from error
    except (PolicyError, BatchError):
        raise
    except ValueError as error:  # of ours: whatever a user gave has been read by now
        raise RuntimeError(f"training failed; what was learnt until then is in {path}") from error
    except FloatingPointError as error:
        raise RunError(
            f"{error}; what was learnt until then is in {path}: begin another run with it, `--start-from {path}`, and "
            "smaller learning rates, deviations or rewards"
        ) from error
    except KeyboardInterrupt:
        raise Stopped(f"stopped, and saved; go on with: soleus train --resume {quote(str(path))}") from None
