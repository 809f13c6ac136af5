"""PPO of skrl on a vector environment, as its documentation sets it up; apart, since its classes need torch."""

import numpy as np
import torch
from skrl.agents.torch.ppo import PPO
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.models.torch import DeterministicMixin, GaussianMixin, Model
from skrl.trainers.torch import SequentialTrainer


class Policy(GaussianMixin, Model):
    def __init__(self, env):
        Model.__init__(self, observation_space=env.observation_space, action_space=env.action_space, device="cpu")
        GaussianMixin.__init__(self, clip_actions=True)
        self.net = torch.nn.Linear(self.num_observations, self.num_actions)
        self.log_std = torch.nn.Parameter(torch.full((self.num_actions,), -1.0))

    def compute(self, inputs, role):
        del role
        return torch.sigmoid(self.net(inputs["observations"])), {"log_std": self.log_std}


class Value(DeterministicMixin, Model):
    def __init__(self, env):
        Model.__init__(self, observation_space=env.observation_space, action_space=env.action_space, device="cpu")
        DeterministicMixin.__init__(self)
        self.net = torch.nn.Linear(self.num_observations, 1)

    def compute(self, inputs, role):
        del role
        return self.net(inputs["observations"]), {}


def train(worlds, n_step, folder):
    """Train for some steps of all worlds: the policy's numbers before and after, and the number of worlds."""
    torch.manual_seed(0)
    env = wrap_env(worlds)
    models = {"policy": Policy(env), "value": Value(env)}
    agent = PPO(
        models=models,
        memory=RandomMemory(memory_size=16, num_envs=env.num_envs, device="cpu"),
        observation_space=env.observation_space,
        action_space=env.action_space,
        device="cpu",
        cfg={"rollouts": 16, "experiment": {"directory": str(folder), "write_interval": 0, "checkpoint_interval": 0}},
    )
    before = {name: value.clone() for name, value in models["policy"].state_dict().items()}
    trainer = SequentialTrainer(
        env=env,
        agents=agent,
        cfg={"timesteps": n_step, "headless": True, "disable_progressbar": True, "close_environment_at_exit": False},
    )
    trainer.train()
    assert np.isfinite(env.reset()[0].numpy()).all()
    return before, models["policy"].state_dict(), env.num_envs
