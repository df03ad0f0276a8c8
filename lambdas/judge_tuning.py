"""JudgeTuning: compare a tuning's finalists, one model at a call, and write the verdict."""

from __future__ import annotations

from typing import Any

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.model_pairs import ModelPairs
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.tuning_table import TuningTable
from wordvectors.lifecycle.status import Outcome
from wordvectors.tuning.judging import conclude, runs_to_read
from wordvectors.tuning.tuning import Tuning
from wordvectors.tuning.verdict import Verdict


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str


settings = Settings.read()
tuning_table = TuningTable(client("dynamodb"), settings.table_name)
model_pairs = ModelPairs(
    Bucket(client("s3"), settings.bucket_name), RunTable(client("dynamodb"), settings.table_name)
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Judge the tuning `event["tuning_id"]`."""
    log_about(None, context)
    logger.append_keys(tuning_id=event["tuning_id"])
    return judge_tuning(event["tuning_id"])


def judge_tuning(tuning_id: str) -> dict[str, Any]:
    """Read the next model's cosines; when they are all read, write the verdict.

    The first call writes a verdict by the scores alone: it stands if the models can't be read.

    Returns
    -------
    dict
        `outcome` is IN_PROGRESS as long as there are models to be read, then COMPLETED.
    """
    tuning = tuning_table.require(tuning_id)
    pair_set = tuning.required_order.pair_set
    if tuning.verdict is None:
        tuning = _write(tuning, conclude(tuning, {}, "the finalists were not compared pair by pair"))
    cosines = {}
    for run_id in runs_to_read(tuning) if pair_set else []:
        found = model_pairs.kept(run_id, pair_set or "")
        if found is None:
            model_pairs.read(run_id, pair_set or "")
            logger.info("the cosines of a model are read", extra={"run": run_id})
            return {"tuning_id": tuning_id, "outcome": Outcome.IN_PROGRESS}
        cosines[run_id] = found
    note = None if cosines else "no set of word pairs was scored more than once"
    tuning = _write(tuning, conclude(tuning, cosines, note))
    logger.info("the tuning is judged", extra={"verdict": tuning.verdict and tuning.verdict.sentence})
    return {"tuning_id": tuning_id, "outcome": Outcome.COMPLETED}


def _write(tuning: Tuning, verdict: Verdict) -> Tuning:
    return tuning_table.change(
        tuning.tuning_id, lambda now: None if now.status.is_final else now.but(verdict=verdict)
    )
