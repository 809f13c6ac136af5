"""Soft actor-critic as a learner: when it updates, what it counts, what its policy is, what it refuses."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.sac_config import SacConfig
from soleus.nets import ActorPolicy, UniformPolicy

SMALL = SacConfig(
    actor_hidden=(8,), critic_hidden=(8,), batch_size=4, replay_capacity=64, random_transitions=10, n_scan=2
)


def test_updates_are_due_after_the_random_transitions_and_fractions_carry_over(draw_batch):
    learner = replace(SMALL, updates_per_transition=0.3).build(5, 2, seed=0)
    done = []
    for i in range(6):
        learner.receive(draw_batch(i, 5))
        metrics = learner.update()
        done.append(learner.n_updates)
        assert bool(metrics) == (learner.n_updates > (done[-2] if i else 0))
    # due after 5, 10, ... 30 transitions: 0, 0, 1.5, 3, 4.5, 6; done in calls of two
    assert done == [0, 0, 0, 2, 4, 6]
    assert learner.n_transitions == 30


def test_a_batch_may_be_larger_than_what_has_come_so_far(draw_batch):
    learner = replace(SMALL, random_transitions=0, n_scan=1).build(5, 2, seed=0)
    learner.receive(draw_batch(0, 1))
    assert np.isfinite(list(learner.update().values())).all()
    assert learner.n_updates == 1


def test_a_long_backlog_is_worked_off_in_one_call(draw_batch):
    learner = SMALL.build(5, 2, seed=0)
    learner.receive(draw_batch(0, 31))
    metrics = learner.update()
    assert learner.n_updates == 20
    assert set(metrics) == {"critic_loss", "actor_loss", "value", "entropy", "temperature"}
    assert learner.update() == {}


def test_policy_is_random_first_and_then_a_copy_that_learning_leaves_alone(draw_batch):
    learner = SMALL.build(5, 2, seed=0)
    learner.receive(draw_batch(0, 9))
    assert learner.policy() == UniformPolicy(2)
    learner.receive(draw_batch(1, 11))
    policy = learner.policy()
    assert isinstance(policy, ActorPolicy)
    observation = draw_batch(2, 3).observation
    before = policy.act(observation, None)
    assert np.abs(before).max() < 0.2  # a fresh actor starts near the middle
    learner.update()
    np.testing.assert_array_equal(policy.act(observation, None), before)
    assert np.abs(learner.policy().act(observation, None) - before).max() > 1e-5


def test_policy_holds_the_present_statistics(draw_batch):
    learner = replace(SMALL, random_transitions=0).build(5, 2, seed=0)
    batch = draw_batch(0, 40)
    learner.receive(batch)
    normalised = learner.policy().scaling(batch.observation)
    np.testing.assert_allclose(normalised.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(normalised.std(axis=0), 1, rtol=1e-5)


def test_actor_and_critic_have_activations_of_their_own(draw_batch):
    learner = replace(SMALL, actor_activation="tanh", critic_activation="selu").build(5, 2, seed=0)
    learner.receive(draw_batch(0, 20))
    assert learner.policy().network.activation == "tanh"
    assert learner._update.critic.activation == "selu"
    assert np.isfinite(list(learner.update().values())).all()


def test_policy_takes_the_normaliser_along(draw_batch):
    batch = draw_batch(0, 40)
    numbers = {"manual_offset": (1.0, 2.0, 3.0, 0.0, 0.0), "manual_deviation": (3.0, 3.0, 3.0, 1.0, 0.1)}
    seen = {}
    for kind, manual in (("manual", numbers), ("none", {})):
        learner = replace(SMALL, random_transitions=0, normaliser=kind, **manual).build(5, 2, seed=0)
        learner.receive(batch)
        assert np.isfinite(list(learner.update().values())).all()
        seen[kind] = learner.policy().scaling(batch.observation)
    np.testing.assert_array_equal(seen["none"], batch.observation)
    np.testing.assert_allclose(seen["manual"][:, 0], (batch.observation[:, 0] - 1) / 3, rtol=1e-5, atol=1e-6)
    assert np.abs(seen["manual"][:, 4]).max() == 10  # observation_limit


def test_critics_learn_the_value_of_a_fall_and_of_the_clock(draw_batch):
    """With reward 1 and discount 0.5 a fall is worth 1, and going on for ever 2, whether or not the clock ends it."""
    config = SacConfig(
        actor_hidden=(16,),
        critic_hidden=(32,),
        batch_size=64,
        random_transitions=0,
        discount=0.5,
        tau=0.1,
        critic_learning_rate=3e-3,
        temperature="fixed",
        initial_temperature=1e-6,
        updates_per_transition=3.0,
    )
    batch = draw_batch(0, 300)
    falls = np.arange(300) % 3 == 0
    batch.observation[:, 0] = np.where(falls, -1, 1)
    batch.next_observation[:, 0] = 1
    learner = config.build(5, 2, seed=0)
    learner.receive(
        replace(batch, reward=np.ones(300, np.float32), terminated=falls, truncated=np.arange(300) % 3 == 1)
    )
    learner.update()
    scaled = learner.policy().scaling(batch.observation)
    state = {name: jnp.array(array) for name, array in learner.state().items() if name.startswith("learnt.critics.0")}
    parameters = {name.removeprefix("learnt.critics.0."): array for name, array in state.items()}
    network = learner._update.critic
    value = np.array(network(parameters, jnp.concat([jnp.array(scaled), batch.action], axis=1)))[:, 0]
    assert value[falls].mean() == pytest.approx(1, abs=0.1)
    assert value[~falls].mean() == pytest.approx(2, abs=0.1)


def test_learning_rates_fall_to_what_is_left(draw_batch):
    """Adam's first steps are its rate in every number, so that without a gradient's scale they show the rate."""
    config = replace(SMALL, random_transitions=0, n_scan=1, updates_per_transition=1 / 4, learning_rate_updates=2)
    one, other = (replace(config, learning_rate_left=left).build(5, 2, seed=0) for left in (1.0, 0.1))
    bias, steps = "learnt.critics.0.bias1", []
    for learner in (one, other):
        biases = [learner.state()[bias]]
        for _ in range(3):
            learner.receive(draw_batch(0, 4))
            learner.update()
            biases.append(learner.state()[bias])
        steps.append(np.abs(np.diff(biases, axis=0)).ravel())
    assert steps[0][0] == pytest.approx(3e-4, rel=1e-2)
    np.testing.assert_allclose(steps[1][0] / steps[0][0], 1, rtol=1e-4)
    np.testing.assert_allclose(steps[1][1:] / steps[0][1:], [0.55, 0.1], rtol=0.05)


def test_receive_refuses_what_would_spoil_the_replay(draw_batch):
    learner = SMALL.build(5, 2, seed=0)
    batch = draw_batch(0, 3)
    with pytest.raises(ValueError, match=r"action has shape \(3, 1\), this learner needs \(3, 2\)"):
        learner.receive(replace(batch, action=batch.action[:, :1]))
    batch.next_observation[1, 4] = np.inf
    with pytest.raises(ValueError, match=r"next_observation is inf at \(1, 4\)"):
        learner.receive(batch)
    assert learner.n_transitions == 0


def test_numbers_that_run_away_stop_the_learner_at_the_last_good_state(draw_batch):
    learner = replace(SMALL, critic_learning_rate=1e30, random_transitions=0).build(5, 2, seed=0)
    learner.receive(draw_batch(0, 20))
    with pytest.raises(FloatingPointError, match=r"became .* after .* updates"):
        learner.update()
    assert all(np.isfinite(array).all() for array in learner.state().values())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0; it must be at least 1"),
        ({"updates_per_transition": -1}, "must not be negative"),
        ({"actor_learning_rate": 0.0}, "must be positive"),
        ({"critic_learning_rate": float("nan")}, "critic_learning_rate is nan; it must be positive"),
        ({"batch_size": 65, "replay_capacity": 64}, "batch_size is 65 and replay_capacity 64; a batch must fit in"),
        ({"actor_hidden": (8, 0)}, "every layer needs at least 1 unit"),
        ({"initial_action": 1.0}, "it lies between -1 and 1"),
        ({"gradient_limit": 0.0}, "must be positive"),
        ({"learning_rate_left": 0.0}, r"must be in \(0, 1\]"),
        ({"discount": 1.0}, r"must be in \[0, 1\)"),
        ({"tau": 0.0}, r"must be in \(0, 1\]"),
        ({"log_std_range": (1.0, 0.0)}, "lower bound first"),
        ({"log_std_range": (float("-inf"), 2.0)}, "give two finite numbers"),
        ({"priority_exponent": float("inf")}, "priority_exponent is inf; it must be finite"),
        ({"initial_temperature": float("inf")}, "initial_temperature is inf; it must be finite"),
        ({"replay": "prioritised", "priority_exponent": -0.1}, "priority_exponent is -0.1; it must not be negative"),
        ({"priority_correction": 1.1}, r"priority_correction is 1.1; it must be in \[0, 1\]"),
        ({"priority_updates": 0}, "priority_updates is 0; it must be at least 1"),
        ({"manual_offset": (1.0,)}, "are for normaliser manual, not running; leave them out"),
        ({"normaliser": "manual"}, "0 and 0 numbers .* needs one of each for every observed quantity"),
        (
            {"normaliser": "manual", "manual_offset": (0.0,), "manual_deviation": (0.0,)},
            r"manual_deviation is \(0.0,\); its numbers must be positive",
        ),
        (
            {"normaliser": "manual", "manual_offset": (float("nan"),), "manual_deviation": (1.0,)},
            r"manual_offset is \(nan,\); its numbers must be finite",
        ),
    ],
)
def test_config_refuses_what_cannot_learn(wrong, message):
    with pytest.raises(ValueError, match=message):
        SacConfig(**wrong)
