"""RecordEvaluation: take the scores out of a trained model's archive and put them into the run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.evaluation_sets import read_own_sets
from wordvectors.aws.own_text import OwnTextUnread, read_own_text
from wordvectors.aws.run_scores import RunScores
from wordvectors.aws.run_table import RunTable
from wordvectors.blazingtext.archive import InvalidModelArchive, ModelArchive, read_model_archive
from wordvectors.blazingtext.eval_json import EVAL_JSON, read_eval_json
from wordvectors.blazingtext.eval_json import Evaluation as EvalJson
from wordvectors.evaluation.scores import Entry, pairs_entry
from wordvectors.evaluation.sets import OWN_TEXT, WORDSIM
from wordvectors.evaluation.word_pairs import WordPairSet
from wordvectors.lifecycle.keys import MODEL_FILE, run_key, served_key
from wordvectors.lifecycle.run import Artifacts, Changes, Evaluation, Run, SetScore
from wordvectors.lifecycle.status import Outcome, RunStatus

if TYPE_CHECKING:
    from wordvectors.evaluation.own_text import OwnText
    from wordvectors.serving.keeping import ModelKeeper

EVALUATION_OFF = "evaluation was switched off in the plan"
NO_PAIRS = "no score: too few word pairs of WS-353 are in the vocabulary"


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str
    serving: Literal["float32", "int8"] | None = None
    """In which numbers a model's vectors are served from here on; None if models are not served."""


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
    asked, unread = _read_sets(run, plan.evaluation.sets, own_text=bool(plan.evaluation.sets))
    with TemporaryDirectory() as folder:
        read = _read_archive(
            run.model_key,
            asked,
            subwords=plan.hyperparameters.subwords,
            kept=Path(folder, MODEL_FILE) if settings.serving else None,
        )
        served = _serve(run_id, read.kept)
    archive, further = read.archive, read.further
    further |= {name: {"note": f"no score: {why}"} for name, why in unread.items()}

    artifacts = Artifacts(model=bucket.uri(run.model_key), plan=bucket.uri(run_key(run_id, "plan.json")))
    artifacts = artifacts.with_known(served=served)
    if archive.eval_json is not None:
        scores_uri = bucket.write(run_key(run_id, EVAL_JSON), archive.eval_json, "application/json")
        artifacts = artifacts.with_known(evaluation=scores_uri)
    elif plan.hyperparameters.evaluation:
        raise InvalidModelArchive(f"the plan asks for an evaluation, but the archive holds no {EVAL_JSON}")

    evaluation = read_eval_json(archive.eval_json) if archive.eval_json is not None else None
    changes = Changes(
        evaluation=summary_of(evaluation, further, read.with_ngrams),
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

    Where models are served, and the run is of before that, the file that it is served from is written, too.

    Returns
    -------
    dict
        `faults`: for each set that can't be read why, and then nothing is written; and `sets`, the scores.
    """
    run = run_table.require(run_id)
    asked, unread = _read_sets(run, sets, own_text=OWN_TEXT in sets)
    if unread:
        return {"faults": list(unread.values()), "sets": {}}
    subwords = run.resolved_plan.hyperparameters.subwords
    with TemporaryDirectory() as folder:
        lacks_file = settings.serving and bucket.find(served_key(run_id)) is None
        kept = Path(folder, MODEL_FILE) if lacks_file else None
        read = _read_archive(run.model_key, asked, subwords=subwords, kept=kept)
        scores = _scores(read.further, read.with_ngrams)
        if not run_scores.add(run, scores):
            return {"faults": [f"{run_id} has not completed, or is being removed"], "sets": {}}
        if served := _serve(run_id, read.kept):
            run_scores.note_served(run_id, served)
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


class _Asked(NamedTuple):
    """What a model is scored on: names of sets, the user's own ones among them, and questions about its text."""

    chosen: tuple[str, ...]
    own: dict[str, WordPairSet]
    own_text: OwnText | None


def _read_sets(run: Run, chosen: tuple[str, ...], *, own_text: bool) -> tuple[_Asked, dict[str, str]]:
    """Return what a run is scored on, and of each set that can't be read why."""
    own, unread = read_own_sets(bucket, chosen)
    if not own_text:
        return _Asked(chosen, own, None), unread
    try:
        return _Asked(chosen, own, read_own_text(bucket, run.corpus)), unread
    except OwnTextUnread as fault:
        return _Asked(chosen, own, None), unread | {OWN_TEXT: str(fault)}


class _Read(NamedTuple):
    """What the archive was read for: its facts, the scores by set, and the model in a file to be served."""

    archive: ModelArchive
    further: dict[str, Entry]
    with_ngrams: dict[str, Entry]
    kept: tuple[ModelKeeper, Path] | None


def _read_archive(
    key: str,
    asked: _Asked,
    *,
    subwords: bool,
    kept: Path | None = None,
) -> _Read:
    """Read the archive in one pass: score the model on what BlazingText does not score it on, and keep it if wanted."""
    scoring = keeper = None
    if kept or asked.own_text or (asked.chosen and (subwords or set(asked.chosen) != {WORDSIM})):
        from wordvectors.evaluation.scoring import Scoring  # numpy takes a while
        from wordvectors.serving.keeping import ModelKeeper

        scoring = Scoring(asked.chosen, asked.own, subwords=subwords, own_text=asked.own_text)
        keeper = ModelKeeper(kept, subwords=subwords) if kept else None
    by_us: dict[str, Any] = {}
    if scoring and keeper:
        by_us["read"] = partial(scoring.read, chunks_of=keeper.vectors)
        by_us["read_bin"] = partial(scoring.read_ngrams, rows_of=keeper.ngrams) if subwords else None
    elif scoring:
        by_us = {"read": scoring.read, "read_bin": scoring.read_ngrams if subwords else None}
    try:
        with transient_errors_named():
            archive = read_model_archive(bucket.open(key), **by_us)
    except FileNotFoundError as missing:
        raise InvalidModelArchive(f"training completed, but there is no object {missing}") from missing
    if scoring is None:
        return _Read(archive, {}, {}, None)
    if scoring.without_ngrams:
        logger.warning("there are no scores with n-grams", extra={"reason": scoring.without_ngrams})
    file = (keeper, kept) if keeper and kept else None
    return _Read(archive, scoring.scores(), scoring.scores_with_ngrams(), file)


def _serve(run_id: str, kept: tuple[ModelKeeper, Path] | None) -> str | None:
    """Write the file that the model is served from, and return its URI; a run is complete without it, too."""
    if kept is None:
        return None
    from wordvectors.serving.keeping import NotKept

    keeper, path = kept
    try:
        keeper.finish(int8=settings.serving == "int8", metadata={"run_id": run_id})
    except NotKept as fault:
        logger.warning("the model is not served", extra={"reason": str(fault)})
        return None
    key = served_key(run_id)
    bucket.upload(path, key, content_type="application/octet-stream")
    return bucket.uri(key)
