"""RecordEvaluation: take the scores out of a trained model's archive and put them into the run."""

from __future__ import annotations

from typing import Any

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.run_scores import RunScores
from wordvectors.aws.run_table import RunTable
from wordvectors.blazingtext.archive import InvalidModelArchive, ModelArchive, read_model_archive
from wordvectors.blazingtext.eval_json import EVAL_JSON, read_eval_json
from wordvectors.blazingtext.eval_json import Evaluation as EvalJson
from wordvectors.evaluation.scores import Entry, pairs_entry
from wordvectors.evaluation.sets import WORDSIM
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.runs.keys import run_key
from wordvectors.runs.run import Artifacts, Changes, Evaluation, SetScore
from wordvectors.runs.status import Outcome, RunStatus

EVALUATION_OFF = "evaluation was switched off in the plan"
NO_PAIRS = "no score: too few word pairs of WordSim-353 are in the vocabulary"


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str


settings = Settings.read()
bucket = Bucket(client("s3"), settings.bucket_name)
run_table = RunTable(client("dynamodb"), settings.table_name)
run_scores = RunScores(client("dynamodb"), settings.table_name)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Record the evaluation of the trained run `event["run_id"]`; of a completed one, on `event["sets"]`."""
    log_about(event["run_id"], context)
    if "sets" in event:
        return evaluate_again(event["run_id"], tuple(event["sets"]))
    return record_evaluation(event["run_id"])


def record_evaluation(run_id: str) -> dict[str, Any]:
    """Read the model's archive once and write the run's summary.

    Raises
    ------
    InvalidModelArchive
        The archive is missing or broken, or lacks the scores that the plan asked for.
    EvalJsonError
        `eval.json` is not what BlazingText writes.
    """
    run = run_table.require(run_id)
    plan = run.resolved_plan
    own, unread = read_own_sets(bucket, plan.evaluation.sets)
    archive, further, with_ngrams = _read_archive(
        run.model_key, plan.evaluation.sets, own, subwords=plan.hyperparameters.subwords
    )
    further |= {name: {"note": f"no score: {why}"} for name, why in unread.items()}

    artifacts = Artifacts(model=bucket.uri(run.model_key), plan=bucket.uri(run_key(run_id, "plan.json")))
    if archive.eval_json is not None:
        scores_uri = bucket.write(run_key(run_id, EVAL_JSON), archive.eval_json, "application/json")
        artifacts = artifacts.with_known(evaluation=scores_uri)
    elif plan.hyperparameters.evaluation:
        raise InvalidModelArchive(f"the plan asks for an evaluation, but the archive holds no {EVAL_JSON}")

    evaluation = read_eval_json(archive.eval_json) if archive.eval_json is not None else None
    changes = Changes(
        evaluation=summary_of(evaluation, further, with_ngrams),
        mean_rho=evaluation.mean_rho if evaluation else None,
        training=run.training.with_known(vocabulary=archive.vocabulary, vector_dim=archive.vector_dim),
        artifacts=artifacts,
    )
    if not run_table.advance(run_id, RunStatus.EVALUATING, changes):
        logger.warning("the run had ended meanwhile; its evaluation is not recorded")
    logger.info("the evaluation is recorded", extra={"evaluation": changes.evaluation.to_json()})
    return {"run_id": run_id, "outcome": Outcome.COMPLETED}


def evaluate_again(run_id: str, sets: tuple[str, ...]) -> dict[str, Any]:
    """Score a completed run's model on further sets, or anew on those that it was scored on.

    Returns
    -------
    dict
        `faults`: for each set that can't be read why, and then nothing is written; and `sets`, the scores.
    """
    run = run_table.require(run_id)
    own, unread = read_own_sets(bucket, sets)
    if unread:
        return {"faults": list(unread.values()), "sets": {}}
    subwords = run.resolved_plan.hyperparameters.subwords
    scores = _scores(*_read_archive(run.model_key, sets, own, subwords=subwords)[1:])
    if not run_scores.add(run, scores):
        return {"faults": [f"{run_id} has not completed, or is being removed"], "sets": {}}
    logger.info("the run is scored on further sets", extra={"sets": sorted(scores)})
    return {"faults": [], "sets": {name: score.to_json() for name, score in scores.items()}}


def summary_of(
    evaluation: EvalJson | None, further: dict[str, Entry], with_ngrams: dict[str, Entry]
) -> Evaluation:
    """Return the scores as the table holds them; what has no score says so, and is not 0.

    Parameters
    ----------
    evaluation
        BlazingText's own, if it was asked for.
    further
        The entries of the sets that BlazingText does not score.
    with_ngrams
        The scores, by set, in which n-grams stand in for unknown words.
    """
    if evaluation is None:
        return Evaluation(note=EVALUATION_OFF, sets=_scores(further, with_ngrams))
    entries = further | {name: pairs_entry(score) for name, score in evaluation.sets.items()}
    sets = _scores(entries, with_ngrams)
    return Evaluation(sets=sets, note=NO_PAIRS) if evaluation.mean_rho is None else Evaluation(sets=sets)


def _scores(entries: dict[str, Entry], with_ngrams: dict[str, Entry]) -> dict[str, SetScore]:
    return {
        name: SetScore.model_validate(
            entry | ({"with_ngrams": with_ngrams[name]} if name in with_ngrams else {})
        )
        for name, entry in entries.items()
    }


def _read_archive(
    key: str, chosen: tuple[str, ...], own: dict[str, WordPairSet], *, subwords: bool
) -> tuple[ModelArchive, dict[str, Entry], dict[str, Entry]]:
    """Read the archive, and score the model in one pass: on the sets that BlazingText does not know, and by n-grams."""
    scoring = None
    if chosen and (subwords or set(chosen) != {WORDSIM}):
        from wordvectors.evaluation.scoring import Scoring  # numpy takes a while

        scoring = Scoring(chosen, own, subwords=subwords)
    try:
        with transient_errors_named():
            archive = read_model_archive(
                bucket.open(key),
                scoring.read if scoring else None,
                scoring.read_ngrams if scoring and subwords else None,
            )
    except FileNotFoundError as missing:
        raise InvalidModelArchive(f"training completed, but there is no object {missing}") from missing
    if scoring is None:
        return archive, {}, {}
    if scoring.without_ngrams:
        logger.warning("there are no scores with n-grams", extra={"reason": scoring.without_ngrams})
    return archive, scoring.scores(), scoring.scores_with_ngrams()
