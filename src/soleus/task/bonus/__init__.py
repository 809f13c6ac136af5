"""Reward terms that help to learn, by name: paid on top of a task's own reward or instead of it, never judged by."""

from soleus.task.bonus.base import Bonus, Step
from soleus.task.bonus.config import RewardConfig
from soleus.task.bonus.pay import Pay
from soleus.task.bonus.registry import BONUSES, SPEED_BONUSES, bonus_summary, build_bonus

__all__ = ["BONUSES", "SPEED_BONUSES", "Bonus", "Pay", "RewardConfig", "Step", "bonus_summary", "build_bonus"]
