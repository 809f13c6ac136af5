"""A run folder for tests, with a policy that has not learnt but acts."""

from dataclasses import replace

import numpy as np

from soleus.nets import ActorPolicy, DeterministicPolicy, GaussianHead
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.run.build import signature
from soleus.run.folder import RunFolder
from soleus.run.recipe import RECIPES

CONFIG = RECIPES["plain"].build("run2017", "fast")


def make_run(path, control=CONFIG.control, activation="relu", layer_norm=False, kind="actor", task=CONFIG.task):
    """A run with a trained policy of some kind, of random weights that are large enough to excite."""
    config = replace(CONFIG, task=task, control=control)
    made_for = signature(config.task, control)
    n_observation, n_action = len(made_for.observation_names), len(made_for.action_names)
    random = np.random.default_rng(0)
    n_output = {"actor": 2 * n_action, "deterministic": n_action}[kind]
    network = Mlp((n_observation, 32, 32, n_output), activation, layer_norm)
    parameters = {name: 1.5 * array for name, array in network.initial(random).items()}
    parameters |= {name: random.normal(0, 0.3, array.shape).astype(np.float32) for name, array in parameters.items()}
    factor = random.uniform(0.2, 3, n_observation).astype(np.float32)
    factor[5] = 0  # has never varied
    scaling = Scaling(random.normal(0, 1, n_observation).astype(np.float32), factor, np.float32(5))
    folder = RunFolder.create(path, config, {})
    if kind == "actor":
        policy = ActorPolicy(network, parameters, scaling, GaussianHead(n_action, (-5.0, 2.0)))
    else:
        policy = DeterministicPolicy(network, parameters, scaling)
    folder.save_policy(folder.best_file, policy, made_for)
    return folder, policy
