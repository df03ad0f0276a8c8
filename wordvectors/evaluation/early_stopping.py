"""When a training ends before its last epoch: as a plan says it, and a job's hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from wordvectors.evaluation.scores import MEAN_RHO
from wordvectors.evaluation.sets import pair_set_schema, set_named

EARLY_STOPPING, EVALUATION_SETS = "early_stopping", "evaluation_sets"
"""A job's hyperparameters for the project's own engine, as JSON: an `EarlyStopping`, and names of sets of pairs."""


class EarlyStopping(BaseModel):
    """A training ends when a set's score has not risen for some time.

    Attributes
    ----------
    patience : int
        How many times in a row the score may be no better than the best one before. A set that never has a score,
        since the text has none of its pairs, ends no training.
    set : str
        `mean_rho`, or a set of word pairs that the plan is scored on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    patience: Annotated[int, Field(ge=1, le=1000)] = 2
    set: Annotated[str, AfterValidator(set_named), Field(json_schema_extra=pair_set_schema())] = MEAN_RHO

    def is_over(self, scores: Sequence[float | None]) -> bool:
        """Tell whether the patience is used up, by the set's scores so far; None is worse than any score."""
        return (
            any(score is not None for score in scores) and len(scores) - 1 - best_of(scores) >= self.patience
        )


def best_of(scores: Sequence[float | None]) -> int:
    """Return the place of the first of the best scores."""
    known = [-2.0 if score is None else score for score in scores]
    return known.index(max(known))
