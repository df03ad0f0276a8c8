"""Who trains: SageMaker's BlazingText, or the project's own engine; and what each asks of machines."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from wordvectors.blazingtext.hyperparameters import OWN_ENGINE_ONLY, Mode
from wordvectors.blazingtext.instances import instance_family, instance_faults
from wordvectors.evaluation.early_stopping import EarlyStopping
from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import sets_of_pairs

CPU_FAMILIES = (
    "c4", "c5", "c5n", "c6i", "c7i", "c7i-flex", "c8i", "c8i-flex", "m4", "m5", "m6i", "m7i", "m7i-flex", "m8i",
    "m8i-flex", "r5", "r5d", "r6i", "r7i", "r8i", "r8i-flex", "t3",
)  # fmt: skip
"""SageMaker's training instances without an accelerator, all of them Intel's (API reference, TrainingInstanceType)."""
SPOT_WAIT_SECONDS = 3600
"""What trains without checkpoints may wait and train for this long on spot capacity, no longer."""


class Engine(StrEnum):
    """What a training job runs."""

    BLAZINGTEXT = "blazingtext"
    WORDVECTORS = "wordvectors"


def machine_faults(engine: Engine, mode: Mode | None, instance_type: str, instance_count: int) -> list[str]:
    """Return why an engine can't run this mode on these instances; empty if it can.

    The project's own engine trains every mode, on one instance, and has no use for a GPU.
    """
    if engine is Engine.BLAZINGTEXT:
        return instance_faults(mode, instance_type, instance_count)
    family = instance_family(instance_type)
    if family is None:
        return instance_faults(mode, instance_type, instance_count)
    faults = []
    if family not in CPU_FAMILIES:
        faults.append(
            f"resources.instance_type is {instance_type!r}, but engine {engine} trains on Intel CPUs only; use "
            f"one of the families {', '.join(CPU_FAMILIES)}"
        )
    if instance_count > 1:
        faults.append(
            f"resources.instance_count is {instance_count}, but engine {engine} trains on one instance only"
        )
    return faults


def writes_checkpoints(engine: Engine) -> bool:
    """Whether a training by this engine goes on where it was interrupted. BlazingText's word2vec modes start anew."""
    return engine is Engine.WORDVECTORS


def scores_on_the_way(engine: Engine) -> bool:
    """Whether an engine scores a training after each epoch, and so can end it early."""
    return engine is Engine.WORDVECTORS


def early_stopping_faults(
    engine: Engine, stopping: EarlyStopping | None, sets: Sequence[str], *, evaluation: bool
) -> list[str]:
    """Return why a training can't be ended early so: all reasons, as changing the engine mends only one.

    Parameters
    ----------
    sets, evaluation
        The plan's evaluation sets, and whether it is evaluated at all.
    """
    if stopping is None:
        return []
    faults = []
    if not scores_on_the_way(engine):
        faults.append(
            f"early_stopping is given, but engine {engine} has no scores before its end; leave it out, or set engine "
            f"to {Engine.WORDVECTORS}"
        )
    if not evaluation:
        faults.append("early_stopping is given, but hyperparameters.evaluation is false: there are no scores")
    known = [MEAN_RHO, *sets_of_pairs(tuple(sets))]
    if stopping.set not in known:
        faults.append(
            f"early_stopping.set is {stopping.set!r:.100}, which is not scored after each epoch; it can be one of "
            f"{', '.join(known)}"
        )
    return faults


def scratch_bytes(engine: Engine, corpus_bytes: int) -> int:
    """Return what an engine writes beside the model while it trains: at most eight bytes a word, of some six."""
    return 0 if engine is Engine.BLAZINGTEXT else 2 * corpus_bytes


def hyperparameter_faults(engine: Engine, given: set[str]) -> list[str]:
    """Return which of the hyperparameters that are given the engine does not have."""
    if engine is Engine.WORDVECTORS:
        return []
    return [
        f"hyperparameters.{name} is not a BlazingText hyperparameter; leave it out, or set the plan's engine to "
        f"{Engine.WORDVECTORS}"
        for name in OWN_ENGINE_ONLY
        if name in given
    ]
