"""RenderReport: write a run's report, one page of HTML, beside its plan and its scores.

A run is complete without it: whatever fails here is tried again, and then the run ends as it had.
"""

from __future__ import annotations

from typing import Any

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.errors import transient_errors_named
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.training_log import TrainingLogs
from wordvectors.aws.unreadable import ObjectReplaced, UnreadableObject
from wordvectors.blazingtext.archive import read_leading_vectors
from wordvectors.blazingtext.eval_json import ALL
from wordvectors.corpus.count import CorpusCount, count_corpus
from wordvectors.evaluation.wordsim353 import load_wordsim353
from wordvectors.lifecycle.keys import REPORT, run_key
from wordvectors.lifecycle.run import Changes, Counted, Run
from wordvectors.lifecycle.status import Outcome, RunStatus
from wordvectors.pages.report.contents import report_contents
from wordvectors.pages.report.page import report_page

MOST_WORDS, MOST_BYTES = 50_000, 128 * 1024**2
"""Of the model: in what neighbours are looked for. Copies and products take about as much again."""


KEPT = "the corpus or the log of the training is not there any more, and the report still tells of both"


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str


settings = Settings.read()
bucket = Bucket(client("s3"), settings.bucket_name)
run_table = RunTable(client("dynamodb"), settings.table_name)
training_logs = TrainingLogs(client("logs"))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Render the report of the evaluated run `event["run_id"]`."""
    log_about(event["run_id"], context)
    return render_report(event["run_id"])


def render_report(run_id: str) -> dict[str, Any]:
    """Write `runs/RUN_ID/report.html`, and put its URI and what the corpus holds into the run's row.

    A completed run has got further scores: its report is written anew, if its corpus and its log are still there.
    Else the one that it has says more, and the answer's `kept` says so.

    Raises
    ------
    InvalidModelArchive
        The model can't be read.
    """
    run = run_table.require(run_id)
    with transient_errors_named():
        stream = bucket.open(run.model_key)
        vectors = read_leading_vectors(stream, MOST_WORDS, MOST_BYTES)
    counted, log = _count_corpus(run), training_logs.timed(run.job_name)
    again = run.status is RunStatus.COMPLETED
    if again and (counted is None or not log):
        logger.warning("the report is kept: what it is made of is not all there any more")
        return {"run_id": run_id, "outcome": Outcome.COMPLETED, "kept": KEPT}
    contents = report_contents(
        run=run,
        others=run_table.best(run.corpus_key),
        log=log,
        corpus=counted,
        words=vectors.words,
        matrix=vectors.matrix,
        pair_set=load_wordsim353()[ALL],
    )
    page = report_page(contents).encode()
    uri = bucket.write(run_key(run_id, REPORT), page, "text/html; charset=utf-8")
    logger.info("the report is written", extra={"uri": uri, "bytes": len(page)})
    if again:  # the row names it
        return {"run_id": run_id, "outcome": Outcome.COMPLETED}
    found = Changes(artifacts=run.artifacts.with_known(report=uri))
    if counted is not None:
        found = found.with_known(corpus=run.corpus.with_known(counted=Counted(**counted.facts())))
    if not run_table.advance(run_id, RunStatus.EVALUATING, found):
        logger.warning("the run had ended meanwhile; its row does not name the report")
    return {"run_id": run_id, "outcome": Outcome.COMPLETED}


def _count_corpus(run: Run) -> CorpusCount | None:
    """Count what was trained on; None if something else lies there now, or it can't be read any more."""
    stored = bucket.find(run.corpus_key)
    if stored is None or stored.archived or stored.etag != run.corpus.etag:
        return None
    try:
        return count_corpus(bucket.reader(stored).read, stored.bytes)
    except (ObjectReplaced, UnreadableObject):
        return None
