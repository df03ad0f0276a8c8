"""CloseTuning: the single way out of a tuning. Its trials no longer run, its row is final, its page is written, its
people are told.

The state machine ends every path here; and EventBridge calls the function for each execution that ended badly.
Closing a closed tuning changes nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from lambdas.environment import Environment
from lambdas.logs import log_about, logger
from wordvectors.aws.bucket import Bucket
from wordvectors.aws.clients import client
from wordvectors.aws.errors import TransientServiceError
from wordvectors.aws.notifications import Notifications, tell_once
from wordvectors.aws.run_table import RunTable
from wordvectors.aws.trial_runs import TrialRuns
from wordvectors.aws.tuning_table import TuningTable, message_key
from wordvectors.lifecycle.ending import CLAIM_WINDOW, SETTLING_SECONDS
from wordvectors.plain_text import plain
from wordvectors.tuning.ending import UNFINISHED, Ending, ending_of, tuning_without_plan
from wordvectors.tuning.order import report_key
from wordvectors.tuning.tuning import Tuning, TuningStatus


class Settings(Environment):
    """Settings of this function."""

    bucket_name: str
    table_name: str
    topic_arn: str
    state_machine_arn: str
    job_name_prefix: str


settings = Settings.read()
run_table = RunTable(client("dynamodb"), settings.table_name)
tuning_table = TuningTable(client("dynamodb"), settings.table_name)
trial_runs = TrialRuns(
    client("stepfunctions"), settings.state_machine_arn, run_table, settings.job_name_prefix
)
notifications = Notifications(client("sns"), settings.topic_arn)
bucket = Bucket(client("s3"), settings.bucket_name)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Close the tuning of a state machine's last state, or of an execution that EventBridge reports."""
    log_about(None, context)
    ending = ending_of(event)
    return close_tuning(ending) if ending else {}


def close_tuning(ending: Ending) -> dict[str, Any]:
    """Write the final status unless there is one, stop the trials that still run, write the page, and tell the topic
    once.

    Returns
    -------
    dict
        `tuning_id`, and the `status` and `reason` that it ended with: those of the first closing.
    """
    tuning = _find_or_create(ending)
    name = tuning.tuning_id
    logger.append_keys(tuning_id=name)
    if not ending.owns(tuning):
        logger.warning("the tuning is another execution's; it is left alone")
        return _answer(tuning)
    tuning = tuning_table.change(
        name, lambda now: None if now.status.is_final else ending.of(now, datetime.now(UTC))
    )
    trouble = _stop_trials(tuning) if tuning.status is not TuningStatus.COMPLETED else None
    logger.info("the tuning is closed", extra={"status": tuning.status, "reason": tuning.reason})
    if not tuning.notified_at:
        tuning = _with_page(tuning)
        told = tell_once(
            run_table,
            message_key(name),
            lambda: bool(tuning_table.require(name).notified_at),
            lambda: notifications.tuning_ended(tuning),
        )
        if not told:
            logger.warning("the message has been claimed twice; it is not sent again")
    if trouble is not None:
        raise trouble
    return _answer(tuning)


def _answer(tuning: Tuning) -> dict[str, Any]:
    return {"tuning_id": tuning.tuning_id, "status": tuning.status, "reason": tuning.reason or ""}


def _with_page(tuning: Tuning) -> Tuning:
    """Write `tunings/TUNING_ID/report.html`; return the tuning, which says so if that was not possible.

    Nothing that goes wrong here keeps a tuning from its end.
    """
    key = report_key(tuning.tuning_id)
    try:
        from wordvectors.pages.tuning.page import tuning_page  # Jinja takes a while

        bucket.write(key, tuning_page(tuning).encode(), "text/html; charset=utf-8")
    except Exception as error:
        logger.exception("the page could not be written")
        warning = f"the page {key} could not be written: {plain(error)}"
        return tuning_table.change(
            tuning.tuning_id,
            lambda now: None if warning in now.warnings else now.but(warnings=(*now.warnings, warning)),
        )
    return tuning


def _stop_trials(tuning: Tuning) -> Exception | None:
    """Stop what the tuning has started; each is tried, and what went wrong is returned for another try."""
    trouble = None
    for trial in (trial for trial in tuning.trials if trial.note == UNFINISHED):
        try:
            trial_runs.stop(tuning, trial, f"its tuning {tuning.tuning_id} has ended: {tuning.status}")
        except (ClientError, TransientServiceError) as error:
            logger.exception("a trial could not be stopped", extra={"trial": trial.number})
            trouble = error
    return trouble


def _find_or_create(ending: Ending) -> Tuning:
    named = tuning_table.get(ending.tuning_id) if ending.tuning_id else None
    if named is not None:
        return named
    tuning = _find(ending)
    if tuning is None:
        time.sleep(SETTLING_SECONDS)
        tuning = _find(ending)
    if tuning is None:
        created = tuning_without_plan(ending)
        tuning_table.claim(created)
        tuning = tuning_table.require(created.tuning_id)
    return tuning


def _find(ending: Ending) -> Tuning | None:
    """Return the row that the execution's first step wrote."""
    since, until = ending.started_at - timedelta(minutes=1), ending.started_at + CLAIM_WINDOW
    around = tuning_table.newest(since=since.isoformat(), until=until.isoformat())
    return next(filter(ending.owns, around), None)
