"""What the forms of symmetry are worth: one decision, whose best action is known, learnt from one side of the mirror.

The worlds are symmetric, and all that is seen lies on one side of the mirror; then actions are asked for on the other.
"""

import numpy as np
import pytest

from soleus.learner import LEARNERS, find_learner
from soleus.learner.part import PARTS
from soleus.learner.replay.config import ReplayConfig
from soleus.nets.mirror import Mirror
from soleus.sampler.batch import Batch

OBSERVATION, ACTION = Mirror((1, 0, 2, 4, 3), (1, 1, -1, -1, -1)), Mirror((1, 0), (1, 1))
N_SEEN = 400


def _seen_side(seed, n):
    """Observations whose third number, which changes its sign in the mirror, is positive."""
    drawn = np.random.default_rng(seed).standard_normal((n, 5), dtype=np.float32)
    return np.where(drawn[:, 2:3] > 0, drawn, OBSERVATION(drawn))


def _best_action(observation):
    """Of the first muscle by a formula, of the second by the same one in the mirror."""

    def first(rows):
        return 0.6 * np.tanh(rows[:, 0] - 0.5 * rows[:, 1] + rows[:, 2] * rows[:, 3])

    return np.stack([first(observation), first(OBSERVATION(observation))], axis=1)


def _decisions():
    observation = _seen_side(0, N_SEEN)
    action = np.random.default_rng(1).uniform(-1, 1, (N_SEEN, 2)).astype(np.float32)
    reward = -((action - _best_action(observation)) ** 2).sum(axis=1).astype(np.float32)
    ends = np.zeros(N_SEEN, bool)
    return Batch(observation, action, reward, observation, ends, ends, np.arange(N_SEEN))


def _asymmetry(policy, observation):
    """The largest difference between the image of an action and the action for the image of what is observed."""
    return np.abs(policy.act(OBSERVATION(observation), None) - ACTION(policy.act(observation, None))).max()


FROM_REPLAY = [name for name, entry in LEARNERS.items() if issubclass(entry.config, ReplayConfig)]
OWN = {"sac": {"temperature": "fixed", "initial_temperature": 0.01}}


@pytest.mark.parametrize("name", FROM_REPLAY)
def test_one_side_teaches_the_other(name):
    config = find_learner(name).config(
        actor_hidden=(32,),
        critic_hidden=(64,),
        batch_size=64,
        random_transitions=0,
        discount=0.0,
        actor_learning_rate=3e-3,
        critic_learning_rate=3e-3,
        updates_per_transition=3.0,
        **OWN.get(name, {}),
    )
    unseen = OBSERVATION(_seen_side(2, 1000))
    error, asymmetry = {}, {}
    for form in ("none", *PARTS):
        parts = [] if form == "none" else [PARTS[form](OBSERVATION, ACTION, 4.0)]
        learner = config.build(5, 2, 0, parts)
        learner.receive(_decisions())
        fresh = _asymmetry(learner.policy(), unseen)
        learner.update()
        error[form] = np.abs(learner.policy().act(unseen, None) - _best_action(unseen)).mean()
        asymmetry[form] = max(fresh, _asymmetry(learner.policy(), unseen))
    assert error["none"] > 0.25
    assert error["batch_axis"] > 0.65 * error["none"]  # the legs of another row teach nothing of the other side
    for form in {*PARTS} - {"batch_axis"}:
        assert error[form] < 0.65 * error["none"], form
    assert asymmetry["none"] > 1
    assert asymmetry["loss"] < 0.2 * asymmetry["none"]
    for form in ("equivariant", "single_leg", "single_leg_conditioned"):
        assert asymmetry[form] < 1e-5, form
