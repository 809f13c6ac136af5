"""The table of learners that `soleus bench` prints."""

from __future__ import annotations

from rich.table import Column, Table

from soleus.learner.benchmark import UpdateSpeed, measure_acting, measure_update
from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.peer import rollout_peer, update_peer
from soleus.learner.ppo.benchmark import measure_rollout
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.registry import LEARNERS, learner_name
from soleus.learner.replay.config import ReplayConfig
from soleus.run.recipe import DEMO_LEARNER

WALKER, RUNNER = (97, 22), (59, 18)
"""Observations and actions: the body of the 2019 challenge, where the bar was set, and the demo's"""
N_WORLD = 256
"""Worlds in which acting is measured, besides one"""
N_ROW = 32_768
"""Transitions of a measured rollout"""
MINIBATCHES = (512, 4096)
"""Rows of a rollout's minibatches"""


def learner_table() -> Table:
    """Every learner that does gradients, beside its floor and, where it is installed, Stable-Baselines3."""
    table = Table(
        Column("learner", no_wrap=True), "ms", "limit", "share", "x SB3", "act 1", f"act {N_WORLD}",
        title="Updates, batch 256, 2 x 256 units, 97 observed, 22 actions, one thread",
        caption="norm: layer normalisation of the critics; demo: 2 x 128, 59/18; ppo: rows of a minibatch; "
        "ms: CPU time of an update; limit: of its matrix products; x SB3: times Stable-Baselines3's updates; "
        "act: us in which a NumPy policy decides for so many worlds",
    )  # fmt: skip
    learners = [entry.config for entry in LEARNERS.values() if issubclass(entry.config, ReplayConfig)]
    comparable = [learner(critic_layer_norm=False) for learner in learners if learner is not CategoricalSacConfig]
    for config in (*comparable, *(learner() for learner in learners)):
        norm = ", norm" if config.critic_layer_norm else ""
        _add_update(table, f"{learner_name(config)}{norm}", config, *WALKER)
    _add_update(table, "sac, norm, demo", DEMO_LEARNER, *RUNNER)
    for n_row in MINIBATCHES:
        config = PpoConfig(actor_hidden=(256, 256), critic_hidden=(256, 256), n_epoch=10, n_minibatch=N_ROW // n_row)
        speed = measure_rollout(config, N_ROW, *WALKER, rollout_peer(config, N_ROW, *WALKER))
        table.add_row(f"ppo, {n_row:,} rows", *_cells(speed), "", "")
    return table


def _add_update(table: Table, name: str, config: ReplayConfig, n_observation: int, n_action: int) -> None:
    speed = measure_update(config, n_observation, n_action, update_peer(config, n_observation, n_action))
    act = (measure_acting(config, n_observation, n_action, n_world) for n_world in (1, N_WORLD))
    table.add_row(name, *_cells(speed), *(f"{1e6 * seconds:.0f}" for seconds in act))


def _cells(speed: UpdateSpeed) -> tuple[str, ...]:
    ratio = f"{speed.times_peer:.2f}" if speed.times_peer else ""
    return f"{speed.update_ms:.2f}", f"{speed.limit_ms:.2f}", f"{speed.share_of_limit:.0%}", ratio
