"""A state that calls a function of the pipeline, with the retries that all of them have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from wordvectors.aws.errors import TransientServiceError

TRANSIENT_ERRORS = [
    TransientServiceError.__name__,  # throttling, 5xx answers and lost connections
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
]
CROWDED = "Lambda.TooManyRequestsException"
"""The account's functions are all at work, as when a thousand corpora are uploaded at once."""
CROWDED_RETRIES = 60
"""About an hour: with full jitter, half of two minutes a time."""
LOST_CALLS = [
    "Lambda.Unknown",
    "Runtime.ExitError",
    "Runtime.OutOfMemory",
    "Sandbox.Timedout",
    "States.Timeout",
]
BACKOFF_RATE = 2
FIRST_QUEUE_RETRY_SECONDS, LAST_QUEUE_RETRY_SECONDS = 60, 15 * 60


def function_task(
    scope: Construct,
    id: str,
    function: lambda_.Function,
    payload: Mapping[str, Any],
    *,
    first_retry: Mapping[str, Any] | None = None,
) -> tasks.LambdaInvoke:
    """Return a state whose result is what the function returns.

    Parameters
    ----------
    first_retry
        Of an error that this function alone knows, as `add_retry` takes it; it comes before the common ones.
    """
    assert function.timeout is not None
    task = tasks.LambdaInvoke(
        scope,
        id,
        lambda_function=function,
        payload=sfn.TaskInput.from_object(dict(payload)),
        output_path="$.Payload",
        retry_on_service_exceptions=False,  # the list below is complete, and spreads its retries
        task_timeout=sfn.Timeout.duration(function.timeout.plus(cdk.Duration.seconds(10))),
    )
    if first_retry is not None:
        task.add_retry(**first_retry)
    task.add_retry(**jittered_retry([CROWDED], first=2, longest=120, attempts=CROWDED_RETRIES))
    task.add_retry(**jittered_retry(TRANSIENT_ERRORS, first=2, longest=120, attempts=12))
    task.add_retry(**jittered_retry(LOST_CALLS, first=10, longest=60, attempts=2))
    return task


def error_alone(scope: Construct, next: sfn.IChainable) -> sfn.Pass:
    """Return what a first step's Catch leads to: it hands on the error, and nothing of what the caller sent."""
    replaced = sfn.Pass(scope, "ErrorAlone", parameters={"error": sfn.JsonPath.object_at("$")})
    replaced.next(next)
    return replaced


def queue_retry(errors: list[str], max_queue: cdk.Duration) -> dict[str, Any]:
    """Return the retry, as `add_retry` takes it, of what waits for a place, for `max_queue` on average.

    With full jitter a delay is anything between nothing and its full length: half of it on average.
    """
    retries, longest = 0, 0.0
    while longest < 2 * max_queue.to_seconds():
        longest += min(FIRST_QUEUE_RETRY_SECONDS * BACKOFF_RATE**retries, LAST_QUEUE_RETRY_SECONDS)
        retries += 1
    return jittered_retry(
        errors, first=FIRST_QUEUE_RETRY_SECONDS, longest=LAST_QUEUE_RETRY_SECONDS, attempts=retries
    )


def jittered_retry(errors: list[str], *, first: int, longest: int, attempts: int) -> dict[str, Any]:
    """Return a retry, as `add_retry` takes it, whose delays double from `first` to `longest` seconds at most."""
    return {
        "errors": errors,
        "interval": cdk.Duration.seconds(first),
        "max_delay": cdk.Duration.seconds(longest),
        "max_attempts": attempts,
        "backoff_rate": BACKOFF_RATE,
        "jitter_strategy": sfn.JitterType.FULL,
    }
