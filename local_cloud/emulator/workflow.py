"""Step Functions executions, run by moto's interpreter of the Amazon States Language.

ministack's own interpreter ignores the machine's TimeoutSeconds and MaxDelaySeconds and lets missing paths
through as null. moto's has these right; here it takes the place of ministack's, calls Lambda and every
other service over HTTP as the state machine's role, and writes into ministack's execution records.
"""

from __future__ import annotations

import functools
import json
import logging
import pickle
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from local_cloud.emulator import credentials, glue_task, outbox
from local_cloud.emulator.records import announce, finish, last_entered
from local_cloud.emulator.seams import replace, require, require_all

log = logging.getLogger("local_cloud.workflow")

_SERVICE = "states.amazonaws.com"
_TASK_SECONDS = 960  # longer than a Lambda function may run; a state's own TimeoutSeconds comes first

_ready: Future[None] = Future()  # done when moto is imported and its clients point here
_running: dict[str, Any] = {}  # execution ARN -> the interpreter's environment


def install(endpoint_url: str, saved: Callable[[str], Future[None]], extend: Callable[[], None]) -> None:
    """Put moto's interpreter in the place of ministack's.

    An execution is saved (`persistence.Saver.saved`) before its first state, so that no row is without one.

    moto takes seconds to import. That happens on a thread, and then `extend` is called; the server answers
    meanwhile, and executions wait.
    """
    from ministack.services import eventbridge, stepfunctions

    require(eventbridge, "_put_events")
    require_all(stepfunctions, "_add_event", "_executions", "_state_machines")
    replace(stepfunctions, "_emit_execution_status_event", lambda original: announce)
    replace(stepfunctions, "_run_execution", lambda original: functools.partial(run_execution, saved))
    replace(stepfunctions, "_stop_execution", _stopping)
    threading.Thread(target=_prepare, args=[endpoint_url, extend], name="interpreter", daemon=True).start()


def _prepare(endpoint_url: str, extend: Callable[[], None]) -> None:
    try:
        _install_clients(endpoint_url)
        glue_task.install()
        _lambda_errors()
        _remember_paths()
        _wait_steadily()
        extend()
    except Exception as problem:
        log.exception("moto's interpreter could not be set up")
        _ready.set_exception(problem)
    else:
        _ready.set_result(None)


def _install_clients(endpoint_url: str) -> None:
    """Let the interpreter's tasks call this account, as the state machine's role."""
    from botocore.config import Config
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
        StateTaskServiceLambda,
    )
    from moto.stepfunctions.parser.asl.parse import asl_parser
    from moto.stepfunctions.parser.asl.utils import boto_client

    require(asl_parser, "AmazonStateLanguageParser")
    config = Config(
        parameter_validation=False,
        retries={"max_attempts": 0},
        connect_timeout=10,
        read_timeout=_TASK_SECONDS,
    )

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role = state_credentials.role_arn
        return credentials.client_as(
            role, "StepFunctions", _SERVICE, service, region, endpoint_url, config=config
        )

    require(lambda_eval_utils, "boto_client_for")  # one of the modules that have a name of their own for it
    original = replace(boto_client, "boto_client_for", lambda original: client_for)
    for name, module in sys.modules.copy().items():
        if name.startswith("moto.stepfunctions.") and getattr(module, "boto_client_for", None) is original:
            replace(module, "boto_client_for", lambda original: client_for)
    replace(StateTaskServiceLambda, "_error_cause_from_client_error", _naming_as_aws)
    replace(StateTaskServiceLambda, "_from_error", _naming_lost_connections)


def _remember_paths() -> None:
    """Parse each JSONPath once: moto makes a parser for each path of each state that it enters."""
    from moto.stepfunctions.parser.asl.component.common.path import result_path
    from moto.stepfunctions.parser.asl.utils import json_path

    for module in (json_path, result_path):
        replace(module, "parse", functools.lru_cache(maxsize=1024))


def _wait_steadily() -> None:
    """Let no Wait state depend on a clock that may be set: moto reads the time of day."""
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

    def wait_interval(self: Any, env: Any, wait_seconds: float) -> None:
        until = time.monotonic() + wait_seconds
        while env.is_running() and (left := until - time.monotonic()) > 0:
            env.program_state_event.wait(left)

    replace(WaitFunction, "_wait_interval", lambda original: wait_interval)


def _naming_as_aws(original: Any) -> Any:
    """Step Functions names an error that Lambda's model does not have Lambda.AWSLambdaException."""

    def error_cause_from_client_error(client_error: Any) -> Any:
        error, cause = original(client_error)
        code = client_error.response["Error"]["Code"]
        return error if code in _lambda_errors() else "Lambda.AWSLambdaException", cause

    return staticmethod(error_cause_from_client_error)


