"""Which distributions a learner may draw from, and what correlated ones are worth."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import CategoricalSacConfig, SacConfig
from soleus.learner.benchmark import draw_batch
from soleus.learner.distribution import KINDS, FlowConfig, build_head
from soleus.learner.part import PARTS
from soleus.nets.head import HEADS, FlowHead
from soleus.nets.mirror import Mirror
from soleus.sampler.batch import Batch

CONFIGS = [SacConfig, CategoricalSacConfig]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_head_but_that_which_jumps_can_be_chosen(config):
    assert {*HEADS} - {*KINDS} == {"bernoulli"}
    for kind in KINDS:
        head = build_head(config(distribution=kind), 3)
        assert (head.kind, head.n_action, head.log_std_range) == (kind, 3, (-5.0, 2.0))
    flow = FlowConfig(4, 2, "as_published")
    chosen = build_head(config(distribution="flow", flow=flow, log_std_range=(-20.0, 2.0)), 3)
    assert chosen == FlowHead(3, (-20.0, 2.0), 4, 2, "as_published")


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"distribution": "bernoulli"}, "actions jump from -1 to 1: .* or take --learner ppo, which has bernoulli"),
        ({"initial_log_std": 3.0}, "initial_log_std is 3.0; it lies between -5.0 and 2.0"),
        ({"distribution": "beta"}, "distribution is 'beta'; choose one of gaussian, lattice, flow"),
        (
            {"flow": FlowConfig(units=4)},
            "settings of flow are given, and distribution is 'gaussian'; choose flow, or leave units 3, layers 3",
        ),
    ],
)
def test_a_config_refuses_what_it_cannot_learn(config, wrong, message):
    with pytest.raises(ValueError, match=message):
        config(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": 0}, "units is 0; it must be at least 1"),
        ({"layers": 0}, "layers is 0; it must be at least 1"),
        ({"density": "wrong"}, "density is 'wrong'; choose one of exact, as_published"),
    ],
)
def test_a_flow_refuses_what_is_none(wrong, message):
    with pytest.raises(ValueError, match=message):
        FlowConfig(**wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fresh_actor_deviates_as_it_is_told(kind):
    for log_std, expected in ((None, -9.0), (0.0, 0.0)):
        config = replace(BANDIT, distribution=kind, log_std_range=(-20.0, 2.0), initial_log_std=log_std)
        learner = config.build(1, 2, seed=0)
        learner.receive(draw_batch(20, 1, 2))
        distribution = learner.policy().distribution(np.zeros((1, 1), np.float32))
        told = np.log(distribution.action_std) if kind == "lattice" else distribution.log_std
        np.testing.assert_allclose(told, expected, atol=0.05)  # its weights are small


@pytest.mark.parametrize("form", ["equivariant", "single_leg", "single_leg_conditioned"])
@pytest.mark.parametrize("kind", ["lattice", "flow"])
def test_networks_with_two_sides_do_not_go_with_actions_that_hang_together(form, kind):
    """A flow's later actions heed earlier ones and not the other way round, so that it has a side."""
    part = PARTS[form](Mirror((1, 0, 2), (1, 1, 1)), Mirror((1, 0), (1, 1)), 4.0)
    with pytest.raises(ValueError, match=r"a flow actor has no mirror image|an actor of \d+ outputs has no mirror"):
        SacConfig(distribution=kind, actor_hidden=(8,), critic_hidden=(8,)).build(3, 2, 0, [part])


BANDIT = SacConfig(
    actor_hidden=(8,),
    critic_hidden=(32, 32),
    batch_size=64,
    random_transitions=0,
    discount=0.0,
    temperature="fixed",
    initial_temperature=0.1,
    actor_learning_rate=3e-3,
    critic_learning_rate=3e-3,
    updates_per_transition=1.0,
    replay_capacity=4000,
)


@pytest.mark.parametrize(("kind", "correlation"), [("gaussian", (-0.2, 0.2)), ("flow", (0.7, 1.0))])
def test_a_bandit_that_pays_for_acting_together(kind, correlation):
    """Paid by how alike two actions are. At this temperature the best policy draws both from a ridge; who draws them
    apart has to hold both still.
    """
    random = np.random.default_rng(0)
    action = random.uniform(-1, 1, (1000, 2)).astype(np.float32)
    nothing, ends = np.zeros((1000, 1), np.float32), np.ones(1000, bool)
    reward = (-3 * (action[:, 0] - action[:, 1]) ** 2).astype(np.float32)
    learner = replace(BANDIT, distribution=kind).build(1, 2, seed=0)
    learner.receive(Batch(nothing, action, reward, nothing, ends, ~ends, np.zeros(1000, int)))
    metrics = learner.update()
    assert np.isfinite([*metrics.values()]).all()
    drawn = learner.policy().act(np.zeros((4000, 1), np.float32), random)
    low, high = correlation
    assert low < np.corrcoef(drawn.T)[0, 1] < high
