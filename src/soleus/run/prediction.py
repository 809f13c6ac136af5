"""Which runs may have predictors, and which a prefill: refused when the config is made, with what to do instead."""

from __future__ import annotations

from typing import Any

from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig
from soleus.learner.prefill import PrefillConfig
from soleus.learner.registry import LearnerConfig, learner_name
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.replay.reward_scale import RETURN_LIMIT
from soleus.learner.sac_config import SacConfig
from soleus.nets.dep import Dep
from soleus.run.flag import changed_flags, flags_for


def predicts(disagreement: DisagreementConfig, acting: ActingConfig) -> bool:
    """Whether predictors learn, as somebody asks for them."""
    return disagreement.weight > 0 or acting.choose != "policy"


def check_prediction(
    learner: LearnerConfig, predictor: PredictorConfig, disagreement: DisagreementConfig, acting: ActingConfig
) -> None:
    """Refuse predictors where nobody asks for them, and where they cannot learn or be asked."""
    if not predicts(disagreement, acting):
        why = "no predictor learns; give --disagreement.weight, or --acting.choose best or lookahead"
        _check_idle(
            why, ("predictor", predictor, PredictorConfig()), ("disagreement", disagreement, DisagreementConfig())
        )
        return
    if disagreement.weight == 0:
        why = "nobody is paid for disagreement; give --disagreement.weight"
        _check_idle(why, ("disagreement", disagreement, DisagreementConfig()))
    name = learner_name(learner)
    if not isinstance(learner, ReplayConfig):
        raise ValueError(
            f"predictors learn from one replay of what one policy did, which {name} has not; leave out "
            "--disagreement.weight and --acting.choose, or take a learner from replay, such as sac"
        )
    if learner.n_step > 1:
        raise ValueError(
            f"predictors learn what one decision leads to, and --learner.n-step is {learner.n_step}; leave it out, or "
            "take 1, or leave out --disagreement.weight and --acting.choose"
        )
    if learner.discount == 0:
        raise ValueError(
            "predictors tell an end by what is worth nothing from then on, which at --learner.discount 0 is everything;"
            " give more, or leave out --disagreement.weight and --acting.choose"
        )
    if disagreement.scale == "return" and learner.reward_scale != "return":
        raise ValueError(
            "disagreement scale 'return' is a share of the task's returns; give --learner.reward-scale return too"
        )
    if disagreement.scale == "return" and isinstance(learner, CategoricalSacConfig):
        _check_bins(learner, disagreement)
    if acting.choose != "policy":
        _check_acting(learner, predictor, acting)


def _check_bins(learner: CategoricalSacConfig, disagreement: DisagreementConfig) -> None:
    """Refuse a bonus whose return critics cannot say beside the task's: actions that they cannot tell apart."""
    least = RETURN_LIMIT + disagreement.weight
    if learner.value_limit < least:
        raise ValueError(
            f"--disagreement.weight {disagreement.weight:g} is a return beside the task's, which goes up to "
            f"{RETURN_LIMIT:g}, and critics say values up to {learner.value_limit:g}; give --learner.value-limit "
            f"{least:g} or more, or a smaller weight"
        )


def check_prefill(learner: LearnerConfig, prefill: PrefillConfig) -> None:
    """Refuse a prefill where nothing is filled, and settings of one that is not asked for."""
    if prefill.kind == "uniform":
        _check_idle("these are for --prefill.kind dep; give it too", ("prefill.dep", prefill.dep, Dep()))
    elif not isinstance(learner, ReplayConfig):
        raise ValueError(
            f"prefill {prefill.kind!r} fills a replay, and {learner_name(learner)} has none of its own; leave out "
            "--prefill.kind"
        )
    elif learner.random_transitions == 0:
        raise ValueError(
            f"prefill {prefill.kind!r} would never act, as --learner.random-transitions is 0; say how many it fills"
        )


def _check_idle(why: str, *groups: tuple[str, Any, Any]) -> None:
    """Refuse groups of settings that are not as usual; each is its name, what is given, and the usual."""
    idle = [flag for name, given, usual in groups for flag in changed_flags(name, given, usual)]
    if idle:
        back = " ".join(flag for name, given, usual in groups for flag in flags_for(name, usual, given))
        raise ValueError(f"{', '.join(idle)}: {why}, or leave them out; what a recipe has set goes back with `{back}`")


def _check_acting(learner: ReplayConfig, predictor: PredictorConfig, acting: ActingConfig) -> None:
    """Refuse to choose among actions that nobody draws, or by predictions of a part of what the policy sees."""
    if not isinstance(learner, SacConfig | CategoricalSacConfig):
        raise ValueError(
            f"acting {acting.choose!r} chooses among actions that a policy draws, and that of {type(learner).__name__} "
            "is sure of its one; take --learner sac or categorical_sac"
        )
    if learner.ensemble.n_member > 1:
        raise ValueError(
            f"acting {acting.choose!r} chooses among the actions of one actor, and {learner.ensemble.n_member} members "
            "vote already; leave out --learner.ensemble.n-member, or --acting.choose"
        )
    if any(weight != 1 for weight in (*learner.terms.start, *learner.terms.end)):
        raise ValueError(
            f"acting {acting.choose!r} goes by the predicted reward, in which all terms count 1, and the critics by "
            "--learner.terms.weights; leave these out, and pay terms as they are to count, or leave out --acting.choose"
        )
    if learner.exploration.noise != "gaussian":
        raise ValueError(
            f"acting {acting.choose!r} draws all its actions afresh, and noise is {learner.exploration.noise!r}; leave "
            "out --learner.exploration.noise"
        )
    if acting.choose == "lookahead" and predictor.fields:
        raise ValueError(
            "acting 'lookahead' asks the policy what it would do then, which needs all that it observes; leave out "
            "--predictor.fields, or give it no value where a recipe has set it, or take --acting.choose best"
        )