def _naming_lost_connections(original: Any) -> Any:
    """A call of Lambda that got no answer is Lambda.SdkClientException to a Retry."""
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    def from_error(self: Any, env: Any, ex: Exception) -> Any:
        if isinstance(ex, ConnectionError | HTTPClientError):
            error = {"Code": "SdkClientException", "Message": str(ex)}
            facts = {"HTTPStatusCode": 0, "RequestId": ""}
            ex = ClientError({"Error": error, "ResponseMetadata": facts}, "Invoke")
        return original(self, env=env, ex=ex)

    return from_error


@functools.cache
def _lambda_errors() -> frozenset[str]:
    import botocore.session

    model = botocore.session.get_session().get_service_model("lambda")
    return frozenset(shape.name for shape in model.error_shapes) | {"SdkClientException"}


def run_execution(saved: Callable[[str], Future[None]], execution_arn: str) -> None:
    """Interpret one execution to its end. Runs on a thread of its own, in the caller's account and region."""
    from ministack.services import stepfunctions

    record = stepfunctions._executions.get(execution_arn)
    if record is None:
        return
    machine = stepfunctions._state_machines.get(record["stateMachineArn"])
    if machine is None:
        finish(record, "FAILED", error="StateMachineDeleted", cause="The state machine no longer exists.")
        return
    try:
        _ready.result()
        saved("stepfunctions").result()
        _interpret(record, machine, saved)
    except Exception as problem:
        log.exception("The execution %s could not be interpreted", execution_arn)
        finish(record, "FAILED", error="States.Runtime", cause=str(problem))
    finally:
        _running.pop(execution_arn, None)


def stop_all() -> None:
    """Stop every interpreter, and leave the records as they are (RUNNING)."""
    for environment in list(_running.values()):
        environment.set_stop(stop_date=datetime.now(UTC), cause=None, error=None)


@functools.lru_cache(maxsize=16)
def _parsed(definition: str) -> bytes:
    """The program of a definition, pickled: to parse it takes fifty times as long as to copy it."""
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    return pickle.dumps(AmazonStateLanguageParser.parse(definition)[0])


def _interpret(record: dict[str, Any], machine: dict[str, Any], saved: Callable[[str], Future[None]]) -> None:
    from moto.stepfunctions.parser.asl.component.common.flow.start_at import StartAt
    from moto.stepfunctions.parser.asl.eval import program_state

    from local_cloud.emulator.history import RecordedEvents

    program = pickle.loads(_parsed(machine["definition"]))  # each execution its own: a program has state
    environment = _environment(record, machine)
    environment.event_manager = RecordedEvents(record, saved)
    entered = last_entered(record)
    if entered is not None:  # it ran when the local cloud ended, and goes on from there
        program.start_at = StartAt(entered["name"])
        environment.states.reset(json.loads(entered["input"]))
    _running[record["executionArn"]] = environment
    program.eval(environment)
    ended = environment.program_state()
    if isinstance(ended, program_state.ProgramEnded):
        finish(record, "SUCCEEDED", output=environment.states.get_input())
    elif isinstance(ended, program_state.ProgramTimedOut):
        finish(record, "TIMED_OUT")
    elif isinstance(ended, program_state.ProgramError):
        error = ended.error or {}
        finish(record, "FAILED", error=error.get("error"), cause=error.get("cause"))


def _environment(record: dict[str, Any], machine: dict[str, Any]) -> Any:
    from ministack.core.responses import get_account_id, get_region
    from moto.stepfunctions.parser.api import StateMachineType
    from moto.stepfunctions.parser.asl.eval.environment import Environment
    from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
    from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext

    return Environment(
        aws_execution_details=AWSExecutionDetails(
            account=get_account_id(), region=get_region(), role_arn=machine["roleArn"]
        ),
        execution_type=StateMachineType(machine.get("type") or "STANDARD"),
        context={  # type: ignore[typeddict-item]  # the rest is added while it runs
            "Execution": {
                "Id": record["executionArn"],
                "Input": json.loads(record["input"] or "{}"),
                "Name": record["name"],
                "RoleArn": machine["roleArn"],
                "StartTime": record["startDate"],
            },
            "StateMachine": {"Id": machine["stateMachineArn"], "Name": machine["name"]},
        },
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )


def _stopping(original: Any) -> Any:
    def stop_execution(data: dict[str, Any]) -> Any:
        with outbox.consistent:
            answer = original(data)
        environment = _running.get(data.get("executionArn", ""))
        if answer[0] == 200 and environment is not None:
            environment.set_stop(
                stop_date=datetime.now(UTC), cause=data.get("cause"), error=data.get("error")
            )
        return answer

    return stop_execution
