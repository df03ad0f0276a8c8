"""The end of an execution's record in ministack: final status, terminal event, status-change event.

ministack's DescribeExecution, GetExecutionHistory and ListExecutions read the record.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime
from typing import Any

from local_cloud.emulator import outbox

log = logging.getLogger("local_cloud.records")

TERMINAL_EVENTS = {
    "SUCCEEDED": ("ExecutionSucceeded", "executionSucceededEventDetails"),
    "FAILED": ("ExecutionFailed", "executionFailedEventDetails"),
    "TIMED_OUT": ("ExecutionTimedOut", "executionTimedOutEventDetails"),
    "ABORTED": ("ExecutionAborted", "executionAbortedEventDetails"),
}

ENTERED = "statesEntered"
"""What a record has beside ministack's: how many states its execution has entered."""

_PAYLOAD_BYTES = 248 * 1024

_ending = threading.Lock()


def finish(
    record: dict[str, Any],
    status: str,
    *,
    output: Any = None,
    error: str | None = None,
    cause: str | None = None,
) -> None:
    """End an execution's record and emit its status-change event, unless the record has ended already."""
    with outbox.consistent:
        if end(record, status, output=output, error=error, cause=cause):
            announce(record)


def end(
    record: dict[str, Any],
    status: str,
    *,
    output: Any = None,
    error: str | None = None,
    cause: str | None = None,
) -> bool:
    """End an execution's record: result, terminal event, status. False when it had ended already."""
    from ministack.core.responses import now_iso
    from ministack.services import stepfunctions

    with _ending:
        if record["status"] != "RUNNING":
            return False
        if status == "SUCCEEDED":
            record["output"] = json.dumps(output, separators=(",", ":"), default=str)
            details = {"output": record["output"], "outputDetails": {"truncated": False}}
        else:
            record["error"], record["cause"] = error, cause
            details = {name: value for name, value in (("error", error), ("cause", cause)) if value}
        event_type, details_key = TERMINAL_EVENTS[status]
        previous = 0 if status == "ABORTED" else len(record["events"])
        event = stepfunctions._add_event(record, event_type, {details_key: details})
        event["previousEventId"] = previous
        record["stopDate"] = now_iso()
        record["status"] = status
    return True


def last_entered(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return name and input, as JSON, of the state that an execution entered last; None before its first."""
    entered = (event.get("stateEnteredEventDetails") for event in reversed(record["events"]))
    return next((details for details in entered if details), None)


def announce(record: dict[str, Any]) -> None:
    """Emit "Step Functions Execution Status Change" for the record's present status, as DescribeExecution has it.

    ministack's own leaves error and cause out of all but FAILED, and so the reason of a stop.
    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    from ministack.services import eventbridge

    if record.get("sync"):
        return  # an Express execution has no such events
    status = record["status"]
    succeeded, unfinished = status == "SUCCEEDED", status in ("SUCCEEDED", "RUNNING")
    detail = {name: record[name] for name in ("executionArn", "stateMachineArn", "name", "status")}
    detail |= {
        "startDate": _milliseconds(record["startDate"]),
        "stopDate": _milliseconds(record.get("stopDate")),
        **_payload("input", record.get("input")),
        **_payload("output", record.get("output") if succeeded else None),
        "error": None if unfinished else record.get("error"),
        "cause": None if unfinished else record.get("cause"),
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE" if unfinished else "REDRIVABLE",
    }
    entry = {
        "Source": "aws.states",
        "DetailType": "Step Functions Execution Status Change",
        "Detail": json.dumps(detail),
        "Resources": [record["executionArn"]],
    }
    try:
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
    except Exception:  # delivery is best effort, on AWS too; the execution goes on
        log.exception("No status-change event of %s", record["executionArn"])


def _milliseconds(moment: str | None) -> int | None:
    """An ISO time as milliseconds since the epoch."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000) if moment else None


def _payload(name: str, text: str | None) -> dict[str, Any]:
    """Input or output with its details; a large one is left out."""
    included = text is not None and len(json.dumps(text)) <= _PAYLOAD_BYTES
    details = None if text is None else {"included": included}
    return {name: text if included else None, f"{name}Details": details}
